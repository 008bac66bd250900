"""How a search cools, and what a pilot tells about it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.contract import JobOptions, VariantRequest
from sidecar.engine import evolving
from sidecar.engine.cooling import POINTS, Cooling, geometric, learned
from sidecar.engine.evolving import Evolver
from sidecar.engine.progress import NullSink, RunControl
from sidecar.solving.solve_request import solve_request

from .tight import tight

HEATS = geometric(20.0, 0.05)
BURSTS = np.linspace(0, 1, 200)


def told(cost) -> Cooling:
    """The schedule after a pilot whose cost is a function of heat."""
    heats = [HEATS.at(x) for x in BURSTS]
    return learned(HEATS, heats, [cost(heat) for heat in heats])


def time_between(cooling: Cooling, hot: float, cold: float) -> float:
    return cooling.progress(cold) - cooling.progress(hot)


def test_geometric_gives_each_factor_the_same_time():
    assert HEATS.at(0) == pytest.approx(20)
    assert HEATS.at(0.5) == pytest.approx(1)
    assert HEATS.at(1) == pytest.approx(0.05)
    assert HEATS.progress(1) == pytest.approx(0.5)


def test_what_follows_a_point_is_a_schedule_of_its_own():
    later = HEATS.after(0.5)
    assert (later.hot, later.cold) == (pytest.approx(1), pytest.approx(0.05))
    assert later.at(0.5) == pytest.approx(HEATS.at(0.75))
    assert HEATS.below(0.05).hot == pytest.approx(1)
    # Below the cold end there is nothing; above the hot end it is all of it.
    assert HEATS.below(1e-9).hot == pytest.approx(0.05)
    assert HEATS.below(2).hot == pytest.approx(20)


def test_it_is_slow_where_cost_falls():
    """A state that changes between 10 and 3 and is frozen below 2."""
    cooling = told(lambda heat: 500 + 2000 * min(1, max(0, np.log(heat / 3) / 1.2)))
    assert time_between(cooling, 10, 3) > 3 * time_between(HEATS, 10, 3)
    assert time_between(cooling, 2, 0.05) < 0.3 * time_between(HEATS, 2, 0.05)


def test_the_last_tenth_of_the_way_is_as_much_work_as_the_first():
    """Cost that falls by the same factor with each factor of heat: geometric."""
    cooling = told(lambda heat: heat**0.7)
    for x in (0.2, 0.4, 0.6):
        assert np.log(cooling.at(x)) == pytest.approx(np.log(HEATS.at(x)), abs=0.8)


@pytest.mark.parametrize(
    ("heats", "costs"),
    [([], []), ([20.0, 0.05], [9, 1]), (list(HEATS.at(x) for x in BURSTS), [7] * 200)],
    ids=["nothing", "too little", "flat"],
)
def test_a_pilot_that_tells_nothing_changes_nothing(heats, costs):
    assert learned(HEATS, heats, costs) == HEATS


@given(
    st.lists(st.integers(0, 10**7), min_size=32, max_size=300),
    st.floats(1e-3, 1e5),
    st.floats(1.0, 1e6),
)
def test_whatever_a_pilot_tells_the_ends_stay_and_it_cools(costs, cold, span):
    plain = geometric(cold * span, cold)
    heats = [plain.at(x) for x in np.linspace(0, 1, len(costs))]
    cooling = learned(plain, heats, costs)
    assert cooling.hot == pytest.approx(plain.hot)
    assert cooling.cold == pytest.approx(plain.cold)
    assert np.all(np.diff(cooling.curve) <= 1e-9 * plain.hot)
    middle = cooling.after(0.5)
    assert plain.hot >= middle.hot * (1 - 1e-9)
    assert cooling.at(cooling.progress(middle.hot)) == pytest.approx(middle.hot)


def test_a_pilot_is_told_and_one_taken_up_again_begins_anew(monkeypatch):
    """Half a cooling would tell of half the heats; nobody is left without progress."""
    scout, told_of, first = Evolver.scout, [], []

    def interrupted(self, variant, segment, budget, worker, report):
        rest = self.run.budget.child(1.0, budget.iterations, begun=0.9)

        def counted():
            told_of.append(rest.used())
            report()

        scout(self, variant, segment, rest, worker, counted)

    def noted(cooling, heats, costs):
        first.append(heats[0] / cooling.hot)
        return learned(cooling, heats, costs)

    monkeypatch.setattr(Evolver, "scout", interrupted)
    monkeypatch.setattr(evolving, "learned", noted)
    options = JobOptions(seed=1, iteration_budget=5_000_000)
    solve_request(
        tight(1, 60), options, digest="", sink=NullSink(), control=RunControl()
    )
    assert first == [pytest.approx(1)] * len(options.variants)
    assert len(told_of) > 32
    assert told_of[0] >= 0.9


def test_a_run_without_choices_has_a_pilot_for_each_variant():
    """What it found is reported; the variants' weights differ, and so do they."""
    options = JobOptions(
        seed=1,
        iteration_budget=5_000_000,
        variants=[
            VariantRequest(key="A", profile="balanced"),
            VariantRequest(key="B", profile="faculty_friendly"),
        ],
    )
    result = solve_request(
        tight(1, 60), options, digest="", sink=NullSink(), control=RunControl()
    )
    (stage,) = [one for one in result.stages if one.stage == "ga_optimization"]
    curves = stage.details["cooling"]
    assert set(curves) == {"A", "B"}
    for curve in curves.values():
        assert len(curve) == POINTS
        assert curve[0] > curve[-1] > 0
        assert curve == sorted(curve, reverse=True)
