"""What the engine keeps between attempts; its threads when memory is short."""

from pathlib import Path

import psutil
import pytest

from sidecar.contract import JobOptions, JobState
from sidecar.contract.catalogue import Message, message
from sidecar.jobs.record import WORK, JobMeta
from sidecar.jobs.store import JobStore
from sidecar.jobs.workspace import CHECKPOINT, lower_threads, threads_of, tidy
from sidecar.run.runners.base import Exit, Launch, Usage
from sidecar.run.warden import Warden
from sidecar.settings import Settings
from sidecar.system.clock import now
from sidecar.system.memory import available_mb, give_back

CRASH = "crash_segfault"
ARGS = {"seconds": 60, "used": 30, "limit": 20}


def _job(store: JobStore, name: str = "a", threads: int = 4) -> str:
    meta = JobMeta(
        job_id=name * 32,
        tenant="demo",
        created_at=now(),
        options=JobOptions(threads=threads),
        problem_digest="",
        body_digest="",
    )
    assert store.commit(store.prepare(), meta)
    store.transition(meta.job_id, JobState.RUNNING)
    work = store.folder(meta.job_id) / WORK
    work.mkdir()
    (work / "checkpoint").write_text("state")
    (work / "notes").write_text("more")
    return meta.job_id


def _end(store: JobStore, job_id: str, *reasons: str) -> set[str]:
    """Fail with each reason in turn, a retry between; gives what is kept."""
    for number, reason in enumerate(reasons):
        if number:
            store.transition(job_id, JobState.QUEUED)
            store.transition(job_id, JobState.RUNNING)
        store.transition(job_id, JobState.FAILED, why=Message(code=reason, args=ARGS))
        tidy(store.folder(job_id), store.get(job_id))
    return {path.name for path in (store.folder(job_id) / WORK).glob("*")}


@pytest.mark.parametrize(
    ("reasons", "kept"),
    [
        (["ran_too_long"], {"checkpoint", "notes"}),
        (["too_much_disk"], {"checkpoint"}),
        ([CRASH], {"checkpoint", "notes"}),
        ([CRASH, CRASH], {"notes"}),
        ([CRASH, "ran_too_long"], {"checkpoint", "notes"}),
    ],
)
def test_a_failed_job_keeps_what_its_retry_goes_on_from(
    tmp_path: Path, reasons: list[str], kept: set[str]
) -> None:
    """But not what would make it fail again."""
    store = JobStore(tmp_path)
    assert _end(store, _job(store), *reasons) == kept


def test_nothing_is_kept_that_nobody_needs(tmp_path: Path) -> None:
    """After a completed job at once; after a failed one when its owner has it."""
    store = JobStore(tmp_path)
    failed, completed = _job(store, "a"), _job(store, "b")
    store.transition(completed, JobState.COMPLETED)
    _end(store, failed, CRASH)
    tidy(store.folder(completed), store.get(completed))
    assert not (store.folder(completed) / WORK).exists()
    store.acknowledge(failed)
    tidy(store.folder(failed), store.get(failed))
    assert not (store.folder(failed) / WORK).exists()


def test_a_running_jobs_files_are_left_alone(tmp_path: Path) -> None:
    """Whatever its last attempt came to."""
    store = JobStore(tmp_path)
    job_id = _job(store)
    tidy(store.folder(job_id), store.get(job_id))
    assert (store.folder(job_id) / CHECKPOINT).exists()


def test_threads_are_halved_down_to_one(tmp_path: Path) -> None:
    """And are never more than were asked for."""
    found = [lower_threads(tmp_path, 6) for _ in range(3)]
    assert found == [3, 1, None]
    assert threads_of(tmp_path, 6) == 1
    (tmp_path / WORK / "threads").write_text("64")
    assert threads_of(tmp_path, 6) == 6


class Machine:
    """A runner whose jobs use what the test says."""

    def __init__(self, available_mb: float, **sizes: float) -> None:
        self.available_mb, self.sizes = available_mb, sizes
        self.killed: list[str] = []

    def usage(self, job_id: str) -> Usage:
        return Usage(self.sizes[job_id[0]], 2, available_mb=self.available_mb)

    def kill(self, job_id: str) -> None:
        self.killed.append(job_id[0])

    def running(self) -> frozenset[str]:
        return frozenset()

    def room(self) -> int:
        return 0

    def start(self, launch: Launch) -> None:
        raise AssertionError(launch)

    def adopt(self, launch: Launch) -> bool:
        raise AssertionError(launch)

    def poll(self, job_id: str) -> Exit | None:
        raise AssertionError(job_id)

    def drain(self, job_id: str) -> None:
        raise AssertionError(job_id)

    def reap_orphans(self) -> int:
        return 0

    def close(self) -> None:
        """Do nothing."""


def _watch(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch, looks: int
) -> tuple[dict[str, int], dict[str, str]]:
    """Have a warden look at two jobs so many times, ten seconds apart.

    Gives the threads of each, and why those were stopped that were.
    """
    store = JobStore(tmp_path)
    jobs = [_job(store, name) for name in "ab"]
    settings = Settings(
        data_dir=tmp_path, redis_url="", job_memory_mb=1000, min_free_memory_mb=400
    )
    warden = Warden(settings, store, machine)
    clock = [1000.0]
    monkeypatch.setattr("sidecar.run.warden.time.monotonic", lambda: clock[0])
    for job_id in jobs:
        warden.begin(store.get(job_id))
        (store.folder(job_id) / "heartbeat").touch()
    for _ in range(looks):
        clock[0] += 10
        for job_id in jobs:
            if warden.verdict(job_id) is None:
                warden.look(store.get(job_id))
    verdicts = {job_id[0]: warden.verdict(job_id) for job_id in jobs}
    reasons = {name: verdict[1] for name, verdict in verdicts.items() if verdict}
    threads = {job_id[0]: threads_of(store.folder(job_id), 4) for job_id in jobs}
    return threads, reasons


def test_a_job_near_its_limit_gets_fewer_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one keeps its own; nobody is stopped."""
    machine = Machine(9000, a=850, b=300)
    assert _watch(tmp_path, machine, monkeypatch, 1) == ({"a": 2, "b": 4}, {})
    assert machine.killed == []


def test_on_a_machine_short_of_memory_the_largest_job_gives_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First its threads; it is stopped only when that does not help."""
    machine = Machine(150, a=300, b=700)
    threads, reasons = _watch(tmp_path / "1", machine, monkeypatch, 2)
    assert (threads, reasons) == ({"a": 4, "b": 1}, {})
    assert machine.killed == []
    threads, reasons = _watch(tmp_path / "2", machine, monkeypatch, 3)
    assert (threads["a"], machine.killed) == (4, ["b"])
    assert reasons["b"] == message("memory_short", used=700, left=150)


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    """Where control groups set one; cached files are not in the way."""
    megabyte = 2**20
    (tmp_path / "memory.max").write_text(f"{500 * megabyte}\n")
    (tmp_path / "memory.current").write_text(f"{450 * megabyte}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {100 * megabyte}\n")
    assert available_mb([tmp_path]) == 150
    (tmp_path / "memory.max").write_text("max\n")
    assert available_mb([tmp_path]) > 150
    assert available_mb([tmp_path / "elsewhere"]) > 150


def test_what_was_freed_goes_back_to_the_system() -> None:
    """Though a small piece at the end of the heap is still in use."""
    me = psutil.Process()
    pieces = [bytes(5000) for _ in range(40_000)]
    last = pieces[-1]
    del pieces
    before = me.memory_info().rss
    give_back()
    assert before - me.memory_info().rss > 100 * 2**20
    assert len(last) == 5000
