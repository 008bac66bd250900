"""The addon speaks the same language: its plain files are loaded here without Odoo."""

import base64
import hashlib
import hmac
import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from sidecar.access import request_signature, signing
from sidecar.contract import (
    CONTRACT_VERSION,
    STAGE_SHARES,
    TERMINAL,
    TRANSITIONS,
    JobState,
)
from sidecar.contract import webhook as wire

ADDON = Path(__file__).parents[2] / "odoo_addons" / "timetable_nep"
_FILE = json.loads((Path(__file__).parent / "signature_vectors.json").read_text())
VECTORS, REQUESTS = _FILE["webhooks_and_old_requests"], _FILE["requests"]


def _load(path: str) -> types.ModuleType:
    name = "addon_" + path.replace("/", "_")
    spec = importlib.util.spec_from_file_location(name, ADDON / f"{path}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


const, theirs = _load("const"), _load("tools/signing")


def test_states_and_transitions_are_the_contracts() -> None:
    """One table; the addon adds only what it has before it asks."""
    ours = {str(old): {str(new) for new in after} for old, after in TRANSITIONS.items()}
    assert {old: set(after) for old, after in const.RUN_TRANSITIONS.items()} == ours
    assert {key for key, _ in const.RUN_STATES} - {"draft"} == set(JobState)
    assert set(const.RUN_TERMINAL) == set(TERMINAL)


def test_stages_are_the_contracts() -> None:
    """In the same order."""
    assert [key for key, _ in const.STAGES] == [str(stage) for stage in STAGE_SHARES]


@pytest.mark.parametrize(
    "name",
    [
        "HEADER_TIMESTAMP",
        "HEADER_SIGNATURE",
        "HEADER_EVENT_ID",
        "HEADER_DATABASE",
        "SIGNATURE_PREFIX",
        "REPLAY_WINDOW_SECONDS",
    ],
)
def test_names_on_the_wire_are_the_contracts(name: str) -> None:
    """Headers, prefix and window."""
    assert getattr(const, name) == getattr(wire, name)


def test_version_is_the_contracts() -> None:
    """The addon says which version it speaks."""
    assert const.CONTRACT_VERSION == CONTRACT_VERSION


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["about"])
def test_both_sides_sign_alike(vector: dict[str, str]) -> None:
    """And both accept what the other signed."""
    body = base64.b64decode(vector["body_base64"])
    secret, stamp, context = vector["secret"], vector["timestamp"], vector["context"]
    assert signing.sign(secret, stamp, context, body) == vector["signature"]
    assert theirs.sign(secret, stamp, context, body) == vector["signature"]
    at = float(stamp)
    assert signing.verify(secret, stamp, vector["signature"], context, body, at)
    theirs.verify(secret, stamp, context, body, vector["signature"], at)


def _wrong(vector: dict[str, str]) -> list[tuple[str, dict[str, object]]]:
    body = base64.b64decode(vector["body_base64"])
    right = {
        "secret": vector["secret"],
        "stamp": vector["timestamp"],
        "context": vector["context"],
        "body": body,
        "signature": vector["signature"],
        "now": float(vector["timestamp"]),
    }
    return [
        ("no secret", {**right, "secret": ""}),
        ("other secret", {**right, "secret": "other"}),
        ("other context", {**right, "context": "POST /"}),
        ("other body", {**right, "body": body + b" "}),
        ("other time", {**right, "stamp": str(int(vector["timestamp"]) + 1)}),
        ("no signature", {**right, "signature": ""}),
        ("no prefix", {**right, "signature": vector["signature"][3:]}),
        ("too old", {**right, "now": float(vector["timestamp"]) + 301}),
        ("from the future", {**right, "now": float(vector["timestamp"]) - 301}),
        ("no time", {**right, "stamp": ""}),
        ("no number", {**right, "stamp": "1e9"}),
    ]


@pytest.mark.parametrize("case", _wrong(VECTORS[0]), ids=lambda case: case[0])
def test_both_sides_refuse_alike(case: tuple[str, dict[str, object]]) -> None:
    """Whatever is wrong with a message, neither believes it."""
    given = case[1]
    assert not signing.verify(
        given["secret"],
        given["stamp"],
        given["signature"],
        given["context"],
        given["body"],
        given["now"],
    )
    with pytest.raises(theirs.SignatureError):
        theirs.verify(
            given["secret"],
            given["stamp"],
            given["context"],
            given["body"],
            given["signature"],
            given["now"],
        )


def test_nothing_is_signed_with_an_empty_secret() -> None:
    """Neither side."""
    with pytest.raises(ValueError, match="secret"):
        signing.sign("", "1", "x", b"")
    with pytest.raises(theirs.SignatureError):
        theirs.sign("", "1", "x", b"")


@pytest.mark.parametrize("vector", REQUESTS, ids=lambda vector: vector["about"])
def test_both_sides_sign_requests_alike(vector: dict[str, Any]) -> None:
    """And the service reads what either signed."""
    body = base64.b64decode(vector["body_base64"])
    words = (
        vector["secret"],
        vector["method"],
        vector["target"],
        body,
        vector["headers"],
        vector["created"],
        vector["nonce"],
    )
    ours = request_signature.signature_headers(*words)
    assert ours == theirs.request_headers(*words) == vector["signed"]
    sent = {**vector["headers"], **ours}
    read = request_signature.read_signature(
        vector["method"],
        vector["target"],
        {name.lower(): value for name, value in sent.items()},
    )
    assert read.is_signed_with(["another", vector["secret"]])
    assert not read.is_signed_with(["another"])
    assert read.digest == hashlib.sha256(body).digest()


def test_the_signature_is_that_of_the_rfc() -> None:
    """Example B.2.5 of RFC 9421, and the same form of what we cover."""
    key = (
        "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsa"
        "sjlTMtDQ=="
    )
    headers = {
        "date": "Tue, 20 Apr 2021 02:07:55 GMT",
        "@authority": "example.com",
        "content-type": "application/json",
    }
    inputs = (
        '("date" "@authority" "content-type");created=1618884473;'
        'keyid="test-shared-secret"'
    )
    base = "\n".join(f'"{name}": {value}' for name, value in headers.items())
    base += f'\n"@signature-params": {inputs}'
    mac = hmac.new(base64.b64decode(key), base.encode(), hashlib.sha256).digest()
    assert base64.b64encode(mac) == b"pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8="
    # The same form, of the headers that we cover.
    made = request_signature.signature_headers("s", "POST", "/x", b"", {}, 1, "n" * 16)
    digest = made["Content-Digest"]
    inputs = made["Signature-Input"].partition("=")[2]
    base = f'"@method": POST\n"@path": /x\n"@query": ?\n"content-digest": {digest}\n'
    base += f'"@signature-params": {inputs}'
    mac = hmac.new(b"s", base.encode(), hashlib.sha256).digest()
    assert made["Signature"] == f"tnep=:{base64.b64encode(mac).decode()}:"
