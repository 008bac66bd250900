"""Suggestions are what the plain scorer says they are, and they are quick."""

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.advice.suggest import suggest_in, suggest_placements
from sidecar.advice.timetable import Time, Timetable
from sidecar.contract import Assignment, Problem
from sidecar.contract.objective import DEFAULT_WEIGHTS
from sidecar.scoring import score_timetable
from sidecar.synthesis import PRESETS, generate
from sidecar.synthesis.tiny import tiny_problem
from tests.diagnosis.universities import cls, university
from tests.engine.problems import problems

WEIGHTS = {name: k + 1 for k, name in enumerate(DEFAULT_WEIGHTS)} | {"room_overflow": 0}


def scattered(
    problem: Problem, rng: random.Random
) -> tuple[list[Assignment], dict[str, list[str]]]:
    """A careless timetable: any place for most events, any section for students."""
    slots = [slot.id for slot in problem.timeslots]
    rooms = [room.id for room in problem.rooms]
    classes = {cls.id: cls for cls in problem.classes}
    leader = {e.id: e.id for cls in problem.classes for e in cls.events}
    for joint in problem.joint_classes:
        first, *others = (classes[cls].events for cls in joint.classes)
        for events in others:
            leader |= {e.id: one.id for e, one in zip(events, first, strict=True)}
    start = {p.id: p.meetings[0].timeslot for p in problem.patterns}
    some_weeks = [None, *(pattern.id for pattern in problem.week_patterns)]
    at: dict[str, Assignment] = {}
    for item in problem.classes:
        for event in item.events:
            patterns = [o.pattern for o in event.times or () if o.pattern]
            pattern = rng.choice(patterns) if patterns and rng.random() < 0.8 else None
            at[event.id] = Assignment(
                event=event.id,
                timeslot=start[pattern] if pattern else rng.choice(slots),
                pattern=pattern,
                weeks=rng.choice(some_weeks),
                room=rng.choice([*rooms, None])
                if rng.random() < 0.3
                else rng.choice(rooms),
            )
    left_out = {event for event in leader if rng.random() < 0.2}
    placed = [
        at[lead].model_copy(update={"event": event})
        for event, lead in leader.items()
        if lead not in left_out
    ]
    parallel: dict[str, list[str]] = {}
    for item in problem.classes:
        parallel.setdefault(item.offering, []).append(item.id)
    sections = {
        student.id: [rng.choice(parallel[o]) for o in dict.fromkeys(student.offerings)]
        for student in problem.students
    }
    return placed, sections


def check_changes(
    problem: Problem,
    placed: list[Assignment],
    sections: dict[str, list[str]],
    event: str,
) -> int:
    """Each suggestion's figures are the difference of two full scores."""
    before = score_timetable(problem, placed, sections, "balanced", WEIGHTS).score
    answer = suggest_placements(
        problem, placed, sections, event, "balanced", WEIGHTS, limit=12
    )
    for suggestion in answer.suggestions:
        moved = {item.event: item for item in placed}
        moved |= {item.event: item for item in suggestion.moves}
        after = score_timetable(
            problem, list(moved.values()), sections, "balanced", WEIGHTS
        ).score
        assert after.hard - before.hard == suggestion.hard, suggestion
        assert after.soft - before.soft == suggestion.soft, suggestion
        assert suggestion.moves[0].event == event
        assert f"[event:{event}]" in suggestion.sentence
    ranks = [(s.hard, len(s.moves), s.soft) for s in answer.suggestions]
    assert ranks == sorted(ranks)
    return len(ranks)


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(problems(), st.integers(0, 10**6))
def test_figures_are_those_of_the_plain_scorer(problem: Problem, seed: int) -> None:
    rng = random.Random(seed)
    placed, sections = scattered(problem, rng)
    events = [event.id for item in problem.classes for event in item.events]
    check_changes(problem, placed, sections, rng.choice(events))


def test_figures_on_the_problem_with_every_field() -> None:
    problem = tiny_problem()
    total = 0
    for seed in range(6):
        placed, sections = scattered(problem, random.Random(seed))
        for item in problem.classes:
            total += check_changes(problem, placed, sections, item.events[0].id)
    assert total > 50


def test_free_place_comes_first_and_the_timetable_stays() -> None:
    problem = university(classes=[cls("a"), cls("b")])
    placed = [Assignment(event="a-1", timeslot="t00", room="r1")]
    timetable = Timetable(problem, placed, {})
    answer = suggest_in(timetable, "b-1")
    assert len(answer.suggestions) == 5
    assert all(s.hard == -1 and len(s.moves) == 1 for s in answer.suggestions)
    assert answer.suggestions[0].sentence.startswith("Place [event:b-1] at [timeslot:")
    assert "mends 1 broken rule" in answer.suggestions[0].sentence
    assert timetable.at == {"a-1": (Time("t00"), ("r1",))}


def test_chain_frees_the_only_place() -> None:
    """The only start of b is held by a, who can go elsewhere."""
    problem = university(
        rooms=[{"id": "r1", "capacity": 30}],
        classes=[cls("a"), cls("b", event={"timeslots": ["t00"]})],
    )
    placed = [Assignment(event="a-1", timeslot="t00", room="r1")]
    best = suggest_placements(problem, placed, {}, "b-1").suggestions[0]
    assert best.hard == -1
    assert [move.event for move in best.moves] == ["b-1", "a-1"]
    assert best.moves[0].timeslot == "t00" != best.moves[1].timeslot
    assert ", and move [event:a-1] to [timeslot:" in best.sentence


def test_pinned_events_are_not_moved() -> None:
    problem = university(
        rooms=[{"id": "r1", "capacity": 30}],
        classes=[cls("a"), cls("b", event={"timeslots": ["t00"]})],
        pins=[{"event": "a-1", "timeslot": "t00"}],
    )
    placed = [Assignment(event="a-1", timeslot="t00", room="r1")]
    answer = suggest_placements(problem, placed, {}, "b-1")
    assert all(len(s.moves) == 1 for s in answer.suggestions)
    assert all(s.hard >= 0 for s in answer.suggestions)


def test_unknown_names_are_refused() -> None:
    problem = tiny_problem()
    with pytest.raises(ValueError, match="no event 'e9'"):
        suggest_placements(problem, [], {}, "e9")
    wrong = [Assignment(event="c1a-1", timeslot="t99", room=None)]
    with pytest.raises(ValueError, match="no timeslot 't99'"):
        suggest_placements(problem, wrong, {}, "c1a-1")


@pytest.mark.slow
def test_large_university_answers_in_time() -> None:
    """Once loaded, within 300 ms for any event (processor time)."""
    problem = generate(PRESETS["bhu"], 1)
    placed, sections = scattered(problem, random.Random(1))
    timetable = Timetable(problem, placed, sections)
    events = [event.id for item in problem.classes for event in item.events]
    spent = []
    for event in random.Random(2).sample(events, 12):
        started = time.process_time()
        suggest_in(timetable, event)
        spent.append(time.process_time() - started)
    assert sorted(spent)[len(spent) // 2] < 0.3, spent


def test_a_pattern_in_some_weeks_and_a_joint_class_are_said() -> None:
    """A practical goes to slot B in odd weeks; the lecture moves under both codes."""
    patterns = [
        {"id": key, "meetings": [{"timeslot": f"t0{k}"}, {"timeslot": f"t1{k}"}]}
        for k, key in enumerate("AB")
    ]
    times = [{"pattern": key} for key in "AB"]
    weeks = [{"id": "odd", "weeks": [1, 3]}, {"id": "even", "weeks": [2, 4]}]
    problem = university(
        rooms=[{"id": "r1", "capacity": 60}],
        weeks=4,
        week_patterns=weeks,
        patterns=patterns,
        classes=[
            cls("a", event={"times": times}),
            {**cls("b", event={"times": times}), "faculty": []},
            cls("c", event={"times": times, "weeks": ["odd"]}),
        ],
        joint_classes=[{"id": "j", "classes": ["a", "b"]}],
    )
    here = {"timeslot": "t00", "pattern": "A", "room": "r1"}
    placed = [Assignment(event=f"{key}-1", **here) for key in "ab"]
    first = suggest_placements(problem, placed, {}, "c-1").suggestions[0]
    assert first.sentence.startswith(
        "Place [event:c-1] at [pattern:B] in [week_pattern:odd] in [room:r1] ("
    )
    assert (first.moves[0].pattern, first.moves[0].weeks) == ("B", "odd")
    both = suggest_placements(problem, placed, {}, "b-1").suggestions[0]
    assert [(m.event, m.pattern) for m in both.moves] == [("b-1", "B"), ("a-1", "B")]
