"""Who may do what: token, signature, tenants, limits."""

import gzip
import json
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from sidecar.access.request_signature import signature_headers
from sidecar.access.signing import sign
from sidecar.access.tokens import TokenStore
from sidecar.api.examples import JOB, SUGGEST
from sidecar.commands.safety import check_safety
from sidecar.contract import JobState
from sidecar.settings import Settings, UnsafeConfigurationError
from tests.harness import Client

BODY = json.dumps({**JOB, "callback": None}).encode()


def _post(client: Client, **changes: str) -> tuple[int, str]:
    stamp = changes.pop("stamp", str(int(time.time())))
    shift = {"400 s ago": -400, "in 400 s": 400}.get(stamp)
    if shift is not None:
        stamp = str(int(time.time()) + shift)
    context = changes.pop("context", "POST /v1/jobs")
    headers = {
        "Authorization": f"Bearer {changes.pop('token', client.token)}",
        "X-Timetable-Timestamp": stamp,
        "X-Timetable-Signature": changes.pop(
            "signature",
            sign(changes.pop("secret", client.secret), stamp, context, BODY),
        ).encode(),
    }
    answer = client.http.post("/v1/jobs", content=BODY, headers=headers)
    assert answer.headers["content-type"] != "text/html"
    return answer.status_code, answer.json().get("code", "")


def test_a_signed_message_is_accepted(client: Client) -> None:
    """The case against which the refusals below are measured."""
    assert _post(client) == (202, "")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "tnep_0_wrong"}, "unknown_token"),
        ({"token": ""}, "missing_token"),
        ({"signature": ""}, "missing_signature"),
        ({"signature": "v1=00"}, "wrong_signature"),
        ({"signature": "v1=é"}, "wrong_signature"),
        ({"secret": "another-secret"}, "wrong_signature"),
        ({"context": "POST /v1/jobs?x=1"}, "wrong_signature"),
        ({"context": "DELETE /v1/jobs"}, "wrong_signature"),
        ({"stamp": "400 s ago"}, "stale_message"),
        ({"stamp": "in 400 s"}, "stale_message"),
        ({"stamp": "now"}, "stale_message"),
        ({"stamp": "-5"}, "stale_message"),
    ],
)
def test_what_is_not_signed_right_is_refused(
    client: Client, changes: dict[str, str], code: str
) -> None:
    """401 with a code; nothing is stored."""
    assert _post(client, **changes) == (401, code)
    assert client.call("GET", "/v1/jobs").json()["total"] == 0


KEY = {"Idempotency-Key": "a-key"}


def _signed(client: Client, method: str, path: str, body: bytes, **more: Any) -> Any:
    """Sign a request by RFC 9421; gives its headers, to be sent as they are or not."""
    made = signature_headers(
        more.get("secret", client.secret),
        method,
        path,
        body,
        more.get("headers", {}),
        int(time.time()) + more.get("shift", 0),
        more.get("nonce", uuid.uuid4().hex),
    )
    bearer = {"Authorization": f"Bearer {client.token}"}
    return {**bearer, **made, **more.get("headers", {})}


def _answer(client: Client, method: str, path: str, body: bytes, headers: Any) -> Any:
    answer = client.http.request(method, path, content=body, headers=headers)
    return answer.status_code, answer.json().get("code", "")


def test_a_message_counts_once(client: Client) -> None:
    """The very same bytes again start nothing, with or without a key."""
    for given in ({}, KEY):
        headers = _signed(client, "POST", "/v1/jobs", BODY, headers=given)
        assert _answer(client, "POST", "/v1/jobs", BODY, headers) == (202, "")
        for _ in range(2):
            found = _answer(client, "POST", "/v1/jobs", BODY, headers)
            assert found == (401, "replayed_message")
    assert client.call("GET", "/v1/jobs").json()["total"] == 2


def test_a_command_counts_once(client: Client) -> None:
    """A cancellation that somebody recorded does not end the next attempt."""
    job_id = client.accept()
    path = f"/v1/jobs/{job_id}"
    headers = _signed(client, "DELETE", path, b"")
    assert _answer(client, "DELETE", path, b"", headers)[0] == 202
    assert client.call("POST", f"{path}/retry").status_code == 202
    found = _answer(client, "DELETE", path, b"", headers)
    assert found == (401, "replayed_message")
    assert client.status(job_id)["state"] == "queued"


@pytest.mark.parametrize(
    "change",
    [
        {"Idempotency-Key": "another"},
        {"Content-Encoding": "identity"},
        {"Content-Digest": "sha-256=:AAAA:"},
        {"Signature": "tnep=:AAAA:"},
        {"Signature": "other=:AAAA:"},
        {"Signature": "tnep=:!:"},
        {"Signature-Input": "tnep=()"},
        {"Signature-Input": "rubbish \u00e9"},
    ],
)
def test_nothing_that_matters_can_be_changed(
    client: Client, change: dict[str, str]
) -> None:
    """The key and the encoding neither."""
    headers = _signed(client, "POST", "/v1/jobs", BODY, headers=KEY)
    changed = {name: value.encode() for name, value in {**headers, **change}.items()}
    status, code = _answer(client, "POST", "/v1/jobs", BODY, changed)
    assert (status, code in ("wrong_signature", "bad_signature")) == (401, True)
    assert client.call("GET", "/v1/jobs").json()["total"] == 0


@pytest.mark.parametrize("given", [{}, KEY])
def test_a_key_cannot_be_added_or_doubled(client: Client, given: Any) -> None:
    """Neither where there was none nor beside the one that was signed."""
    headers = _signed(client, "POST", "/v1/jobs", BODY, headers=given)
    doubled = [*headers.items(), ("Idempotency-Key", "another")]
    assert _answer(client, "POST", "/v1/jobs", BODY, doubled)[0] == 401


@pytest.mark.parametrize(
    ("body", "target", "more", "code"),
    [
        (BODY + b" ", "/v1/jobs", {}, "wrong_signature"),
        (BODY, "/v1/jobs?x=1", {}, "wrong_signature"),
        (BODY, "/v1/jobs", {"secret": "another-secret"}, "wrong_signature"),
        (BODY, "/v1/jobs", {"shift": -400}, "stale_message"),
        (BODY, "/v1/jobs", {"shift": 400}, "stale_message"),
        (BODY, "/v1/jobs", {"nonce": "short"}, "bad_signature"),
    ],
)
def test_what_is_signed_is_what_is_sent(
    client: Client, body: bytes, target: str, more: Any, code: str
) -> None:
    """Body, address, time and nonce."""
    headers = _signed(client, "POST", "/v1/jobs", BODY, **more)
    assert _answer(client, "POST", target, body, headers) == (401, code)


def test_a_nonce_is_remembered_by_all_processes(make_app, make_client) -> None:
    """And by the next ones: what came to one API process counts for another."""
    first, second = make_app(), make_app()
    client = make_client(first)
    headers = _signed(client, "POST", "/v1/jobs", BODY)
    assert _answer(client, "POST", "/v1/jobs", BODY, headers)[0] == 202
    client.http = second
    found = _answer(client, "POST", "/v1/jobs", BODY, headers)
    assert found == (401, "replayed_message")


def test_the_form_of_the_first_edition_is_read_and_can_be_refused(
    make_app, make_client
) -> None:
    """It counts once, too."""
    app = make_app()
    client = make_client(app)
    stamp = str(int(time.time()))
    signature = sign(client.secret, stamp, "POST /v1/jobs", BODY)
    headers = {
        "Authorization": f"Bearer {client.token}",
        "X-Timetable-Timestamp": stamp,
        "X-Timetable-Signature": signature,
    }
    assert _answer(client, "POST", "/v1/jobs", BODY, headers) == (202, "")
    again = _answer(client, "POST", "/v1/jobs", BODY, {**headers, **KEY})
    assert again == (401, "replayed_message")
    client.http = make_app(old_signatures=False)
    assert _post(client) == (401, "missing_signature")


def test_a_tenant_has_so_many_commands_a_minute(make_app, make_client) -> None:
    """Others have theirs; the answer says when to come again."""
    app = make_app(tenant_commands_per_minute=3)
    client, other = make_client(app), make_client(app, "other")
    job_id, theirs = client.accept(), other.accept()
    for command in ("pause", "resume", "pause"):
        assert client.call("POST", f"/v1/jobs/{job_id}/{command}").status_code == 202
    refused = client.call("POST", f"/v1/jobs/{job_id}/resume")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert client.status(job_id)["state"] == "paused"
    assert other.call("POST", f"/v1/jobs/{theirs}/pause").status_code == 202
    second = make_app(tenant_commands_per_minute=3)
    client.http = second
    assert client.call("POST", f"/v1/jobs/{job_id}/resume").status_code == 429


def test_a_tenant_has_so_many_checks_a_minute(make_app, make_client) -> None:
    """Refused bodies count; so do questions."""
    client = make_client(make_app(tenant_checks_per_minute=2))
    assert client.submit(problem={}).status_code == 422
    question = json.dumps(SUGGEST).encode()
    assert client.call("POST", "/v1/suggest", question).status_code == 200
    for path in ("/v1/jobs", "/v1/suggest"):
        assert client.call("POST", path, question).status_code == 429


@pytest.mark.parametrize("rubbish", [b"", b"no database", b"SQLite format 3\0" * 300])
def test_a_torn_ledger_is_begun_anew(
    make_app, make_client, tmp_path: Path, rubbish: bytes
) -> None:
    """It is no truth; no request fails for it."""
    app = make_app()
    client = make_client(app)
    assert client.submit().status_code == 202
    app.app.state.services.ledger.close()  # it has ended
    for path in (tmp_path / "data").glob("ledger.db-*"):
        path.unlink()
    (tmp_path / "data" / "ledger.db").write_bytes(rubbish)
    client.http = make_app()
    headers = _signed(client, "POST", "/v1/jobs", BODY)
    assert _answer(client, "POST", "/v1/jobs", BODY, headers)[0] == 202
    found = _answer(client, "POST", "/v1/jobs", BODY, headers)
    assert found == (401, "replayed_message")


def test_metrics_and_pages_can_be_closed(make_app, make_client) -> None:
    """By setting; with a token they stay open to Prometheus."""
    app = make_app(metrics_access="token", api_pages=False)
    client = make_client(app)
    assert app.get("/metrics").status_code == 401
    assert "timetable_jobs" in client.call("GET", "/metrics").text
    assert app.get("/docs").status_code == 404
    assert app.get("/openapi.json").status_code == 404
    assert app.get("/healthz").status_code == 200
    shut = make_app(metrics_access="closed")
    assert shut.get("/metrics").status_code == 404
    assert shut.get("/docs").status_code == 200


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[1]", b"\xff\x00", b'{"a": 1}'])
def test_a_torn_file_of_tokens_shuts_nobody_out(
    make_app, make_client, tmp_path: Path, rubbish: bytes
) -> None:
    """Those who are known stay; the next start says what to mend."""
    client = make_client(make_app())
    assert client.submit().status_code == 202
    path = tmp_path / "data" / "tenants" / "tokens.json"
    path.write_bytes(rubbish)
    assert client.submit().status_code == 202
    assert client.call("GET", "/v1/jobs").json()["total"] == 2
    client.token = "tnep_0_another"
    assert client.call("GET", "/v1/jobs").status_code == 401
    with pytest.raises(UnsafeConfigurationError, match=r"tokens\.json cannot be read"):
        check_safety(Settings(data_dir=tmp_path / "data", redis_url=""))


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[1]", b'{"current": "short"}'])
def test_a_torn_secret_is_its_tenants_own_trouble(
    make_app, make_client, tmp_path: Path, rubbish: bytes
) -> None:
    """It is told how to mend it; a new one can be made; others go on."""
    app = make_app()
    client, other = make_client(app), make_client(app, "other")
    path = tmp_path / "data" / "tenants" / "demo.secret.json"
    path.write_bytes(rubbish)
    refused = client.submit()
    assert (refused.status_code, refused.json()["code"]) == (401, "no_secret")
    assert "rotate-secret --tenant demo" in refused.json()["detail"]
    assert other.submit().status_code == 202
    tokens = TokenStore(tmp_path / "data")
    client.secret = tokens.rotate("demo", timedelta(hours=1))
    assert client.submit().status_code == 202


def test_a_tenant_without_a_secret_is_refused(
    client: Client, shared_data: Path, tenant: str
) -> None:
    """No secret never means no check."""
    (shared_data / "tenants" / f"{tenant}.secret.json").unlink()
    assert _post(client) == (401, "no_secret")


def test_a_revoked_token_is_useless_at_once(
    client: Client, shared_data: Path, tenant: str
) -> None:
    """Without a restart."""
    tokens = TokenStore(shared_data)
    assert client.call("GET", "/v1/jobs").status_code == 200
    (mine,) = [token for token in tokens.tokens() if token.tenant == tenant]
    assert tokens.revoke(mine.id)
    assert client.call("GET", "/v1/jobs").status_code == 401


def test_an_old_secret_counts_during_the_overlap(
    client: Client, shared_data: Path, tenant: str
) -> None:
    """And not a second longer."""
    tokens = TokenStore(shared_data)
    tokens.rotate(tenant, timedelta(seconds=60))
    assert _post(client)[0] == 202
    tokens.rotate(tenant, timedelta(seconds=0))
    assert _post(client) == (401, "wrong_signature")


@pytest.fixture
def other(shared_app: TestClient, shared_data: Path, tenant: str) -> Client:
    """Another tenant of the same app."""
    token, secret = TokenStore(shared_data).create(f"other-{tenant}")
    found = Client("http://testserver", token, secret)
    found.http = shared_app
    return found


def test_other_tenants_jobs_do_not_exist(client: Client, other: Client) -> None:
    """404 for every call on them, and an empty list."""
    job_id = client.accept()
    assert client.status(job_id)["state"] == "queued"
    for method, tail in [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/result"),
        ("GET", "/variants"),
        ("GET", "/variants/A"),
        ("GET", "/events"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/retry"),
        ("POST", "/acknowledge"),
    ]:
        answer = other.call(method, f"/v1/jobs/{job_id}{tail}")
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job"), tail
    assert other.call("GET", "/v1/jobs").json()["items"] == []
    assert client.status(job_id)["state"] == "queued"


def test_the_same_key_of_two_tenants_is_two_jobs(client: Client, other: Client) -> None:
    """A key is a tenant's own."""
    mine = client.submit(key="same").json()["job_id"]
    assert other.submit(key="same").json()["job_id"] != mine


def test_a_tenant_has_a_share_each_hour(make_app, make_client) -> None:
    """429 with Retry-After; a repeated key costs nothing, others are not touched."""
    app = make_app(tenant_jobs_per_hour=2)
    client = make_client(app)
    assert client.submit(key="a").status_code == 202
    assert client.submit(key="b").status_code == 202
    refused = client.submit(key="c")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
    assert 3500 < int(refused.headers["Retry-After"]) <= 3601
    assert client.submit(key="a").status_code == 202
    assert make_client(app, "other").submit().status_code == 202


def test_a_tenant_has_so_many_unfinished_jobs(make_app, make_client) -> None:
    """Cancelling one makes room."""
    client = make_client(make_app(tenant_active_jobs=1))
    job_id = client.accept()
    assert client.submit().status_code == 429
    assert client.call("DELETE", f"/v1/jobs/{job_id}").json()["state"] == "cancelled"
    assert client.submit().status_code == 202
    again = client.call("POST", f"/v1/jobs/{job_id}/retry")
    assert (again.status_code, again.json()["code"]) == (429, "too_many_jobs")


def test_the_share_holds_for_two_api_processes(make_app, make_client) -> None:
    """Each has a share of its own to check, and the same jobs on disk."""
    settings = {"tenant_active_jobs": 1, "tenant_checks": 8}
    first, second = make_app(**settings), make_app(**settings)
    for number in range(3):
        client = make_client(first, f"shared-{number}")
        other = Client("http://testserver", client.token, client.secret)
        other.http = second
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(who.submit) for who in (client, other) * 4]
            codes = Counter(item.result().status_code for item in asked)
        # A disk that many write to may say "later" (503): that is no job either.
        assert codes.pop(503, 0) < 7
        assert set(codes) <= {202, 429}
        assert codes[202] == 1
        (job,) = client.call("GET", "/v1/jobs").json()["items"]
        path = f"/v1/jobs/{job['job_id']}"
        assert other.call("DELETE", path).status_code == 202
        assert client.submit().status_code == 202
        assert other.call("POST", f"{path}/retry").status_code == 429


def test_a_tenant_has_so_many_questions_at_once(make_app, make_client) -> None:
    """Others are not held up; an answer makes room."""
    app = make_app(tenant_questions=1)
    client = make_client(app)
    body = json.dumps(SUGGEST).encode()
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: client.call("POST", "/v1/suggest", body), range(4))
        )
    codes = Counter(answer.status_code for answer in answers)
    assert codes[200] >= 1
    assert codes[429] >= 1
    assert codes.total() == codes[200] + codes[429]
    (refused, *_) = [answer for answer in answers if answer.status_code == 429]
    assert refused.json()["code"] == "too_many_questions"
    assert refused.headers["Retry-After"] == "1"
    assert client.call("POST", "/v1/suggest", body).status_code == 200


def test_every_way_to_start_work_counts_each_hour(make_app, make_client) -> None:
    """A hostile tenant uses its share up by each way; the other has all of its own."""
    app = make_app(tenant_jobs_per_hour=3, tenant_questions_per_hour=3)
    hostile, other = make_client(app), make_client(app, "other")
    job_id = hostile.accept()
    path = f"/v1/jobs/{job_id}"
    for again in (202, 202, 429):
        assert hostile.call("DELETE", path).status_code == 202
        refused = hostile.call("POST", f"{path}/retry")
        assert refused.status_code == again
    assert refused.json()["message"] == {
        "code": "jobs_per_hour",
        "args": {"limit": 3},
        "because": [],
    }
    assert hostile.submit().status_code == 429
    store = app.app.state.services.store  # nothing runs here: as if it had
    theirs = other.accept()
    store.transition(theirs, JobState.RUNNING)
    store.transition(theirs, JobState.PAUSED)
    assert other.call("POST", f"/v1/jobs/{theirs}/resume").status_code == 202
    body = json.dumps(SUGGEST).encode()
    for verb in ("suggest", "suggest", "diagnose", "suggest"):
        asked = hostile.call("POST", f"/v1/{verb}", body)
    assert (asked.status_code, asked.json()["code"]) == (429, "too_many_requests")
    assert asked.json()["message"]["code"] == "questions_per_hour"
    assert int(asked.headers["Retry-After"]) > 3000
    assert other.call("POST", "/v1/suggest", body).status_code == 200
    assert other.submit().status_code == 202


def test_a_tenant_sends_so_many_jobs_at_once(make_app, make_client) -> None:
    """One that hangs in the check counts; the others' are not held up by the count."""
    app = make_app(tenant_checks=1, tenant_jobs_per_hour=100, intake_processes=2)
    client, other = make_client(app), make_client(app, "other")
    hostile = b'{"problem":{"classes":[' + b",".join([b'{"id":1}'] * 500_000) + b"]}}"
    packed = {"Content-Encoding": "gzip"}
    body = gzip.compress(hostile, 1)
    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(client.call, "POST", "/v1/jobs", body, packed) for _ in range(4)
        ]
        assert other.submit().status_code == 202
        answers = [item.result() for item in asked]
    codes = Counter(answer.status_code for answer in answers)
    assert codes[422] >= 1
    assert codes[429] >= 1
    assert codes.total() == codes[422] + codes[429]
    assert client.submit().status_code == 202


@pytest.mark.parametrize("job_id", ["..%2F..%2Ftenants", "a" * 32, "%00", "x"])
def test_an_id_is_never_a_path(client: Client, job_id: str) -> None:
    """Whatever it looks like, there is no such job."""
    assert client.call("GET", f"/v1/jobs/{job_id}").status_code == 404
