"""Whole runs of the search on time patterns."""

import time

import pytest

from sidecar.engine.model.patterned import (
    Configuration,
    Course,
    Distribution,
    Kind,
    Pattern,
    PatternedClass,
    PatternedProblem,
    Room,
    RoomOption,
    Student,
    Subpart,
    TimeOption,
    Weights,
)
from sidecar.engine.pairs.solve import solve
from sidecar.scoring.patterned import score_patterned

from ..patterned_problems import random_problem

HOUR = 12


def school(classes=12, required=True):
    """Lectures in pairs at the same time of day, one room too few for all at once."""
    times = tuple(
        TimeOption(Pattern(1 << day, 96 + hour * HOUR, HOUR, 0b1111), day + hour)
        for day in range(2)
        for hour in range(4)
    )
    rooms = tuple(Room(f"r{k}", 20, {}, ()) for k in range(2))
    options = tuple(RoomOption(k, k) for k in range(2))
    return PatternedProblem(
        "school",
        7,
        4,
        288,
        Weights(1, 1, 5, 10),
        rooms,
        tuple(
            PatternedClass(f"c{k}", 10, -1, k, options, times) for k in range(classes)
        ),
        tuple(Subpart(f"p{k}", (k,)) for k in range(classes)),
        tuple(Configuration(f"g{k}", (k,)) for k in range(classes)),
        tuple(Course(f"k{k}", (k,)) for k in range(classes)),
        tuple(
            Distribution(kind, (k, k + 1), required, 0 if required else 3)
            for k in range(0, classes, 2)
            for kind in (Kind.SAME_TIME, Kind.DIFFERENT_DAYS)
        ),
        tuple(Student(f"s{k}", (k, (k + 2) % classes)) for k in range(classes)),
    )


def test_finds_a_timetable_that_keeps_all_hard_rules():
    """Groups that can only move together, and students without conflicts."""
    problem = school()
    score = score_patterned(problem, solve(problem, iterations=200_000))
    assert score.valid, score.violations
    assert score.student == 0


def test_same_seed_same_timetable():
    problem = school()
    one = solve(problem, seed=3, iterations=30_000)
    assert one == solve(problem, seed=3, iterations=30_000)


def test_start_is_never_made_worse():
    problem = school()
    start = solve(problem, seed=1, iterations=100_000)
    before = score_patterned(problem, start)
    after = score_patterned(problem, solve(problem, start=start, iterations=2_000))
    assert (len(after.violations), after.total) <= (
        len(before.violations),
        before.total,
    )


def test_cancel_returns_what_there_is():
    class Stop:
        def command(self):
            return "cancel"

    problem = school()
    began = time.monotonic()
    solution = solve(problem, time_limit=600, control=Stop())
    assert time.monotonic() - began < 300
    assert len(solution.time) == len(problem.classes)


@pytest.mark.parametrize("threads", [1, 2])
def test_time_that_is_over_before_the_search_gives_a_complete_timetable(threads):
    """Constructing alone takes longer than this."""
    problem = school()
    solution = solve(problem, time_limit=0.001, threads=threads)
    assert min(solution.time) >= 0


def test_progress_is_told_and_never_falls():
    told = []
    solve(school(), time_limit=2.0, threads=2, on_progress=told.append)
    done = [sample.overall_progress for sample in told]
    assert done
    assert done == sorted(done)
    assert all(sample.hard is not None for sample in told)


@pytest.mark.parametrize("seed", range(8))
def test_any_random_problem_gives_a_complete_timetable(seed):
    problem = random_problem(seed)
    solution = solve(problem, seed=seed, iterations=3_000)
    for cls, time_option, room in zip(
        problem.classes, solution.time, solution.room, strict=True
    ):
        assert 0 <= time_option < len(cls.times)
        assert (room >= 0) == cls.needs_room


def test_nothing_to_decide():
    problem = school(classes=1)
    only = problem.classes[0]
    fixed = PatternedClass("c", 10, -1, 0, only.rooms[:1], only.times[:1])
    problem = PatternedProblem("one", 7, 4, 288, Weights(1, 1, 1, 1), problem.rooms)
    problem = PatternedProblem(
        "one", 7, 4, 288, problem.weights, problem.rooms, (fixed,)
    )
    assert solve(problem, time_limit=1.0).time == [0]


def test_too_many_weeks_are_refused_in_words():
    problem = school()
    long = PatternedProblem("long", 7, 80, 288, problem.weights)
    with pytest.raises(ValueError, match="80"):
        solve(long)
