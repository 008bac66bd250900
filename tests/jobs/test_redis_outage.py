"""Redis absent, lost, frozen, or with another password: jobs do not care."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
import pytest

from sidecar.api.examples import PROBLEM
from sidecar.contract import JobOptions, JobState
from sidecar.jobs.record import JobMeta, job_id_of
from sidecar.jobs.redis_publisher import RedisPublisher
from sidecar.jobs.store import JobStore
from sidecar.settings import Settings
from sidecar.system.clock import now
from tests.harness import RedisServer, serving, wait_for


def _outages(lines: list[dict[str, object]]) -> int:
    return sum("does not take progress" in str(line["message"]) for line in lines)


@pytest.fixture
def own_redis(tmp_path: Path):
    server = RedisServer(tmp_path)
    yield server
    server.stop()


def test_redis_lost_in_the_middle_and_back(tmp_path: Path, own_redis) -> None:
    """The job goes on, its progress is served, and Redis catches up."""
    own_redis.start()
    with serving(tmp_path, own_redis.url) as service:
        client = service.client()
        job_id = client.accept("steps=70")
        key = f"progress:job:{job_id}"
        wait_for(lambda: own_redis.client().get(key))
        own_redis.stop()
        before = client.status(job_id)["progress"]["metadata"]["placed"]
        wait_for(
            lambda: client.status(job_id)["progress"]["metadata"]["placed"] > before + 8
        )
        own_redis.start()

        def placed() -> int:
            data = own_redis.client().get(key)
            return int(orjson.loads(data)["metadata"]["placed"]) if data else 0

        # The first to come may be what the supervisor had still to tell.
        wait_for(lambda: placed() > before, 10, "Redis catches up")
        client.wait_state(job_id, "completed")
        wait_for(
            lambda: orjson.loads(own_redis.client().get(key))["status"] == "completed"
        )
        worker_log = service.data / "jobs" / job_id / "worker.log"
        lines = [orjson.loads(line) for line in worker_log.read_bytes().splitlines()]
        assert _outages(lines) == 1
        assert sum("answers again" in str(line["message"]) for line in lines) == 1


def test_an_older_report_never_replaces_a_newer_one(own_redis) -> None:
    """Two publishers, as supervisor and worker are; one comes late."""
    own_redis.start()
    late, early = (RedisPublisher(own_redis.url, 1.0) for _ in "12")
    early.publish("progress:job:x", b'{"sequence": 7}')
    early.close()
    late.publish("progress:job:x", b'{"sequence": 6}')
    late.publish("progress:job:y", b'{"sequence": 1}')
    late.close()
    assert own_redis.client().get("progress:job:x") == b'{"sequence": 7}'
    assert own_redis.client().get("progress:job:y") == b'{"sequence": 1}'
    assert own_redis.client().ttl("progress:job:y") > 7000


@contextmanager
def _slow(port: int, seconds: float) -> Iterator[int]:
    """A port behind which each answer of a server is held back."""

    def pump(source: socket.socket, goal: socket.socket, pause: float) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                time.sleep(pause)
                goal.sendall(data)

    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", port))
                for words in ((near, far, 0.0), (far, near, seconds)):
                    threading.Thread(target=pump, args=words, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _run_worker(
    tmp_path: Path, words: str, redis_url: str, timeout_seconds: float
) -> tuple[float, list[dict[str, object]], str]:
    """Run a job's process by itself; gives its seconds, its log and the job's id."""
    store = JobStore(tmp_path / "data")
    folder = store.prepare()
    problem = {**PROBLEM, "name": words}
    (folder / "problem.json").write_bytes(orjson.dumps(problem))
    meta = JobMeta(
        job_id=job_id_of("demo", None),
        tenant="demo",
        created_at=now(),
        options=JobOptions(),
        problem_digest="",
        body_digest="",
    )
    assert store.commit(folder, meta)
    store.transition(meta.job_id, JobState.RUNNING)
    settings = Settings(
        data_dir=tmp_path / "data",
        redis_url=redis_url,
        redis_timeout_seconds=timeout_seconds,
    )
    began = time.monotonic()
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.jobs.faulty_worker",
            str(store.folder(meta.job_id)),
            "1",
        ],
        env=settings.child_environment(),
        capture_output=True,
        timeout=60,
        check=True,
    )
    seconds = time.monotonic() - began
    outcome = store.outcome(meta.job_id, 1)
    assert outcome is not None
    assert outcome.state is JobState.COMPLETED
    progress = store.progress(meta.job_id)
    assert progress is not None
    assert progress.overall_progress > 80, "the last ones may be too near each other"
    assert b"wrong-password" not in ended.stderr
    return (
        seconds,
        [orjson.loads(line) for line in ended.stderr.splitlines()],
        meta.job_id,
    )


@pytest.mark.parametrize("trouble", ["absent", "frozen", "wrong password", "full"])
def test_redis_in_trouble_from_the_start(
    tmp_path: Path, own_redis, trouble: str
) -> None:
    """The job completes in its time; the log has one line, not one for each call."""
    url = own_redis.url
    if trouble != "absent":
        own_redis.start()
    if trouble == "wrong password":
        url = url.replace("redis://", "redis://:wrong-password@")
        own_redis.client().config_set("requirepass", "right")
    elif trouble == "full":
        own_redis.client().config_set("maxmemory", 1)
    elif trouble == "frozen":
        own_redis.freeze()
    seconds, lines, _ = _run_worker(tmp_path, "steps=20", url, 0.5)
    assert seconds < 8
    assert _outages(lines) == 1
    assert len(lines) == 1, lines


def test_a_full_redis_catches_up_once_it_has_room(own_redis) -> None:
    """The newest value of each key arrives then."""
    own_redis.start()
    own_redis.client().config_set("maxmemory", 1)
    publisher = RedisPublisher(own_redis.url, 1.0)
    publisher.publish("progress:job:x", b'{"sequence": 1}')
    wait_for(lambda: publisher.state == "down", 5)
    publisher.publish("progress:job:x", b'{"sequence": 2}')
    own_redis.client().config_set("maxmemory", 0)
    wait_for(lambda: own_redis.client().get("progress:job:x") == b'{"sequence": 2}', 8)
    wait_for(lambda: publisher.state == "up", 2)
    publisher.close()


def test_a_slow_redis_slows_nothing(tmp_path: Path, own_redis) -> None:
    """Two seconds a call: the job takes its time, and what is published arrives."""
    own_redis.start()
    with _slow(own_redis.port, 2.0) as port:
        url = f"redis://127.0.0.1:{port}/0"
        publisher = RedisPublisher(url, 5.0)
        publisher.publish("progress:job:x", b'{"sequence": 1}')
        seconds, lines, _ = _run_worker(tmp_path, "steps=20", url, 5.0)
        assert lines == []
        assert seconds < 20, "not twenty steps of two seconds"
        wait_for(lambda: own_redis.client().get("progress:job:x"), 10)
        publisher.close()
    assert publisher.state == "up"


def test_the_service_starts_and_answers_without_redis(
    tmp_path: Path, own_redis
) -> None:
    """Ready, a job completes; one line in its log and one in the service's."""
    with serving(tmp_path, own_redis.url, redis_timeout_seconds=0.5) as service:
        client = service.client()
        job_id = client.accept("steps=10")
        shown = client.wait_state(job_id, "completed", seconds=15)
        assert shown["progress"]["overall_progress"] == 100
        assert client.http.get("/readyz").status_code == 200
        assert _outages(service.log_lines()) == 2
        own_redis.start()
        key = f"progress:job:{job_id}"
        wait_for(lambda: own_redis.client().get(key), 10, "progress catches up")
        data = orjson.loads(own_redis.client().get(key))
        assert data["status"] == "completed"
