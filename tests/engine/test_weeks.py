"""Fortnights, half terms, times on several days, lectures taught as one."""

import dataclasses

import numpy as np
import pytest

from sidecar.contract import (
    Class,
    Event,
    Faculty,
    JobOptions,
    Offering,
    Pin,
    Problem,
    Room,
    Student,
    Timeslot,
    VariantRequest,
)
from sidecar.contract.problem import (
    Assignment,
    JointClass,
    Meeting,
    TimeOption,
    TimePattern,
    WeekPattern,
)
from sidecar.engine.model.instance import MAX_DAYS
from sidecar.engine.progress import NullSink, RunControl
from sidecar.engine.recount import recount
from sidecar.formats.checks import find_errors
from sidecar.formats.contract_reader import read_instance
from sidecar.formats.layers import MOST_DAYS, Layers
from sidecar.solving.solve_request import solve_request
from sidecar.synthesis import PRESETS, generate

from .problems import TEST_WEIGHTS, make_searcher, scored

ODD_EVEN = [
    WeekPattern(id="odd", weeks=[1, 3, 5, 7]),
    WeekPattern(id="even", weeks=[2, 4, 6, 8]),
]


def problem_of(classes, *, days=2, periods=3, rooms=1, **more):
    return Problem(
        **{
            "rooms": [Room(id=f"r{k}", capacity=99) for k in range(rooms)],
            "faculty": [Faculty(id="f")],
            "timeslots": [
                Timeslot(id=f"t{d}{p}", day=d, period=p)
                for d in range(days)
                for p in range(periods)
            ],
            "offerings": [Offering(id=key) for key in {c.offering: 1 for c in classes}],
            "classes": classes,
        }
        | more
    )


def one(key, **event):
    return Class(
        id=key,
        offering=f"o{key}",
        faculty=["f"],
        limit=30,
        events=[Event(id=f"{key}e", **event)],
    )


def solved(problem, **options):
    assert find_errors(problem) == []
    result = solve_request(
        problem,
        JobOptions(
            **{
                "iteration_budget": 20_000,
                "variants": [VariantRequest(key="A")],
                "check_level": "bursts",
            }
            | options
        ),
        digest="0" * 64,
        sink=NullSink(),
        control=RunControl(),
    )
    (best,) = result.variants
    return best, {item.event: item for item in best.assignments}


def test_layers_are_weeks_that_no_pattern_tells_apart():
    half = [*ODD_EVEN, WeekPattern(id="first", weeks=[1, 2, 3, 4])]
    plain = problem_of([one("a")], weeks=8)
    assert Layers(plain).sizes == [1]
    fortnights = problem_of([one("a")], weeks=8, week_patterns=ODD_EVEN)
    assert Layers(fortnights).sizes == [1, 1]
    assert Layers(problem_of([one("a")], weeks=9, week_patterns=ODD_EVEN)).sizes == [
        4,
        4,
        1,
    ]
    four = Layers(problem_of([one("a")], weeks=8, week_patterns=half))
    assert four.sizes == [1, 1, 1, 1]
    assert four.of("first") == (0, 1)
    assert four.weight(None) == 4


def test_two_practicals_share_a_period_in_turn():
    """One room, one teacher, two periods: a weekly class and two fortnightly ones."""
    classes = [
        one("a"),
        one("b", weeks=["odd", "even"]),
        one("c", weeks=["odd", "even"]),
    ]
    problem = problem_of(classes, days=1, periods=2, weeks=8, week_patterns=ODD_EVEN)
    best, at = solved(problem)
    assert best.score.hard == 0
    assert at["ae"].weeks is None
    assert {at["be"].weeks, at["ce"].weeks} == {"odd", "even"}
    assert at["be"].timeslot == at["ce"].timeslot != at["ae"].timeslot


def test_a_pattern_is_one_decision_in_one_room():
    """Slot A has other hours on its days; two events cannot both have it."""
    patterns = [
        TimePattern(
            id="A", meetings=[Meeting(timeslot="t00"), Meeting(timeslot="t11")]
        ),
        TimePattern(
            id="B", meetings=[Meeting(timeslot="t01"), Meeting(timeslot="t12")]
        ),
        TimePattern(
            id="C", meetings=[Meeting(timeslot="t00"), Meeting(timeslot="t12")]
        ),
    ]
    times = [
        TimeOption(pattern="A", penalty=1),
        TimeOption(pattern="B", penalty=5),
        TimeOption(pattern="C"),
    ]
    problem = problem_of(
        [one("a", times=times), one("b", times=times)], patterns=patterns
    )
    best, at = solved(problem)
    assert best.score.hard == 0
    # C meets with both, so it is left although it costs nothing.
    assert {item.pattern for item in at.values()} == {"A", "B"}
    assert {at[e].timeslot for e in at} == {"t00", "t01"}
    cost = {line.constraint: line.violations for line in best.breakdown}
    assert cost["time_preference"] == 6


@pytest.mark.parametrize("pin", [{"pattern": "B"}, {"timeslot": "t01"}])
def test_a_pin_speaks_of_patterns(pin):
    patterns = [
        TimePattern(
            id="A", meetings=[Meeting(timeslot="t00"), Meeting(timeslot="t11")]
        ),
        TimePattern(
            id="B", meetings=[Meeting(timeslot="t01"), Meeting(timeslot="t12")]
        ),
    ]
    times = [TimeOption(pattern=key, penalty=k) for k, key in enumerate("AB")]
    problem = problem_of(
        [one("a", times=times)], patterns=patterns, pins=[Pin(event="ae", **pin)]
    )
    best, at = solved(problem)
    assert (best.score.hard, at["ae"].pattern) == (0, "B")


def test_two_names_of_all_weeks_are_one_place_in_force():
    """In force every week, planned for a pattern that has all of them: it stays."""
    problem = problem_of(
        [one("a", weeks=["all"]), one("b", weeks=["odd"])],
        weeks=8,
        week_patterns=[*ODD_EVEN, WeekPattern(id="all", weeks=list(range(1, 9)))],
        previous=[Assignment(event="ae", timeslot="t01", room="r0")],
    )
    instance, _ = read_instance(problem)
    moved = sorted(instance.option_moved[: len(instance.group_options[0])].tolist())
    assert moved[0] == 0
    assert all(moved[1:])
    searcher, names = make_searcher(problem)
    searcher.construct(searcher.events, 50)
    plain = scored(problem, searcher, names, TEST_WEIGHTS)
    assert searcher.current_score() == (plain.score.hard, plain.score.soft)


def test_classes_taught_as_one_meet_once():
    """One teacher and one room do for both; each keeps its own limit."""
    students = [
        Student(id=f"s{k}", offerings=["oa" if k < 30 else "ob"]) for k in range(60)
    ]
    problem = problem_of(
        [one("a"), one("b"), one("c")],
        days=1,
        periods=2,
        students=students,
        joint_classes=[JointClass(id="j", classes=["a", "b"])],
    )
    best, at = solved(problem)
    assert best.score.hard == 0
    assert best.placed == 3
    assert (at["ae"].timeslot, at["ae"].room) == (at["be"].timeslot, at["be"].room)
    assert at["ce"].timeslot != at["ae"].timeslot
    small = problem.model_copy(update={"rooms": [Room(id="r0", capacity=59)]})
    assert not read_instance(small)[0].room_sets[0].size


def test_a_university_of_all_of_it_is_counted_as_the_scorer_counts():
    """Components, fortnights and joint lectures: the same totals after a search."""
    asked = dataclasses.replace(
        PRESETS["campus"], groups=(60, 30, 20), weeks=16, joint=8
    )
    problem = generate(asked, seed=2)
    assert find_errors(problem) == []
    searcher, names = make_searcher(problem)
    assert searcher.instance.num_days == 12
    assert len(searcher.instance.groups) > 500
    searcher.construct(searcher.events, 50)
    searcher.forget()
    searcher.keep()
    searcher.anneal([1.0] * 6, 50, 20.0, 2000)
    recount(searcher)
    plain = scored(problem, searcher, names, TEST_WEIGHTS)
    assert searcher.current_score() == (plain.score.hard, plain.score.soft)


def test_times_that_cannot_be_weighed_against_each_other_are_refused():
    patterns = [
        TimePattern(id="A", meetings=[Meeting(timeslot="t00"), Meeting(timeslot="t11")])
    ]
    times = [TimeOption(pattern="A"), TimeOption(timeslot="t02")]
    (fault,) = find_errors(problem_of([one("a", times=times)], patterns=patterns))
    assert fault.field == "classes[0].events[0].times"
    assert "Make them alike" in fault.message


def test_too_many_kinds_of_weeks_are_refused():
    patterns = [WeekPattern(id=f"w{k}", weeks=[k]) for k in range(1, 12)]
    problem = problem_of([one("a")], weeks=12, week_patterns=patterns)
    (fault,) = find_errors(problem)
    assert fault.field == "week_patterns"
    assert "at most 20 days" in fault.message
    assert MOST_DAYS == MAX_DAYS


def test_joint_classes_of_other_rules_are_refused():
    other = one("b").model_copy(update={"min_days": 2})
    problem = problem_of(
        [one("a"), other], joint_classes=[JointClass(id="j", classes=["a", "b"])]
    )
    (fault,) = find_errors(problem)
    assert "min_days" in fault.message


def test_one_kind_of_weeks_costs_nothing():
    """A term of sixteen weeks without patterns is the week that it was."""
    plain, long = (
        read_instance(problem_of([one("a")], weeks=weeks))[0] for weeks in (1, 16)
    )
    assert not long.groups
    assert long.num_slots == plain.num_slots
    assert np.array_equal(long.day_size, plain.day_size)
