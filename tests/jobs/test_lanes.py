"""One tenant's receiver, however hostile, is no other tenant's trouble."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from sidecar.outbox.delivery import DeliveryError, Line
from sidecar.outbox.outbox import OUTBOX
from tests.harness import Receiver, Service, free_port, serving, wait_for

JOBS = 10


class Deaf:
    """Accepts connections; says nothing, or says it a byte at a time."""

    def __init__(self, drip: bytes = b"") -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/hook"
        self.open = self.most = 0
        self._drip, self._lock = drip, threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._ended.set()
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._hold, args=(peer,), daemon=True).start()

    def _hold(self, peer: socket.socket) -> None:
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
        peer.settimeout(0.2)
        with peer:
            while not self._ended.is_set():
                try:
                    if self._drip:
                        peer.sendall(self._drip)
                    if not peer.recv(65536):
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
        with self._lock:
            self.open -= 1


@pytest.fixture
def deaf() -> Iterator[Deaf]:
    server = Deaf()
    yield server
    server.close()


def _callback(url: str) -> dict[str, str]:
    return {"url": url}


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that waits for an answer much longer than a test does."""
    folder = tmp_path_factory.mktemp("patient")
    with serving(folder, webhook_timeout_seconds=600, max_running_jobs=4) as service:
        yield service


def test_a_deaf_receiver_holds_up_its_own_tenant_only(
    patient: Service, deaf: Deaf, receiver: Receiver
) -> None:
    """Ten jobs of one wait for ever; the other hears of its job, and so does the one
    at another receiver of its own. Nobody is sent to twice at once."""
    alpha, beta = patient.client("alpha"), patient.client("beta")
    for _ in range(JOBS):
        alpha.accept("steps=1", callback=_callback(deaf.url))
    wait_for(lambda: deaf.open, what="the deaf one is sent to")
    theirs = beta.accept("steps=1", callback=_callback(receiver.url))
    own = alpha.accept("steps=1", callback=_callback(receiver.url))
    for job_id in (theirs, own):
        wait_for(
            lambda job=job_id: any(
                item["job_id"] == job and item["state"] == "completed"
                for item in receiver.bodies("job.state")
            ),
            60,
        )
    assert deaf.most == 1


def test_many_receivers_of_one_tenant_leave_room_for_others(
    patient: Service, receiver: Receiver
) -> None:
    """A tenant that names a new deaf port for each job does not take all threads."""
    servers = [Deaf() for _ in range(8)]
    gamma, delta = patient.client("gamma"), patient.client("delta")
    try:
        for server in servers:
            gamma.accept("steps=1", callback=_callback(server.url))
        wait_for(lambda: sum(server.open for server in servers) >= 4)
        job_id = delta.accept("steps=1", callback=_callback(receiver.url))
        delta.wait_state(job_id, "completed", seconds=60)
        wait_for(
            lambda: (
                receiver.bodies("job.state")[-1:]
                and receiver.bodies("job.state")[-1]["state"] == "completed"
            ),
            60,
        )
        assert sum(server.most for server in servers) == 4
    finally:
        for server in servers:
            server.close()


@pytest.mark.parametrize(
    "rubbish", [b"", b"{", b"\x00\xff", b"[]", b'{"delivered":[]}']
)
def test_a_torn_note_costs_a_repetition(
    patient: Service, receiver: Receiver, rubbish: bytes
) -> None:
    """Of its own job only; the numbers still grow, the ids are those of before."""
    client = patient.client("torn")
    torn = client.accept("steps=1", callback=_callback(receiver.url))

    def completed(job_id: str) -> int:
        return sum(
            item["job_id"] == job_id and item["state"] == "completed"
            for item in receiver.bodies("job.state")
        )

    wait_for(lambda: completed(torn), 60)
    before = [i for i in receiver.bodies() if i["job_id"] == torn]
    path = patient.data / "jobs" / torn / OUTBOX
    wait_for(lambda: orjson.loads(path.read_bytes())["pending"] is None)
    patient.process("supervisor").kill()
    path.write_bytes(rubbish)
    after = client.accept("steps=1", callback=_callback(receiver.url))
    wait_for(lambda: completed(after) and completed(torn) == 2, 60)
    again = [i for i in receiver.bodies("job.state") if i["job_id"] == torn][-3:]
    assert [i["state"] for i in again] == ["queued", "running", "completed"]
    assert {i["event_id"] for i in again} <= {i["event_id"] for i in before}
    assert min(i["sequence"] for i in again) > max(i["sequence"] for i in before)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://127.0.0.1/\u00e9"),
        ("url", "http://127.0.0.1/a b"),
        ("url", "http://127.0.0.1/a\r\nX: y"),
        ("url", "http://127.0.0.1/\u2603"),
        ("database", "one\r\nX-Other: two"),
        ("database", "\u2603"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(
    patient: Service, field: str, value: str
) -> None:
    """With the field's name, before there is a job."""
    client = patient.client("unsendable")
    callback = {"url": "http://127.0.0.1/", field: value}
    answer = client.submit("steps=1", callback=callback)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == f"callback.{field}"
    assert answer.json()["code"] == "refused_callback"


def test_an_answer_that_drips_is_cut_off() -> None:
    """Each byte comes in time; the whole must, too."""
    server = Deaf(drip=b"H")
    line = Line(["127.0.0.1:*"], 1.0)
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            line.cut_if_late()

    threading.Thread(target=look, daemon=True).start()
    try:
        with pytest.raises(DeliveryError):
            line.post(server.url, b"{}", {})
    finally:
        ended.set()
        server.close()


def test_a_connection_is_kept_and_made_anew() -> None:
    """Two messages, one connection; one that the receiver has closed is no failure."""
    port, paths, accepted = free_port(), [], []
    listener = socket.create_server(("127.0.0.1", port))

    def serve() -> None:
        for most in (2, 1):
            peer, _ = listener.accept()
            accepted.append(peer)
            for _ in range(most):
                data = b""
                while not data.endswith(b"{}"):
                    data += peer.recv(4096)
                paths.append(data.split(b" ")[1])
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            peer.close()

    threading.Thread(target=serve, daemon=True).start()
    line = Line(["127.0.0.1:*"], 30)
    for path in ("/1", "/2", "/3"):
        assert line.post(f"http://127.0.0.1:{port}{path}", b"{}", {}) == 200
    assert paths == [b"/1", b"/2", b"/3"]
    assert len(accepted) == 2
    line.close()
    listener.close()


def test_a_tenant_whose_secret_is_gone_stops_nobody(
    patient: Service, receiver: Receiver
) -> None:
    """Its messages wait; those of others go out."""
    lost, well = patient.client("lost"), patient.client("well")
    first = lost.accept("steps=1", callback=_callback(receiver.url))
    (Path(patient.data) / "tenants" / "lost.secret.json").unlink()
    second = well.accept("steps=1", callback=_callback(receiver.url))
    wait_for(
        lambda: any(
            i["job_id"] == second and i["state"] == "completed"
            for i in receiver.bodies("job.state")
        ),
        60,
    )
    assert first in {p.name for p in (patient.data / "jobs").iterdir()}


def test_the_end_does_not_wait_for_a_receiver(tmp_path: Path, deaf: Deaf) -> None:
    """One that has not answered for a while is left; the message stays on disk."""
    with serving(tmp_path, webhook_timeout_seconds=600) as service:
        job_id = service.client().accept("steps=1", callback=_callback(deaf.url))
        wait_for(lambda: deaf.open)
        service.stop()
        assert "killing it" not in service.log.read_text()
        note = orjson.loads((service.data / "jobs" / job_id / OUTBOX).read_bytes())
        assert (note["delivered"], note["pending"]["state"]) == (0, "queued")
