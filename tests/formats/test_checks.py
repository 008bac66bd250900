"""Contradictory problems get an error that names the place and the mend."""

import pytest

from sidecar.contract import Problem
from sidecar.formats.checks import find_errors
from sidecar.synthesis.tiny import tiny_problem


def changed(**changes):
    return Problem.model_validate(tiny_problem().model_dump() | changes)


def with_first(name, **changes):
    items = tiny_problem().model_dump()[name]
    items[0] |= changes
    return changed(**{name: items})


def test_sound_problem_has_no_error():
    assert find_errors(tiny_problem()) == []


@pytest.mark.parametrize(
    ("problem", "field", "words"),
    [
        (changed(version="3.0"), "version", "update"),
        (with_first("rooms", building="b9"), "rooms[0].building", "b9"),
        (with_first("rooms", id="r2"), "rooms[1].id", "twice"),
        (with_first("rooms", unavailable=["t99"]), "rooms[0].unavailable[0]", "t99"),
        (with_first("faculty", department="d9"), "faculty[0].department", "d9"),
        (with_first("classes", offering="o9"), "classes[0].offering", "o9"),
        (with_first("classes", faculty=["f9"]), "classes[0].faculty[0]", "f9"),
        (with_first("students", offerings=["o9"]), "students[0].offerings[0]", "o9"),
        (
            with_first("students", classes=["c1a", "c1b"]),
            "students[0].classes",
            "two classes",
        ),
        (with_first("curricula", classes=["c9"]), "curricula[0].classes[0]", "c9"),
        (with_first("relations", events=["x", "c1a-1"]), "relations[0].events[0]", "x"),
        (
            with_first("relations", type="min_gap"),
            "relations[0].value",
            "needs 'value'",
        ),
        (changed(pins=[{"event": "nowhere"}]), "pins[0].event", "nowhere"),
        (with_first("timeslots", day=1), "timeslots[5]", "already"),
    ],
)
def test_fault_is_named(problem, field, words):
    errors = find_errors(problem)
    assert field in [error.field for error in errors]
    assert any(words in error.message for error in errors)
