"""What a chain leaves behind, and how members and children share their time."""

from dataclasses import replace

import numpy as np
import pytest

from sidecar.contract.objective import weights_of
from sidecar.engine.budget import Budget
from sidecar.engine.construct.mending import mend
from sidecar.engine.cooling import geometric
from sidecar.engine.decompose import one_cluster
from sidecar.engine.improve import genetic
from sidecar.engine.improve.genetic import (
    CROWD,
    LITTER,
    MOST_CHILDREN,
    MOVES_PER_EVENT,
    POPULATION,
    Individual,
    Schedule,
)
from sidecar.engine.kernels.search import OPERATORS
from sidecar.engine.recount import recount

from .problems import campus, make_searcher

AIM = 2000


def begun():
    """A campus without clashes, as construction leaves it."""
    searcher, _ = make_searcher(campus(), weights_of("balanced", None))
    searcher.construct(searcher.events, AIM)
    mend(searcher, AIM, Budget(60.0, 10**9))
    assert searcher.score()[0] == 0
    return searcher


def grown(searcher, **more):
    """Annealed with clashes so cheap that it ends with some."""
    schedule = Schedule(
        (1.0,) * len(OPERATORS), geometric(20.0, 0.5), 1, 0.5, AIM, **more
    )
    genetic.grow(searcher, Budget(60.0, 200_000).whole(), schedule, lambda _: None)
    recount(searcher)


def test_what_a_chain_leaves_broken_is_mended(monkeypatch):
    """It is worth far more than where the chain began."""
    searcher = begun()
    start = searcher.score()
    grown(searcher)
    mended = searcher.score()
    assert mended[0] == 0
    assert mended[1] < 0.8 * start[1]

    monkeypatch.setattr(genetic, "mend", lambda *args: 0)
    searcher = begun()
    grown(searcher)
    assert searcher.current_score()[0] > 0
    assert searcher.score()[0] == 0
    assert searcher.score()[1] > mended[1]


def test_mending_that_does_worse_is_not_taken(monkeypatch):
    """The best on the way stays."""
    searcher = begun()
    best = searcher.incumbent()

    def spoil(searcher, *args):
        searcher.clear()
        searcher.keep()

    monkeypatch.setattr(genetic, "mend", spoil)
    grown(searcher)
    assert searcher.score()[0] == 0
    assert np.array_equal(searcher.incumbent().slot >= 0, best.slot >= 0)


def test_what_is_broken_on_the_way_is_mended_there(monkeypatch):
    """At each point that the schedule names, and only where something is broken."""
    at = []

    def noted(searcher, aim, budget):
        assert searcher.current_score()[0] > 0
        at.append(budget.used())
        return mend(searcher, aim, budget)

    monkeypatch.setattr(genetic, "mend", noted)
    grown(begun(), mended_at=(0.2, 0.5), firm=0.99)
    assert len(at) == 3
    assert at[0] == pytest.approx(0.2, abs=0.05)
    assert at[1] == pytest.approx(0.5, abs=0.05)
    assert at[2] >= 1


def test_a_chain_that_cannot_be_mended_gives_back_what_it_began_with(monkeypatch):
    """Mending on the way drops the best so far; the start is not lost by that."""

    def spoil(searcher, *args):
        searcher.clear()
        searcher.keep()

    searcher = begun()
    start = searcher.score()
    monkeypatch.setattr(genetic, "mend", spoil)
    grown(searcher, mended_at=(0.5, 0.9), firm=0.99)
    assert searcher.score() <= start


def test_molten_members_begin_hotter_and_end_as_cold():
    plain = Schedule((1.0,) * len(OPERATORS), geometric(24.0, 0.05), 96, 0.5, AIM)
    assert plain.molten() == plain
    schedule = replace(plain, melt=6.0)
    molten = schedule.molten()
    assert molten.cooling.hot == pytest.approx(144)
    assert molten.cooling.cold == pytest.approx(0.05)
    assert molten.firm < schedule.firm
    assert molten.mended_at
    # Children go on from what is ordered already.
    assert schedule.milder().cooling.hot < plain.cooling.hot
    assert not schedule.milder().mended_at


@pytest.mark.parametrize(
    ("moves_per_event", "share"), [(100, 0.12), (MOVES_PER_EVENT / 2, 0.2), (1e9, 0.4)]
)
def test_where_members_are_hungry_less_is_left_for_what_follows(moves_per_event, share):
    fed = genetic.members_fed(moves_per_event * 500, 500)
    assert genetic.rest(0.4, fed) == pytest.approx(share)


@pytest.mark.parametrize(
    ("fed", "members"), [(0.01, 1), (2.5, 2), (4.0, POPULATION), (13, POPULATION)]
)
def test_members_are_as_many_as_are_fed(fed, members):
    assert genetic.chains(fed) == members


def test_large_budgets_have_more_members_and_children_not_longer_ones():
    """Up to a most of each; litters are whole."""
    assert POPULATION < genetic.chains(30) < CROWD
    assert genetic.chains(1e6) == CROWD
    planned = 8
    assert genetic.litters(planned, 1.0, 0.5) == planned
    many = genetic.litters(planned, 40.0, 0.5)
    assert planned < many < MOST_CHILDREN
    assert many % LITTER == 0
    assert genetic.litters(planned, 1e6, 0.5) == MOST_CHILDREN


def test_a_child_that_climbs_counts_by_its_own_finds():
    """Not by the mother it began with, who is better than all that much heat finds."""
    schedule = Schedule(
        (1.0,) * len(OPERATORS), geometric(3e3, 2e3), 9_000, 0.5, AIM, firm=0.99
    )
    for climbs in (False, True):
        searcher = begun()
        mother = searcher.score()
        share = Budget(60.0, 200_000).whole()
        genetic.grow(searcher, share, schedule, lambda _: None, climbs)
        if climbs:
            assert searcher.score() > mother
        else:
            assert searcher.score() <= mother
        recount(searcher)


def test_mothers_of_children_that_climb_vary_among_the_best_four():
    """All others are the children of one."""
    searcher = begun()
    clusters = one_cluster(searcher.instance)
    schedule = Schedule((1.0,) * len(OPERATORS), geometric(20.0, 0.5), 500, 0.5, AIM)
    population = {}
    for number in range(6):
        timetable = searcher.incumbent()
        # Told apart by an event that stands elsewhere; they are strangers.
        timetable.room[:] = np.roll(timetable.room, number)
        population[number] = Individual(timetable, (0, 100 + number))

    def mothers(climbs):
        seen = set()
        for _ in range(60):
            loaded = []
            searcher.load = loaded.append
            searcher.repair = lambda *args: None
            genetic.conceive(searcher, population, clusters, schedule, climbs)
            [child] = loaded
            seen |= {
                number
                for number, one in population.items()
                if np.array_equal(one.timetable.room, child.room)
            }
        return seen

    assert mothers(False) == {0}
    # The fourth is never the better of two.
    assert mothers(True) == {0, 1, 2}
