"""The timetable being scored, and what has been found about it so far."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from sidecar.contract.catalogue import Message, english
from sidecar.contract.problem import (
    Assignment,
    Class,
    Event,
    Faculty,
    Problem,
    Room,
)
from sidecar.contract.solution import Violation

from .layers import STRIDE
from .week import Walks, Week

MAX_VIOLATIONS = 500
"""Violations that are told in words; all are counted."""


def rooms_of(item: Assignment) -> frozenset[str]:
    """Rooms of a placement."""
    return frozenset(r for r in (item.room, *item.further_rooms) if r is not None)


class Ledger:
    """What the parts of the scorer read, and where they write what they find."""

    def __init__(self, problem: Problem, weights: dict[str, int]) -> None:
        self.problem = problem
        self.weights = weights
        self.week = Week(problem)
        self.week_patterns = {pattern.id for pattern in problem.week_patterns}
        self.walks = Walks(problem)
        self.rooms = {room.id: room for room in problem.rooms}
        self.classes = {cls.id: cls for cls in problem.classes}
        self.events: dict[str, tuple[Event, Class]] = {
            event.id: (event, cls) for cls in problem.classes for event in cls.events
        }
        self.students = {student.id: student for student in problem.students}
        self.faculty = {member.id: member for member in problem.faculty}
        self.offerings = {offering.id: offering for offering in problem.offerings}
        self.leader = self._leaders()
        self.seats = {cls.id: cls.limit for cls in problem.classes}
        for joint in problem.joint_classes:
            together = sum(self.classes[c].limit for c in joint.classes)
            self.seats.update(dict.fromkeys(joint.classes, together))
        self.parts = {room.id: room.parts or [room.id] for room in problem.rooms}
        self.bands: dict[str, set[str]] = {}
        for band in problem.bands:
            slots = self.bands.setdefault(band.category, set())
            slots.update(band.timeslots)
        self.hard: Counter[str] = Counter()
        self.soft: Counter[str] = Counter()
        self.violations: list[Violation] = []
        self.metrics: dict[str, float] = {}
        self.placed: dict[str, Assignment] = {}
        self.cover: dict[str, list[tuple[int, int]]] = {}
        self.members: dict[str, list[str]] = defaultdict(list)
        self.unplaced: list[str] = []

    def _leaders(self) -> dict[str, str]:
        """Event → event of the first class of its joint class; itself otherwise."""
        leader = {event: event for event in self.events}
        for joint in self.problem.joint_classes:
            first, *others = (self.classes[c].events for c in joint.classes)
            for events in others:
                leader.update(
                    (mine.id, one.id) for mine, one in zip(events, first, strict=True)
                )
        return leader

    def rooms_of(self, event: str) -> frozenset[str]:
        """Rooms that a placed event has; several at once count as one place."""
        return rooms_of(self.placed[event])

    def walks_from(self, event: str) -> str | None:
        """A room that says in which building a placed event is; None if none does."""
        rooms = self.rooms_of(event)
        buildings = {self.walks.building[room] for room in rooms}
        return min(rooms) if len(buildings) == 1 else None

    def weight(self, event: str) -> int:
        """What a placed event counts for: the weeks in which it is held."""
        return self.week.layers.weight(self.placed[event].weeks)

    def add_days(self, name: str, day: int, amount: int) -> None:
        """Add a soft penalty of one virtual day."""
        self.soft[name] += amount * self.week.layers.size(day)

    def closed(
        self, item: Room | Faculty | Class, cover: list[tuple[int, int]]
    ) -> list[str]:
        """Timeslots of a placement at which somebody or something is closed."""
        if not item.unavailable and not item.closed:
            return []
        found = {self.week.slots[place] for place in cover}.intersection(
            item.unavailable
        )
        for closing in item.closed:
            day, position = self.week.place[closing.timeslot]
            for layer in self.week.layers.of(closing.weeks):
                if (layer * STRIDE + day, position) in cover:
                    found.add(closing.timeslot)
        return sorted(found)

    def read(
        self, assignments: Iterable[Assignment], sectioning: dict[str, list[str]]
    ) -> None:
        """Note where events are; refuse what the problem does not have."""
        for item in assignments:
            if item.event not in self.events:
                raise ValueError(f"The timetable places unknown event '{item.event}'.")
            if item.timeslot not in self.week.place:
                raise ValueError(
                    f"Event '{item.event}' is at unknown timeslot '{item.timeslot}'."
                )
            if item.room is not None and item.room not in self.rooms:
                raise ValueError(
                    f"Event '{item.event}' is in unknown room '{item.room}'."
                )
            for room in item.further_rooms:
                if room not in self.rooms:
                    raise ValueError(
                        f"Event '{item.event}' is in unknown room '{room}'."
                    )
            if item.pattern is not None and item.pattern not in self.week.patterns:
                raise ValueError(
                    f"Event '{item.event}' is on unknown pattern '{item.pattern}'."
                )
            if item.weeks is not None and item.weeks not in self.week_patterns:
                raise ValueError(
                    f"Event '{item.event}' is in unknown weeks '{item.weeks}'."
                )
            if item.event in self.placed:
                raise ValueError(f"Event '{item.event}' is placed twice.")
            self.placed[item.event] = item
        for student, chosen in sectioning.items():
            if student not in self.students:
                raise ValueError(f"Sectioning names unknown student '{student}'.")
            for cls in chosen:
                if cls not in self.classes:
                    raise ValueError(
                        f"Student '{student}' is in unknown class '{cls}'."
                    )

    def broken(
        self,
        constraint: str,
        amount: int,
        said: Message,
        events: Iterable[str] = (),
        **resources: str,
    ) -> None:
        """Count a hard violation and say what it is."""
        self.hard[constraint] += amount
        if len(self.violations) < MAX_VIOLATIONS:
            self.violations.append(
                Violation(
                    constraint=constraint,
                    hard=True,
                    message=said,
                    sentence=english(said),
                    events=list(events),
                    resources=resources,
                )
            )
