"""The API keeps what its own description promises, whatever it is sent."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import one_of
from schemathesis import GenerationMode

from sidecar.access.request_signature import signature_headers
from sidecar.access.tokens import TokenStore
from sidecar.api.app import create_app
from sidecar.api.examples import JOB, PROBLEM
from sidecar.contract import (
    AllotAnswer,
    Diagnosis,
    JobRequest,
    Problem,
    Suggestions,
    Variant,
)
from sidecar.settings import Settings
from tests.harness import CTT, free_port, wait_for

ENGINE = ("allot", "convert", "diagnose", "evaluate", "suggest")
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Signed:
    """Signs every request on its way to the app, whatever it is."""

    def __init__(self, app: Any, token: str, secret: str) -> None:
        self.app, self.token, self.secret = app, token, secret

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        given: dict[str, str] = {}
        for name, value in scope["headers"]:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            given[key] = f"{given[key]}, {text}" if key in given else text
        made = signature_headers(
            self.secret,
            scope["method"],
            target,
            body,
            given,
            int(time.time()),
            uuid.uuid4().hex,
        )
        ours = {name.lower().encode(): text.encode() for name, text in made.items()}
        ours[b"authorization"] = f"Bearer {self.token}".encode()
        rest = [item for item in scope["headers"] if item[0].lower() not in ours]
        sent = False

        async def replay() -> Any:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app({**scope, "headers": [*rest, *ours.items()]}, replay, send)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of the app that signs whatever it is sent; the engine is behind it."""
    data = tmp_path_factory.mktemp("schema") / "data"
    app = create_app(
        Settings(
            data_dir=data,
            redis_url="",
            callback_hosts=("odoo.example.org",),
            tenant_jobs_per_hour=10**6,
            tenant_active_jobs=10**6,
            tenant_commands_per_minute=10**6,
            tenant_checks_per_minute=10**6,
        )
    )
    signed = Signed(app, *TokenStore(data).create("demo"))
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(signed, port=port, log_config=None, access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, 30, "the app is served")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


def test_no_answer_is_ours_to_blame(url: str) -> None:
    """No 5xx for anything the description allows, or nearly allows."""
    described = schemathesis.openapi.from_url(f"{url}/openapi.json")
    tried: Counter[str] = Counter()
    for item in described.get_all_operations():
        operation = item.ok()
        wholly = [operation.as_strategy(generation_mode=mode) for mode in MODES]

        @given(case=one_of(wholly))
        @settings(
            max_examples=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def check(case: Any) -> None:
            answer = case.call(timeout=60)
            tried[f"{case.method} {case.path}"] += 1
            if case.path == "/readyz":
                assert answer.status_code in (200, 503)
            else:
                assert answer.status_code < 500, answer.text

        check()
    routes = {
        f"{method.upper()} {path}"
        for path, item in described.raw_schema["paths"].items()
        for method in item
    }
    assert set(tried) == routes
    assert {f"POST /v1/{verb}" for verb in ENGINE} < routes
    assert sum(tried.values()) > 200


@pytest.mark.parametrize("verb", ENGINE)
def test_the_documented_question_is_answered(url: str, verb: str) -> None:
    """By the engine, with what the description promises."""
    described = httpx.get(f"{url}/openapi.json").json()
    body = described["paths"][f"/v1/{verb}"]["post"]["requestBody"]["content"]
    if verb == "convert":
        answer = httpx.post(f"{url}/v1/convert", content=CTT, timeout=60)
    else:
        example = body["application/json"]["example"]
        answer = httpx.post(f"{url}/v1/{verb}", json=example, timeout=60)
    assert answer.status_code == 200, answer.text
    model = {
        "allot": AllotAnswer,
        "diagnose": Diagnosis,
        "evaluate": Variant,
        "suggest": Suggestions,
        "convert": Problem,
    }[verb]
    model.model_validate_json(answer.content)


def test_examples_are_in_order() -> None:
    """What the documentation shows can be sent."""
    JobRequest.model_validate(JOB)
    Problem.model_validate(PROBLEM)


def test_the_description_has_examples_and_errors(shared_app) -> None:
    """Bodies that are read as a stream are described all the same."""
    described = shared_app.get("/openapi.json").json()
    post = described["paths"]["/v1/jobs"]["post"]
    body = post["requestBody"]["content"]["application/json"]
    assert body["schema"]["$ref"] == "#/components/schemas/JobRequest"
    assert body["example"] == JOB
    assert {"202", "401", "413", "422", "429"} <= set(post["responses"])
    assert "JobRequest" in described["components"]["schemas"]
