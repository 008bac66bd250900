"""Allots, holds what enough people chose, and says why a better wish was not given."""

import numpy as np

from ..contract.allotment import (
    AllotAnswer,
    AllotRequest,
    Better,
    Filled,
    Given,
    NotHeld,
)
from . import check
from .exact import MOST_WISHES, crowded, exact
from .fairest import fairest
from .instance import Instance, Ints, read
from .serial import serial

MOST_TURNS = 40
"""Times that courses with too few students are closed, or wishes are set aside."""


def allot(request: AllotRequest) -> AllotAnswer:
    """Answer ``POST /v1/allot``.

    Raises
    ------
    AllotmentError
        Where the request contradicts itself.
    """
    closed: dict[int, int] = {}
    for _turn in range(MOST_TURNS):
        instance = read(request, set(closed))
        taken, proved, bound = _solve(instance)
        small = [] if request.keep_small else _too_small(instance, taken)
        if not small:
            break
        closed |= small_first(small)
    return _answer(instance, taken, proved, bound, closed)


def small_first(small: list[tuple[int, int, int]]) -> dict[int, int]:
    """Which of the courses with too few students to close now.

    All without anybody and all below half of their smallest group; else the one that
    has the least share of it, since who would have had it may fill the others.
    """
    hopeless = {c: n for c, n, smallest in small if 2 * n < smallest}
    if hopeless:
        return hopeless
    course, count, _smallest = min(small, key=lambda row: (row[1] / row[2], row[0]))
    return {course: count}


def _too_small(instance: Instance, taken: Ints) -> list[tuple[int, int, int]]:
    counts = np.bincount(instance.arc_course[taken > 0], minlength=instance.nothing + 1)
    wished = np.bincount(instance.arc_course, minlength=instance.nothing + 1)
    return [
        (number, int(counts[number]), course.smallest)
        for number, course in enumerate(instance.request.courses)
        if wished[number] and counts[number] < course.smallest
    ]


def _solve(instance: Instance) -> tuple[Ints, bool, list[int]]:
    """Give what is given, whether it is the fairest, and the best possible row."""
    none = np.zeros(0, dtype=np.int64)
    if not len(instance.unit_student):
        return none, True, _profile(instance, none)
    if instance.request.method == "serial":
        taken = serial(instance)
        # What this way promises holds by its construction; the row is its own.
        return taken, True, _profile(instance, taken)
    free = fairest(instance, none)
    bound = _profile(instance, free)
    if not crowded(instance, free):
        return free, True, bound
    if len(instance.arc_unit) <= MOST_WISHES:
        taken, proved = exact(instance, serial(instance))
        if proved:
            bound = _profile(instance, taken)
        return taken, proved, bound
    taken = _set_aside(instance, free)
    return taken, _profile(instance, taken) == bound, bound


def _set_aside(instance: Instance, taken: Ints) -> Ints:
    """Take away one wish of each pair that does not go together, and allot again."""
    without: set[int] = set()
    for _turn in range(MOST_TURNS):
        pairs = crowded(instance, taken)
        if not pairs:
            return taken
        for pair in pairs:
            # The less wanted of the two goes; of equals the later basket's.
            without.add(max(pair, key=lambda arc: (instance.arc_rank[arc], arc)))
        taken = fairest(instance, np.array(sorted(without), dtype=np.int64))
    return serial(instance)


def _profile(instance: Instance, taken: Ints) -> list[int]:
    counts = [0] * (instance.ranks + 1)
    for rank, number in zip(instance.arc_rank.tolist(), taken.tolist(), strict=True):
        counts[rank] += number
    return counts


def _answer(
    instance: Instance,
    taken: Ints,
    proved: bool,
    bound: list[int],
    closed: dict[int, int],
) -> AllotAnswer:
    request = instance.request
    held: dict[tuple[str, str], list[str]] = {}
    for arc in np.flatnonzero(taken > 0).tolist():
        course = int(instance.arc_course[arc])
        if course == instance.nothing:
            continue
        unit = int(instance.arc_unit[arc])
        student = request.students[int(instance.unit_student[unit])]
        first = instance.student_units[int(instance.unit_student[unit])][0]
        ask = student.asks[unit - first]
        held.setdefault((student.id, ask.basket), []).append(
            instance.course_ids[course]
        )
    wrong = check.faults(request, held)
    if wrong:
        raise RuntimeError(f"The allotment is not allowed: {wrong[0]}")
    profile = check.profile_of(request, held)
    shut = {instance.course_ids[number] for number in closed}
    return AllotAnswer(
        given=_given(request, held, shut),
        courses=_filled(request, held),
        not_held=[
            NotHeld(
                course=instance.course_ids[number],
                students=count,
                smallest=request.courses[number].smallest,
            )
            for number, count in sorted(closed.items())
        ],
        profile=profile,
        bound=bound,
        proved=proved,
        improvable=check.improvable(request, held, shut),
    )


def _given(
    request: AllotRequest, held: dict[tuple[str, str], list[str]], closed: set[str]
) -> list[Given]:
    apart: dict[str, set[str]] = {}
    for one, other in request.apart:
        apart.setdefault(one, set()).add(other)
        apart.setdefault(other, set()).add(one)
    rows = []
    for student in request.students:
        mine = list(student.has)
        for ask in student.asks:
            mine += held.get((student.id, ask.basket), [])
        for ask in student.asks:
            courses = sorted(
                held.get((student.id, ask.basket), []), key=ask.wishes.index
            )
            short = len(courses) < ask.choices
            end = len(ask.wishes)
            if not short:
                end = ask.wishes.index(courses[-1])
            better = [
                _why_not(course, mine, apart.get(course, set()), closed)
                for course in ask.wishes[:end]
                if course not in courses
            ]
            rows.append(
                Given(
                    student=student.id,
                    basket=ask.basket,
                    courses=courses,
                    ranks=[ask.wishes.index(course) + 1 for course in courses],
                    missing=ask.choices - len(courses),
                    better=better,
                )
            )
    return rows


def _why_not(course: str, mine: list[str], apart: set[str], closed: set[str]) -> Better:
    if course in closed:
        return Better(course=course, reason="not_held")
    if course in mine:
        return Better(course=course, reason="apart", other=course)
    other = next((held for held in mine if held in apart), None)
    if other is not None:
        return Better(course=course, reason="apart", other=other)
    return Better(course=course, reason="full")


def _filled(
    request: AllotRequest, held: dict[tuple[str, str], list[str]]
) -> list[Filled]:
    students: dict[str, int] = {}
    first: dict[str, int] = {}
    wished: dict[str, int] = {}
    last: dict[str, int] = {}
    for student in request.students:
        for ask in student.asks:
            for rank, course in enumerate(ask.wishes):
                wished[course] = wished.get(course, 0) + 1
                if rank < ask.choices:
                    first[course] = first.get(course, 0) + 1
            for course in held.get((student.id, ask.basket), ()):
                students[course] = students.get(course, 0) + 1
                last[course] = max(last.get(course, 0), student.priority)
    return [
        Filled(
            course=course.id,
            students=students.get(course.id, 0),
            first=first.get(course.id, 0),
            wished=wished.get(course.id, 0),
            last_priority=last.get(course.id),
        )
        for course in request.courses
    ]
