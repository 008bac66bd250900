"""The weekly grid, and penalties of one day's busy positions."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Protocol

from sidecar.contract.problem import Problem
from sidecar.contract.structure import minutes_of

from .layers import STRIDE, Layers


class When(Protocol):
    """What of a placement is time."""

    @property
    def timeslot(self) -> str: ...
    @property
    def pattern(self) -> str | None: ...
    @property
    def weeks(self) -> str | None: ...


class Week:
    """Timeslots by day. A *position* counts a day's timeslots from 0, breaks left out.

    Days are virtual: day ``d`` of layer ``k`` is ``8 k + d``. ``place`` speaks of the
    first layer. ``breaks[day]`` holds each position after which the day pauses (a
    period number is missing before the next).
    """

    def __init__(self, problem: Problem) -> None:
        by_day: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for slot in problem.timeslots:
            by_day[slot.day].append((slot.period, slot.id))
        self.layers = Layers(problem)
        self.patterns = {
            pattern.id: [(m.timeslot, m.duration) for m in pattern.meetings]
            for pattern in problem.patterns
        }
        self.place: dict[str, tuple[int, int]] = {}
        self.slots: dict[tuple[int, int], str] = {}
        self.breaks: dict[int, set[int]] = {}
        self.length: dict[int, int] = {}
        for day, pairs in by_day.items():
            pairs.sort()
            self.length[day] = len(pairs)
            self.breaks[day] = {
                i for i in range(len(pairs) - 1) if pairs[i + 1][0] != pairs[i][0] + 1
            }
            for position, (_, slot_id) in enumerate(pairs):
                self.place[slot_id] = (day, position)
                self.slots[day, position] = slot_id
        for layer in range(1, len(self.layers.sizes)):
            for day in by_day:
                other = layer * STRIDE + day
                self.length[other] = self.length[day]
                self.breaks[other] = self.breaks[day]
                for position in range(self.length[day]):
                    self.slots[other, position] = self.slots[day, position]

    def meetings(self, item: When, duration: int) -> list[tuple[str, int]]:
        """(first timeslot, periods) of each day of the week on which it is held."""
        if item.pattern is None:
            return [(item.timeslot, duration)]
        return self.patterns[item.pattern]

    def covered_by(self, item: When, duration: int) -> list[tuple[int, int]] | None:
        """(virtual day, position) of each period of a placement, layer by layer; None
        if one of its meetings would cross a break."""
        week = []
        for timeslot, periods in self.meetings(item, duration):
            places = self.covered(timeslot, periods)
            if places is None:
                return None
            week += places
        return [
            (layer * STRIDE + day, position)
            for layer in self.layers.of(item.weeks)
            for day, position in week
        ]

    def covered(self, timeslot: str, duration: int) -> list[tuple[int, int]] | None:
        """(day, position) of each period, or None if it would cross a break."""
        day, first = self.place[timeslot]
        if first + duration > self.length[day]:
            return None
        if any(first + k in self.breaks[day] for k in range(duration - 1)):
            return None
        return [(day, first + k) for k in range(duration)]

    def runs(self, day: int, busy: Iterable[int]) -> list[int]:
        """Lengths of the runs of busy positions that no break interrupts."""
        lengths: list[int] = []
        previous = None
        for position in sorted(busy):
            joined = previous == position - 1 and previous not in self.breaks[day]
            if joined:
                lengths[-1] += 1
            else:
                lengths.append(1)
            previous = position
        return lengths


FAR = 24 * 60
"""Minutes of a walk that nobody has written down: longer than any pause."""


class Walks:
    """Minutes between buildings, and between the periods of a day.

    Two buildings without an entry in ``Problem.travel`` are too far apart for any
    pause. Timeslots without times follow each other without a pause.
    """

    def __init__(self, problem: Problem) -> None:
        self._minutes: dict[frozenset[str], int] = {}
        for walk in problem.travel:
            if walk.building_a is not None and walk.building_b is not None:
                way = frozenset((walk.building_a, walk.building_b))
                self._minutes[way] = walk.minutes
        self._slots = {slot.id: slot for slot in problem.timeslots}
        self._pauses: dict[tuple[int, int], int] = {}
        self.building = {room.id: room.building for room in problem.rooms}

    def minutes(self, a: str, b: str) -> int:
        """Minutes from a building to another."""
        return 0 if a == b else self._minutes.get(frozenset((a, b)), FAR)

    def pause(self, week: Week, day: int, position: int) -> int:
        """Minutes between a position and the next of the day."""
        if (day, position) not in self._pauses:
            self._pauses[day, position] = self._pause(week, day, position)
        return self._pauses[day, position]

    def _pause(self, week: Week, day: int, position: int) -> int:
        end = self._slots[week.slots[day, position]].end
        start = self._slots[week.slots[day, position + 1]].start
        if end is None or start is None:
            return 0
        return max(0, minutes_of(start) - minutes_of(end))

    def hurries(
        self, week: Week, day: int, first: int, from_: str | None, to: str | None
    ) -> bool:
        """Whether the way from one room's building to another's is too long.

        ``first`` is the position of the first of the two periods.
        """
        if from_ is None or to is None:
            return False
        a, b = self.building[from_], self.building[to]
        if a is None or b is None:
            return False
        return a != b and self.minutes(a, b) > self.pause(week, day, first)


def gaps(busy: set[int]) -> int:
    """Idle positions between the first and the last busy one."""
    return max(busy) - min(busy) + 1 - len(busy) if busy else 0


def isolated(week: Week, day: int, busy: set[int]) -> int:
    """Busy positions with no busy neighbour."""
    return sum(1 for run in week.runs(day, busy) if run == 1)
