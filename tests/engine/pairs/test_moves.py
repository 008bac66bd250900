"""Every neighbourhood against a full recount and against the plain scorer."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.engine.kernels.pairs import rules, state
from sidecar.engine.model.patterned import Kind
from sidecar.engine.pairs.compile import compile_pairs
from sidecar.engine.pairs.searcher import OPERATORS, PairSearcher
from sidecar.engine.pairs.tables import (
    DISTRIBUTION,
    HARD,
    ROOM,
    SOFT,
    STUDENT,
    TIME,
)
from sidecar.scoring.patterned import score_patterned

from ..patterned_problems import random_problem

FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
COUNTS = (
    "load",
    "broken",
    "set_amount",
    "members",
    "joint_size",
    "totals",
    "pattern",
    "room",
)


def make(seed):
    """A searcher for a random problem with all nineteen kinds, hard and soft."""
    problem = random_problem(seed)
    searcher = PairSearcher(
        problem, compile_pairs(problem), np.random.default_rng(seed)
    )
    searcher.weigh(7)
    return problem, searcher


def joint(searcher):
    """Pairs of classes with common students: count by pair."""
    tables, now = searcher.tables, searcher.state
    return {
        (cls, int(now.joint_class[i])): int(now.joint_count[i])
        for cls in range(tables.num_classes)
        for i in range(
            tables.joint_ptr[cls], tables.joint_ptr[cls] + now.joint_size[cls]
        )
    }


def check(problem, searcher):
    """All counts equal those made afresh, and the plain scorer's."""
    now = searcher.state
    kept = {name: getattr(now, name).copy() for name in COUNTS}
    pairs = joint(searcher)
    state.fill(searcher.tables, now, searcher.work)
    for name, value in kept.items():
        assert (value == getattr(now, name)).all(), name
    assert pairs == joint(searcher)
    searcher.forget()
    plain = score_patterned(problem, searcher.solution())
    weights = problem.weights
    assert now.totals[TIME] == plain.time * weights.time
    assert now.totals[ROOM] == plain.room * weights.room
    assert now.totals[DISTRIBUTION] == plain.distribution * weights.distribution
    assert now.totals[STUDENT] == plain.student * weights.student
    assert now.totals[SOFT] == plain.total
    check_hard(problem, searcher, plain)


def check_hard(problem, searcher, plain):
    """Broken hard rules, kind by kind."""
    broken = searcher.state.broken
    rule_of = problem.distributions
    counted = dict.fromkeys(Kind, 0)
    for rule, amount in zip(rule_of, broken, strict=False):
        if rule.required:
            counted[rule.kind] += amount
    told = dict.fromkeys(Kind, 0)
    for name, times in plain.hard.items():
        word = name.partition("(")[0]
        for kind in Kind:
            if kind.name.title().replace("_", "") == word:
                told[kind] += times
    for kind in Kind:
        if kind in (Kind.NOT_OVERLAP, Kind.SAME_ATTENDEES):
            continue
        assert counted[kind] == told[kind], kind
    meets = (Kind.NOT_OVERLAP, Kind.SAME_ATTENDEES)
    assert any(counted[kind] for kind in meets) == any(told[kind] for kind in meets)


def test_kinds_have_the_models_numbers():
    assert [getattr(rules, kind.name) for kind in Kind] == list(Kind)


@pytest.mark.parametrize("operator", OPERATORS)
@given(seed=st.integers(0, 100_000))
@FEW
def test_operator_keeps_counts_equal_to_recount_and_plain_score(operator, seed):
    """Sixty moves of one operator, hot enough that most are made."""
    problem, searcher = make(seed)
    searcher.roll({operator: 1.0})
    searcher.anneal(30.0, 50, 60)
    check(problem, searcher)


@given(seed=st.integers(0, 100_000))
@FEW
def test_all_operators_together(seed):
    problem, searcher = make(seed)
    searcher.construct()
    searcher.roll(dict.fromkeys(OPERATORS, 1.0))
    for _ in range(4):
        searcher.anneal(10.0, 50, 100)
        searcher.press(7)
    check(problem, searcher)


@pytest.mark.parametrize("operator", OPERATORS)
@given(seed=st.integers(0, 100_000))
@FEW
def test_price_is_the_change_of_the_penalised_total(operator, seed):
    """What a move says that it changes is what it changes, weights and all."""
    _, searcher = make(seed)
    now, tables, work = searcher.state, searcher.tables, searcher.work
    now.weight[tables.rule_hard > 0] = searcher.rng.integers(
        1, 50, int((tables.rule_hard > 0).sum())
    )

    def penalised():
        hard = tables.rule_hard > 0
        return int(now.totals[SOFT] + (now.broken * now.weight)[hard].sum())

    searcher.roll({operator: 1.0})
    for _ in range(30):
        before, made = penalised(), work.statistics[:, 1].sum()
        searcher.anneal(30.0, 50, 1)
        change = work.sizes[3] if work.statistics[:, 1].sum() > made else 0
        assert penalised() - before == change


@given(seed=st.integers(0, 100_000))
@FEW
def test_incumbent_is_the_best_seen(seed):
    """Its options give its score, and loading it gives the same again."""
    problem, searcher = make(seed)
    searcher.roll(dict.fromkeys(OPERATORS, 1.0))
    for _ in range(20):
        searcher.anneal(5.0, 50, 20)
        assert searcher.score() <= tuple(searcher.state.totals[[HARD, SOFT]])
    score, solution = searcher.score(), searcher.solution()
    assert score_patterned(problem, solution).total == score[1]
    other = make(seed)[1]
    other.load(solution)
    assert other.score() == score
