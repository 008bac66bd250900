"""A student's place in an offering: each tuple of classes against the rule in words."""

from itertools import combinations

import pytest

from sidecar.contract.problem import (
    Class,
    Component,
    Configuration,
    Offering,
    Problem,
    Room,
    Student,
    Timeslot,
)
from sidecar.scoring import score_timetable
from sidecar.scoring.sectioning import Structure


def cls(key: str, component: str, parent: str | None = None) -> Class:
    return Class(
        id=key, offering="o", component=component, parent=parent, limit=30, events=[]
    )


def course(students: list[Student]) -> Problem:
    """Lectures A and B; groups A1 and A2 hang on A, B1 on B; C stands for both."""
    return Problem(
        rooms=[Room(id="r", capacity=30)],
        timeslots=[Timeslot(id="t", day=0, period=0)],
        offerings=[
            Offering(
                id="o",
                configurations=[
                    Configuration(
                        id="full",
                        components=[
                            Component(id="L", kind="lecture"),
                            Component(id="P", kind="practical", parent="L"),
                        ],
                    ),
                    Configuration(
                        id="online", components=[Component(id="X", kind="seminar")]
                    ),
                ],
            )
        ],
        classes=[
            cls("A", "L"),
            cls("B", "L"),
            cls("A1", "P", "A"),
            cls("A2", "P", "A"),
            cls("B1", "P", "B"),
            cls("C", "X"),
        ],
        students=students,
    )


PLACES = [{"A", "A1"}, {"A", "A2"}, {"B", "B1"}, {"C"}]
"""All that a student may have, by hand."""

ALL = ["A", "B", "A1", "A2", "B1", "C"]
CHOICES = [set(some) for n in range(4) for some in combinations(ALL, n)]


@pytest.mark.parametrize("classes", CHOICES, ids=lambda some: "+".join(sorted(some)))
def test_one_class_of_each_component_with_its_parent(classes: set[str]) -> None:
    problem = course([Student(id="s", offerings=["o"])])
    assert Structure(problem).is_complete(sorted(classes)) == (classes in PLACES)
    scored = score_timetable(problem, [], {"s": sorted(classes)})
    lines = {line.constraint: line.violations for line in scored.breakdown}
    assert lines["sectioning"] == (classes not in PLACES)


def test_a_decided_class_is_kept() -> None:
    problem = course([Student(id="s", classes=["A2"])])
    right = score_timetable(problem, [], {"s": ["A", "A2"]})
    wrong = score_timetable(problem, [], {"s": ["A", "A1"]})
    assert (right.score.hard, wrong.score.hard) == (0, 1)


def test_classes_of_one_parent_are_balanced_among_themselves() -> None:
    """A1 and A2 share the students of A; B1 is no alternative to them."""
    students = [Student(id=f"s{k}", offerings=["o"]) for k in range(20)]
    problem = course(students)
    together = {f"s{k}": ["A", "A1"] if k < 16 else ["B", "B1"] for k in range(20)}
    lines = {
        line.constraint: line.violations
        for line in score_timetable(problem, [], together).breakdown
    }
    # A and B differ from their mean of 10 by 6; A1 and A2 from theirs of 8 by 8.
    assert lines["section_balance"] == 2 * (6 - 2) + 2 * (8 - 2)
