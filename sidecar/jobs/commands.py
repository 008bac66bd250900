"""What an owner may do to a job. Each is safe to repeat."""

from pathlib import Path
from typing import Any

from ..contract import TERMINAL, JobState
from ..contract.catalogue import message
from .errors import ForbiddenTransitionError
from .record import WORKER, Job
from .results import promote_incumbent
from .store import JobStore

_TRIES = 3
BY_OWNER = message("by_owner")


def cancel(store: JobStore, job_id: str) -> None:
    """Stop a job and keep its best timetable so far."""

    def step(job: Job) -> tuple[JobState, dict[str, Any]] | None:
        record = job.record
        if record.state in (JobState.CANCELLED, JobState.CANCELLING):
            return None
        if record.state is JobState.RUNNING or _has_worker(store.folder(job_id), job):
            return JobState.CANCELLING, {"why": BY_OWNER}
        changes: dict[str, Any] = {"why": BY_OWNER}
        if record.state not in TERMINAL:
            saved = promote_incumbent(store.folder(job_id))
            if saved is not None:
                changes["result_digest"], changes["variants"] = saved
        return JobState.CANCELLED, changes

    _change(store, job_id, step)


def pause(store: JobStore, job_id: str) -> None:
    """Free the processor; a job that waits does not start."""

    def step(job: Job) -> tuple[JobState, dict[str, Any]] | None:
        return None if job.record.state is JobState.PAUSED else (JobState.PAUSED, {})

    _change(store, job_id, step)


def resume(store: JobStore, job_id: str) -> None:
    """Let a paused job go on; without a process it queues again."""

    def step(job: Job) -> tuple[JobState, dict[str, Any]] | None:
        state = job.record.state
        if state in (JobState.RUNNING, JobState.QUEUED):
            return None
        if state is not JobState.PAUSED:
            raise ForbiddenTransitionError(state, JobState.RUNNING)
        alive = _has_worker(store.folder(job_id), job)
        return (JobState.RUNNING if alive else JobState.QUEUED), {}

    _change(store, job_id, step)


def retry(store: JobStore, job_id: str) -> None:
    """Run a failed or cancelled job again, as a new attempt."""

    def step(job: Job) -> tuple[JobState, dict[str, Any]] | None:
        if job.record.state in (JobState.FAILED, JobState.CANCELLED):
            return JobState.QUEUED, {"restarts": 0}
        raise ForbiddenTransitionError(job.record.state, JobState.QUEUED)

    _change(store, job_id, step)


def _change(store: JobStore, job_id: str, step: Any) -> None:
    """Take a step; if the state changes under us, look again."""
    for last in (False,) * (_TRIES - 1) + (True,):
        job = store.get(job_id)
        todo = step(job)
        if todo is None:
            return
        try:
            store.transition(job_id, todo[0], **todo[1])
            return
        except ForbiddenTransitionError:
            if last or store.get(job_id).record.state is job.record.state:
                raise


def begins_again(store: JobStore, job: Job) -> bool:
    """Whether to resume a job means to start it anew: it gave its place up."""
    record = job.record
    return (
        record.state is JobState.PAUSED
        and record.started_at is not None
        and not _has_worker(store.folder(job.meta.job_id), job)
    )


def _has_worker(folder: Path, job: Job) -> bool:
    return job.record.state is JobState.PAUSED and (
        job.record.started_at is not None and (folder / WORKER).exists()
    )
