"""Kempe chains: what is told of one without making it, against making it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.engine.kernels import chains, search
from sidecar.engine.searcher import OPERATORS
from sidecar.formats.reading import read_problem

from .problems import TEST_WEIGHTS, make_searcher, penalised, problems

DATA = Path(__file__).parents[1] / "formats" / "data"
NO_ROOMS = ("room_fit", "room_stability", "room_preference", "perturbation")
WEIGHT = 70
ALWAYS = 1e12
"""So hot that each chain is accepted."""
FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def crowded(searcher):
    """Rooms that are taken twice, and events that have none of those they need."""
    tables, state = searcher.tables, searcher.state
    without = tables.event_needs_room & (state.slot >= 0) & (state.room < 0)
    return int((state.room_count > 1).sum() + without.sum())


def chains_made(searcher, number):
    """Make random chains; (floor, change, whether a room became crowded) of each."""
    tables, state = searcher.tables, searcher.state
    table, rng = searcher.table(WEIGHT), np.random.default_rng(1)
    chain = np.zeros(search.LONGEST, np.int64)
    seen = []
    placed = [e for e in searcher.events.tolist() if state.slot[e] >= 0]
    for _ in range(number if placed else 0):
        event = int(rng.choice(placed))
        here = int(state.slot[event])
        slot = int(rng.choice(np.flatnonzero(tables.event_starts[event])))
        if slot == here or tables.event_duration[event] != 1:
            continue
        chain[0] = event
        size = chains.complete_chain(tables, state, chain, here, slot)
        if size < 2:
            continue
        floor = chains.chain_floor(
            tables, state, table, chain, size, here, slot, WEIGHT
        )
        before, rooms = penalised(searcher, WEIGHT), crowded(searcher)
        assert chains.kempe(
            tables,
            state,
            searcher.journal,
            searcher.work,
            table,
            event,
            slot,
            WEIGHT,
            ALWAYS,
        )
        change = penalised(searcher, WEIGHT) - before
        seen.append((floor, change, crowded(searcher) > rooms))
    return seen


def without_choices(problem):
    """Nobody may go to one class or another, and no relation is left."""
    return problem.model_copy(update={"students": [], "relations": []})


def searcher_of(problem, weights, seed):
    searcher, _ = make_searcher(problem, weights | {"travel": 0}, seed=seed)
    searcher.construct(searcher.events, 50)
    searcher.anneal([1.0] * len(OPERATORS), 20, 5.0, 200)
    return searcher


def check(seen, exact):
    for floor, change, room_lost in seen:
        if exact and floor > chains.UNKNOWN // 2 and not room_lost:
            assert floor == change
        assert floor <= change


@pytest.mark.parametrize("exact", [False, True])
@given(problem=problems().map(without_choices), seed=st.integers(0, 1000))
@FEW
def test_no_chain_costs_less_than_its_floor(exact, problem, seed):
    """Where rooms cost nothing, the floor is the change itself."""
    weights = TEST_WEIGHTS | dict.fromkeys(NO_ROOMS, 0) if exact else TEST_WEIGHTS
    check(chains_made(searcher_of(problem, weights, seed), 40), exact)


@pytest.mark.parametrize("name", ["toy.ctt", "toy.tim"])
@pytest.mark.parametrize("exact", [False, True])
def test_chains_of_a_benchmark_file_cost_no_less_than_their_floor(name, exact):
    """Long chains with many people; most of them are told something of."""
    problem = read_problem(DATA / name)
    weights = TEST_WEIGHTS | dict.fromkeys(NO_ROOMS, 0) if exact else TEST_WEIGHTS
    seen = chains_made(searcher_of(problem, weights, 1), 3000)
    check(seen, exact)
    told = [floor for floor, _, _ in seen if floor > chains.UNKNOWN // 2]
    assert len(told) > 20, len(seen)


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_nothing_is_told_where_students_have_a_choice(problem, seed):
    """Who they meet in the other slot need not be in the chain."""
    searcher = searcher_of(problem, TEST_WEIGHTS, seed)
    if searcher.choosers.size:
        told = [floor for floor, _, _ in chains_made(searcher, 40)]
        assert all(floor <= chains.UNKNOWN for floor in told)
