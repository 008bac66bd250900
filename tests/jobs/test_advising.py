"""Suggestions from a remembered problem are those of a fresh one."""

import json
from typing import Any

import pytest

from sidecar.advice.suggest import suggest_placements
from sidecar.contract import Assignment, Problem, Suggestions
from sidecar.jobs.errors import InvalidRequestError
from sidecar.questions import advising
from sidecar.questions.advising import KEPT, Adviser, Recent
from sidecar.questions.intake import limits_of
from sidecar.settings import Settings
from sidecar.synthesis import PRESETS, generate

Change = dict[str, Any]


@pytest.fixture(scope="module")
def problem() -> Problem:
    return generate(PRESETS["campus"], 3)


@pytest.fixture
def adviser() -> Adviser:
    return Adviser(limits_of(Settings(redis_url="")))


def _timetable(problem: Problem, shift: int = 0) -> list[Assignment]:
    """Any timetable: slots and rooms in turn."""
    slots, rooms = problem.timeslots, problem.rooms
    events = [event.id for item in problem.classes for event in item.events]
    return [
        Assignment(
            event=event,
            timeslot=slots[(number + shift) % len(slots)].id,
            room=rooms[number % len(rooms)].id,
        )
        for number, event in enumerate(events[: -3 - shift])
    ]


def _ask(adviser: Adviser, problem: Problem, **question: Any) -> Suggestions:
    body = {"problem": problem.model_dump(mode="json"), **question}
    return adviser.suggest(json.dumps(body).encode())


def test_each_answer_is_that_of_a_fresh_timetable(
    adviser: Adviser, problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the problem is read once, whatever moves between two questions."""
    read = 0
    check = advising.check_problem

    def count(*words: Any) -> Any:
        nonlocal read
        read += 1
        return check(*words)

    monkeypatch.setattr(advising, "check_problem", count)
    for shift in (0, 0, 5, 1):
        placed = _timetable(problem, shift)
        event = placed[7 + shift].event
        answer = _ask(
            adviser,
            problem,
            assignments=[item.model_dump() for item in placed],
            event=event,
            limit=4,
        )
        assert answer == suggest_placements(problem, placed, {}, event, limit=4)
        assert answer.suggestions
    assert read == 1


def test_another_sectioning_is_another_timetable(
    adviser: Adviser, problem: Problem
) -> None:
    """Its students are elsewhere, so its costs differ."""
    placed = _timetable(problem)
    lines = [item.model_dump() for item in placed]
    first = problem.classes[0]
    crowd = {student.id: [first.id] for student in problem.students[:40]}
    event = first.events[0].id
    for sections in ({}, crowd, {}):
        answer = _ask(
            adviser, problem, assignments=lines, event=event, sectioning=sections
        )
        assert answer == suggest_placements(problem, placed, sections, event)
    assert suggest_placements(problem, placed, crowd, event) != answer


def test_the_problems_used_last_are_remembered() -> None:
    """So that two planners do not make each other wait."""
    recent: Recent[int] = Recent()
    for number in range(KEPT):
        recent.keep(number, number)
    assert recent.get(0) == 0
    recent.keep(KEPT, KEPT)
    found = [recent.get(number) for number in range(KEPT + 1)]
    assert found == [0, None, *range(2, KEPT + 1)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"event": "nobody"}, "event"),
        ({"event": None}, "event"),
        (
            {"assignments": [{"event": "nobody", "timeslot": "x", "room": None}]},
            "assignments",
        ),
        ({"assignments": [{"event": 3}]}, "assignments[0].event"),
        ({"sectioning": {"FIRST": ["nowhere"]}}, "sectioning"),
        ({"sectioning": {"s": "nowhere"}}, "sectioning.s"),
        ({"profile": "best"}, "weights"),
        ({"weights": {"colour": 1}}, "weights"),
        ({"limit": 0}, "limit"),
        ({"colour": 1}, "colour"),
    ],
)
def test_a_wrong_question_names_its_field(
    adviser: Adviser, problem: Problem, change: Change, field: str
) -> None:
    """And the next question is answered as before."""
    event = problem.classes[0].events[0].id
    right: Change = {"assignments": [], "event": event}
    if "FIRST" in change.get("sectioning", {}):
        change = {"sectioning": {problem.students[0].id: ["nowhere"]}}
    with pytest.raises(InvalidRequestError) as caught:
        _ask(adviser, problem, **{**right, **change})
    assert caught.value.errors[0].field == field
    assert _ask(adviser, problem, **right).suggestions


def test_a_problem_out_of_order_is_refused(adviser: Adviser, problem: Problem) -> None:
    """With the path in the request."""
    lost = problem.model_copy(update={"faculty": []})
    with pytest.raises(InvalidRequestError) as caught:
        _ask(adviser, lost, assignments=[], event="x")
    assert caught.value.errors[0].field.startswith("problem.")
    with pytest.raises(InvalidRequestError) as caught:
        adviser.suggest(b'{"event": "x", "assignments": []}')
    assert caught.value.errors[0].field == "problem"
