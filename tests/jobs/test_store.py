"""The store: whole or not at all, one table of states, one writer."""

import itertools
import threading
from pathlib import Path

import pytest

from sidecar.contract import TRANSITIONS, JobOptions, JobState
from sidecar.jobs import progress as progress_module
from sidecar.jobs.errors import ForbiddenTransitionError, UnknownJobError
from sidecar.jobs.progress import ProgressReporter, read_progress
from sidecar.jobs.record import MOST_STEPS, JobMeta, job_id_of
from sidecar.jobs.redis_publisher import RedisPublisher
from sidecar.jobs.store import JobStore
from sidecar.system.clock import now
from sidecar.system.files import write_atomic

WAYS = {
    JobState.QUEUED: [],
    JobState.RUNNING: [JobState.RUNNING],
    JobState.PAUSED: [JobState.PAUSED],
    JobState.CANCELLING: [JobState.RUNNING, JobState.CANCELLING],
    JobState.CANCELLED: [JobState.CANCELLED],
    JobState.COMPLETED: [JobState.RUNNING, JobState.COMPLETED],
    JobState.FAILED: [JobState.FAILED],
}


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


@pytest.mark.parametrize(
    ("old", "new"), list(itertools.product(JobState, JobState)), ids=str
)
def test_a_state_changes_by_the_contracts_table_only(
    tmp_path: Path, old: JobState, new: JobState
) -> None:
    """All 49 pairs; a refused change leaves no trace."""
    store = JobStore(tmp_path)
    job_id = _job(store)
    for state in WAYS[old]:
        store.transition(job_id, state)
    before = store.get(job_id).record
    if new in TRANSITIONS[old]:
        after = store.transition(job_id, new)
        assert after.state is new
        assert after.history[-1].sequence == before.history[-1].sequence + 1
    else:
        with pytest.raises(ForbiddenTransitionError):
            store.transition(job_id, new)
        assert JobStore(tmp_path).get(job_id).record == before


def test_of_many_at_once_one_changes_the_state(tmp_path: Path) -> None:
    """The others are refused; the history has one step."""
    store = JobStore(tmp_path)
    job_id, refused = _job(store), []

    def cancel() -> None:
        try:
            JobStore(tmp_path).transition(job_id, JobState.CANCELLED)
        except ForbiddenTransitionError as error:
            refused.append(error)

    threads = [threading.Thread(target=cancel) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 7
    assert len(store.get(job_id).record.history) == 2


def test_a_job_is_seen_by_other_processes_at_once(tmp_path: Path) -> None:
    """Though each store remembers what it read."""
    one, other = JobStore(tmp_path), JobStore(tmp_path)
    for count in range(1, 6):
        job_id = _job(one)
        assert len(other.look().jobs) == count
        one.transition(job_id, JobState.RUNNING)
        assert other.get(job_id).record.state is JobState.RUNNING
    one.forget(job_id)
    with pytest.raises(UnknownJobError):
        other.get(job_id)
    assert len(other.look().jobs) == len(other.ids()) == 4


def test_a_failed_write_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no temporary one; the error is not swallowed."""
    path = tmp_path / "state.json"
    write_atomic(path, b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["state.json"]


class _Sample:
    def __init__(self, stage: str, share: float, overall: float) -> None:
        self.stage, self.stage_progress, self.overall_progress = stage, share, overall
        self.placed = self.total = self.completed_items = self.total_items = 0
        self.hard = self.soft = None
        self.message = ""
        self.seconds = 0.0


def test_progress_rises_whatever_the_engine_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A later attempt begins anew, but its sequence goes on."""
    monkeypatch.setattr(progress_module, "MIN_SECONDS", 0)
    publisher = RedisPublisher("", 1)
    reporter = ProgressReporter(tmp_path, "j", publisher)
    shown = []
    for sample in [
        _Sample("loading", 50, 2.5),
        _Sample("clustering", 10.123456, 6),
        _Sample("clustering", 5, 4),
        _Sample("cpsat_solving", -3, 250),
        _Sample("cpsat_solving", 10, 20),
    ]:
        reporter.report(sample)
        shown.append(read_progress(tmp_path))
    assert [item.overall_progress for item in shown] == [2.5, 6, 6, 99, 99]
    assert [item.stage_progress for item in shown] == [50, 10.12, 10.12, 0, 10]
    assert [item.sequence for item in shown] == [1, 2, 3, 4, 5]
    ProgressReporter(tmp_path, "j", publisher).report(_Sample("loading", 1, 1))
    assert read_progress(tmp_path).sequence == 6
    assert read_progress(tmp_path).overall_progress == 1


def test_time_left_goes_by_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stages of other speeds do not make it jump, and it never grows."""
    monkeypatch.setattr(progress_module, "MIN_SECONDS", 0)
    reporter = ProgressReporter(tmp_path, "j", RedisPublisher("", 1), 180)
    left = []
    for seconds, stage, overall in [
        (2, "loading", 5),
        (20, "cpsat_solving", 75),
        (19, "ga_optimization", 76),
        (100, "ga_optimization", 80),
        (179, "rl_refinement", 100),
        (185, "rl_refinement", 100),
    ]:
        sample = _Sample(stage, 50, overall)
        sample.seconds = seconds
        reporter.report(sample)
        shown = read_progress(tmp_path)
        left.append(shown.eta_seconds)
    assert left == [178, 160, 160, 80, 1, 0]
    assert shown.overall_progress == 99
    reporter.set_status(JobState.PAUSED)
    assert read_progress(tmp_path).eta_seconds is None


def test_a_history_has_a_bound(tmp_path: Path) -> None:
    """However often its owner pauses a job; the newest steps stay, none is missing."""
    store = JobStore(tmp_path)
    job_id = _job(store)
    for _ in range(MOST_STEPS):
        store.transition(job_id, JobState.PAUSED)
        store.transition(job_id, JobState.QUEUED)
    numbers = [step.sequence for step in store.get(job_id).record.history]
    last = 2 * MOST_STEPS + 1
    assert numbers == list(range(last - MOST_STEPS + 1, last + 1))
