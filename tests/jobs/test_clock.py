"""No clock can hurt a job: dates may jump by an hour, processes may be suspended."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from sidecar.contract import JobOptions, JobState
from sidecar.contract.catalogue import english, message
from sidecar.jobs import admission as admission_module
from sidecar.jobs.admission import Admission
from sidecar.jobs.catalogue import Catalogue
from sidecar.jobs.commands import begins_again
from sidecar.jobs.errors import TooManyJobsError
from sidecar.jobs.record import JobMeta, job_id_of
from sidecar.jobs.store import JobStore, age_of
from sidecar.run.runners.base import Launch
from sidecar.run.runners.local import LocalRunner
from sidecar.run.warden import Warden
from sidecar.settings import Settings
from sidecar.system.clock import now
from sidecar.system.processes import lives, name_of
from tests.harness import Client, Service, serving, wait_for
from tests.jobs.test_workspace import Machine

HOUR = 3600.0


def _job(store: JobStore, created_at: datetime | None = None) -> str:
    meta = JobMeta(
        job_id=job_id_of("demo", None),
        tenant="demo",
        created_at=created_at or now(),
        options=JobOptions(time_limit_seconds=100),
        problem_digest="",
        body_digest="",
    )
    assert store.commit(store.prepare(), meta)
    return meta.job_id


class Watched:
    """A warden that looks at one job, with a monotonic clock of the test's own."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = Settings(
            data_dir=tmp_path,
            redis_url="",
            job_silence_seconds=300,
            job_wall_seconds=60,
        )
        self.store, self.at = JobStore(tmp_path), 1000.0
        monkeypatch.setattr("sidecar.run.warden.time.monotonic", lambda: self.at)
        self.job_id = _job(self.store)
        self.store.transition(self.job_id, JobState.RUNNING)
        self.machine = Machine(9000, **{self.job_id[0]: 1.0})
        self.warden = Warden(self.settings, self.store, self.machine)
        self.warden.begin(self.store.get(self.job_id))

    def look(self, seconds: float) -> None:
        """Let so much time pass, and look."""
        self.at += seconds
        self.warden.look(self.store.get(self.job_id))

    def beat(self, date: float) -> None:
        """Leave a sign of life under a date."""
        path = self.store.folder(self.job_id) / "heartbeat"
        path.touch()
        os.utime(path, (date, date))

    def verdict(self) -> str | None:
        """Say why it was stopped, if it was."""
        found = self.warden.verdict(self.job_id)
        return None if found is None or found[1] is None else english(found[1])


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_a_date_that_jumps_silences_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """A sign of life is that the heartbeat changed, whatever date it bears."""
    watched = Watched(tmp_path, monkeypatch)
    for turn in range(20):
        watched.beat(time.time() + turn + (step if turn > 10 else 0))
        watched.look(1)
    assert watched.verdict() is None


def test_silence_is_noticed_under_any_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the last beat seems to lie in the future."""
    watched = Watched(tmp_path, monkeypatch)
    object.__setattr__(watched.settings, "job_silence_seconds", 30)
    watched.beat(time.time() + HOUR)
    for _ in range(40):
        watched.look(1)
    assert "no sign of life" in (watched.verdict() or "")


def test_a_supervisor_that_was_frozen_blames_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour between two looks is no hour in which the job was silent."""
    watched = Watched(tmp_path, monkeypatch)
    watched.beat(1)
    watched.look(1)
    watched.look(HOUR)
    assert watched.verdict() is None


def test_the_wall_limit_counts_over_supervisors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each restart used to give the job its time anew."""
    watched = Watched(tmp_path, monkeypatch)
    for turn in range(100):
        watched.beat(turn + 1)
        watched.look(1)
        if turn % 7 == 6:  # another supervisor, two seconds later
            watched.at += 2
            watched.warden = Warden(watched.settings, watched.store, watched.machine)
            watched.warden.take_over(watched.store.get(watched.job_id))
        if watched.verdict():
            break
    assert watched.verdict() == "It ran longer than 60 seconds."
    assert 55 <= watched.at - 1000 <= 75


@pytest.fixture
def sleeper() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process.pid
    process.kill()
    process.wait()


def test_a_process_is_known_whatever_the_date(
    tmp_path: Path, sleeper: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its start is counted in ticks; dates of processes follow the clock."""
    folder = tmp_path / "job"
    folder.mkdir()
    name = name_of(sleeper)
    (folder / "worker.json").write_text(f'{{"process": "{name}", "attempt": 1}}')
    real = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda p: real(p) + HOUR)
    monkeypatch.setattr("time.time", lambda: 0.0)
    runner = LocalRunner(Settings(data_dir=tmp_path, redis_url=""))
    assert runner.adopt(Launch("a" * 32, 1, folder))
    assert runner.poll("a" * 32) is None
    pid, ticks, boot = name.split(":")
    assert lives(name)
    assert not lives(f"{pid}:{int(ticks) + 1}:{boot}"), "a later one with its number"
    assert not lives(f"{pid}:{ticks}:another-boot")


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_the_quotas_hour_is_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """Neither a gift nor a fine when the date is set."""
    store = JobStore(tmp_path)
    settings = Settings(data_dir=tmp_path, redis_url="", tenant_jobs_per_hour=2)
    quota = Admission(settings, Catalogue(store, tmp_path))
    _job(store)
    quota.check("demo")
    moved = timedelta(seconds=step)

    class Set(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + moved

    monkeypatch.setattr(admission_module, "datetime", Set)
    _job(store, now() + moved)
    with pytest.raises(TooManyJobsError) as refused:
        quota.check("demo")
    assert 3500 < refused.value.retry_after_seconds <= 3601


def test_a_job_of_the_future_counts_for_an_hour_at_most(tmp_path: Path) -> None:
    """What lies on disk may bear any date."""
    store = JobStore(tmp_path)
    settings = Settings(data_dir=tmp_path, redis_url="", tenant_jobs_per_hour=1)
    _job(store, now() + timedelta(days=300))
    with pytest.raises(TooManyJobsError) as refused:
        Admission(settings, Catalogue(store, tmp_path)).check("demo")
    assert refused.value.retry_after_seconds <= 3601


def test_a_retry_counts_in_the_quota(tmp_path: Path) -> None:
    """Or one job could be run for ever."""
    store = JobStore(tmp_path)
    settings = Settings(data_dir=tmp_path, redis_url="", tenant_jobs_per_hour=3)
    quota = Admission(settings, Catalogue(store, tmp_path))
    job_id = _job(store)
    for _ in range(2):
        quota.check("demo")
        store.transition(job_id, JobState.CANCELLED)
        store.transition(job_id, JobState.QUEUED)
    with pytest.raises(TooManyJobsError) as refused:
        quota.check("demo")
    assert refused.value.said == message("jobs_per_hour", limit=3)
    quota.check("other")


def test_to_resume_what_gave_its_place_up_counts_in_the_quota(tmp_path: Path) -> None:
    """It is started anew; to pause and resume what still waits, or runs, is not."""
    store = JobStore(tmp_path)
    settings = Settings(data_dir=tmp_path, redis_url="", tenant_jobs_per_hour=3)
    quota = Admission(settings, Catalogue(store, tmp_path))
    job_id = _job(store)
    for state in (JobState.PAUSED, JobState.QUEUED, JobState.PAUSED, JobState.QUEUED):
        store.transition(job_id, state)
        quota.check_hour("demo")
    for _ in range(2):
        quota.check_hour("demo")
        store.transition(job_id, JobState.RUNNING)
        store.transition(job_id, JobState.QUEUED)  # by a crash: not its owner's wish
        store.transition(job_id, JobState.RUNNING)
        store.transition(job_id, JobState.PAUSED)
        assert begins_again(store, store.get(job_id))
        store.transition(job_id, JobState.QUEUED)
    with pytest.raises(TooManyJobsError):
        quota.check_hour("demo")
    quota.check_hour("other")


@pytest.mark.parametrize(
    ("files", "seconds"),
    [
        ({}, 1.2),
        ({"stopping": "1"}, 1.2),
        ({"incumbent.json": "{}"}, 1.2),
        ({"incumbent.json": "{}", "stopping": "1"}, 1.6),
        ({"work/checkpoint": ""}, 6.0),
        ({"work/checkpoint": "", "stopping": "1"}, 30.0),
    ],
)
def test_how_long_a_cancelled_job_is_waited_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    seconds: float,
) -> None:
    """Not beyond two seconds, but for a timetable that is on no disk yet."""
    watched = Watched(tmp_path, monkeypatch)
    folder = watched.store.folder(watched.job_id)
    (folder / "work").mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    watched.store.transition(
        watched.job_id, JobState.CANCELLING, why=message("by_owner")
    )
    watched.look(0.1)
    watched.look(seconds - 0.05)
    assert watched.machine.killed == []
    watched.look(0.1)
    assert watched.machine.killed == [watched.job_id[0]]
    assert watched.verdict() == "Cancelled by its owner."


def test_a_reports_age_is_on_no_date() -> None:
    """One of before the machine's start is as good as none."""
    assert age_of({"monotonic": time.monotonic() - 5}) == pytest.approx(5, abs=1)
    assert age_of({"monotonic": time.monotonic() + HOUR}) == float("inf")
    assert age_of({}) == float("inf")


def test_a_suspended_worker_goes_on(client: Client, service: Service) -> None:
    """Shorter than its silence may last; longer, and it would be stopped."""
    job_id = client.accept("steps=60")
    wait_for(lambda: client.status(job_id)["progress"]["metadata"]["placed"] > 3)
    marked = str(service.data / "jobs" / job_id)
    (worker,) = [p for p in service.workers() if marked in p.cmdline()]
    worker.suspend()
    time.sleep(1)
    worker.resume()
    shown = client.wait_state(job_id, "completed")
    assert shown["attempt"] == 1


def test_a_long_pause_gives_its_place_to_others(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Another tenant's job runs meanwhile; resumed, it goes on from where it was."""
    folder = tmp_path_factory.mktemp("pausing")
    with serving(folder, max_running_jobs=1, pause_seconds=1) as service:
        alpha, beta = service.client("alpha"), service.client("beta")
        paused = alpha.accept("steps=40")
        wait_for(lambda: alpha.status(paused)["progress"]["metadata"]["placed"] > 4)
        alpha.call("POST", f"/v1/jobs/{paused}/pause")
        other = beta.accept("steps=5")
        assert beta.status(other)["expected_start"]
        beta.wait_state(other, "completed")
        assert alpha.status(paused)["state"] == "paused"
        assert not service.workers()
        shown = alpha.call("POST", f"/v1/jobs/{paused}/resume").json()
        assert shown["state"] == "queued"
        shown = alpha.wait_state(paused, "completed")
        log = (service.data / "jobs" / paused / "worker.log").read_text()
        assert "Going on from step" in log


def test_alone_in_a_container_it_reaps_orphans(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """As process 1 there is nobody else to do it."""
    words = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]
    able = subprocess.run([*words, "true"], check=False, capture_output=True)
    if able.returncode != 0:
        pytest.skip("no namespaces may be made here")
    service = Service(tmp_path_factory.mktemp("one"))
    service.client()
    command = [*words, sys.executable, "-m", "sidecar", "serve", "--only", "supervisor"]
    # A shell's child that outlives it becomes a child of process 1, and ends there.
    orphan = ["sh", "-c", "(sleep 0.2 &) ; exec " + " ".join(command[5:])]
    with service.log.open("ab") as log:
        outer = subprocess.Popen(
            [*words, *orphan], env=service.environment, stdout=log, stderr=log
        )
    try:
        wait_for(lambda: "is ready" in service.log.read_text(), 30, "it is ready")
        (one,) = psutil.Process(outer.pid).children()

        def left() -> list[psutil.Process]:
            return [p for p in one.children() if p.status() == psutil.STATUS_ZOMBIE]

        wait_for(lambda: not left() and not one.children(), 10, "no zombie")
    finally:
        outer.kill()
        outer.wait()
