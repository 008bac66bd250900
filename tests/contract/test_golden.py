"""Golden files: what is on the wire today is still read tomorrow, and unchanged."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from sidecar.contract import (
    CONTRACT_VERSION,
    JobRequest,
    JobStatus,
    Problem,
    ProblemDetails,
    Progress,
    Result,
    WebhookEvent,
)
from sidecar.contract.version import RELATIONS_OF_1
from sidecar.questions.intake import Limits, check_problem

GOLDEN = Path(__file__).parent / "golden"
MODELS: dict[str, type[BaseModel]] = {
    "problem": Problem,
    "job_request": JobRequest,
    "job_status": JobStatus,
    "progress": Progress,
    "result": Result,
    "webhook_progress": WebhookEvent,
    "webhook_state": WebhookEvent,
    "problem_details": ProblemDetails,
}
COUNTS = dict.fromkeys(("events", "rooms", "faculty", "students"), 10**6)
LIMITS = Limits(2**30, 8, 1800, COUNTS)


@pytest.mark.parametrize("name", MODELS)
def test_golden_file_is_read_and_written_unchanged(name: str) -> None:
    """Every field of the file comes back, and no other."""
    data = json.loads((GOLDEN / f"{name}.json").read_text())
    model = MODELS[name].model_validate(data)
    assert model.model_dump(mode="json") == data


@pytest.mark.parametrize("name", MODELS)
def test_golden_file_shows_every_field(name: str) -> None:
    """A new field of the contract must be put into the golden file."""
    data = json.loads((GOLDEN / f"{name}.json").read_text())
    assert data.keys() == MODELS[name].model_fields.keys()


def test_golden_problem_is_in_order() -> None:
    """All its ids name something."""
    raw = (GOLDEN / "problem.json").read_bytes()
    assert check_problem(raw, LIMITS)["events"] == 4


@pytest.mark.parametrize("name", ["problem", "addon_snapshot"])
def test_a_problem_of_contract_1_is_read_as_one_of_this(name: str) -> None:
    """Nothing that it says is lost, and what is new is left at its default."""
    raw = (GOLDEN / "contract1" / f"{name}.json").read_bytes()
    problem = Problem.model_validate_json(raw)
    said = json.loads(raw) | {"version": CONTRACT_VERSION}
    for relation in said["relations"]:
        relation["type"] = RELATIONS_OF_1.get(relation["type"], relation["type"])
    assert _contains(problem.model_dump(mode="json"), said)
    assert check_problem(raw, LIMITS)["events"] > 0
    again = Problem.model_validate_json(problem.model_dump_json())
    assert again == problem


@pytest.mark.parametrize(("old", "new"), RELATIONS_OF_1.items())
def test_relations_of_contract_1_mean_what_they_meant(old: str, new: str) -> None:
    """Their names are those of ITC-2019 now; ``same_time`` would mean another rule."""
    data = json.loads((GOLDEN / "contract1" / "problem.json").read_text())
    data["relations"][0] |= {"type": old, "value": 1}
    assert Problem.model_validate(data).relations[0].type == new


def _contains(whole: object, part: object) -> bool:
    """Whether every field of ``part`` stands in ``whole``."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and _contains(whole[key], value) for key, value in part.items()
        )
    if isinstance(part, list):
        return (
            isinstance(whole, list)
            and len(whole) == len(part)
            and all(map(_contains, whole, part))
        )
    return whole == part


def test_what_the_addon_sends_satisfies_the_contract() -> None:
    """A snapshot made by the addon in a real Odoo, kept as a file."""
    path = GOLDEN / "addon_snapshot.json"
    raw = path.read_bytes()
    problem = Problem.model_validate_json(raw)
    assert check_problem(raw, LIMITS)["events"] > 0
    assert problem.students or problem.curricula


def test_what_the_addon_sends_names_nobody() -> None:
    """Ids are a letter and a number; people have no other field."""
    data = json.loads((GOLDEN / "addon_snapshot.json").read_text())
    for person in [*data["faculty"], *data["students"]]:
        assert "name" not in person
        assert "email" not in person
        assert person["id"][0] in "fs"
        assert person["id"][1:].isdigit()
