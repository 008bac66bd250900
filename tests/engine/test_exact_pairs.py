"""Exact neighbourhoods of the general problem, against trying everything out."""

import json
import random
import time
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from sidecar.engine.model.patterned import Kind, PatternedSolution
from sidecar.engine.pairs.compile import compile_pairs
from sidecar.engine.pairs.exact import ExactHelper, patched
from sidecar.engine.pairs.exact_child import Exact
from sidecar.engine.pairs.exact_place import MENDING, PlaceModel
from sidecar.engine.pairs.exact_students import StudentModel
from sidecar.engine.pairs.exact_turn import ExactTurns, gained
from sidecar.engine.pairs.exact_view import View
from sidecar.engine.pairs.searcher import PairSearcher
from sidecar.engine.pairs.solve import PairParams, Run, score_of
from sidecar.scoring.patterned import score_patterned

from .patterned_problems import random_problem, random_solution

TIED = (Kind.MAX_BREAKS, Kind.MAX_BLOCK)


def mostly_soft(seed):
    """A random problem in which much is possible, so that costs decide.

    Two hard rules of few classes, and closures of one room only.
    """
    problem = random_problem(seed)
    rng = random.Random(seed)
    rules = [rule for rule in problem.distributions if not rule.required]
    hard = [rule for rule in problem.distributions if rule.required]
    rules += [
        replace(rule, classes=rule.classes[: rng.randint(2, 4)])
        for rule in rng.sample([r for r in hard if r.kind not in TIED], 2)
    ]
    rooms = [replace(room, unavailable=()) for room in problem.rooms[1:]]
    return replace(
        problem,
        distributions=tuple(rules),
        rooms=(problem.rooms[0], *rooms),
    )


def sparse(problem, solution, rng):
    """Most classes without a room, so that rooms have space."""
    for index in range(len(problem.classes)):
        if rng.random() < 0.7:
            solution.room[index] = -1
    return solution


def broken(problem, solution):
    """Hard rules of places broken, those about breaks and blocks left out."""
    score = score_patterned(problem, solution)
    others = ("time", "room", "student", "class limit", "MaxBreaks", "MaxBlock")
    return sum(
        count
        for name, count in score.hard.items()
        if name.partition("(")[0] not in others
    )


def options(problem, solution, index, keep_times):
    kinds = {r.kind for r in problem.distributions if index in r.classes}
    cls = problem.classes[index]
    tied = keep_times or not kinds.isdisjoint(TIED)
    times = [solution.time[index]] if tied else range(len(cls.times))
    return list(product(times, [o.room for o in cls.rooms] or [-1]))


@pytest.mark.parametrize("seed", range(40))
def test_two_classes_are_placed_as_trying_all_ways_says(seed):
    problem = mostly_soft(seed)
    rng = random.Random(seed)
    view = View(problem)
    for turn in range(2):
        solution = sparse(problem, random_solution(problem, rng), rng)
        free = rng.sample(range(len(problem.classes)), 2)
        keep_times = turn == 1
        alone = solution.copy()
        for index in free:
            alone.time[index] = alone.room[index] = -1
        unavoidable = broken(problem, alone)
        best = mended = None
        for ways in product(*(options(problem, solution, k, keep_times) for k in free)):
            tried = solution.copy()
            for index, (option, room) in zip(free, ways, strict=True):
                tried.time[index], tried.room[index] = option, room
            cost = score_patterned(problem, tried).total
            if broken(problem, tried) == unavoidable:
                best = cost if best is None else min(best, cost)
            dear = MENDING * broken(problem, tried) + cost
            mended = dear if mended is None else min(mended, dear)
        outcome = PlaceModel(view, solution, free, keep_times, True).solve(20, seed)
        assert outcome.status == "optimal"
        found = outcome.solution
        dear = MENDING * broken(problem, found) + score_patterned(problem, found).total
        assert dear == mended
        outcome = PlaceModel(view, solution, free, keep_times).solve(20, seed)
        if best is None:
            assert outcome.status == "infeasible"
            continue
        assert outcome.status == "optimal"
        assert broken(problem, outcome.solution) == unavoidable
        assert score_patterned(problem, outcome.solution).total == best


@pytest.mark.parametrize("seed", range(40))
def test_students_are_seated_as_trying_all_ways_says(seed):
    problem = random_problem(seed)
    problem = replace(
        problem,
        classes=tuple(replace(cls, limit=cls.limit // 2) for cls in problem.classes),
        weights=problem.weights._replace(student=1),
    )
    rng = random.Random(seed)
    solution = random_solution(problem, rng)
    count = min(2, len(problem.students))
    students = rng.sample(range(len(problem.students)), count)
    ways = [
        [
            tuple(k for bundle in choice for k in bundle)
            for choice in product(
                *(problem.bundles(course) for course in problem.students[s].courses)
            )
        ]
        for s in students
    ]
    if not all(ways):
        pytest.skip("a course without a bundle")
    before = over_limit(problem, solution)
    costs = []
    for choice in product(*(way[:40] for way in ways)):
        tried = solution.copy()
        for student, classes in zip(students, choice, strict=True):
            tried.attends[student] = classes
        if all(a <= b for a, b in zip(over_limit(problem, tried), before, strict=True)):
            costs.append(score_patterned(problem, tried).student)
    outcome = StudentModel(View(problem), solution, students).solve(20, seed)
    assert outcome.status == "optimal"
    found = score_patterned(problem, outcome.solution)
    assert found.hard["student"] == score_patterned(problem, solution).hard["student"]
    after = over_limit(problem, outcome.solution)
    assert all(a <= b for a, b in zip(after, before, strict=True))
    if all(len(way) <= 40 for way in ways):
        assert found.student == min(costs)
    else:
        assert found.student <= min(costs)


def standing(problem, solution):
    """(broken hard rules, cost): what may only fall."""
    score = score_patterned(problem, solution)
    return sum(score.hard.values()), score.total


def test_each_way_to_choose_makes_nothing_worse():
    """All neighbourhoods in turn, as the child makes them."""
    arms = set()
    better = 0
    for seed in range(8):
        problem = mostly_soft(seed)
        rng = random.Random(seed)
        solution = random_solution(problem, rng)
        exact = Exact(problem, seed)
        before = standing(problem, solution)
        for _ in range(18):
            patch = exact.improve(solution, 20)
            arms.add(patch["arm"])
            solution = patched(solution, json.loads(json.dumps(patch)))
            after = standing(problem, solution)
            assert after <= before
            better += after < before
            exact.reward(before[1] - after[1])
            before = after
    assert {"broken", "students"} < arms
    assert len(arms) > 5
    assert better > 10


def answer_of(helper):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        patch = helper.take()
        if patch is not None or not helper.busy:
            return patch
        time.sleep(0.05)
    raise AssertionError("the child did not answer")


def test_child_answers_with_patches_and_is_replaced_when_it_dies():
    problem = mostly_soft(3)
    rng = random.Random(3)
    solution = sparse(problem, random_solution(problem, rng), rng)
    begun = standing(problem, solution)
    with ExactHelper(problem, seed=1, seconds=5) as helper:
        assert helper.take() is None
        for _ in range(6):
            assert helper.offer(solution)
            assert not helper.offer(solution)
            before = standing(problem, solution)
            solution = patched(solution, answer_of(helper))
            helper.reward(before[1] - standing(problem, solution)[1])
        assert standing(problem, solution) < begun
        assert sum(row["tasks"] for row in helper.tally.values()) == 6
        assert helper.peak_mb > 10
        helper.offer(solution)
        helper._process.kill()
        assert answer_of(helper) is None
        assert helper.offer(solution)
        assert answer_of(helper) is not None
        process = helper._process
    assert process.poll() is not None


def over_limit(problem, solution):
    """By class, students above the limit."""
    seated = [0] * len(problem.classes)
    for classes in solution.attends:
        for index in classes:
            seated[index] += 1
    return [
        max(0, count - cls.limit)
        for count, cls in zip(seated, problem.classes, strict=True)
    ]


@pytest.mark.timeout(1200)
def test_a_patch_is_laid_on_what_is_best_by_then():
    """Kernels and plain scorer agree on what a patch makes of a timetable."""
    problem = mostly_soft(3)
    rng = random.Random(3)
    tables = compile_pairs(problem)
    turns = ExactTurns(problem, tables, 1)
    searcher = PairSearcher(problem, tables, np.random.default_rng(1))
    searcher.load(random_solution(problem, rng))
    exact = Exact(problem, 1)
    begun = standing(problem, searcher.solution())
    offered = []

    def offer(judge):
        offered.append(judge.best)
        return gained(score_of(best), judge.score())

    best = searcher.best.copy()
    gains = 0.0
    for _ in range(12):
        before = searcher.solution(best)
        patch = json.loads(json.dumps(exact.improve(before, 20)))
        gain = turns.lay(best, patch, offer)
        exact.reward(gain)
        gains += gain
        assert gain >= 0
        if gain > 0:
            best = offered[-1].copy()
            assert searcher.solution(best) == canonical(patched(before, patch))
    assert gains > 0
    assert standing(problem, searcher.solution(best)) < begun


def canonical(solution):
    return PatternedSolution(
        solution.time, solution.room, [tuple(sorted(c)) for c in solution.attends]
    )


@pytest.mark.timeout(1200)
def test_a_timed_search_has_exact_turns_and_ends_its_child(monkeypatch):
    """The first cooling is short: a child may need some seconds to begin."""
    monkeypatch.setattr("sidecar.engine.pairs.solve.FIRST_ROUND", 0.1)
    run = Run(mostly_soft(3), PairParams(seed=1, time_limit=40.0, threads=1))
    run.solve()
    assert sum(row["tasks"] for row in run.exact.helper.tally.values()) > 0
    assert run.exact.helper._process is None


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("threads", [1, 2])
def test_time_that_is_over_before_the_first_move_still_gives_a_timetable(threads):
    problem = mostly_soft(3)
    found = Run(problem, PairParams(seed=1, time_limit=1e-3, threads=threads)).solve()
    assert all(option >= 0 for option in found.time)
