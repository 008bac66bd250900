"""Rules for people's days, each on a case that one can count by hand."""

from typing import Any

import pytest

from sidecar.contract import (
    Assignment,
    Class,
    Curriculum,
    Event,
    Faculty,
    JobOptions,
    Offering,
    Problem,
    Room,
    Student,
    Timeslot,
    VariantRequest,
)
from sidecar.contract.problem import WeekPattern
from sidecar.engine.progress import NullSink, RunControl
from sidecar.formats.checks import find_errors
from sidecar.scoring import score_timetable
from sidecar.solving.solve_request import solve_request

HOURS = {k: (f"{9 + k:02d}:00", f"{9 + k:02d}:55") for k in range(9)}
"""Nine to six, five minutes between two periods."""


def university(events: list[str], days: int = 3, **more: Any) -> Problem:
    """One faculty member and one student with these events of one period."""
    faculty = more.pop("of_faculty", {})
    return Problem(
        **{
            "rooms": [Room(id="r", capacity=99)],
            "faculty": [Faculty(id="f", **faculty)],
            "timeslots": [
                Timeslot(id=f"{d}.{p}", day=d, period=p, start=start, end=end)
                for d in range(days)
                for p, (start, end) in HOURS.items()
            ],
            "offerings": [Offering(id="o")],
            "classes": [
                Class(
                    id="c",
                    offering="o",
                    faculty=["f"],
                    limit=9,
                    one_event_per_day=False,
                    events=[Event(id=key) for key in events],
                )
            ],
            "students": [Student(id="s", classes=["c"])],
        }
        | more
    )


def counted(problem: Problem, *at: str, **weeks: str) -> dict[tuple[str, bool], int]:
    assert find_errors(problem) == []
    events = [event.id for event in problem.classes[0].events]
    placed = [
        Assignment(event=e, timeslot=t, room="r", weeks=weeks.get(e))
        for e, t in zip(events, at, strict=True)
    ]
    scored = score_timetable(problem, placed, {"s": ["c"]})
    return {(line.constraint, line.hard): line.violations for line in scored.breakdown}


LUNCH = {"lunch": {"start": "12:00", "end": "14:00", "minutes": 60}}


@pytest.mark.parametrize(
    ("at", "missed"),
    [
        # Twelve and one are taken: from 13:55 there are five minutes.
        (["0.3", "0.4"], 1),
        # One of the two is free.
        (["0.3", "0.5"], 0),
        (["0.4", "0.5"], 0),
        # Taken in the middle of the hours, nothing of an hour is left at either end.
        (["0.2", "0.6"], 0),
    ],
)
def test_lunch_is_a_pause_within_some_hours(at: list[str], missed: int) -> None:
    found = counted(university(["a", "b"], **LUNCH), *at)
    assert found["student_lunch", False] == found["faculty_lunch", False] == missed
    hard = university(["a", "b"], hard_rules=["student_lunch"], **LUNCH)
    found = counted(hard, *at)
    assert found["people", True] == missed
    assert found["student_lunch", False] == 0
    assert found["faculty_lunch", False] == missed


def test_load_and_length_of_a_day() -> None:
    problem = university(
        ["a", "b", "c"],
        student_max_periods_day=2,
        student_max_span_minutes=240,
        of_faculty={"max_span_minutes": 500},
    )
    # Three periods; from 9:00 to 14:55 are 355 minutes, 115 too many: two hours begun.
    found = counted(problem, "0.0", "0.2", "0.5")
    assert found["student_daily_load", False] == 1
    assert found["student_long_day", False] == 2
    assert found["faculty_long_day", False] == 0
    # 9:00 to 17:55 are 535.
    found = counted(problem, "0.0", "1.1", "0.8")
    assert found["faculty_long_day", False] == 1


def test_days_off_and_nights() -> None:
    problem = university(
        ["a", "b"],
        student_min_free_days=2,
        rest_minutes=16 * 60,
        of_faculty={"min_free_days": 1},
    )
    # 17:55 to 9:00 are 15 hours and 5 minutes.
    found = counted(problem, "0.8", "1.0")
    assert found["student_free_days", False] == 1
    assert found["faculty_free_days", False] == 0
    assert found["student_rest", False] == found["faculty_rest", False] == 1
    # To the day after next nobody is late; to the same day there is no night.
    assert counted(problem, "0.8", "2.0")["student_rest", False] == 0
    assert counted(problem, "0.8", "0.0")["student_rest", False] == 0
    assert counted(problem, "0.7", "1.1")["student_rest", False] == 0


def test_a_batch_counts_as_a_student_does() -> None:
    problem = university(
        ["a", "b"],
        students=[],
        curricula=[Curriculum(id="q", classes=["c"])],
        hard_rules=["student_lunch"],
        **LUNCH,
    )
    events = [
        Assignment(event=e, timeslot=t, room="r")
        for e, t in (("a", "0.3"), ("b", "0.4"))
    ]
    (told,) = score_timetable(problem, events, {}).violations
    assert told.sentence == "[curriculum:q] has no pause for lunch on Monday."
    assert told.resources == {"curriculum": "q"}


def test_weeks_count_by_their_number() -> None:
    """Three odd weeks and one even: a week's free day is lacking in the odd ones."""
    problem = university(
        ["a", "b"],
        days=2,
        weeks=4,
        week_patterns=[
            WeekPattern(id="odd", weeks=[1, 2, 3]),
            WeekPattern(id="even", weeks=[4]),
        ],
        student_min_free_days=1,
    )
    cls = problem.classes[0]
    events = [
        event.model_copy(update={"weeks": ["odd", "even"]}) for event in cls.events
    ]
    cls = cls.model_copy(update={"events": events})
    problem = problem.model_copy(update={"classes": [cls]})
    both = counted(problem, "0.0", "1.0", a="odd", b="odd")
    assert both["student_free_days", False] == 3
    apart = counted(problem, "0.0", "1.0", a="odd", b="even")
    assert apart["student_free_days", False] == 0


def test_the_engine_keeps_hard_rules() -> None:
    """Six periods for one student: lunch, two days off and long nights leave a way."""
    problem = university(
        ["a", "b", "c", "d", "e", "g"],
        days=4,
        student_min_free_days=2,
        student_max_periods_day=3,
        student_max_span_minutes=300,
        rest_minutes=17 * 60,
        hard_rules=[
            "student_lunch",
            "student_free_days",
            "student_daily_load",
            "student_long_day",
            "student_rest",
            "faculty_rest",
        ],
        **LUNCH,
    )
    assert find_errors(problem) == []
    result = solve_request(
        problem,
        JobOptions(
            iteration_budget=20_000,
            variants=[VariantRequest(key="A")],
            check_level="bursts",
        ),
        digest="0" * 64,
        sink=NullSink(),
        control=RunControl(),
    )
    assert result.variants[0].score.hard == 0


@pytest.mark.parametrize(
    ("fields", "place", "words"),
    [
        ({"student_min_free_days": 3}, "student_min_free_days", "ask for fewer"),
        (
            {"of_faculty": {"min_free_days": 5}},
            "faculty[0].min_free_days",
            "none of the 3 days",
        ),
        (
            {
                "of_faculty": {"max_span_minutes": 60},
                "timeslots": [Timeslot(id="t", day=0, period=0)],
            },
            "timeslots[0]",
            "'faculty.max_span_minutes' goes by the clock",
        ),
        (
            {
                "rest_minutes": 60,
                "timeslots": [
                    Timeslot(id="t", day=0, period=0, start="10:00", end="11:00"),
                    Timeslot(id="u", day=0, period=1, start="09:00", end="10:00"),
                ],
            },
            "timeslots",
            "timeslot 'u' starts at 09:00, before 't' of an earlier period ends",
        ),
        (
            {"lunch": {"start": "12:00", "end": "12:30", "minutes": 45}},
            "lunch",
            "too few",
        ),
    ],
)
def test_rules_that_contradict_the_grid_are_refused(
    fields: dict[str, Any], place: str, words: str
) -> None:
    (fault,) = find_errors(university(["a"], **fields))
    assert fault.field == place
    assert words in fault.message
