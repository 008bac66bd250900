"""Walks between buildings that an event adds or takes away."""

from collections import Counter

from sidecar.diagnosis.grid import Unit, bits
from sidecar.scoring.week import Walks

from .timetable import Timetable

Held = dict[int, list[str | None]]
"""Rooms of an agent's other events, by slot."""


class TravelCosts:
    """For one event, which must not be in the timetable now.

    People with the same other events are looked at once.
    """

    def __init__(self, timetable: Timetable, unit: Unit) -> None:
        self.timetable = timetable
        self.grid = timetable.grid
        self.unit = unit
        self.walks = Walks(timetable.problem)
        self.agents: Counter[frozenset[str]] = Counter()
        for member in unit.teachers:
            units = timetable.grid.of_faculty[member]
            self.agents[frozenset(u.id for u in units)] += 1
        groups = list(timetable.curricula[unit.cls.id])
        members = timetable.members[unit.cls.id]
        groups += [timetable.sections[student] for student in members]
        for classes, count in Counter(frozenset(g) for g in groups).items():
            units = timetable.units_of(classes)
            self.agents[frozenset(u.id for u in units)] += count
        self.held = [(self._rooms(e), count) for e, count in self.agents.items()]
        self._known: dict[tuple[int, str | None], int] = {}

    def _rooms(self, events: frozenset[str]) -> Held:
        held: Held = {}
        for event in events:
            if event == self.unit.id or event not in self.timetable.at:
                continue
            for bit in bits(self.timetable.covers[event]):
                held.setdefault(bit, []).append(self.timetable.at[event][1])
        return held

    def added(self, start: int, room: str | None) -> int:
        """Change of the number of walks if the event is there."""
        building = None if room is None else self.walks.building[room]
        key = (start, building)
        if key not in self._known:
            self._known[key] = sum(
                count * self._change(held, start, room) for held, count in self.held
            )
        return self._known[key]

    def _change(self, held: Held, start: int, room: str | None) -> int:
        cover = range(start, start + self.unit.duration)
        slots = range(max(0, start - 1), start + self.unit.duration)
        before = sum(self._hurries(held, slot) for slot in slots)
        with_it = {slot: held.get(slot, []) for slot in (*slots, slots[-1] + 1)}
        for slot in cover:
            with_it[slot] = [*with_it[slot], room]
        return sum(self._hurries(with_it, slot) for slot in slots) - before

    def _hurries(self, held: Held, slot: int) -> int:
        here, there = held.get(slot, []), held.get(slot + 1, [])
        day, position = divmod(slot, self.grid.positions)
        number = self.grid.days[day]
        if len(here) != 1 or len(there) != 1:
            return 0
        if position + 1 >= self.grid.week.length[number]:
            return 0
        week = self.grid.week
        return int(self.walks.hurries(week, number, position, here[0], there[0]))
