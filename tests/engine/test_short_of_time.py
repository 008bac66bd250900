"""When the time is over before all that was planned has begun."""

import pytest

from sidecar.contract.objective import weights_of
from sidecar.engine.budget import LEAST_SECONDS, Budget, Share
from sidecar.engine.checkpoint import RunState
from sidecar.engine.journal import Journal
from sidecar.engine.params import SolveParams, VariantSpec
from sidecar.engine.progress import NullSink, RunControl
from sidecar.engine.solve import Run
from sidecar.formats.contract_reader import read_instance

from .problems import campus

PROFILES = ("balanced", "faculty_friendly", "student_friendly")


def test_each_variant_has_a_member_although_no_time_is_left():
    """One without any would be missing from the rest of the run and from the result."""
    instance, _ = read_instance(campus())
    specs = tuple(
        VariantSpec(key, weights_of(name, None))
        for key, name in zip("ABC", PROFILES, strict=True)
    )
    params = SolveParams(variants=specs, time_limit=0.01)
    budget = Budget(params.time_limit, None, RunControl())
    state = RunState()
    journal = Journal(instance, params, budget, state, NullSink(), None, None)
    Run(instance, params, budget, state, journal, None).run()
    assert budget.used() > 1
    assert set(state.population) == {"A", "B", "C"}
    assert set(state.best) == {"A", "B", "C"}


def test_an_exact_task_has_no_more_time_than_its_share():
    """Two seconds of eight once went to a start that annealing then forgot."""
    budget = Budget(100.0, None, RunControl())
    assert Share(budget, 0.02).seconds(5.0) == pytest.approx(2.0, abs=0.1)
    assert Share(budget, 0.5).seconds(5.0) == 5.0
    assert Share(budget, 0.0).seconds(5.0) == LEAST_SECONDS
    later = budget.child(40.0, None, begun=0.5)  # its second half
    assert Share(later, 0.6).seconds(50.0) == pytest.approx(8.0, abs=0.1)
    # Where moves are counted the clock may decide nothing.
    assert Share(Budget(1.0, 10, RunControl()), 0.02).seconds(5.0) == 5.0
