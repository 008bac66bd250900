"""ITC-2007 track 2, post-enrolment course timetabling (``.tim``).

Format and rules: Lewis, Paechter, McCollum, "Post enrolment based course timetabling: a
description of the problem model used for track two of the second International
Timetabling Competition", Cardiff 2007.
"""

import re

from sidecar.contract.problem import (
    Assignment,
    Class,
    Event,
    Offering,
    Problem,
    Relation,
    Room,
    Student,
    Timeslot,
)
from sidecar.contract.solution import Variant

from .errors import FormatError
from .leaving_out import leave_out

PROFILE = "itc2007_enrolment"
DAYS, PERIODS = 5, 9
MAX_CONSECUTIVE = 2
"""The third event in a row is the first that costs."""

Matrix = list[list[int]]


class _Numbers:
    """Whole numbers of a text one after the other; faults are told by their line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words = re.finditer(r"\S+", text)

    def next(self, low: int, high: int, what: str) -> int:
        found = next(self._words, None)
        if found is None:
            raise self._fault(len(self._text), f"the file ends before {what}")
        try:
            value = int(found[0][:20])
        except ValueError:
            message = f"{what} must be a whole number, not '{found[0][:20]}'"
            raise self._fault(found.start(), message) from None
        if not low <= value <= high:
            message = f"{what} must be from {low} to {high}, not {value}"
            raise self._fault(found.start(), message)
        return value

    def end(self) -> None:
        """Nothing may follow."""
        found = next(self._words, None)
        if found is not None:
            message = "the file should have ended; a number is missing or too many"
            raise self._fault(found.start(), message)

    def _fault(self, place: int, message: str) -> FormatError:
        return FormatError(self._text.count("\n", 0, place) + 1, message)

    def matrix(self, rows: int, columns: int, low: int, what: str) -> Matrix:
        return [[self.next(low, 1, what) for _ in range(columns)] for _ in range(rows)]


def read(text: str) -> Problem:
    """Read a ``.tim`` text; an event becomes an offering with one class.

    Raises
    ------
    FormatError
        Naming the line and what is wrong with it.
    """
    numbers = _Numbers(text)
    events = numbers.next(1, 5_000, "the number of events")
    rooms = numbers.next(1, 1_000, "the number of rooms")
    features = numbers.next(0, 100, "the number of features")
    students = numbers.next(0, 50_000, "the number of students")
    sizes = [numbers.next(0, 1_000_000, "a room's size") for _ in range(rooms)]
    attends = numbers.matrix(students, events, 0, "a student's attendance")
    room_has = numbers.matrix(rooms, features, 0, "a room's feature")
    event_needs = numbers.matrix(events, features, 0, "an event's feature")
    slots = DAYS * PERIODS
    open_at = numbers.matrix(events, slots, 0, "an event's availability")
    before = numbers.matrix(events, events, -1, "a precedence")
    numbers.end()
    for row in attends:
        if sum(row) > slots:
            message = f"a student attends {sum(row)} events in {slots} timeslots"
            raise FormatError(0, message)
    people = [sum(column) for column in zip(*attends, strict=True)] or [0] * events
    return Problem(
        name="post-enrolment course timetabling",
        rooms=[
            Room(id=f"r{r}", capacity=sizes[r], features=_named(room_has[r]))
            for r in range(rooms)
        ],
        timeslots=[
            Timeslot(
                id=f"t{slot}",
                day=slot // PERIODS,
                period=slot % PERIODS,
                start=f"{8 + slot % PERIODS:02d}:00",
                end=f"{9 + slot % PERIODS:02d}:00",
            )
            for slot in range(slots)
        ],
        offerings=[Offering(id=f"e{e}") for e in range(events)],
        classes=[
            Class(
                id=f"e{e}",
                offering=f"e{e}",
                limit=people[e],
                one_event_per_day=False,
                events=[
                    Event(
                        id=f"e{e}",
                        room_type=None,
                        features=_named(event_needs[e]),
                        timeslots=_open(open_at[e]),
                    )
                ],
            )
            for e in range(events)
        ],
        students=[
            Student(
                id=f"s{s}",
                classes=[f"e{e}" for e, here in enumerate(attends[s]) if here],
            )
            for s in range(students)
        ],
        relations=[
            Relation(id=f"x{a}-{b}", type="precedence", events=[f"e{a}", f"e{b}"])
            for a in range(events)
            for b in range(events)
            if before[a][b] == 1
        ],
        student_max_consecutive=MAX_CONSECUTIVE,
        profile=PROFILE,
    )


def _open(row: list[int]) -> list[str] | None:
    return None if all(row) else [f"t{k}" for k, free in enumerate(row) if free]


def _named(row: list[int]) -> list[str]:
    return [f"f{k}" for k, has in enumerate(row) if has]


def write(problem: Problem, variant: Variant) -> str:
    """The official solution format: ``timeslot room`` a line, ``-1 -1`` unplaced.

    What would break a hard rule is left out, as the competition asks.
    """
    kept, _ = leave_out(problem, variant.assignments)
    at = {item.event: item for item in kept}
    lines = []
    for cls in problem.classes:
        item = at.get(cls.id)
        if item is None or item.room is None:
            lines.append("-1 -1")
        else:
            lines.append(f"{item.timeslot[1:]} {item.room[1:]}")
    return "\n".join(lines) + "\n"


def read_solution(problem: Problem, text: str) -> list[Assignment]:
    """Assignments of a solution file.

    Raises
    ------
    FormatError
        Naming the line at fault.
    """
    numbers = _Numbers(text)
    result = []
    for cls in problem.classes:
        slot = numbers.next(-1, DAYS * PERIODS - 1, "a timeslot")
        room = numbers.next(-1, len(problem.rooms) - 1, "a room")
        if slot >= 0 and room >= 0:
            result.append(
                Assignment(event=cls.id, timeslot=f"t{slot}", room=f"r{room}")
            )
    numbers.end()
    return result
