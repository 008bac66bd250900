"""No file can stop the service: each file of a job is damaged, on a live one."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from fastapi.testclient import TestClient

from sidecar.api.app import create_app
from sidecar.contract import JobOptions, JobState
from sidecar.jobs.record import JobMeta, job_id_of
from sidecar.jobs.store import JobStore
from sidecar.run.supervisor import Supervisor
from sidecar.settings import Settings
from sidecar.system.clock import now
from tests.harness import Client, Receiver, Service, serving, wait_for


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _fill(path: Path) -> None:
    path.write_bytes(b'\x00\xff{"rubbish')


def _lie(path: Path) -> None:
    path.write_bytes(b"{}")


def _remove(path: Path) -> None:
    path.unlink()


def _forbid(path: Path) -> None:
    """Nobody may read it, not even root: there is something else in its place."""
    path.unlink()
    path.mkdir()


HURTS: list[Callable[[Path], None]] = [_empty, _cut, _fill, _lie, _remove, _forbid]


@pytest.fixture(scope="module")
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose jobs' files are damaged; its supervisor must never die."""
    folder = tmp_path_factory.mktemp("frail")
    with serving(folder, max_running_jobs=40) as running:
        pid = running.process("supervisor").pid
        yield running
        assert running.process("supervisor").pid == pid, running.log.read_text()


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    )


def _copy(service: Service, job_id: str, number: int) -> Path:
    """Make another job at rest of the one there is."""
    name = f"{number:032x}"
    goal = service.data / "incoming" / name
    shutil.copytree(service.data / "jobs" / job_id, goal)
    meta = orjson.loads((goal / "meta.json").read_bytes())
    (goal / "meta.json").write_bytes(orjson.dumps({**meta, "job_id": name}))
    (service.data / "active" / name).touch()
    goal.rename(service.data / "jobs" / name)
    return service.data / "jobs" / name


def _all_goes_on(service: Service, clients: list[Client], receiver: Receiver) -> None:
    """Whoever asks, whatever for: another job of each tenant ends, and they hear it."""
    callback = {"url": receiver.url, "database": "university"}
    jobs = [client.accept("steps=3", callback=callback) for client in clients]
    for client, job_id in zip(clients, jobs, strict=True):
        client.wait_state(job_id, "completed", seconds=60)
        assert client.call("GET", "/v1/jobs?limit=200").status_code == 200
        assert client.call("GET", f"/v1/jobs/{job_id}/result").status_code == 200
    wait_for(
        lambda: (
            {(item["job_id"], item["state"]) for item in receiver.bodies("job.state")}
            >= {(job_id, "completed") for job_id in jobs}
        ),
        60,
        "both hear of it",
    )
    assert service.is_ready()
    metrics = clients[0].http.get("/metrics")
    assert metrics.status_code == 200
    aside = len(list((service.data / "quarantine").glob("*")))
    told = [x for x in metrics.text.splitlines() if x.startswith("timetable_jobs_put_")]
    assert float(told[0].split()[1]) <= aside
    assert service.log.read_text().count("Put a job aside") >= aside


def test_any_file_at_rest_may_be_damaged(frail: Service, receiver: Receiver) -> None:
    """Every file of an ended job, in every way; the others do not notice."""
    clients = [frail.client("alpha"), frail.client("beta")]
    callback = {"url": receiver.url, "database": "university"}
    model = clients[0].accept("steps=6", callback=callback)
    clients[0].wait_state(model, "completed")
    wait_for(lambda: not (frail.data / "active" / model).exists(), 20, "it rests")
    files = _files(frail.data / "jobs" / model)
    assert {"meta.json", "state.json", "progress.json", "result.json.gz"} <= set(files)
    folders = []
    for number, (name, hurt) in enumerate((n, h) for n in files for h in HURTS):
        folder = _copy(frail, model, number)
        folders.append(folder)
        if (folder / name).exists():  # else it was put away with the ended job's rest
            hurt(folder / name)
    _all_goes_on(frail, clients, receiver)
    for folder in folders:
        for path in ("", "/result", "/variants", "/variants/A"):
            answer = clients[0].call("GET", f"/v1/jobs/{folder.name}{path}")
            assert answer.status_code in (200, 404, 409), answer.text
    wait_for(
        lambda: (
            frail.log.read_text().count("Put a job aside")
            == len(list((frail.data / "quarantine").glob("*")))
        ),
        10,
        "one line for each",
    )
    lost = [folder for folder in folders if not folder.exists()]
    assert lost, "some cannot be read at all"
    assert all((frail.data / "quarantine" / item.name).exists() for item in lost)


def test_any_file_of_a_running_job_may_be_damaged(
    frail: Service, receiver: Receiver
) -> None:
    """It ends with a reason or is put aside, and nothing of it runs on."""
    clients = [frail.client("alpha"), frail.client("beta")]
    words = "steps=2000 children=1"
    model = clients[0].accept(words)
    folder = frail.data / "jobs" / model
    wait_for((folder / "work" / "checkpoint").exists, 20, "it works")
    files = _files(folder)
    victims = {
        clients[0].accept(words): (name, HURTS[(turn * 7 + index) % len(HURTS)])
        for turn in range(2)
        for index, name in enumerate(files)
    }
    for job_id, (name, hurt) in victims.items():
        path = frail.data / "jobs" / job_id / name
        wait_for(path.exists, 60, name)
        hurt(path)
    _all_goes_on(frail, clients, receiver)
    for job_id in [model, *victims]:
        answer = clients[0].call("DELETE", f"/v1/jobs/{job_id}")
        assert answer.status_code in (202, 404, 409), (victims.get(job_id), answer.text)

    def ended(job_id: str) -> bool:
        answer = clients[0].call("GET", f"/v1/jobs/{job_id}")
        if answer.status_code == 404:
            return True
        shown = answer.json()
        return shown["state"] in ("cancelled", "completed") or bool(
            shown["state"] == "failed" and shown["reason"]
        )

    for job_id in [model, *victims]:
        wait_for(lambda job_id=job_id: ended(job_id), 30, f"{victims.get(job_id)}")
    wait_for(lambda: not frail.workers(), 20, "nothing of them runs on")
    _all_goes_on(frail, clients, receiver)


def _supervisor(tmp_path: Path) -> tuple[JobStore, Supervisor]:
    settings = Settings(data_dir=tmp_path, redis_url="")
    return JobStore(tmp_path), Supervisor(settings)


def _job(store: JobStore) -> str:
    meta = JobMeta(
        job_id=job_id_of("demo", None),
        tenant="demo",
        created_at=now(),
        options=JobOptions(),
        problem_digest="",
        body_digest="",
    )
    assert store.commit(store.prepare(), meta)
    return meta.job_id


@pytest.mark.parametrize("hurt", HURTS)
@pytest.mark.parametrize("name", ["worker.json", "progress.json", "outcome.json"])
def test_a_new_supervisor_takes_over_beside_damaged_files(
    tmp_path: Path, name: str, hurt: Callable[[Path], None]
) -> None:
    """As after a loss of power: these are treated as if they were not there."""
    store, supervisor = _supervisor(tmp_path)
    job_id = _job(store)
    store.transition(job_id, JobState.RUNNING)
    path = store.folder(job_id) / name
    path.write_bytes(b'{"attempt": 1}')
    hurt(path)
    supervisor._take_over()
    supervisor._settings = Settings(data_dir=tmp_path, redis_url="", job_restarts=0)
    supervisor.tick()
    left = store.get(job_id).record
    assert left.state in (JobState.QUEUED, JobState.FAILED, JobState.RUNNING)
    assert left.state is not JobState.RUNNING or path.is_dir()
    for job_id in supervisor._runner.running():
        supervisor._runner.kill(job_id)


def test_what_cannot_be_tended_for_long_is_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the error is; a full disk is nobody's fault, and waits."""
    store, supervisor = _supervisor(tmp_path)
    bad, good = _job(store), _job(store)
    monkeypatch.setattr("sidecar.run.supervisor._PATIENCE_SECONDS", 0.0)
    full = OSError(28, "No space left on device")
    for error, kept in ((full, True), (RuntimeError("a mistake of ours"), False)):

        def tend(job: object, error: Exception = error) -> None:
            if job.meta.job_id == bad:  # type: ignore[attr-defined]
                raise error

        monkeypatch.setattr(supervisor, "_tend", tend)
        monkeypatch.setattr(supervisor, "_admit", lambda jobs: None)
        for _ in range(3):
            supervisor.tick()
        assert (tmp_path / "jobs" / bad).exists() is kept
    assert store.get(good).record.state is JobState.QUEUED
    assert (tmp_path / "quarantine" / bad / "meta.json").exists()


def test_what_a_job_starts_with_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file, its folder and the name in the folder of jobs, before 202."""
    synced: set[Path] = set()
    fsync = __import__("os").fsync

    def note(descriptor: int) -> None:
        synced.add(Path(f"/proc/self/fd/{descriptor}").readlink())
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", note)
    store = JobStore(tmp_path)
    arriving = store.prepare()
    (arriving / "problem.json").write_text("{}")
    meta = JobMeta(
        job_id=job_id_of("demo", None),
        tenant="demo",
        created_at=now(),
        options=JobOptions(),
        problem_digest="",
        body_digest="",
    )
    store.commit(arriving, meta)
    names = {"problem.json", "meta.json", "state.json", "progress.json"}
    assert {arriving / name for name in names} <= synced
    assert {arriving, store.root} <= synced


def test_marks_lost_with_the_power_are_made_again(tmp_path: Path) -> None:
    """The folders are the truth: a queued job without its mark is started."""
    store, supervisor = _supervisor(tmp_path)
    job_id = _job(store)
    subprocess.run(["rm", "-r", str(tmp_path / "active")], check=True)
    store, supervisor = _supervisor(tmp_path)
    assert store.look().jobs == []
    supervisor._take_over()
    assert [job.meta.job_id for job in store.look().jobs] == [job_id]


def test_a_supervisor_that_restarts_is_seen(tmp_path: Path) -> None:
    """In /readyz and in the metrics; a few restarts are nothing to tell."""
    settings = Settings(data_dir=tmp_path, redis_url="")
    web = TestClient(create_app(settings))
    for starts, well in ((1, True), (3, True), (4, False)):
        while True:
            supervisor = Supervisor(settings)
            supervisor._note_start()
            supervisor._write_report()
            if len(supervisor._starts) == starts:
                break
        checks = {item["name"]: item for item in web.get("/readyz").json()["checks"]}
        assert checks["supervisor"]["ok"]
        assert checks["restarts"]["ok"] is well
        told = f"timetable_supervisor_recent_starts {starts}.0"
        assert told in web.get("/metrics").text
