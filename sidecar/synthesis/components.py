"""Majors of lectures with tutorial and practical groups, some of them fortnightly."""

from itertools import pairwise
from typing import TYPE_CHECKING

from sidecar.contract.problem import (
    Component,
    ComponentKind,
    Configuration,
    WeekPattern,
)

from . import names
from .planted import PlantedClass, PlantedOffering

if TYPE_CHECKING:
    from .university import Planter

FORTNIGHTS = ["odd", "even"]
KINDS: dict[str, ComponentKind] = {"L": "lecture", "T": "tutorial", "P": "practical"}
LAB_COURSE = (("L", [1, 1], "classroom"), ("P", [2], "lab"))
OTHER_COURSE = (("L", [1, 1, 1], "classroom"), ("T", [1], "classroom"))
"""(component, durations of its events, kind of room) of a major of four credits."""


def plant_grouped_cohort(
    planter: "Planter", department: int, year: int, bounds: list[int]
) -> None:
    """Lectures of each section, then its groups, with hidden times for all.

    Parameters
    ----------
    bounds
        ``bounds[k]`` to ``bounds[k + 1]`` are the students of section k.
    """
    preset = planter.preset
    assert preset.groups is not None
    size_of = dict(zip("LTP", preset.groups, strict=True))
    sections = [range(*pair) for pair in pairwise(bounds)]
    busy: list[set[int]] = [set() for _ in range(bounds[-1])]
    offerings = []
    lectures: list[tuple[PlantedOffering, PlantedClass, range]] = []
    shape = LAB_COURSE if planter.has_lab[department] else OTHER_COURSE
    for k in range(preset.majors_by_year[year]):
        title = names.MAJOR_TITLES[year][k].format(planter.names[department])
        offering = planter.new_offering(title, department, "major", year, k)
        offerings.append(offering)
        for students in sections:
            seats = len(students) if len(sections) == 1 else 0
            cls = planter.new_class(offering, seats)
            key, cls.durations, room = shape[0]
            cls.kinds = [room] * len(cls.durations)
            cls.component = f"{offering.id}-{key}"
            cls.limit = min(cls.limit, size_of[key])
            _settle(planter, cls, students, busy)
            lectures.append((offering, cls, students))
    for offering, lecture, students in lectures:
        key, durations, room = shape[1]
        count = -(-len(students) // size_of[key])
        rare = (
            preset.weeks > 1
            and key == "P"
            and planter.rng.random() < preset.fortnightly
        )
        for number in range(count):
            first = students.start + len(students) * number // count
            last = students.start + len(students) * (number + 1) // count
            group = PlantedClass(
                id=f"{lecture.id}-{key}{number + 1}",
                offering=offering.id,
                department=department,
                durations=list(durations),
                kinds=[room] * len(durations),
                limit=size_of[key],
                component=f"{offering.id}-{key}",
                parent=lecture.id,
                fortnightly=rare,
            )
            offering.classes.append(group)
            _settle(planter, group, range(first, last), busy)
    for mine in busy:
        planter.student_offerings.append([offering.id for offering in offerings])
        planter.student_busy.append(set(mine))
        planter.student_cohort.append((department, year))


def _settle(
    planter: "Planter", cls: PlantedClass, students: range, busy: list[set[int]]
) -> None:
    """Hidden times at which all of these students are free.

    A fortnightly event keeps its hours free in every week, so that a timetable exists
    whichever weeks it takes.
    """
    taken = set().union(*(busy[student] for student in students))
    slots = planter.settle(cls, taken)
    cls.seats = len(students)
    for student in students:
        busy[student] |= slots


def configurations(classes: list[PlantedClass]) -> list[Configuration]:
    """The components of an offering, as its classes have them."""
    ids = list(dict.fromkeys(cls.component for cls in classes if cls.component))
    if not ids:
        return []
    lecture = ids[0]
    return [
        Configuration(
            id=lecture.removesuffix("-L"),
            components=[
                Component(
                    id=key,
                    kind=KINDS[key[-1]],
                    parent=None if key == lecture else lecture,
                )
                for key in ids
            ],
        )
    ]


def week_patterns(weeks: int) -> list[WeekPattern]:
    """Odd and even weeks of a term of several."""
    if weeks < 2:
        return []
    return [
        WeekPattern(
            id=key, name=f"{key.title()} weeks", weeks=list(range(first, weeks + 1, 2))
        )
        for first, key in enumerate(FORTNIGHTS, 1)
    ]
