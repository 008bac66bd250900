"""The addon's own client against the real service."""

import hashlib
import importlib
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.access.tokens import TokenStore
from sidecar.api.examples import PROBLEM
from tests.harness import Service, serving, wait_for

TOOLS = Path(__file__).parents[2] / "odoo_addons" / "timetable_nep" / "tools"
BYTES = json.dumps({**PROBLEM, "name": "steps=8"}).encode()
OPTIONS = {"time_limit_seconds": 5, "variants": [{"key": "A"}]}


@pytest.fixture(scope="module")
def tools() -> types.ModuleType:
    """The addon's folder of plain Python, as a package of its own."""
    package = types.ModuleType("addon_tools")
    package.__path__ = [str(TOOLS)]
    sys.modules["addon_tools"] = package
    return importlib.import_module("addon_tools.sidecar_client")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("addon")) as running:
        yield running


@pytest.fixture
def client(tools: types.ModuleType, service: Service):
    token, secret = TokenStore(service.data).create("odoo")
    return tools.SidecarClient(service.url, token, secret)


def test_the_connection_test_of_the_settings(tools, service: Service, client) -> None:
    """It passes with the right secret and says what is wrong otherwise."""
    client.check()
    token, _ = TokenStore(service.data).create("odoo")
    for wrong in [
        tools.SidecarClient(service.url, token, "another secret"),
        tools.SidecarClient(service.url, "tnep_x_y", "another secret"),
    ]:
        with pytest.raises(tools.SidecarError) as caught:
            wrong.check()
        assert caught.value.status == 401


def test_a_job_from_the_addon(client) -> None:
    """Sent packed and signed; the same key gives the same job; the result is right."""
    digest = hashlib.sha256(BYTES).hexdigest()
    sent = client.submit(BYTES, OPTIONS, "run-1", None, "key-1")
    assert sent["problem_digest"] == digest
    again = client.submit(BYTES, OPTIONS, "run-1", None, "key-1")
    assert again["job_id"] == sent["job_id"]
    done = wait_for(lambda: _ended(client, sent["job_id"]))
    assert done["state"] == "completed"
    result = client.result(sent["job_id"], done["result_digest"])
    assert result["problem_digest"] == digest
    assert client.command(sent["job_id"], "acknowledge")["state"] == "completed"


def test_a_cancel_from_the_addon(client) -> None:
    """Twice, as an impatient user does."""
    problem = json.dumps({**PROBLEM, "name": "steps=500"}).encode()
    sent = client.submit(problem, OPTIONS, "run-2", None, "key-2")
    client.command(sent["job_id"], "cancel")
    client.command(sent["job_id"], "cancel")
    done = wait_for(lambda: _ended(client, sent["job_id"]))
    assert done["state"] == "cancelled"


def test_a_refusal_reaches_the_user(tools, client) -> None:
    """With the field at fault."""
    with pytest.raises(tools.SidecarError) as caught:
        client.submit(b'{"rooms": 1}', OPTIONS, "run-3", None, "key-3")
    assert caught.value.status == 422
    assert any("problem." in line for line in caught.value.errors)


def _ended(client, job_id: str):
    shown = client.status(job_id)
    return shown if shown["state"] in ("completed", "cancelled", "failed") else None
