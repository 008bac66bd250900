"""Parts that are switched off do no work, and the run still ends as it should."""

from pathlib import Path

import pytest

from sidecar.contract.objective import weights_of
from sidecar.engine.params import PARTS, SolveParams, VariantSpec
from sidecar.engine.searcher import OPERATORS
from sidecar.engine.solve import solve
from sidecar.formats import itc2007_enrolment
from sidecar.formats.contract_reader import read_instance

from .problems import campus

TOY = Path(__file__).parents[1] / "formats" / "data" / "toy.tim"


def run(*without, iterations=60_000):
    instance, _ = read_instance(campus())
    variant = VariantSpec("A", weights_of("balanced"))
    params = SolveParams((variant,), iterations=iterations, without=frozenset(without))
    outcome = solve(instance, params)
    return outcome, {stage.stage: stage for stage in outcome.stages}


@pytest.mark.parametrize("part", PARTS)
def test_a_stage_switched_off_does_nothing(part):
    outcome, stages = run(part)
    assert outcome.variants[0].placed > 0
    if part == "clustering":
        assert stages[part].details["clusters"] == 1
    elif part == "cp_sat":
        details = stages["cpsat_solving"].details
        assert details["exact_tasks"] == details["residue_tasks"] == 0
    else:
        assert stages[part].seconds < 0.5
        before = stages["cpsat_solving" if part[0] == "g" else "ga_optimization"]
        assert stages[part].soft == before.soft


def test_operators_switched_off_are_never_tried():
    off = {"kempe_chain", "section_change"}
    _, stages = run(*off)
    told = stages["rl_refinement"].details["operators"]
    assert {name for name in OPERATORS if not told[name]["tried"]} == off


def test_other_operators_take_the_place_of_a_mix_that_is_off():
    """Without heat baths and with nobody to move, something else still searches."""
    problem = itc2007_enrolment.read(TOY.read_text())
    instance, _ = read_instance(problem)
    variant = VariantSpec("A", weights_of(problem.profile))
    params = SolveParams(
        (variant,), time_limit=2.0, without=frozenset({"heat_bath", "section_change"})
    )
    outcome = solve(instance, params)
    assert outcome.variants[0].score[0] == 0
    assert outcome.seconds < 10


def test_what_cannot_be_switched_off_is_refused():
    with pytest.raises(ValueError, match="'luck' cannot be switched off"):
        run("luck")
