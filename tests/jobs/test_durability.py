"""Kill any of our processes: every accepted job still reaches its right end."""

import random
import signal
import time
from collections.abc import Iterator

import psutil
import pytest

from tests.harness import Client, RedisServer, Service, serving, wait_for


@pytest.fixture
def own_service(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Service]:
    """A service that the test may kill."""
    with serving(tmp_path_factory.mktemp("own"), redis_server.url) as running:
        yield running


def _placed(client: Client, job_id: str) -> int:
    return int(client.status(job_id)["progress"]["metadata"]["placed"])


def _wait_hung(client: Client, job_id: str) -> None:
    """Wait until a job with ``fault=hang at=3`` hangs."""
    wait_for(lambda: _placed(client, job_id) >= 1)
    time.sleep(0.5)


def test_the_api_is_restarted_and_knows_all_jobs(own_service: Service) -> None:
    """A job that runs meanwhile does not notice."""
    client = own_service.client()
    job_id = client.accept("steps=60")
    wait_for(lambda: _placed(client, job_id) > 3)
    own_service.process("api").kill()
    wait_for(own_service.is_ready, 20)
    shown = client.wait_state(job_id, "completed")
    assert shown["attempt"] == 1


def test_a_new_supervisor_takes_running_jobs_over(own_service: Service) -> None:
    """The worker goes on under the new one: same process, same attempt."""
    client = own_service.client()
    job_id = client.accept("steps=80")
    wait_for(lambda: _placed(client, job_id) > 3)
    before = {process.pid for process in own_service.workers()}
    old = own_service.process("supervisor")
    old.kill()
    wait_for(lambda: own_service.process("supervisor").pid != old.pid, 10)
    time.sleep(2)
    assert {process.pid for process in own_service.workers()} == before
    shown = client.wait_state(job_id, "completed")
    assert shown["attempt"] == 1
    wait_for(lambda: not any(psutil.pid_exists(pid) for pid in before), 10, "no zombie")


def test_a_job_whose_worker_ended_unwatched_is_finished(own_service: Service) -> None:
    """With the whole service dead, the worker ends; the next service sees it."""
    client = own_service.client()
    job_id = client.accept("steps=30")
    wait_for(lambda: _placed(client, job_id) > 3)
    own_service.kill()
    wait_for(lambda: not own_service.workers(), 20, "the worker ends")
    own_service.start()
    shown = client.wait_state(job_id, "completed", seconds=5)
    assert shown["attempt"] == 1


def test_a_job_that_died_with_the_service_runs_again(own_service: Service) -> None:
    """Everything killed at once, as when the machine goes down."""
    client = own_service.client()
    running = client.accept("steps=60")
    waiting = [client.accept("steps=5") for _ in range(3)]
    wait_for(lambda: _placed(client, running) > 8)
    own_service.kill()
    for process in own_service.workers():
        process.kill()
    own_service.start()
    shown = client.wait_state(running, "completed")
    assert [item["state"] for item in shown["attempts"]] == ["failed", "completed"]
    for job_id in waiting:
        client.wait_state(job_id, "completed")


def test_orphans_of_a_dead_service_are_ended(own_service: Service) -> None:
    """A worker whose job no longer wants it is ended at the next start."""
    client = own_service.client()
    job_id = client.accept("steps=1000 fault=hang at=3")
    _wait_hung(client, job_id)
    own_service.kill()
    state = own_service.data / "jobs" / job_id / "worker.json"
    state.unlink()
    assert own_service.workers()
    own_service.start()
    wait_for(lambda: client.status(job_id)["attempt"] == 2, 10)


def test_sigterm_writes_jobs_down_and_they_go_on(own_service: Service) -> None:
    """A stop in order loses nothing and leaves no process."""
    client = own_service.client()
    job_id = client.accept("steps=100")
    paused = client.accept("steps=100")
    wait_for(lambda: _placed(client, job_id) > 3 and _placed(client, paused) > 3)
    client.call("POST", f"/v1/jobs/{paused}/pause")
    own_service.stop()
    assert not own_service.workers()
    assert (own_service.data / "jobs" / job_id / "incumbent.json").exists()
    own_service.start()
    client.wait_state(job_id, "completed")
    assert client.status(paused)["state"] == "paused"
    client.call("POST", f"/v1/jobs/{paused}/resume")
    client.wait_state(paused, "completed")


def test_a_service_that_is_frozen_in_the_middle_of_a_stop(own_service: Service) -> None:
    """A worker that does not react to the drain is killed; its job runs again."""
    client = own_service.client()
    job_id = client.accept("steps=40 fault=hang at=3 once=1")
    _wait_hung(client, job_id)
    for process in own_service.workers():
        process.send_signal(signal.SIGSTOP)
    own_service.stop()
    wait_for(lambda: not own_service.workers(), 5)
    own_service.start()
    client.wait_state(job_id, "completed")


@pytest.mark.slow
def test_chaos(own_service: Service, redis_server: RedisServer) -> None:
    """Kill something at 20 random instants; every job completes exactly once."""
    chance = random.Random(20_20)
    client = own_service.client()
    jobs: list[str] = []
    killed: dict[str, int] = {}
    for turn in range(20):
        jobs.append(client.submit("steps=25", key=f"chaos-{turn}").json()["job_id"])
        what = chance.choice(["api", "supervisor", "worker", "redis", "all"])
        killed[what] = killed.get(what, 0) + 1
        wait_for(own_service.is_ready, 20)
        chance_wait(chance)
        if what == "worker" and (workers := own_service.workers()):
            chance.choice(workers).kill()
        elif what == "redis":
            redis_server.stop()
            redis_server.start()
        elif what == "all":
            own_service.kill()
            own_service.start()
        elif what in ("api", "supervisor"):
            own_service.process(what).kill()
        wait_for(own_service.is_ready, 20)
    for job_id in jobs:
        shown = client.wait_state(job_id, "completed", seconds=90)
        ends = [item["state"] for item in shown["attempts"]]
        assert ends.count("completed") == 1
    wait_for(lambda: not own_service.workers(), 5, "no orphan")
    assert len(set(jobs)) == 20
    assert client.call("GET", "/v1/jobs").json()["total"] == 20
    print(f"chaos: killed {killed}")


def chance_wait(chance: random.Random) -> None:
    """Wait for a random instant within a second."""
    time.sleep(chance.random())
