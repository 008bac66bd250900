"""An allotment as arrays: units ask, arcs are wishes, pools are seats."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..contract.allotment import AllotRequest

Ints: TypeAlias = NDArray[np.int64]


class AllotmentError(ValueError):
    """The request contradicts itself; ``field`` says where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(slots=True)
class Instance:
    """Wishes of all students.

    A *unit* is an ask of a student. An *arc* is a wish of a unit, or its last arc,
    which stands for getting nothing. A *door* is a course as one kind of student sees
    it: the pools of seats behind it. A *pool* is seats that are given to whoever comes
    through its doors.
    """

    request: AllotRequest
    course_ids: list[str]
    unit_student: Ints
    """Of each unit: the student's index."""
    unit_choices: Ints
    unit_tier: Ints
    unit_priority: Ints
    arc_unit: Ints
    arc_course: Ints
    """Course of each wish; ``nothing`` for the arc that stands for none."""
    arc_rank: Ints
    """0 for a first wish; ``ranks`` for nothing."""
    arc_door: Ints
    doors: list[list[int]]
    """Pools behind each door; the last door has none and never ends."""
    pool_seats: Ints
    pool_course: list[int]
    apart: dict[int, set[int]] = field(default_factory=dict)
    student_units: list[list[int]] = field(default_factory=list)
    student_has: list[set[int]] = field(default_factory=list)

    @property
    def ranks(self) -> int:
        """Most wishes of an ask."""
        return int(self.arc_rank.max(initial=0))

    @property
    def nothing(self) -> int:
        """The index that stands for no course."""
        return len(self.course_ids)

    def clashes(self, one: int, other: int) -> bool:
        """Whether nobody may have both; a course does not go with itself twice."""
        return one == other or other in self.apart.get(one, ())


def read(request: AllotRequest, closed: set[int] | None = None) -> Instance:
    """Lay a request out.

    Parameters
    ----------
    closed
        Courses that are not held: their wishes are left out.

    Raises
    ------
    AllotmentError
        Where it names what is not there, or the same thing twice.
    """
    closed = closed or set()
    index = _index("courses", [course.id for course in request.courses])
    _index("students", [student.id for student in request.students])
    _check_priorities(request)
    apart: dict[int, set[int]] = defaultdict(set)
    for place, (one, other) in enumerate(request.apart):
        first = _find(index, one, f"apart.{place}")
        second = _find(index, other, f"apart.{place}")
        apart[first].add(second)
        apart[second].add(first)
    pools, pool_course, groups_of = _pools(request)
    doors: dict[tuple[int, frozenset[str]], int] = {}
    door_pools: list[list[int]] = []
    units: list[tuple[int, int, int, int]] = []
    arcs: list[tuple[int, int, int, int]] = []
    student_units: list[list[int]] = []
    student_has: list[set[int]] = []
    most = max(
        (len(ask.wishes) for student in request.students for ask in student.asks),
        default=0,
    )
    nothing = len(request.courses)
    for number, student in enumerate(request.students):
        where = f"students.{number}"
        has = {_find(index, held, f"{where}.has") for held in student.has}
        mine = []
        groups = frozenset(student.groups)
        _index(f"{where}.asks", [ask.basket for ask in student.asks])
        for ask in student.asks:
            unit = len(units)
            units.append((number, ask.choices, student.tier, student.priority))
            mine.append(unit)
            _index(f"{where}.asks.wishes", ask.wishes)
            for rank, wish in enumerate(ask.wishes):
                course = _find(index, wish, f"{where}.asks")
                if course in closed or any(
                    course == held or held in apart.get(course, ()) for held in has
                ):
                    continue
                key = (course, groups.intersection(groups_of[course]))
                if key not in doors:
                    doors[key] = len(door_pools)
                    door_pools.append(
                        [groups_of[course][group] for group in sorted(key[1])]
                        + [groups_of[course][""]]
                    )
                arcs.append((unit, course, rank, doors[key]))
            arcs.append((unit, nothing, most, -1))
        student_units.append(mine)
        student_has.append(has)
    unit_rows = np.array(units, dtype=np.int64).reshape(-1, 4)
    arc_rows = np.array(arcs, dtype=np.int64).reshape(-1, 4)
    arc_rows[arc_rows[:, 3] < 0, 3] = len(door_pools)
    door_pools.append([])
    return Instance(
        request=request,
        course_ids=[course.id for course in request.courses],
        unit_student=unit_rows[:, 0].copy(),
        unit_choices=unit_rows[:, 1].copy(),
        unit_tier=unit_rows[:, 2].copy(),
        unit_priority=unit_rows[:, 3].copy(),
        arc_unit=arc_rows[:, 0].copy(),
        arc_course=arc_rows[:, 1].copy(),
        arc_rank=arc_rows[:, 2].copy(),
        arc_door=arc_rows[:, 3].copy(),
        doors=door_pools,
        pool_seats=np.array(pools, dtype=np.int64),
        pool_course=pool_course,
        apart=dict(apart),
        student_units=student_units,
        student_has=student_has,
    )


def _pools(
    request: AllotRequest,
) -> tuple[list[int], list[int], list[dict[str, int]]]:
    """Seats by pool; of each course its pools by group, the open one under ``""``."""
    seats: list[int] = []
    course_of: list[int] = []
    groups_of: list[dict[str, int]] = []
    for number, course in enumerate(request.courses):
        _index(f"courses.{number}.reserved", [row.group for row in course.reserved])
        kept = sum(row.seats for row in course.reserved)
        if kept > course.seats:
            raise AllotmentError(
                f"courses.{number}.reserved",
                f"{kept} seats are reserved, and there are {course.seats}.",
            )
        groups = {}
        for group, count in [
            *((row.group, row.seats) for row in course.reserved),
            ("", course.seats - kept),
        ]:
            groups[group] = len(seats)
            seats.append(count)
            course_of.append(number)
        groups_of.append(groups)
    return seats, course_of, groups_of


def _check_priorities(request: AllotRequest) -> None:
    seen: set[int] = set()
    for number, student in enumerate(request.students):
        if student.priority in seen:
            raise AllotmentError(
                f"students.{number}.priority",
                f"Two students have the priority {student.priority}; give each a "
                "place of their own.",
            )
        seen.add(student.priority)


def _index(where: str, ids: list[str]) -> dict[str, int]:
    index = {name: place for place, name in enumerate(ids)}
    if len(index) < len(ids):
        twice = next(name for place, name in enumerate(ids) if index[name] != place)
        raise AllotmentError(where, f"{twice} is there twice.")
    return index


def _find(index: dict[str, int], name: str, where: str) -> int:
    if name not in index:
        raise AllotmentError(where, f"There is no course {name}.")
    return index[name]
