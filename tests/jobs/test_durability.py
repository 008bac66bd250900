"""Kill any of our processes: every accepted job still reaches its right end."""

import contextlib
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sidecar.system.files import try_lock
from sidecar.system.parent import TETHER
from tests.harness import Client, RedisServer, Service, serving, wait_for

INSTANTS = int(os.environ.get("CHAOS_INSTANTS", "10"))
"""Ten hit everything and take twenty seconds; before a release, fifty."""
SEED = int(os.environ.get("CHAOS_SEED", "2020"))
TARGETS = ("api", "supervisor", "worker", "child", "redis", "all")


@pytest.fixture(scope="module")
def own_service(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Service]:
    """A service that the tests may kill; each leaves it running, without a job."""
    folder = tmp_path_factory.mktemp("own")
    with serving(folder, redis_server.url, drain_seconds=2) as running:
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


def test_a_part_whose_keeper_is_gone_ends_at_once(own_service: Service) -> None:
    """Also where the keeper died before it could ask the kernel to be told."""
    environment = {**own_service.environment, TETHER: "999999999:0"}
    for role in ("api", "supervisor"):
        words = [sys.executable, "-m", "sidecar", "serve", "--only", role]
        ended = subprocess.run(words, env=environment, timeout=20, check=False)
        assert ended.returncode == -signal.SIGTERM


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
    """Everything killed at once, as when the machine goes down: from its checkpoint."""
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
    (step,) = _steps_gone_on_from(own_service, running)
    assert step >= 8
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
    client.call("DELETE", f"/v1/jobs/{job_id}")
    client.wait_state(job_id, "cancelled")


def test_sigterm_writes_jobs_down_and_they_go_on(own_service: Service) -> None:
    """A stop in order loses nothing and leaves no process."""
    client = own_service.client()
    job_id = client.accept("steps=40")
    paused = client.accept("steps=40")
    wait_for(lambda: _placed(client, job_id) > 3 and _placed(client, paused) > 3)
    client.call("POST", f"/v1/jobs/{paused}/pause")
    own_service.stop()
    assert not own_service.workers()
    folder = own_service.data / "jobs" / job_id
    assert (folder / "incumbent.json").exists()
    own_service.start()
    client.wait_state(job_id, "completed")
    assert "Going on from step" in (folder / "worker.log").read_text()
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


@pytest.fixture
def chaos_service(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Service]:
    """A service that gives no job up, however often it is hit."""
    folder = tmp_path_factory.mktemp("chaos")
    with serving(folder, redis_server.url, job_restarts=1000) as running:
        yield running


@pytest.mark.slow
def test_chaos(chaos_service: Service, redis_server: RedisServer) -> None:
    """Kill something at random instants; every job completes exactly once.

    The instants are those of a fixed seed; how many, ``CHAOS_INSTANTS`` says. None is
    run from its beginning again that had a checkpoint.
    """
    service, chance = chaos_service, random.Random(SEED)
    client = service.client()
    jobs: list[str] = []
    killed: Counter[str] = Counter()
    plan = [TARGETS[turn % len(TARGETS)] for turn in range(INSTANTS)]
    chance.shuffle(plan)
    for turn, what in enumerate(plan):
        words = f"steps={chance.randint(20, 60)} children=1"
        wait_for(service.is_ready, 20)
        jobs.append(client.submit(words, key=f"chaos-{turn}").json()["job_id"])
        if what in ("worker", "child"):
            wait_for(lambda w=what: _solvers(service, w), 20, "a job runs")
        time.sleep(chance.random() * (1.5 if what in ("worker", "child") else 1))
        killed[what] += _hurt(service, redis_server, what, chance)
    wait_for(service.is_ready, 20)
    attempts = sum(_check_end(service, client, job_id) for job_id in jobs)
    wait_for(lambda: not service.workers(), 5, "no orphan")
    assert len(set(jobs)) == INSTANTS
    assert client.call("GET", "/v1/jobs").json()["total"] == INSTANTS
    assert set(killed) == set(TARGETS), "a plan that aims at everything"
    resumed = sum(len(_steps_gone_on_from(service, job_id)) for job_id in jobs)
    assert resumed or INSTANTS < 50
    print(
        f"chaos with seed {SEED}: {INSTANTS} instants, {killed.total()} killings "
        f"({', '.join(f'{name} {n}' for name, n in sorted(killed.items()))}); "
        f"{len(jobs)} jobs accepted, {len(jobs)} completed once each, in {attempts} "
        f"attempts, {resumed} of them from a checkpoint; no orphan, no lock held"
    )


def _check_end(service: Service, client: Client, job_id: str) -> int:
    """Wait for a job's right end; gives how many attempts it took."""
    shown = client.wait_state(job_id, "completed", seconds=120)
    ends = [item["state"] for item in shown["attempts"]]
    assert ends.count("completed") == 1
    assert ends[-1] == "completed"
    folder = service.data / "jobs" / job_id
    result = (folder / "result.json").read_bytes()
    assert hashlib.sha256(result).hexdigest() == shown["result_digest"]
    steps = _steps_gone_on_from(service, job_id)
    assert steps == sorted(steps), "an attempt that began behind the one before"
    for name in ("lock", "worker.lock"):
        # The step that we have just seen may still be made durable.
        wait_for(lambda path=folder / name: _is_free(path), 5, f"{name} is free")
    return len(ends)


def _is_free(path: Path) -> bool:
    lock = try_lock(path)
    if lock is not None:
        os.close(lock)
    return lock is not None


def _steps_gone_on_from(service: Service, job_id: str) -> list[int]:
    log = (service.data / "jobs" / job_id / "worker.log").read_text()
    return [int(step) for step in re.findall(r"Going on from step (\d+)", log)]


def _solvers(service: Service, what: str) -> list[psutil.Process]:
    """List the workers of jobs, or their children."""
    found = []
    for process in service.workers():
        with contextlib.suppress(psutil.NoSuchProcess):
            if (process.name() == "sleep") is (what == "child"):
                found.append(process)
    return found


def _hurt(
    service: Service, redis_server: RedisServer, what: str, chance: random.Random
) -> int:
    """Kill one thing; gives 0 if there was none of it at that instant."""
    if what == "redis":
        redis_server.stop()
        redis_server.start()
    elif what == "all":
        service.kill()
        if chance.random() < 0.5:  # as when the machine goes down
            for process in service.workers():
                process.kill()
        service.start()
    elif what in ("api", "supervisor"):
        service.process(what).kill()
    else:
        found = _solvers(service, what)
        if not found:
            return 0
        chance.choice(found).kill()
    return 1
