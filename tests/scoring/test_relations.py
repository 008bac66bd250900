"""Relations of classes, and the kinds of ITC-2019, on cases counted by hand."""

from typing import Any

import pytest

from sidecar.contract import Assignment, JobOptions, Problem, VariantRequest
from sidecar.engine.progress import NullSink, RunControl
from sidecar.formats.checks import find_errors
from sidecar.scoring import score_timetable
from sidecar.solving.solve_request import solve_request
from tests.diagnosis.universities import cls, university


def of_classes(kind: str, **more: Any) -> dict[str, Any]:
    return {"id": "x", "type": kind, "classes": ["a", "b"], **more}


def broken(problem: Problem, **at: str) -> int:
    assert find_errors(problem) == []
    placed = [
        Assignment(event=event.replace("_", "-"), timeslot=slot, room="r1")
        for event, slot in at.items()
    ]
    scored = score_timetable(problem, placed, {})
    return {line.constraint: line.violations for line in scored.breakdown if line.hard}[
        "relation"
    ]


def theory(**more: Any) -> Problem:
    """Two lectures and a practical that comes after the first of them."""
    return university(
        classes=[cls("a", 2), cls("b")], relations=[of_classes("precedence")], **more
    )


def test_the_first_lecture_decides_whether_theory_comes_first() -> None:
    assert broken(theory(), a_1="t20", a_2="t00", b_1="t10") == 0
    assert broken(theory(), a_1="t20", a_2="t11", b_1="t10") == 1
    assert broken(theory(), a_1="t20", b_1="t10") == 1
    assert broken(theory(), b_1="t10") == 0


def test_the_engine_puts_theory_first() -> None:
    """The practical may be on the first day only: a lecture is before it."""
    problem = university(
        classes=[cls("a", 2), cls("b", event={"timeslots": ["t01", "t02"]})],
        relations=[of_classes("precedence")],
    )
    result = solve_request(
        problem,
        JobOptions(
            iteration_budget=5_000,
            variants=[VariantRequest(key="A")],
            check_level="bursts",
        ),
        digest="0" * 64,
        sink=NullSink(),
        control=RunControl(),
    )
    (best,) = result.variants
    assert best.score.hard == 0
    at = {item.event: item.timeslot for item in best.assignments}
    assert min(at["a-1"], at["a-2"]) < at["b-1"]


@pytest.mark.parametrize(
    ("kind", "more", "good", "bad"),
    [
        ("overlap", {}, {"a_1": "t00", "b_1": "t00"}, {"a_1": "t00", "b_1": "t01"}),
        ("same_time", {}, {"a_1": "t00", "b_1": "t10"}, {"a_1": "t00", "b_1": "t01"}),
        (
            "same_attendees",
            {},
            {"a_1": "t00", "b_1": "t01"},
            {"a_1": "t00", "b_1": "t00"},
        ),
        (
            "work_day",
            {"value": 3},
            {"a_1": "t00", "b_1": "t02"},
            {"a_1": "t00", "b_1": "t03"},
        ),
    ],
)
def test_kinds_of_itc_2019(
    kind: str, more: dict[str, Any], good: dict[str, str], bad: dict[str, str]
) -> None:
    problem = university(
        classes=[cls("a"), cls("b")], relations=[of_classes(kind, **more)]
    )
    assert broken(problem, **good) == 0
    assert broken(problem, **bad) == 1


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        (of_classes("back_to_back"), "between events only"),
        (of_classes("min_gap", minutes=30), "by the clock"),
        (of_classes("max_day_load", value=3), "cannot plan 'max_day_load' yet"),
    ],
)
def test_what_is_not_planned_is_refused(relation: dict[str, Any], words: str) -> None:
    (fault,) = find_errors(
        university(classes=[cls("a"), cls("b")], relations=[relation])
    )
    assert words in fault.message


def test_two_classes_taught_as_one_are_not_related() -> None:
    problem = university(
        classes=[cls("a"), cls("b")],
        joint_classes=[{"id": "j", "classes": ["a", "b"]}],
        relations=[of_classes("not_overlap")],
    )
    (fault,) = find_errors(problem)
    assert "taught as one" in fault.message
