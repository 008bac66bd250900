"""Two solver machines: whatever is lost, the job goes on elsewhere, and once."""

import gzip
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sidecar.agent.link import GoneError, Key, Link, LinkError
from sidecar.jobs.errors import GoneError as NoLeaseError
from sidecar.jobs.errors import RefusedFileError
from sidecar.machines.leases import Leases
from sidecar.machines.parcels import may_come, may_go, unpack
from sidecar.machines.wire import AttemptName, Ended, Report, Turn
from tests.harness import (
    Client,
    Machine,
    Receiver,
    RedisServer,
    Service,
    wait_for,
    with_machines,
)

Pair = tuple[Service, list[Machine]]
JOB = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Pair]:
    """A service and two machines that the tests may hurt, and mend again."""
    folder = tmp_path_factory.mktemp("pair")
    with with_machines(folder, redis_server.url, max_running_jobs=4) as found:
        yield found


def _placed(client: Client, job_id: str) -> int:
    return int(client.status(job_id)["progress"]["metadata"]["placed"])


def _runs_on(machines: list[Machine], job_id: str) -> Machine:
    def look() -> Machine | None:
        return next((m for m in machines if m.has(job_id)), None)

    found: Machine = wait_for(look, 20, "a machine has the job")
    return found


def _key(machine: Machine) -> Key:
    return Key.model_validate_json((machine.folder / "machine.json").read_bytes())


@pytest.mark.slow
def test_jobs_spread_over_the_machines(pair: Pair) -> None:
    """Four at once are on both, and nothing of them stays there."""
    service, machines = pair
    client = service.client()
    jobs = [client.accept("steps=60") for _ in range(4)]
    assert len({_runs_on(machines, job_id).name for job_id in jobs}) == 2
    for job_id in jobs:
        assert client.wait_state(job_id, "completed")["attempt"] == 1
    for machine in machines:
        wait_for(lambda m=machine: not list((m.folder / "jobs").iterdir()), 10)
    assert not list((service.data / "arrived").iterdir()), "nothing is left behind"


@pytest.mark.slow
def test_a_lost_machine_costs_an_attempt_not_the_job(
    pair: Pair, receiver: Receiver
) -> None:
    """Killed; its lease ends; the next attempt goes on elsewhere, and ends once."""
    service, machines = pair
    client = service.client()
    job_id = client.accept("steps=120", callback={"url": receiver.url})
    machine = _runs_on(machines, job_id)
    incumbent = service.data / "jobs" / job_id / "incumbent.json"
    wait_for(incumbent.exists, 20, "the checkpoint is here before the loss")
    processes = service.workers()
    assert processes
    machine.kill()
    psutil.wait_procs(processes, timeout=5)
    assert not any(process.is_running() for process in processes), "an orphan"
    shown = client.wait_state(job_id, "completed", seconds=40)
    assert [item["state"] for item in shown["attempts"]] == ["failed", "completed"]
    log = (service.data / "jobs" / job_id / "worker.log").read_text()
    assert "Going on from step" in log
    wait_for(lambda: receiver.bodies("job.state")[-1]["state"] == "completed", 20)
    states = [body["state"] for body in receiver.bodies("job.state")]
    assert states.count("completed") == 1
    machine.start()


@pytest.mark.slow
def test_a_machine_that_was_frozen_is_fenced(pair: Pair) -> None:
    """Its job went on elsewhere meanwhile; what it brings afterwards is not taken."""
    service, machines = pair
    client = service.client()
    job_id = client.accept("steps=160")
    machine = _runs_on(machines, job_id)
    incumbent = service.data / "jobs" / job_id / "incumbent.json"
    wait_for(incumbent.exists, 20, "a checkpoint is here")
    assert machine.process is not None
    os.killpg(machine.process.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: client.status(job_id)["attempt"] == 2, 20, "given up")
    finally:
        os.killpg(machine.process.pid, signal.SIGCONT)
    shown = client.wait_state(job_id, "completed", seconds=40)
    assert shown["attempt"] == 2
    result = client.call("GET", f"/v1/jobs/{job_id}/result")
    assert result.status_code == 200
    wait_for(lambda: not service.workers(), 20, "the old attempt was ended")
    with pytest.raises(GoneError):
        Link(service.url, _key(machine)).end(
            AttemptName(job_id=job_id, attempt=1), Ended(code=0)
        )


@pytest.mark.slow
def test_jobs_outlive_the_service(pair: Pair) -> None:
    """Stopped in order or killed: machines work on, the next service collects."""
    service, machines = pair
    client = service.client()
    stopped, killed = client.accept("steps=100"), client.accept("steps=140")
    for job_id in (stopped, killed):
        _runs_on(machines, job_id)
        wait_for(lambda j=job_id: _placed(client, j) > 3)
    service.stop()
    assert service.workers()
    service.start()
    service.kill()
    wait_for(lambda: not service.workers(), 30, "both end without a service")
    time.sleep(7)  # longer than a lease: nobody could be spoken to, so it holds
    service.start()
    for job_id in (stopped, killed):
        assert client.wait_state(job_id, "completed", seconds=20)["attempt"] == 1


@pytest.mark.slow
def test_only_the_api_is_killed(pair: Pair) -> None:
    """The supervisor sees machines silent, and knows whose fault that is."""
    service, machines = pair
    client = service.client()
    job_id = client.accept("steps=200")
    _runs_on(machines, job_id)
    wait_for(lambda: _placed(client, job_id) > 3)
    for _ in range(3):
        service.process("api").kill()
        time.sleep(2)
    wait_for(service.is_ready, 30)
    shown = client.wait_state(job_id, "completed", seconds=40)
    assert shown["attempt"] == 1


@pytest.mark.slow
def test_a_stopped_machine_brings_back_what_it_has(pair: Pair) -> None:
    """In order: it is written down, brought back, and goes on elsewhere from there."""
    service, machines = pair
    client = service.client()
    job_id = client.accept("steps=120")
    machine = _runs_on(machines, job_id)
    wait_for(lambda: _placed(client, job_id) > 8)
    machine.stop()
    shown = client.wait_state(job_id, "completed", seconds=40)
    assert shown["attempt"] == 2
    log = (service.data / "jobs" / job_id / "worker.log").read_text()
    assert "Going on from step" in log
    machine.start()


@pytest.mark.slow
def test_a_killed_solver_process_is_restarted(pair: Pair) -> None:
    """Its machine lives and says how it ended."""
    service, _ = pair
    client = service.client()
    job_id = client.accept("steps=60")
    wait_for(lambda: _placed(client, job_id) > 3)
    for process in service.workers():
        process.kill()
    assert client.wait_state(job_id, "completed", seconds=30)["attempt"] == 2


@pytest.mark.slow
def test_jobs_wait_for_machines_that_are_away(pair: Pair) -> None:
    """No attempt is spent on it."""
    service, machines = pair
    client = service.client()
    for machine in machines:
        machine.stop()
    time.sleep(6)
    job_id = client.accept("steps=5")
    time.sleep(2)
    assert client.status(job_id)["state"] == "queued"
    for machine in machines:
        machine.start()
    assert client.wait_state(job_id, "completed", seconds=40)["attempt"] == 1


@pytest.mark.slow
def test_metrics_name_the_machines(pair: Pair) -> None:
    """Memory of jobs is told of each machine."""
    service, machines = pair
    client = service.client()
    job_id = client.accept("steps=60")
    machine = _runs_on(machines, job_id)
    report = service.data / "supervisor.json"

    def usage() -> dict[str, object]:
        running: dict[str, dict[str, object]]
        running = json.loads(report.read_bytes())["running"]
        return running.get(job_id, {})

    wait_for(lambda: usage().get("rss_mb", 0) > 10, 10, "memory is told")
    assert usage()["machine"] == machine.name
    client.wait_state(job_id, "completed")


@pytest.mark.slow
def test_who_may_speak_as_a_machine(pair: Pair) -> None:
    """Nobody but a machine, signed; and of other attempts it hears nothing."""
    service, machines = pair
    client = service.client()
    turn = Turn(instance="x", room=0)
    refused = client.call("POST", "/v1/machine/turn", turn.model_dump_json().encode())
    assert refused.status_code == 401
    key = _key(machines[0])
    forged = key.model_copy(update={"secret": "x" * 43})
    with pytest.raises(LinkError, match="signature is wrong"):
        Link(service.url, forged).turn(turn)
    bearer = {"Authorization": f"Bearer {key.token}"}
    assert client.http.get("/v1/jobs", headers=bearer).status_code == 401
    job_id = client.accept("steps=60")
    machine = _runs_on(machines, job_id)
    other = next(item for item in machines if item is not machine)
    name = AttemptName(job_id=job_id, attempt=1)
    with pytest.raises(GoneError):
        Link(service.url, _key(other)).names(name)
    mine = Link(service.url, _key(machine))
    assert "problem.json" in mine.names(name)
    for file in ("state.json", "work/../state.json", "lock"):
        with pytest.raises(LinkError):
            mine.fetch(name, file, io.BytesIO())
        with pytest.raises(LinkError):
            mine.send(name, file, machine.folder / "machine.id")
    client.wait_state(job_id, "completed")


def _turn(instance: str, room: int = 1, **attempts: int) -> Turn:
    reports = [
        Report(job_id=job_id.removeprefix("_"), attempt=attempt)
        for job_id, attempt in attempts.items()
    ]
    return Turn(instance=instance, room=room, attempts=reports)


def test_one_lease_for_one_attempt(tmp_path: Path) -> None:
    """Offered until it is heard of; then nobody else's; lost when it is not named."""
    leases = Leases(tmp_path)
    name = AttemptName(job_id=JOB, attempt=1)
    leases.offer(name)
    assert leases.turn("one", _turn("a", room=0)) == ([], None)
    assert leases.turn("one", _turn("a"))[1] == name
    assert leases.turn("two", _turn("b"))[1] is None
    assert leases.turn("one", _turn("a"))[1] == name, "the answer may not have come"
    kept, offer = leases.turn("one", _turn("a", **{f"_{JOB}": 1}))
    assert [lease.job_id for lease in kept] == [JOB]
    assert offer is None
    leases.check("one", name)
    for who, what in (("two", name), ("one", AttemptName(job_id=JOB, attempt=2))):
        with pytest.raises(NoLeaseError):
            leases.check(who, what)
    leases.turn("one", _turn("a"))
    assert leases.all()[0][JOB].ended == Ended(code=None), "it was started anew"
    with pytest.raises(NoLeaseError):
        leases.end("one", name, Ended(code=0))


def test_who_has_least_is_next(tmp_path: Path) -> None:
    """Attempts spread over machines that have room, not over those that have none."""
    leases = Leases(tmp_path)
    names = [AttemptName(job_id=f"{n:032x}", attempt=1) for n in range(3)]
    for name in names:
        leases.offer(name)
    held = {f"_{names[0].job_id}": 1}
    assert leases.turn("two", _turn("b", room=1))[1] is not None
    assert leases.turn("one", _turn("a", room=5))[1] is not None
    leases.turn("two", _turn("b", room=0, **held))
    taken = leases.turn("one", _turn("a", room=4, **{f"_{names[1].job_id}": 1}))[1]
    assert taken == names[2], "the other has as many, and no room"
    more = AttemptName(job_id="f" * 32, attempt=1)
    leases.offer(more)
    leases.turn("two", _turn("b", room=1, **held))
    mine = {f"_{name.job_id}": 1 for name in names[1:]}
    assert leases.turn("one", _turn("a", room=3, **mine))[1] is None
    assert leases.turn("two", _turn("b", room=1, **held))[1] == more


def test_torn_leases_are_begun_anew(tmp_path: Path) -> None:
    """The file is no truth; whoever had a lease hears that it has none."""
    leases = Leases(tmp_path)
    leases.offer(AttemptName(job_id=JOB, attempt=1))
    leases.close()
    for path in tmp_path.glob("leases.db*"):
        path.write_bytes(b"rubbish" * 4000)
    again = Leases(tmp_path)
    assert again.all() == ({}, 0.0)
    assert again.turn("one", _turn("a", **{f"_{JOB}": 1})) == ([], None)


@pytest.mark.parametrize(
    "name",
    [
        "../elsewhere",
        "/tmp/elsewhere",
        "state.json",
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
def test_a_machine_writes_only_what_is_its_to_write(name: str) -> None:
    """Neither the state nor what was asked; and it reads nothing of ours either."""
    assert not may_come(name)
    assert not may_go(name)
    assert not may_come("meta.json")
    assert not may_come("problem.json")
    assert may_come("work/checkpoint")


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(bytes(2**20) * 3),
        gzip.compress(b"x")[:-5],
        gzip.compress(b"x") + b"more",
        b"rubbish",
        b"",
    ],
)
def test_a_machine_sends_no_bombs(tmp_path: Path, data: bytes) -> None:
    """What unpacks to more than may come, or is torn, is not written."""
    goal = tmp_path / "work" / "checkpoint"
    with pytest.raises(RefusedFileError, match=r"more than|not whole"):
        unpack(io.BytesIO(data), goal, 2**21)
    assert list(goal.parent.iterdir()) == []
    unpack(io.BytesIO(gzip.compress(b"y" * 2**20)), goal, 2**21)
    assert goal.read_bytes() == b"y" * 2**20
