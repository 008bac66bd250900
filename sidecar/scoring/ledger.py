"""The timetable being scored, and what has been found about it so far."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from sidecar.contract.problem import Assignment, Class, Event, Problem
from sidecar.contract.solution import Violation

from .week import Walks, Week

MAX_VIOLATIONS = 500
"""Violations that are told in words; all are counted."""


class Ledger:
    """What the parts of the scorer read, and where they write what they find."""

    def __init__(self, problem: Problem, weights: dict[str, int]) -> None:
        self.problem = problem
        self.weights = weights
        self.week = Week(problem)
        self.walks = Walks(problem)
        self.rooms = {room.id: room for room in problem.rooms}
        self.classes = {cls.id: cls for cls in problem.classes}
        self.events: dict[str, tuple[Event, Class]] = {
            event.id: (event, cls) for cls in problem.classes for event in cls.events
        }
        self.students = {student.id: student for student in problem.students}
        self.faculty = {member.id: member for member in problem.faculty}
        self.offerings = {offering.id: offering for offering in problem.offerings}
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
        sentence: str,
        events: Iterable[str] = (),
        **resources: str,
    ) -> None:
        """Count a hard violation and say it in words."""
        self.hard[constraint] += amount
        if len(self.violations) < MAX_VIOLATIONS:
            self.violations.append(
                Violation(
                    constraint=constraint,
                    hard=True,
                    sentence=sentence,
                    events=list(events),
                    resources=resources,
                )
            )
