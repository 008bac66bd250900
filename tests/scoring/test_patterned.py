"""The scorer of the general problem against an evaluator that shares nothing with it,
and against sums by hand."""

import random
from dataclasses import replace

import pytest

from sidecar.engine.model.patterned import (
    Configuration,
    Course,
    Distribution,
    Kind,
    Pattern,
    PatternedClass,
    PatternedProblem,
    PatternedSolution,
    Room,
    RoomOption,
    Student,
    Subpart,
    TimeOption,
    Weights,
)
from sidecar.formats import itc2019, itc2019_solution, itc2019_writer
from sidecar.scoring.patterned import score_patterned

from ..engine.patterned_problems import damage, random_problem, random_solution
from ..formats.itc2019_evaluator import evaluate, root_of
from ..formats.itc2019_files import TOY, public


def compare(problem, tree, solution):
    """Both evaluators on one solution, by way of its file; the scorer's answer."""
    text = itc2019_solution.write(problem, solution)
    hard, sums, total = evaluate(tree, root_of(text))
    score = score_patterned(problem, solution)
    assert dict(+score.hard) == dict(hard)
    assert {key: getattr(score, key) for key in sums} == sums
    assert score.total == total
    assert score.valid == (not hard)
    assert sum(score.costs.values()) == score.distribution
    return score


@pytest.mark.parametrize("seed", range(60))
def test_random_and_damaged_solutions_are_scored_alike(seed):
    """Thirty solutions of each of sixty problems."""
    problem = random_problem(seed)
    tree = root_of(itc2019_writer.write(problem))
    rng = random.Random(seed)
    for _ in range(10):
        solution = random_solution(problem, rng)
        compare(problem, tree, solution)
        for _ in range(2):
            compare(problem, tree, damage(problem, solution, rng))


def test_the_random_solutions_break_and_cost_all_there_is():
    """Else the comparison above would say little."""
    hard, costs = set(), set()
    for seed in range(60):
        problem = random_problem(seed)
        rng = random.Random(seed)
        for _ in range(5):
            solution = damage(problem, random_solution(problem, rng), rng)
            score = score_patterned(problem, solution)
            hard |= {name.partition("(")[0] for name in +score.hard}
            costs |= {name for name, cost in score.costs.items() if cost}
    others = {"time", "room", "closed room", "room clash", "student", "class limit"}
    assert hard == set(itc2019.KINDS) | others
    assert costs == set(itc2019.KINDS)


@pytest.mark.parametrize("seed", range(20))
def test_a_problem_written_out_is_read_as_it_was(seed, tmp_path):
    problem = random_problem(seed)
    file = tmp_path / "random.xml"
    file.write_text(itc2019_writer.write(problem))
    assert itc2019.read(file) == problem


@pytest.mark.parametrize(
    "name",
    ["wbg-fal10", "pu-cs-fal07", "bet-sum18", "yach-fal17", "muni-fi-spr16"],
)
def test_solutions_of_public_instances_are_scored_alike(name):
    file = public(name)
    problem, tree = itc2019.read(file), root_of(file)
    rng = random.Random(1)
    solution = _quick_solution(problem, rng)
    for _ in range(2):
        compare(problem, tree, solution)
        solution = damage(problem, solution, rng)


def _quick_solution(problem, rng):
    """As ``random_solution``, without lists of all bundles."""
    first = {k: next(problem.bundles(k)) for k in range(len(problem.courses))}
    bare = random_solution(replace(problem, students=()), rng)
    bare.attends = [
        tuple(index for course in student.courses for index in first[course])
        for student in problem.students
    ]
    return bare


# By hand ------------------------------------------------------------------------


def test_toy_by_hand():
    """L at MWF 96-108 in A, T1 on Tue 110-122 (weeks 1, 3) in B, T2 on Wed 96-108
    (weeks 2, 4) in B, O on Sat, M1 on Mon 108-120 in C."""
    problem = itc2019.read(TOY)
    solution = PatternedSolution(
        [0, 0, 0, 0, 1], [0, 1, 1, -1, 2], [(0, 1, 4), (0, 2, 4), (3,)]
    )
    score = score_patterned(problem, solution)
    # L is in A on Fridays at 96, when A is closed.
    assert score.violations == ["Class L is in room A while it is not available."]
    assert score.time == 1
    assert score.room == 0
    # s2 has L and T2 together on Wednesdays of two weeks: one conflict.
    assert score.student == 1
    assert dict(+score.costs) == {
        # T2 (week 2) is neither before M1 nor before L (week 1); M1 (Monday 108) is
        # not before L (Monday 96).
        "Precedence": 9,
        # Mondays L and M1 are 24 slots, 12 too many in each of four weeks.
        "MaxDayLoad": 2 * 4 * 12 // 4,
        # Mondays L and M1 are one block of 24 slots in each of four weeks.
        "MaxBlock": 8 * 4 // 4,
        # Monday, Wednesday, Friday and Saturday are two days too many.
        "MaxDays": 4 * 2,
    }
    assert score.total == 2 * 1 + 5 * (9 + 24 + 8 + 8) + 7 * 1
    compare(problem, root_of(TOY), solution)


def pair(kind, a, b, *, rooms=(0, 0), travel=0, first=0):
    """How often a soft rule of penalty 1 is broken by two classes."""
    return of_set(kind, [a, b], rooms=rooms, travel=travel, first=first)


def of_set(
    kind, patterns, *, rooms=(), travel=0, first=0, second=0, weeks=1, penalty=1
):
    way = {1: travel}, {0: travel}
    rooms = rooms or [0] * len(patterns)
    problem = PatternedProblem(
        "pair",
        7,
        weeks,
        288,
        Weights(0, 0, 1, 0),
        tuple(Room(str(k), 9, way[k], ()) for k in range(2)),
        tuple(
            PatternedClass(
                str(k), 9, -1, k, (RoomOption(r, 0),) * (r >= 0), (TimeOption(p, 0),)
            )
            for k, (p, r) in enumerate(zip(patterns, rooms, strict=True))
        ),
        tuple(Subpart(str(k), (k,)) for k in range(len(patterns))),
        (Configuration("1", tuple(range(len(patterns)))),),
        (Course("1", (0,)),),
        (
            Distribution(
                kind, tuple(range(len(patterns))), False, penalty, first, second
            ),
        ),
        (Student("1", ()),),
    )
    solution = PatternedSolution([0] * len(patterns), list(rooms), [()])
    return score_patterned(problem, solution).distribution


MONDAY, TUESDAY, BOTH = 0b1, 0b10, 0b11


def at(start, length=12, days=MONDAY, weeks=0b1):
    return Pattern(days, start, length, weeks)


@pytest.mark.parametrize(
    ("kind", "a", "b", "broken"),
    [
        (Kind.SAME_START, at(96, 12), at(96, 6, TUESDAY, 2), 0),
        (Kind.SAME_START, at(96), at(97), 1),
        (Kind.SAME_TIME, at(96, 12), at(98, 10), 0),
        (Kind.SAME_TIME, at(98, 10), at(96, 12), 0),
        (Kind.SAME_TIME, at(96, 12), at(98, 12), 1),
        (Kind.DIFFERENT_TIME, at(96), at(108, 12, TUESDAY), 0),
        (Kind.DIFFERENT_TIME, at(96), at(107, 12, TUESDAY, 2), 1),
        (Kind.SAME_DAYS, at(96, days=BOTH), at(0, days=TUESDAY), 0),
        (Kind.SAME_DAYS, at(96, days=BOTH), at(0, days=0b110), 1),
        (Kind.DIFFERENT_DAYS, at(96), at(96, days=TUESDAY), 0),
        (Kind.DIFFERENT_DAYS, at(96), at(0, days=BOTH), 1),
        (Kind.SAME_WEEKS, at(96, weeks=0b11), at(0, weeks=0b10), 0),
        (Kind.SAME_WEEKS, at(96, weeks=0b11), at(0, weeks=0b110), 1),
        (Kind.DIFFERENT_WEEKS, at(96, weeks=0b1), at(96, weeks=0b10), 0),
        (Kind.DIFFERENT_WEEKS, at(96, weeks=0b11), at(0, weeks=0b10), 1),
        (Kind.OVERLAP, at(96), at(107), 0),
        (Kind.OVERLAP, at(96), at(108), 1),
        (Kind.OVERLAP, at(96), at(96, days=TUESDAY), 1),
        (Kind.OVERLAP, at(96), at(96, weeks=0b10), 1),
        (Kind.NOT_OVERLAP, at(96), at(108), 0),
        (Kind.NOT_OVERLAP, at(96), at(107), 1),
        (Kind.NOT_OVERLAP, at(96), at(107, weeks=0b10), 0),
        (Kind.SAME_ATTENDEES, at(96), at(108), 0),
        (Kind.PRECEDENCE, at(200, weeks=0b1), at(96, weeks=0b10), 0),
        (Kind.PRECEDENCE, at(96, weeks=0b10), at(200, weeks=0b1), 1),
        (Kind.PRECEDENCE, at(200, days=MONDAY), at(96, days=TUESDAY), 0),
        (Kind.PRECEDENCE, at(96, days=TUESDAY), at(200, days=MONDAY), 1),
        (Kind.PRECEDENCE, at(96), at(108), 0),
        (Kind.PRECEDENCE, at(96), at(107), 1),
        (Kind.PRECEDENCE, at(96, days=BOTH), at(108, days=TUESDAY), 0),
    ],
)
def test_rules_of_pairs_by_hand(kind, a, b, broken):
    assert pair(kind, a, b) == broken


def test_travel_work_day_gap_and_rooms_by_hand():
    two = {"rooms": (0, 1), "travel": 6}
    assert pair(Kind.SAME_ATTENDEES, at(96), at(114), **two) == 0
    assert pair(Kind.SAME_ATTENDEES, at(96), at(113), **two) == 1
    assert pair(Kind.SAME_ATTENDEES, at(113), at(96), **two) == 1
    assert pair(Kind.SAME_ATTENDEES, at(96), at(113), rooms=(0, -1), travel=6) == 0
    assert pair(Kind.WORK_DAY, at(96), at(120), first=36) == 0
    assert pair(Kind.WORK_DAY, at(96), at(121), first=36) == 1
    assert pair(Kind.WORK_DAY, at(96), at(121, days=TUESDAY), first=36) == 0
    assert pair(Kind.MIN_GAP, at(96), at(120), first=12) == 0
    assert pair(Kind.MIN_GAP, at(96), at(119), first=12) == 1
    assert pair(Kind.MIN_GAP, at(119), at(96), first=12) == 1
    assert pair(Kind.SAME_ROOM, at(0), at(96), rooms=(0, 1)) == 1
    assert pair(Kind.DIFFERENT_ROOM, at(0), at(96), rooms=(0, 0)) == 1
    for kind in (Kind.SAME_ROOM, Kind.DIFFERENT_ROOM):
        assert pair(kind, at(0), at(96), rooms=(0, -1)) == 0
        assert pair(kind, at(0), at(96), rooms=(-1, -1)) == 0


def test_three_classes_that_clash_are_three_pairs():
    assert of_set(Kind.NOT_OVERLAP, [at(96), at(97), at(98)], penalty=5) == 15


def test_rules_of_sets_by_hand():
    days = [at(96, days=1 << d) for d in range(5)]
    assert of_set(Kind.MAX_DAYS, days, first=3, penalty=4) == 8
    # 30 slots on Mondays of weeks 1 and 2 of five, 24 allowed: 7 * 12 // 5.
    load = [at(96, 18, weeks=0b11), at(120, 12, weeks=0b11)]
    assert of_set(Kind.MAX_DAY_LOAD, load, first=24, weeks=5, penalty=7) == 16
    # Gaps of 6, 7 and 20 slots: with up to 6 joined, two breaks, one allowed.
    breaks = [at(96), at(114), at(133), at(165)]
    assert of_set(Kind.MAX_BREAKS, breaks, first=1, second=6, penalty=3) == 3
    assert of_set(Kind.MAX_BREAKS, breaks, first=1, second=7, penalty=3) == 0
    # A block of two of 30 slots; a single class of 40 slots is no block.
    block = [at(96), at(114), at(200, 40)]
    assert of_set(Kind.MAX_BLOCK, block, first=29, second=6, penalty=9) == 9
    assert of_set(Kind.MAX_BLOCK, block, first=30, second=6, penalty=9) == 0
    assert of_set(Kind.MAX_BLOCK, block, first=29, second=5, penalty=9) == 0
