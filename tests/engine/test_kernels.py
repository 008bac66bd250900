"""Every kernel against the plain scorer: the totals must follow each move exactly."""

import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.engine.kernels import moves, pricing, search
from sidecar.engine.kernels import state as kernel
from sidecar.engine.searcher import OPERATORS

from .problems import (
    TEST_WEIGHTS,
    campus,
    make_searcher,
    penalised,
    problems,
    scored,
)

PRICED = TEST_WEIGHTS | {"travel": 0}
"""Walks are no part of a price: such moves are tried out and taken back."""

FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def one_hot(name):
    return [float(operator == name) for operator in OPERATORS]


def check(problem, searcher, names):
    """Totals of the state equal a full, plain recount."""
    plain = scored(problem, searcher, names, TEST_WEIGHTS)
    hard, soft = searcher.current_score()
    assert (hard, soft) == (plain.score.hard, plain.score.soft), [
        (line.constraint, line.violations, line.cost)
        for line in plain.breakdown
        if line.violations
    ]


@pytest.mark.parametrize("operator", OPERATORS)
@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_operator_keeps_totals_equal_to_plain_score(operator, problem, seed):
    """Forty moves of one operator on a random problem, hot enough to accept most."""
    searcher, names = make_searcher(problem, seed=seed)
    searcher.construct(searcher.events, 50)
    check(problem, searcher, names)
    searcher.forget()
    searcher.keep()
    searcher.anneal(one_hot(operator), 20, 40.0, 40)
    check(problem, searcher, names)


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_who_is_blocked_where_follows_each_move(problem, seed):
    """The counts that guide proposals equal those counted from the timetable."""
    searcher, _ = make_searcher(problem, seed=seed)
    searcher.construct(searcher.events, 50)
    searcher.anneal([1.0] * len(OPERATORS), 20, 40.0, 200)
    tables, state = searcher.tables, searcher.state
    expected = np.zeros_like(state.blocked)
    for event in np.flatnonzero(state.slot >= 0):
        for k in range(tables.event_duration[event]):
            conflicts = tables.class_conflict[tables.event_class[event]]
            expected[state.slot[event] + k] += conflicts
    assert state.blocked.size
    assert (state.blocked == expected).all()


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_repair_keeps_totals_equal_to_plain_score(problem, seed):
    searcher, names = make_searcher(problem, seed=seed)
    searcher.construct(searcher.events, 50)
    searcher.forget()
    searcher.keep()
    searcher.repair(searcher.events, 5, 50, 2.0)
    check(problem, searcher, names)


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_a_student_clashes_with_a_class_in_as_many_periods_as_are_busy(problem, seed):
    """Without the class that they would leave; counted period by period."""
    searcher, _ = make_searcher(problem, seed=seed)
    searcher.construct(searcher.events, 50)
    tables, state = searcher.tables, searcher.state
    rest = searcher.work.rest

    def periods(cls):
        events = tables.class_event[tables.class_ptr[cls] : tables.class_ptr[cls + 1]]
        placed = [e for e in events.tolist() if state.slot[e] >= 0]
        return [
            int(state.slot[e]) + k
            for e in placed
            for k in range(int(tables.event_duration[e]))
        ]

    def classes_in(bundle):
        first, last = tables.bundle_ptr[bundle : bundle + 2]
        return tables.bundle_class[first:last].tolist()

    bundles_of: dict[int, list[int]] = {}
    for enrolment, student in enumerate(tables.enrolment_student.tolist()):
        bundle = int(state.section[enrolment])
        if bundle >= 0:
            bundles_of.setdefault(student, []).append(bundle)
    for student, bundles in bundles_of.items():
        attended = Counter(
            period
            for bundle in bundles
            for cls in classes_in(bundle)
            for period in periods(cls)
        )
        for left in bundles:
            # A class that meets twice in a period clashes with itself: that stays.
            own = Counter(p for cls in classes_in(left) for p in set(periods(cls)))
            if any(attended[p] > 2 and own[p] > 1 for p in own):
                # A week says no more than twice.
                continue
            busy = {p for p, often in attended.items() if often > own[p]}
            search.week_without(tables, state, student, left, rest)
            for bundle in range(len(tables.bundle_ptr) - 1):
                found = search.clashes_of_bundle(
                    tables, state, bundle, rest, searcher.work.trial
                )
                expected, seen = 0, set(busy)
                for cls in classes_in(bundle):
                    expected += sum(period in seen for period in periods(cls))
                    seen |= set(periods(cls))
                assert found == expected


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_events_in_trouble_are_those_that_say_so_one_by_one(problem, seed):
    """Whom nobody at a quiet period is asked for would have said no."""
    searcher, _ = make_searcher(problem, seed=seed)
    tables, state = searcher.tables, searcher.state
    for step in range(6):
        plain = [e for e in searcher.events if search.in_trouble(tables, state, e)]
        assert searcher.troubled().tolist() == plain
        if step == 0:
            searcher.construct(searcher.events, 50)
        else:
            searcher.anneal([1.0] * len(OPERATORS), 20, 40.0 / step**2, 60)


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_incumbent_is_what_its_score_says(problem, seed):
    """After a mixed search, loading the incumbent gives the score it was kept with."""
    searcher, names = make_searcher(problem, seed=seed)
    searcher.construct(searcher.events, 50)
    searcher.forget()
    searcher.keep()
    searcher.anneal([1.0] * len(OPERATORS), 20, 20.0, 300)
    kept = searcher.score()
    searcher.restore()
    assert searcher.current_score() == kept
    check(problem, searcher, names)


@given(
    problem=problems(),
    seed=st.integers(0, 1000),
    baked=st.booleans(),
    bound=st.integers(-100, 10_000),
)
@FEW
def test_relocation_change_is_the_change_of_the_totals(problem, seed, baked, bound):
    """Whatever the price of a move says, making it changes the totals by that much.

    Refused early, the change must be above the bound indeed. With and without the
    table of baked costs.
    """
    searcher, _ = make_searcher(problem, PRICED, seed=seed)
    searcher.construct(searcher.events, 50)
    tables, state = searcher.tables, searcher.state
    weight = 70
    table = searcher.table(weight) if baked else np.zeros(0, np.int32)
    for event in free(searcher):
        before = penalised(searcher, weight)
        here, own = int(state.slot[event]), int(state.room[event])
        if here < 0 or (own < 0 and tables.event_needs_room[event]):
            continue
        for slot in np.flatnonzero(tables.event_starts[event]).tolist():
            rooms = range(searcher.instance.num_rooms) if own >= 0 else [-1]
            for room in rooms:
                if not pricing.suits(tables, event, slot, room):
                    continue
                said = pricing.relocation_change(
                    tables, state, table, event, slot, room, -1, weight, bound
                )
                kernel.remove(tables, state, event)
                kernel.place(tables, state, event, slot, room)
                change = penalised(searcher, weight) - before
                kernel.remove(tables, state, event)
                kernel.place(tables, state, event, here, own)
                assert said == change or (said > bound and change > bound)


def free(searcher):
    """Events that move by themselves."""
    events = searcher.events
    return events[searcher.tables.event_group[events] < 0].tolist()


def students_of(searcher, event):
    cls = searcher.tables.event_class[event]
    first = searcher.tables.member_ptr[cls]
    last = first + searcher.state.member_count[cls]
    return set(searcher.state.student[first:last].tolist())


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_exchange_of_two_events_is_priced_as_the_sum_of_two_moves(problem, seed):
    """Also where both have faculty or curricula in common, who then see no change."""
    searcher, _ = make_searcher(problem, PRICED, seed=seed)
    searcher.construct(searcher.events, 50)
    tables, state, weight = searcher.tables, searcher.state, 70
    table, bound = searcher.table(weight), 1 << 40
    events = [e for e in free(searcher) if state.slot[e] >= 0]
    for a, b in itertools.combinations(events, 2):
        slot_a, room_a = int(state.slot[a]), int(state.room[a])
        slot_b, room_b = int(state.slot[b]), int(state.room[b])
        if (
            tables.event_duration[a] != tables.event_duration[b]
            or (slot_a, room_a) == (slot_b, room_b)
            or not pricing.suits(tables, a, slot_b, room_b)
            or not pricing.suits(tables, b, slot_a, room_a)
            or not moves.exchange_is_separable(tables, state, a, b)
            or students_of(searcher, a) & students_of(searcher, b)
        ):
            continue
        said = pricing.relocation_change(
            tables, state, table, a, slot_b, room_b, b, weight, bound
        ) + pricing.relocation_change(
            tables, state, table, b, slot_a, room_a, a, weight, bound
        )
        before = penalised(searcher, weight)
        assert moves.exchange(
            tables, state, searcher.journal, table, a, b, weight, bound
        )
        assert penalised(searcher, weight) - before == said
        assert (state.slot[a], state.room[a]) == (slot_b, room_b)
        assert (state.slot[b], state.room[b]) == (slot_a, room_a)


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_an_exchange_of_twins_changes_nothing(problem, seed):
    """Which is why no move makes it."""
    searcher, _ = make_searcher(problem, seed=seed)
    searcher.construct(searcher.events, 50)
    tables, state = searcher.tables, searcher.state
    before = searcher.current_score()
    events = [e for e in free(searcher) if state.slot[e] >= 0]
    for a, b in itertools.combinations(events, 2):
        if tables.event_twins[a] != tables.event_twins[b]:
            continue
        places = [(int(state.slot[e]), int(state.room[e])) for e in (a, b)]
        for event in (a, b):
            kernel.remove(tables, state, event)
        for event, place in zip((b, a), places, strict=True):
            assert tables.event_starts[event, place[0]]
            kernel.place(tables, state, event, *place)
        assert searcher.current_score() == before


def test_a_campus_has_twins():
    """The test above has something to look at in every timetable of some size."""
    searcher, _ = make_searcher(campus())
    tables = searcher.tables
    twins = sum(
        bool(tables.event_twins[a] == tables.event_twins[b])
        for cls in range(len(tables.class_limit))
        for a, b in itertools.combinations(
            tables.class_event[tables.class_ptr[cls] : tables.class_ptr[cls + 1]], 2
        )
    )
    assert twins > 100


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_costs_are_the_same_for_a_placed_event_and_without_a_table(problem, seed):
    """Pricing every slot needs neither removal of the event nor baked costs."""
    searcher, _ = make_searcher(problem, PRICED, seed=seed)
    searcher.construct(searcher.events, 50)
    tables, state, weight = searcher.tables, searcher.state, 70
    empty = np.zeros(0, np.int32)
    for event in free(searcher):
        here, own = int(state.slot[event]), int(state.room[event])
        costs = []
        for table in (searcher.table(weight), empty):
            cost = np.zeros(searcher.instance.num_slots, np.int64)
            pricing.slot_costs(tables, state, table, event, weight, cost)
            costs.append(cost)
        if here >= 0:
            kernel.remove(tables, state, event)
            cost = np.zeros(searcher.instance.num_slots, np.int64)
            pricing.slot_costs(tables, state, empty, event, weight, cost)
            costs.append(cost)
            kernel.place(tables, state, event, here, own)
        assert all((cost == costs[0]).all() for cost in costs)


@given(problem=problems(), seed=st.integers(0, 1000))
@FEW
def test_slot_costs_equal_the_change_of_the_totals(problem, seed):
    """The cost vector of one event is what placing it there adds, slot by slot."""
    searcher, _ = make_searcher(problem, PRICED, seed=seed)
    searcher.construct(searcher.events, 50)
    tables, state = searcher.tables, searcher.state
    if not searcher.events.size:
        return
    if not free(searcher):
        return
    event = int(searcher.rng.choice(free(searcher)))
    kernel.remove(tables, state, event)
    cost = np.zeros(searcher.instance.num_slots, np.int64)
    weight = 1000
    pricing.slot_costs(tables, state, searcher.table(weight), event, weight, cost)
    before = int(state.totals[kernel.STEER]) * weight + int(state.totals[kernel.SOFT])
    for slot in np.flatnonzero(tables.event_starts[event]):
        rooms = tables.room_closed[:, slot].size
        assert rooms == searcher.instance.num_rooms
        if (
            tables.event_needs_room[event]
            or tables.relation_ptr[event] < (tables.relation_ptr[event + 1])
        ):
            # Rooms and same-room relations are judged after the slot is chosen.
            continue
        kernel.place(tables, state, event, slot, -1)
        totals = state.totals
        after = int(totals[kernel.STEER]) * weight + int(totals[kernel.SOFT])
        kernel.remove(tables, state, event)
        # An event without a room still stops being unplaced.
        assert cost[slot] - tables.strict * weight == after - before


def test_same_seed_gives_the_same_timetable():
    """Two searches with one seed make the same moves."""
    results = []
    for _ in range(2):
        searcher, _ = make_searcher(campus(), seed=5)
        searcher.construct(searcher.events, 50)
        searcher.forget()
        searcher.keep()
        searcher.anneal([1.0] * len(OPERATORS), 50, 5.0, 20_000)
        results.append((searcher.score(), searcher.incumbent()))
    (score_a, a), (score_b, b) = results
    assert score_a == score_b
    assert (a.slot == b.slot).all()
    assert (a.room == b.room).all()
    assert (a.section == b.section).all()


def test_agent_tables_recount_after_long_search():
    """Masks and counts still agree with the totals after many accepted moves."""
    problem = campus()
    searcher, names = make_searcher(problem)
    searcher.construct(searcher.events, 50)
    searcher.forget()
    searcher.keep()
    searcher.anneal([1.0] * len(OPERATORS), 50, 20.0, 50_000)
    check(problem, searcher, names)
    hard, _ = search.recount(searcher.tables, searcher.state)
    assert hard <= searcher.current_score()[0]
