"""Redis absent, lost, frozen, or with another password: jobs do not care."""

from pathlib import Path

import orjson
import pytest

from sidecar.jobs.redis_publisher import RedisPublisher
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
        job_id = client.accept("steps=120")
        key = f"progress:job:{job_id}"
        wait_for(lambda: own_redis.client().get(key))
        own_redis.stop()
        before = client.status(job_id)["progress"]["metadata"]["placed"]
        wait_for(
            lambda: (
                client.status(job_id)["progress"]["metadata"]["placed"] > before + 15
            )
        )
        own_redis.start()
        data = wait_for(lambda: own_redis.client().get(key), 10, "Redis catches up")
        assert orjson.loads(data)["metadata"]["placed"] > before
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


@pytest.mark.parametrize("trouble", ["absent", "frozen", "wrong password"])
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
    elif trouble == "frozen":
        own_redis.freeze()
    with serving(tmp_path, url, redis_timeout_seconds=0.5) as service:
        client = service.client()
        job_id = client.accept("steps=60")
        shown = client.wait_state(job_id, "completed", seconds=15)
        assert shown["progress"]["overall_progress"] == 100
        log = (service.data / "jobs" / job_id / "worker.log").read_text()
        assert log.count("does not take progress") == 1
        assert "wrong-password" not in service.log.read_text() + log
        ready = client.http.get("/readyz")
        assert ready.status_code == 200
