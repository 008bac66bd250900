"""The addon's weights and names of constraints are the contract's."""

from pathlib import Path
from runpy import run_path

from sidecar.contract.objective import (
    DEFAULT_WEIGHTS,
    HARD_CONSTRAINTS,
    PROFILES,
    SOFT_CONSTRAINTS,
)

ADDON = Path(__file__).parents[2] / "odoo_addons" / "timetable_nep"
const = run_path(str(ADDON / "const.py"))


def test_weights_are_those_of_the_contract() -> None:
    """The sliders start where the solver does."""
    assert const["DEFAULT_WEIGHTS"] == DEFAULT_WEIGHTS
    assert const["PROFILE_WEIGHTS"] == PROFILES


def test_every_constraint_has_a_name() -> None:
    """A timetable's figures never show a bare key."""
    assert set(const["RULES"]) == set(HARD_CONSTRAINTS)
    assert set(const["DEFAULT_WEIGHTS"]) == set(SOFT_CONSTRAINTS)


def test_profiles_can_be_chosen() -> None:
    """Each profile of the contract is an aim in the wizard."""
    assert [key for key, _label in const["PROFILES"]] == list(PROFILES)
