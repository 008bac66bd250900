"""The API keeps what its own description promises, whatever it is sent."""

import time
from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import one_of
from schemathesis import GenerationMode

from sidecar.api.app import create_app
from sidecar.api.examples import JOB, PROBLEM
from sidecar.contract import JobRequest, Problem
from sidecar.jobs.signing import sign
from sidecar.jobs.tokens import TokenStore
from sidecar.settings import Settings

NEEDS_ENGINE = {"/v1/diagnose", "/v1/evaluate", "/v1/convert"}
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
        stamp = str(int(time.time()))
        signature = sign(self.secret, stamp, f"{scope['method']} {target}", body)
        ours = {
            b"authorization": f"Bearer {self.token}".encode(),
            b"x-timetable-timestamp": stamp.encode(),
            b"x-timetable-signature": signature.encode(),
        }
        rest = [item for item in scope["headers"] if item[0].lower() not in ours]
        sent = False

        async def replay() -> Any:
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app({**scope, "headers": [*rest, *ours.items()]}, replay, send)


def test_no_answer_is_ours_to_blame(tmp_path) -> None:
    """No 5xx for anything the description allows, or nearly allows."""
    data = tmp_path / "data"
    app = create_app(
        Settings(
            data_dir=data,
            redis_url="",
            tenant_jobs_per_hour=10**6,
            tenant_active_jobs=10**6,
        )
    )
    signed = Signed(app, *TokenStore(data).create("demo"))
    described = schemathesis.openapi.from_asgi("/openapi.json", signed)
    tried: Counter[str] = Counter()
    for item in described.get_all_operations():
        operation = item.ok()
        if operation.path in NEEDS_ENGINE:
            continue
        wholly = [operation.as_strategy(generation_mode=mode) for mode in MODES]

        @given(case=one_of(wholly))
        @settings(
            max_examples=30,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        def check(case: Any) -> None:
            answer = case.call()
            tried[case.path] += 1
            if case.path == "/readyz":
                assert answer.status_code in (200, 503)
            else:
                assert answer.status_code < 500, answer.text

        check()
    assert len(tried) >= 10
    assert sum(tried.values()) > 200


def test_examples_are_in_order() -> None:
    """What the documentation shows can be sent."""
    JobRequest.model_validate(JOB)
    Problem.model_validate(PROBLEM)


def test_the_description_has_examples_and_errors(app) -> None:
    """Bodies that are read as a stream are described all the same."""
    described = app.get("/openapi.json").json()
    post = described["paths"]["/v1/jobs"]["post"]
    body = post["requestBody"]["content"]["application/json"]
    assert body["schema"]["$ref"] == "#/components/schemas/JobRequest"
    assert body["example"] == JOB
    assert {"202", "401", "413", "422", "429"} <= set(post["responses"])
    assert "JobRequest" in described["components"]["schemas"]
