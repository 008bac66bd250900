"""The outbox: signed, in order, to listed hosts only, until delivered."""

import time
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from sidecar.access.signing import verify
from sidecar.access.tokens import TokenStore
from sidecar.commands.safety import check_safety
from sidecar.contract import WebhookEvent
from sidecar.outbox.delivery import (
    DeliveryError,
    Line,
    RefusedHostError,
    check_url,
    checked_address,
)
from sidecar.settings import Settings, UnsafeConfigurationError
from tests.harness import Client, Receiver, Service, wait_for


def _callback(receiver: Receiver) -> dict[str, str]:
    return {"url": receiver.url, "database": "university"}


def _states(receiver: Receiver) -> list[str]:
    return [item["state"] for item in receiver.bodies("job.state")]


def test_every_state_arrives_in_order_and_signed(
    client: Client, receiver: Receiver
) -> None:
    """With progress between them, throttled, and sequences that only grow."""
    job_id = client.accept("steps=30", reference="run-9", callback=_callback(receiver))
    wait_for(lambda: "completed" in _states(receiver))
    assert _states(receiver) == ["queued", "running", "completed"]
    for headers, body in receiver.events:
        event = WebhookEvent.model_validate_json(body)
        assert event.event_id == headers["X-Timetable-Event-Id"]
        assert headers["X-Odoo-Database"] == "university"
        assert verify(
            client.secret,
            headers["X-Timetable-Timestamp"],
            headers["X-Timetable-Signature"],
            event.event_id,
            body,
            time.time(),
        )
        assert (event.job_id, event.reference) == (job_id, "run-9")
    sequences = [item["sequence"] for item in receiver.bodies()]
    assert sequences == sorted(set(sequences))
    assert 2 <= len(receiver.bodies("job.progress")) <= 10
    last = receiver.bodies()[-1]
    assert last["result_digest"] == client.status(job_id)["result_digest"]


def test_a_state_is_retried_unchanged_until_it_is_taken(
    client: Client, receiver: Receiver
) -> None:
    """Same event id and body at each try; nothing later overtakes it."""
    receiver.answers = lambda count: 500 if count <= 2 else 200
    client.accept("steps=4", callback=_callback(receiver))
    wait_for(lambda: "completed" in _states(receiver))
    bodies = [body for _, body in receiver.events]
    assert bodies[0] == bodies[1] == bodies[2]
    assert list(dict.fromkeys(_states(receiver))) == ["queued", "running", "completed"]


def test_states_survive_a_receiver_that_is_away(client: Client) -> None:
    """The job ends while nobody listens; all its states arrive later, in order."""
    receiver = Receiver()
    receiver.close()
    job_id = client.accept("steps=4", callback=_callback(receiver))
    client.wait_state(job_id, "completed")
    port = int(receiver.url.split(":")[2].split("/")[0])
    back = Receiver(port)
    try:
        wait_for(lambda: "completed" in _states(back), 15)
        assert _states(back) == ["queued", "running", "completed"]
    finally:
        back.close()


def test_a_rotation_loses_no_message(receiver: Receiver, service: Service) -> None:
    """During the overlap, whichever secret the receiver knows; not after.

    What counts is what the receiver took: a message that it refuses is sent again.
    """
    tokens = TokenStore(service.data)
    client = service.client("rotating")
    old = client.secret
    new = tokens.rotate("rotating", timedelta(hours=1))
    known = [old]

    def judge(headers: dict[str, str], body: bytes) -> int:
        stamp, signature, event_id = (
            headers[f"X-Timetable-{name}"]
            for name in ("Timestamp", "Signature", "Event-Id")
        )
        right = verify(known[0], stamp, signature, event_id, body, time.time())
        return 200 if right else 401

    def taken(job_id: str) -> list[str]:
        return [
            item["state"]
            for item in list(receiver.taken)
            if item["job_id"] == job_id and item["type"] == "job.state"
        ]

    receiver.judge = judge
    for known[0] in (old, new):
        job_id = client.accept("steps=2", callback=_callback(receiver))
        wait_for(lambda job=job_id: "completed" in taken(job), 60)
        assert taken(job_id) == ["queued", "running", "completed"]
    tokens.rotate("rotating", timedelta(0))
    client.secret = tokens.secret("rotating").current
    job_id = client.accept("steps=2", callback=_callback(receiver))
    client.wait_state(job_id, "completed")
    wait_for(lambda: job_id in {item["job_id"] for item in receiver.bodies()}, 60)
    assert taken(job_id) == [], "signed with a secret that the receiver does not know"
    tried = {i["state"] for i in receiver.bodies() if i["job_id"] == job_id}
    assert tried == {"queued"}, "the same refused message again"


def test_no_redirect_is_followed(client: Client, receiver: Receiver) -> None:
    """A redirect is a failure, whatever it points to."""
    goal = Receiver()
    try:
        receiver.location = goal.url
        receiver.answers = lambda count: 307
        client.accept("steps=2", callback=_callback(receiver))
        wait_for(lambda: len(receiver.events) >= 2)
        assert goal.events == []
    finally:
        goal.close()


def test_a_callback_to_another_host_is_refused(client: Client) -> None:
    """At once, naming the field and the setting."""
    answer = client.submit(
        "steps=2", callback={"url": "http://169.254.169.254/latest/meta-data"}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "callback.url"
    assert "TIMETABLE_CALLBACK_HOSTS" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://10.0.0.5/x", ["odoo.example.org"]),
        ("http://odoo.example.org.evil.test/x", ["odoo.example.org"]),
        ("http://odoo.example.org@evil.test/x", ["odoo.example.org"]),
        ("http://user:pass@odoo.example.org/x", ["odoo.example.org"]),
        ("ftp://odoo.example.org/x", ["odoo.example.org"]),
        ("http://[::ffff:10.0.0.5]/x", ["odoo.example.org"]),
        ("http://2130706433/x", ["odoo.example.org"]),
        ("http:///x", ["odoo.example.org"]),
        ("http://host:99999/x", ["host"]),
        ("http://10.0.1.5/x", ["10.0.0.0/24"]),
        # A network says where names may lead; it makes no receiver of each host in it.
        ("http://10.0.0.5/x", ["10.0.0.0/24"]),
        ("http://127.0.0.1:6379/x", ["127.0.0.1"]),
        ("http://127.0.0.1:6379/x", ["localhost"]),
        ("http://odoo:6379/x", ["odoo:8069"]),
        ("http://odoo/x", ["odoo:8069"]),
        ("https://odoo:80/x", ["odoo"]),
        ("http://[::1]:6379/x", ["[::1]:8069"]),
        ("http://odoo.example.org/\u00e9", ["odoo.example.org"]),
        ("http://odoo.example.org/a b", ["odoo.example.org"]),
        ("http://odoo.example.org/a\r\nX: y", ["odoo.example.org"]),
        ("http://:word@odoo.example.org/", ["odoo.example.org"]),
    ],
)
def test_hosts_that_are_not_listed(url: str, allowed: list[str]) -> None:
    """Neither addresses nor tricks get past the list."""
    with pytest.raises(RefusedHostError):
        check_url(url, allowed)


@pytest.mark.parametrize(
    ("url", "allowed", "port"),
    [
        ("http://odoo.example.org/x", ["odoo.example.org"], 80),
        ("https://ODOO.example.org/x", ["odoo.example.org"], 443),
        ("http://odoo:8069/x", ["odoo:8069"], 8069),
        ("http://odoo:8069/x", ["redis", "odoo:*"], 8069),
        ("http://10.0.0.5:8069/x", ["10.0.0.5:8069"], 8069),
        ("http://10.0.0.5/x", ["10.0.0.5/32"], 80),
        ("http://[::1]:8069/x", ["[::1]:8069"], 8069),
    ],
)
def test_hosts_that_are_listed(url: str, allowed: list[str], port: int) -> None:
    """By name or address, with their port or that of the scheme."""
    assert check_url(url, allowed)[1] == port


@pytest.mark.parametrize("entry", ["a:b", "a:99999", "10.0.0.0/8:80", "", "a b", "a:"])
def test_an_entry_that_is_none(entry: str, tmp_path: Path) -> None:
    """The service does not start with a list that means something else."""
    with pytest.raises(UnsafeConfigurationError, match="TIMETABLE_CALLBACK_HOSTS"):
        check_safety(Settings(data_dir=tmp_path, callback_hosts=(entry,)))


def test_a_listed_name_with_a_private_address_is_refused() -> None:
    """Unless the address or its network is listed as well."""
    with pytest.raises(RefusedHostError):
        checked_address("localhost", 80, ["odoo.example.org"])
    assert checked_address("localhost", 80, ["127.0.0.0/8"]) == "127.0.0.1"
    assert check_url("http://LOCALHOST/x", ["localhost"]) == ("localhost", 80)


def test_a_closed_port_is_a_failure_for_later() -> None:
    """Not an error of the job."""
    receiver = Receiver()
    receiver.close()
    with pytest.raises(DeliveryError):
        Line(["127.0.0.1:*"], 2).post(receiver.url, b"{}", {})


def test_progress_never_delays_a_state(client: Client, receiver: Receiver) -> None:
    """A receiver that refuses progress still gets every state soon."""

    def answer(count: int) -> int:
        kind = orjson.loads(receiver.events[count - 1][1])["type"]
        return 500 if kind == "job.progress" else 200

    receiver.answers = answer
    job_id = client.accept("steps=16", callback=_callback(receiver))
    client.wait_state(job_id, "completed")
    wait_for(lambda: "completed" in _states(receiver), 3)
