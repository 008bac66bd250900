"""A cluster of two solver machines: whatever is lost, the job goes on elsewhere."""

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sidecar.run.runners import parcels
from sidecar.run.runners.parcels import unpack
from tests.harness import (
    Client,
    Cluster,
    Machine,
    RedisServer,
    Service,
    clustered,
    wait_for,
)

pytestmark = pytest.mark.slow
Pair = tuple[Service, Cluster]


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Pair]:
    """A service and a cluster that the tests may hurt, and mend again."""
    folder = tmp_path_factory.mktemp("pair")
    with clustered(folder, redis_server.url, max_running_jobs=4) as found:
        yield found


def _placed(client: Client, job_id: str) -> int:
    return int(client.status(job_id)["progress"]["metadata"]["placed"])


def _runs_on(cluster: Cluster, job_id: str) -> Machine:
    def look() -> Machine | None:
        for machine in cluster.machines:
            if list((machine.folder / "attempts").glob(f"{job_id}.*")):
                return machine
        return None

    found: Machine = wait_for(look, 20, "a machine has the job")
    return found


def test_jobs_spread_over_the_machines(pair: Pair) -> None:
    """Four at once are on both, and nothing of them stays there."""
    service, cluster = pair
    client = service.client()
    jobs = [client.accept("steps=40") for _ in range(4)]
    assert len({_runs_on(cluster, job_id).folder for job_id in jobs}) == 2
    for job_id in jobs:
        assert client.wait_state(job_id, "completed")["attempt"] == 1
    for machine in cluster.machines:
        wait_for(lambda m=machine: not list((m.folder / "attempts").iterdir()), 5)


def test_a_lost_machine_costs_an_attempt_not_the_job(pair: Pair) -> None:
    """Killed at once; the next attempt starts from the checkpoint, elsewhere."""
    service, cluster = pair
    client = service.client()
    job_id = client.accept("steps=80")
    machine = _runs_on(cluster, job_id)
    incumbent = service.data / "jobs" / job_id / "incumbent.json"
    wait_for(incumbent.exists, 20, "the checkpoint is here before the loss")
    processes = service.workers()
    assert processes
    machine.worker().kill()
    psutil.wait_procs(processes, timeout=5)
    assert not any(process.is_running() for process in processes), "an orphan"
    shown = client.wait_state(job_id, "completed", seconds=40)
    assert [item["state"] for item in shown["attempts"]] == ["failed", "completed"]
    assert shown["attempts"][0]["reason"] == "Its process was ended from outside."
    log = (service.data / "jobs" / job_id / "worker.log").read_text()
    assert "Going on from step" in log


def test_a_job_outlives_the_service(pair: Pair) -> None:
    """Stopped in order or killed: the cluster works on, the next service collects."""
    service, cluster = pair
    client = service.client()
    stopped, killed = client.accept("steps=100"), client.accept("steps=140")
    for job_id in (stopped, killed):
        _runs_on(cluster, job_id)
    service.stop()
    assert service.workers()
    service.start()
    wait_for(lambda: _placed(client, killed) > 30)
    service.kill()
    wait_for(lambda: not service.workers(), 30, "both end without a service")
    service.start()
    for job_id in (stopped, killed):
        assert client.wait_state(job_id, "completed", seconds=10)["attempt"] == 1


def test_a_restarted_scheduler_forgets_but_we_do_not(pair: Pair) -> None:
    """What ran goes on from its checkpoint, what waits waits; one end each."""
    service, cluster = pair
    client = service.client()
    running = client.accept("steps=120")
    incumbent = service.data / "jobs" / running / "work" / "checkpoint"
    wait_for(incumbent.exists, 20, "a checkpoint is here before the loss")
    cluster.kill_scheduler()
    waiting = client.accept("steps=5")
    time.sleep(1)
    cluster.start_scheduler()
    for machine in cluster.machines:
        machine.restart()
    assert client.wait_state(waiting, "completed", seconds=60)["attempt"] == 1
    shown = client.wait_state(running, "completed", seconds=60)
    assert [item["state"] for item in shown["attempts"]] == ["failed", "completed"]
    log = (service.data / "jobs" / running / "worker.log").read_text()
    assert "Going on from step" in log
    wait_for(lambda: not service.workers(), 10, "no orphan")


def test_redis_lost_meanwhile(pair: Pair, redis_server: RedisServer) -> None:
    """The result comes through Dask; a later cancel arrives once Redis is back."""
    service, _ = pair
    client = service.client()
    finished, cancelled = client.accept("steps=60"), client.accept("steps=4000")
    for job_id in (finished, cancelled):
        wait_for(lambda j=job_id: _placed(client, j) > 3)
    redis_server.stop()
    try:
        client.wait_state(finished, "completed")
    finally:
        redis_server.start()
    client.call("DELETE", f"/v1/jobs/{cancelled}")
    shown = client.wait_state(cancelled, "cancelled", seconds=15)
    assert shown["result_digest"]
    wait_for(lambda: not service.workers(), 10)


def test_a_killed_solver_process_is_restarted(pair: Pair) -> None:
    """Its Dask worker lives and says how it ended."""
    service, _ = pair
    client = service.client()
    job_id = client.accept("steps=60")
    wait_for(lambda: _placed(client, job_id) > 3)
    for process in service.workers():
        process.kill()
    shown = client.wait_state(job_id, "completed")
    assert shown["attempt"] == 2


def test_jobs_wait_for_a_cluster_that_is_away(pair: Pair) -> None:
    """No attempt is spent on it."""
    service, cluster = pair
    client = service.client()
    for machine in cluster.machines:
        psutil.Process(machine.nanny.pid).suspend()
        machine.worker().kill()
    time.sleep(2)
    job_id = client.accept("steps=5")
    time.sleep(2)
    assert client.status(job_id)["state"] == "queued"
    for machine in cluster.machines:
        psutil.Process(machine.nanny.pid).resume()
    assert client.wait_state(job_id, "completed", seconds=30)["attempt"] == 1


@pytest.mark.parametrize(
    "name",
    [
        "../elsewhere",
        "/tmp/elsewhere",
        "state.json",
        "meta.json",
        "lock",
        "worker.json",
        "outbox.json",
        "work",
        "work/../state.json",
        "work/.hidden",
        "work/a/b/c/d",
        "variants/0.json",
        "",
    ],
)
def test_a_machine_writes_only_what_is_its_to_write(tmp_path: Path, name: str) -> None:
    """Neither the state nor what was asked; and nothing of the rest is written then."""
    files = {"work/checkpoint": gzip.compress(b"x"), name: gzip.compress(b"x")}
    with pytest.raises(ValueError, match="may come"):
        unpack(tmp_path / "job", files)
    assert not (tmp_path / "job").exists()


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(bytes(2**20) * 3),
        gzip.compress(b"x")[:-5],
        b"rubbish",
        b"",
    ],
)
def test_a_machine_sends_no_bombs(
    tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What unpacks to more than may come, or is torn, is not written."""
    monkeypatch.setattr(parcels, "_MOST_BYTES", 2**21)
    good = {"work/checkpoint": gzip.compress(b"x"), "work/a/part-1.npz": b""}
    with pytest.raises(ValueError, match=r"more than|not whole"):
        unpack(tmp_path / "job", {**good, "work/a/part-1.npz": data})
    assert not (tmp_path / "job").exists()
    unpack(tmp_path / "job", {"work/a/part-1.npz": gzip.compress(b"y")})
    assert (tmp_path / "job" / "work" / "a" / "part-1.npz").read_bytes() == b"y"


def test_metrics_name_the_machines(pair: Pair) -> None:
    """Memory of jobs is told of each machine."""
    service, cluster = pair
    client = service.client()
    job_id = client.accept("steps=50")
    _runs_on(cluster, job_id)
    report = service.data / "supervisor.json"

    def usage() -> float:
        running = json.loads(report.read_bytes())["running"]
        return float(running.get(job_id, {}).get("rss_mb", 0))

    wait_for(lambda: usage() > 10, 10, "memory is told")
    client.wait_state(job_id, "completed")
