"""The service's edge: streams that end, heads that do not, callbacks that are tried."""

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import orjson
import pytest

from sidecar.access.tokens import TokenStore
from sidecar.api.routers.results import takes_gzip
from tests.harness import Client, Receiver, Service, free_port, serving, wait_for


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that waits two seconds for a request to arrive."""
    folder = tmp_path_factory.mktemp("edge")
    with serving(folder, read_seconds=2, tenant_streams=2) as service:
        yield service


class Follower:
    """Follows a job in a thread."""

    def __init__(self, client: Client, job_id: str) -> None:
        self.lines: list[str] = []
        self.status = 0
        self._client, self._path = client, f"/v1/jobs/{job_id}/events"
        self._http = httpx.Client(base_url=client.url, timeout=60)
        self.thread = threading.Thread(target=self._follow, daemon=True)
        self.thread.start()

    def _follow(self) -> None:
        bearer = {"Authorization": f"Bearer {self._client.token}"}
        with self._http.stream("GET", self._path, headers=bearer) as answer:
            self.status = answer.status_code
            self.lines.extend(answer.iter_lines())


def _streams(service: Service) -> float:
    text = httpx.get(f"{service.url}/metrics").text
    (line,) = [
        item for item in text.splitlines() if item.startswith("timetable_streams")
    ]
    return float(line.split()[1])


def test_a_stream_ends_with_its_token_and_is_counted(edge: Service) -> None:
    """A tenant follows so many at once; whoever ends makes room."""
    client, other = edge.client("alpha"), edge.client("beta")
    job_id, theirs = client.accept("hang"), other.accept("hang")
    for one in (client, other):
        one.call("POST", f"/v1/jobs/{job_id if one is client else theirs}/pause")
    first, second = Follower(client, job_id), Follower(client, job_id)
    wait_for(lambda: first.status == second.status == 200)
    wait_for(lambda: _streams(edge) == 2)
    path = f"/v1/jobs/{job_id}/events"
    refused = client.call("GET", path)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_questions")
    stranger = Follower(other, theirs)
    wait_for(lambda: stranger.status == 200)
    tokens = TokenStore(edge.data)
    (mine,) = [item for item in tokens.tokens() if item.tenant == "alpha"]
    assert tokens.revoke(mine.id)
    for follower in (first, second):
        follower.thread.join(20)
        assert not follower.thread.is_alive(), "the stream went on without its token"
    wait_for(lambda: _streams(edge) == 1)
    other.call("DELETE", f"/v1/jobs/{theirs}")
    stranger.thread.join(30)
    assert not stranger.thread.is_alive()
    wait_for(lambda: _streams(edge) == 0)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n",
    ],
)
def test_a_head_that_never_ends_is_cut(edge: Service, sent: bytes) -> None:
    """Also that of a second request on the same connection."""
    with socket.create_connection(("127.0.0.1", edge.port), 30) as peer:
        peer.sendall(sent)
        while peer.recv(4096):
            continue  # the answer to a first request


def test_a_body_that_never_ends_is_refused(edge: Service) -> None:
    """With 408; nothing of it stays."""
    client = edge.client("slow")
    signed: list[tuple[bytes, bytes]] = []

    class Recorder(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            signed.extend(request.headers.raw)
            return httpx.Response(202)

    real, client.http = (
        client.http,
        httpx.Client(base_url=client.url, transport=Recorder()),
    )
    client.submit("steps=1")
    client.http = real
    head = b"".join(name + b": " + value + b"\r\n" for name, value in signed)
    with socket.create_connection(("127.0.0.1", edge.port), 30) as peer:
        peer.sendall(b"POST /v1/jobs HTTP/1.1\r\n" + head + b"\r\n{")
        assert b" 408 " in peer.recv(4096).splitlines()[0]
    wait_for(lambda: not list((edge.data / "incoming").iterdir()))


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("gzip;q=much", False),
        ("", False),
    ],
)
def test_gzip_is_sent_to_whom_takes_it(header: str, taken: bool) -> None:
    """As RFC 9110 reads the header."""
    assert takes_gzip(header) is taken


def _tried(client: Client, url: str) -> dict[str, object]:
    body = orjson.dumps({"url": url, "database": "university"})
    answer = client.call("POST", "/v1/callbacks/check", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    assert found["ok"] == (found["code"] == "ok")
    return found


def test_a_callback_is_tried_as_the_outbox_would(
    edge: Service, receiver: Receiver
) -> None:
    """Refused, not reached, not believed, not there, odd: each is told apart."""
    client = edge.client("tries")
    assert _tried(client, "http://10.0.0.5:8069/")["code"] == "refused"
    nobody = _tried(client, f"http://127.0.0.1:{free_port()}/")
    assert nobody["code"] == "unreachable"
    for status, code in (
        (200, "ok"),
        (422, "ok"),
        (401, "unauthorised"),
        (404, "not_found"),
        (500, "odd"),
    ):
        receiver.answers = lambda count, status=status: status
        assert _tried(client, receiver.url)["code"] == code
    headers, body = receiver.events[0]
    assert body == b"{}"
    assert headers["X-Odoo-Database"] == "university"
    assert client.call("POST", "/v1/callbacks/check", b"{}").status_code == 422


def test_a_deaf_callback_is_given_up(tmp_path) -> None:
    """After the time that a webhook has."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with serving(tmp_path, webhook_timeout_seconds=1) as service:
        began = time.monotonic()
        found = _tried(service.client("tries"), f"http://127.0.0.1:{port}/")
        assert found["code"] == "unreachable"
        assert time.monotonic() - began < 25
    listener.close()
