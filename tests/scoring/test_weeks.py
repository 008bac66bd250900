"""Weeks, patterns, options, joint classes and parts of rooms, against plain counts."""

import random
from collections import Counter
from math import gcd

import pytest

from sidecar.contract.problem import (
    Assignment,
    Closing,
    JointClass,
    Meeting,
    Problem,
    Room,
    RoomOption,
    RoomPreference,
    TimeOption,
    TimePattern,
    WeekPattern,
)
from sidecar.scoring import score_timetable
from sidecar.scoring.layers import Layers
from sidecar.synthesis.tiny import tiny_problem

ODD = WeekPattern(id="odd", weeks=[1, 3, 5, 7])
EVEN = WeekPattern(id="even", weeks=[2, 4, 6, 8])
HALF = WeekPattern(id="half", weeks=[1, 2, 3, 4])
WEEKLY = [
    "student_gaps",
    "student_single",
    "student_long_run",
    "student_late",
    "travel",
    "faculty_preferences",
    "faculty_gaps",
    "faculty_days",
    "faculty_consecutive",
    "curriculum_compactness",
    "late_periods",
    "room_fit",
]
"""What a timetable costs week by week."""


def change(problem: Problem, **update: object) -> Problem:
    return problem.model_copy(update=update)


def with_events(problem: Problem, **update: object) -> Problem:
    """Each event changed alike; a callable is asked for each."""
    classes = [
        cls.model_copy(
            update={
                "events": [
                    event.model_copy(
                        update={
                            key: value(event) if callable(value) else value
                            for key, value in update.items()
                        }
                    )
                    for event in cls.events
                ]
            }
        )
        for cls in problem.classes
    ]
    return change(problem, classes=classes)


def anywhere(problem: Problem, rng: random.Random) -> list[Assignment]:
    """Each event somewhere, whatever that breaks."""
    return [
        Assignment(
            event=event.id,
            timeslot=rng.choice(problem.timeslots).id,
            weeks=rng.choice(event.weeks) if event.weeks else None,
            room=rng.choice(problem.rooms).id,
        )
        for cls in problem.classes
        for event in cls.events
    ]


def counts(
    problem: Problem, assignments: list[Assignment], sectioning: dict[str, list[str]]
) -> Counter[str]:
    scored = score_timetable(
        problem, assignments, sectioning, "balanced", {"travel": 1}
    )
    return Counter({(r.constraint, r.hard): r.violations for r in scored.breakdown})


@pytest.mark.parametrize("patterns", [[ODD, EVEN], [HALF, ODD], [HALF]])
@pytest.mark.parametrize("seed", range(6))
def test_a_term_costs_what_its_weeks_cost(patterns: list[WeekPattern], seed: int):
    """Each week is scored alone, as a term of one week with what is held in it."""
    rng = random.Random(seed)
    names = [pattern.id for pattern in patterns]
    problem = change(tiny_problem(), weeks=8, week_patterns=patterns, previous=[])
    problem = with_events(
        problem, weeks=lambda _: rng.choice([None, [rng.choice(names)], names])
    )
    assignments = anywhere(problem, rng)
    sectioning = {
        student.id: [
            rng.choice([c.id for c in problem.classes if c.offering == offering])
            for offering in student.offerings
        ]
        for student in problem.students
    }
    whole = counts(problem, assignments, sectioning)
    alone: Counter[tuple[str, bool]] = Counter()
    for week in range(1, 9):
        held = [p.id for p in patterns if week in p.weeks]
        here = [
            item.model_copy(update={"weeks": None})
            for item in assignments
            if item.weeks is None or item.weeks in held
        ]
        single = with_events(change(problem, weeks=1, week_patterns=[]), weeks=None)
        alone += counts(single, here, sectioning)
    sizes = Counter(
        frozenset(p.id for p in patterns if week in p.weeks) for week in range(1, 9)
    )
    common = gcd(*sizes.values())
    for name in WEEKLY:
        assert whole[name, False] * common == alone[name, False], name
    # Conflicts count once a layer: no fewer than in any week, no more than in all.
    for name in ("student_conflict", "faculty_conflict", "room_conflict"):
        assert (whole[name, True] > 0) == (alone[name, True] > 0)
        assert whole[name, True] <= alone[name, True]


def test_layers_are_the_weeks_that_no_pattern_tells_apart() -> None:
    problem = change(tiny_problem(), weeks=9, week_patterns=[ODD, HALF])
    layers = Layers(problem)
    # Odd and in the first half: 1, 3; even there: 2, 4; odd later: 5, 7; the rest.
    assert layers.sizes == [2, 2, 2, 3]
    assert layers.weight("odd") == 4
    assert layers.weight(None) == 9


def place(problem: Problem, **where: object) -> Counter[tuple[str, bool]]:
    """The first event alone, at a place."""
    sectioning: dict[str, list[str]] = {}
    return counts(problem, [Assignment.model_validate(where)], sectioning)


def first_event(problem: Problem, **update: object) -> Problem:
    cls = problem.classes[0]
    event = cls.events[0].model_copy(update=update)
    changed = cls.model_copy(update={"events": [event, *cls.events[1:]]})
    return change(problem, classes=[changed, *problem.classes[1:]])


def test_an_option_of_time_costs_its_penalty_and_others_are_not_allowed() -> None:
    problem = first_event(
        change(
            tiny_problem(),
            patterns=[
                TimePattern(
                    id="A", meetings=[Meeting(timeslot="t10"), Meeting(timeslot="t21")]
                )
            ],
        ),
        times=[
            TimeOption(timeslot="t11", penalty=3),
            TimeOption(timeslot="t12"),
            TimeOption(pattern="A", penalty=7),
        ],
    )
    event = problem.classes[0].events[0].id
    at = {"event": event, "room": "r1"}
    dear = place(problem, **at, timeslot="t11")
    assert (dear["time_preference", False], dear["availability", True]) == (3, 0)
    assert place(problem, **at, timeslot="t12")["time_preference", False] == 0
    slot_a = place(problem, **at, timeslot="t10", pattern="A")
    assert (slot_a["time_preference", False], slot_a["availability", True]) == (7, 0)
    assert place(problem, **at, timeslot="t10")["availability", True] == 1
    # A pattern begins with its first meeting.
    assert place(problem, **at, timeslot="t21", pattern="A")["availability", True] == 1


def test_a_pattern_is_held_on_each_of_its_days() -> None:
    """Closed on the second day is closed."""
    problem = first_event(
        change(
            tiny_problem(),
            patterns=[
                TimePattern(
                    id="A", meetings=[Meeting(timeslot="t10"), Meeting(timeslot="t00")]
                )
            ],
        ),
        times=[TimeOption(pattern="A")],
    )
    event = problem.classes[0].events[0].id
    found = place(problem, event=event, timeslot="t10", pattern="A", room="r2")
    # The room and the member who teaches it are closed at t00.
    assert found["availability", True] == 2


def test_a_closing_holds_in_its_weeks_only() -> None:
    problem = change(tiny_problem(), weeks=8, week_patterns=[ODD, EVEN])
    problem = first_event(problem, weeks=["odd", "even"])
    room = problem.rooms[0].model_copy(
        update={"closed": [Closing(timeslot="t11", weeks="odd")]}
    )
    problem = change(problem, rooms=[room, *problem.rooms[1:]])
    event = problem.classes[0].events[0].id
    at = {"event": event, "timeslot": "t11", "room": "r1"}
    assert place(problem, **at, weeks="odd")["availability", True] == 1
    assert place(problem, **at, weeks="even")["availability", True] == 0
    # In every week is not one of its weeks, and meets the closed ones.
    assert place(problem, **at)["availability", True] == 2


def test_wishes_for_rooms() -> None:
    problem = first_event(
        tiny_problem(),
        rooms=[RoomOption(room="r1", penalty=4), RoomOption(room="r2")],
        room_preferences=[
            RoomPreference(level="avoid", building="b2"),
            RoomPreference(level="prefer", room="r1"),
        ],
    )
    event = problem.classes[0].events[0].id
    costs = {
        room: place(problem, event=event, timeslot="t11", room=room)
        for room in ("r1", "r2", "r3")
    }
    assert costs["r1"]["room_preference", False] == 4
    # In a building to avoid, and not the one that is preferred.
    assert costs["r2"]["room_preference", False] == 3
    assert costs["r3"]["room_suitability", True] == 1
    strict = first_event(
        tiny_problem(), room_preferences=[RoomPreference(level="forbid", room="r1")]
    )
    assert place(strict, event=event, timeslot="t11", room="r1")[
        "room_suitability", True
    ]


def test_several_rooms_seat_together_and_parts_are_taken_with_the_whole() -> None:
    problem = change(
        tiny_problem(),
        rooms=[
            Room(id="hall", capacity=40, parts=["left", "right"]),
            Room(id="left", capacity=20),
            Room(id="right", capacity=20),
        ],
    )
    problem = first_event(problem, rooms_needed=2)
    one, two = problem.classes[0].events[0].id, problem.classes[1].events[0].id
    both = [
        Assignment(event=one, timeslot="t11", room="left", further_rooms=["right"]),
        Assignment(event=two, timeslot="t11", room="hall"),
    ]
    found = counts(problem, both, {})
    assert found["room_conflict", True] == 2
    alone = counts(problem, both[:1], {})
    assert alone["room_suitability", True] == 0
    single = Assignment(event=one, timeslot="t11", room="left")
    short = counts(problem, [single], {})
    assert short["unplaced", True] == alone["unplaced", True] + 1


def test_joint_classes_are_taught_once() -> None:
    """Two classes of one event each share room and lecturer; their seats add up."""
    problem = tiny_problem()
    pair = [
        cls.model_copy(update={"events": cls.events[:1], "faculty": ["f2"]})
        for cls in problem.classes
        if cls.id in ("c3a", "c4a")
    ]
    problem = change(problem, classes=pair, students=[], curricula=[], relations=[])
    problem = change(problem, pins=[], previous=[])
    here = {"timeslot": "t10", "room": "r2"}
    together = [Assignment(event=f"{c.id}-1", **here) for c in pair]
    apart = counts(problem, together, {})
    assert (apart["room_conflict", True], apart["faculty_conflict", True]) == (1, 1)
    joint = change(problem, joint_classes=[JointClass(id="j", classes=["c3a", "c4a"])])
    found = counts(joint, together, {})
    assert sum(n for (_, hard), n in found.items() if hard) == 0
    small = [item.model_copy(update={"room": "r1"}) for item in together]
    assert counts(joint, small, {})["room_suitability", True] == 1
    away = [together[0], together[1].model_copy(update={"timeslot": "t20"})]
    assert counts(joint, away, {})["joint", True] == 1
