"""Prices that pass 32 bits: thousands of students, weights up to a million."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.contract import Class, Event, Offering, Problem, Room, Student, Timeslot
from sidecar.contract.objective import DEFAULT_WEIGHTS
from sidecar.engine.compile import compile_tables
from sidecar.engine.construct.cp_sat import _describe
from sidecar.engine.improve.genetic import Individual
from sidecar.engine.kernels import moves, pricing, state
from sidecar.engine.model import InstanceError, Timetable
from sidecar.engine.params import VariantSpec
from sidecar.engine.searcher import Searcher
from sidecar.engine.settle import Standings, Task

from .problems import TEST_WEIGHTS, campus, make_searcher, penalised

SLOTS = 8


def lecture(students: int, closed: list[int]) -> Problem:
    """Two lectures of the same students; one may start at any slot that is not closed,
    the other at the second slot only."""
    slots = [Timeslot(id=f"t{p}", day=p // 4, period=p % 4) for p in range(SLOTS)]
    return Problem(
        rooms=[Room(id=f"r{k}", capacity=5000) for k in range(2)],
        timeslots=slots,
        offerings=[Offering(id="a"), Offering(id="b")],
        classes=[
            Class(
                id="a1",
                offering="a",
                limit=5000,
                unavailable=[f"t{k}" for k in closed],
                events=[Event(id="a1e")],
            ),
            Class(
                id="b1",
                offering="b",
                limit=5000,
                events=[Event(id="b1e", timeslots=["t1"])],
            ),
        ],
        students=[Student(id=f"s{k}", offerings=["a", "b"]) for k in range(students)],
    )


def by_trial(searcher: Searcher, event: int, weight: int) -> dict[int, int]:
    """What each allowed start adds to the totals, by making and undoing it."""
    tables, now = searcher.tables, searcher.state
    costs = {}
    before = penalised(searcher, weight)
    for slot in np.flatnonzero(tables.event_starts[event]).tolist():
        room = pricing.choose_room(tables, now, event, slot, -1)
        state.place(tables, now, event, slot, room)
        # It stops being unplaced, which is no part of a price.
        costs[slot] = penalised(searcher, weight) - before + tables.strict * weight
        state.remove(tables, now, event)
    return costs


@given(
    students=st.sampled_from([1, 300, 1000]),
    weight=st.sampled_from([1, 10_000, 1_000_000]),
    closed=st.lists(st.integers(0, SLOTS - 1), unique=True, max_size=SLOTS - 2),
    seed=st.integers(0, 9),
)
@settings(max_examples=25, deadline=None)
def test_a_closed_slot_is_never_the_best(students, weight, closed, seed):
    """The heat bath takes one of the cheapest allowed starts, whatever the weights."""
    problem = lecture(students, closed)
    weights = dict.fromkeys(DEFAULT_WEIGHTS, weight) | {"room_overflow": 0, "travel": 0}
    searcher, _ = make_searcher(problem, weights, seed)
    other, event = 1, 0
    hard_weight = 380 * max(60, weight)
    state.place(searcher.tables, searcher.state, other, 1, 0)
    costs = by_trial(searcher, event, hard_weight)
    cost = np.zeros(searcher.instance.num_slots, np.int64)
    table = searcher.table(hard_weight)
    pricing.slot_costs(searcher.tables, searcher.state, table, event, hard_weight, cost)
    assert {s: int(cost[s]) for s in costs} == costs
    assert all(cost[s] >= pricing.FORBIDDEN for s in range(SLOTS) if s not in costs)
    for temperature in (0.0, 3e8, 1e12):
        moved = moves.heat_bath(
            searcher.tables,
            searcher.state,
            searcher.journal,
            table,
            event,
            hard_weight,
            temperature,
        )
        slot = int(searcher.state.slot[event])
        assert moved
        assert slot in costs
        if temperature == 0.0:
            assert costs[slot] == min(costs.values())
        state.remove(searcher.tables, searcher.state, event)


@pytest.mark.parametrize("students", [300, 600])
def test_exact_placement_knows_a_large_lecture_that_clashes(students):
    """Only starts free of violations are offered, and the one with a clash is not."""
    searcher, _ = make_searcher(lecture(students, [0, 3]))
    state.place(searcher.tables, searcher.state, 1, 1, 0)
    task = _describe(searcher, np.array([0]), [-1])
    assert task is not None
    assert task["events"][0]["starts"] == [2, 4, 5, 6, 7]


def test_weights_beyond_all_sums_are_refused_in_words():
    """Beyond the contract's bound, which a library's caller may pass."""
    searcher, _ = make_searcher(campus())
    with pytest.raises(InstanceError, match="Divide all weights"):
        compile_tables(searcher.instance, TEST_WEIGHTS | {"student_gaps": 10**9})


@pytest.mark.parametrize("mode", ["take", "part"])
def test_who_is_pushed_away_sees_the_push_in_every_price(mode):
    """Prices are changes of the totals on the tables of a variant that is to differ."""
    problem = campus()
    weights = TEST_WEIGHTS | {"travel": 0}
    searcher, _ = make_searcher(problem, weights)
    searcher.construct(searcher.events, 50)
    searcher.forget()
    searcher.keep()
    specs = (VariantSpec("one", weights), VariantSpec("other", weights))
    standings = Standings(
        searcher.instance, specs, {s.key: searcher.tables for s in specs}
    )
    there: Timetable = searcher.incumbent()
    best = {s.key: Individual(there, searcher.score()) for s in specs}
    task = Task("one", mode, "other")
    tables = standings.tables_for(task, best)
    push = standings.push(task, best)
    pushed = Searcher(searcher.instance, tables, np.random.default_rng(1))
    pushed.load(there)
    plain = Searcher(searcher.instance, searcher.tables, np.random.default_rng(1))
    plain.load(there)
    event = next(
        int(e)
        for e in pushed.events
        if not tables.event_related[e] and there.slot[e] >= 0
    )
    costs = []
    for one in (pushed, plain):
        cost = np.zeros(one.instance.num_slots, np.int64)
        pricing.slot_costs(one.tables, one.state, one.table(50), event, 50, cost)
        costs.append(cost)
    here = int(there.slot[event])
    assert costs[0][here] - costs[1][here] == push > 0
    # The totals say the same.
    assert pushed.current_score()[1] - plain.current_score()[1] == push * int(
        (there.slot >= 0).sum()
    )
