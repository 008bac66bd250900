"""What is possible gets no error; what is proven impossible really is."""

import time

import pytest
from hypothesis import given, settings

from sidecar.contract import Problem
from sidecar.diagnosis import diagnose
from sidecar.diagnosis.exact import Clock, LocalModel
from sidecar.diagnosis.grid import Grid
from sidecar.synthesis import PRESETS, generate
from sidecar.synthesis.tiny import tiny_problem
from tests.engine.problems import problems

from .universities import SLOTS, all_but, cls, relation, university

TIGHT = [
    pytest.param(
        university(
            classes=[
                cls(c, faculty=["f1"], event={"timeslots": ["t00", "t01", "t02"]})
                for c in "abc"
            ]
        ),
        id="three events in three timeslots",
    ),
    pytest.param(
        university(
            classes=[cls("a", 3)],
            relations=[relation("x", "different_days", "a-1", "a-2", "a-3")],
        ),
        id="three events on three days",
    ),
    pytest.param(
        university(
            classes=[cls("a"), cls("b")],
            relations=[
                relation("x1", "same_days", "a-1", "b-1"),
                relation("x2", "different_days", "a-1", "b-1", hard=False, weight=5),
            ],
        ),
        id="soft relations may contradict hard ones",
    ),
    pytest.param(
        university(
            classes=[
                cls("a", event={"timeslots": ["t00"]}),
                {**cls("b"), "offering": "o-a"},
                cls("c", event={"timeslots": ["t00"]}),
            ],
            students=[{"id": "s1", "offerings": ["o-a", "o-c"]}],
        ),
        id="the other section is free",
    ),
    pytest.param(
        university(
            faculty=[{"id": "f1", "unavailable": all_but("t00", "t01", "t10", "t11")}],
            classes=[cls("a", 2, duration=2, faculty=["f1"])],
        ),
        id="double periods that fill what is open",
    ),
    pytest.param(
        university(
            classes=[cls("a", 2), cls("b", 1)],
            pins=[
                {"event": "a-1", "timeslot": "t00", "room": "r1"},
                {"event": "b-1", "timeslot": "t00", "room": "r2"},
            ],
        ),
        id="pins beside each other",
    ),
    pytest.param(
        university(
            classes=[cls(f"a{k}", 3, event={"room_type": "lab"}) for k in range(4)],
        ),
        id="a laboratory in use all week",
    ),
]


@pytest.mark.parametrize("problem", TIGHT)
def test_tight_but_possible(problem: Problem) -> None:
    assert diagnose(problem).items == []


def test_synthetic_universities_have_no_error() -> None:
    assert diagnose(tiny_problem()).items == []
    for seed in (1, 2):
        diagnosis = diagnose(generate(PRESETS["campus"], seed))
        assert diagnosis.items == []
        assert 0 < diagnosis.figures["student_periods_used"] < 1


@settings(max_examples=60, deadline=None)
@given(problems())
def test_what_is_called_impossible_has_no_timetable(problem: Problem) -> None:
    """CP-SAT with all events and every fact at once agrees (it knows no sections)."""
    diagnosis = diagnose(problem)
    local = [
        item
        for item in diagnosis.items
        if item.severity == "error"
        and not item.code.startswith(("student", "section", "room", "relation_imp"))
    ]
    if local:
        grid = Grid(problem)
        model = LocalModel(grid, grid.units)
        assert model.smallest_conflict(Clock(30)) is not None


@pytest.mark.slow
def test_large_university_is_quick() -> None:
    problem = generate(PRESETS["bhu"], 1)
    started = time.process_time()
    assert diagnose(problem).items == []
    assert time.process_time() - started < 3


def test_many_faults_are_cut_and_bounded() -> None:
    """Hundreds of contradictions: a list that can be read, in bounded time."""
    count = 400
    problem = university(
        classes=[
            cls(f"c{k}", faculty=[f"f{k // 2}"], event={"timeslots": [SLOTS[0]]})
            for k in range(count)
        ]
    )
    started = time.monotonic()
    diagnosis = diagnose(problem, exact_seconds=5)
    assert time.monotonic() - started < 15
    assert not diagnosis.feasible
    assert 100 <= len(diagnosis.items) <= 200
