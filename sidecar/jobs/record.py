"""What is kept of a job, and what a change of its state does to that. Pure.

The names of its files stand here too; ``store`` reads and writes them.
"""

import hashlib
import uuid
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from ..contract import (
    TERMINAL,
    Attempt,
    Callback,
    JobOptions,
    JobState,
    JobStatus,
    Progress,
    VariantSummary,
)
from ..contract.catalogue import Message, english
from ..logs import job_fields
from ..system.clock import now

META, STATE, PROGRESS = "meta.json", "state.json", "progress.json"
PROBLEM, RESULT, OUTCOME = "problem.json", "result.json", "outcome.json"
INCUMBENT, WORK = "incumbent.json", "work"
HEARTBEAT, STOPPING, LOCK = "heartbeat", "stopping", "lock"
WORKER = "worker.json"
"""Who runs the attempt, so that a later supervisor can take it over."""
ACTIVE = frozenset(JobState) - TERMINAL
MOST_STEPS, MOST_ATTEMPTS = 200, 50
"""How much history a job keeps: the newest, whatever its owner does to it."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class JobMeta(_Stored):
    """What was asked; never changes."""

    job_id: str
    tenant: str
    created_at: datetime
    reference: str | None = None
    options: JobOptions
    callback: Callback | None = None
    priority: int = 0
    problem_digest: str
    body_digest: str
    total_events: int = 0


class Step(_Stored):
    """One change of state; the outbox delivers each of them, in order."""

    sequence: int
    state: JobState
    at: datetime
    attempt: int
    why: Message | None = None
    reason: str | None = None
    result_digest: str | None = None


class JobRecord(_Stored):
    """Where a job stands."""

    state: JobState = JobState.QUEUED
    attempt: int = 1
    restarts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
    why: Message | None = None
    reason: str | None = None
    result_digest: str | None = None
    variants: list[VariantSummary] = Field(default_factory=list)
    history: list[Step] = Field(default_factory=list)
    attempts: list[Attempt] = Field(default_factory=list)
    acknowledged_at: datetime | None = None


class Job(_Stored):
    meta: JobMeta
    record: JobRecord


class Outcome(_Stored):
    """How a worker says that its attempt ended; ``queued`` after a drain."""

    attempt: int
    state: JobState
    why: Message | None = None
    result_digest: str | None = None
    variants: list[VariantSummary] = Field(default_factory=list)


def job_id_of(tenant: str, idempotency_key: str | None) -> str:
    """Name a job; the same key of the same tenant names the same job.

    The folder's name is the only record of the key, so nothing can disagree with it.
    """
    if idempotency_key is None:
        return uuid.uuid4().hex
    seed = f"{tenant}\0{idempotency_key}".encode()
    return hashlib.sha256(seed).hexdigest()[:32]


def follow(old: JobRecord, new: JobState, changes: dict[str, Any]) -> JobRecord:
    """Work out the record after a change of state."""
    at = now()
    attempts = list(old.attempts)
    why: Message | None = changes.get("why")
    said = {"why": why, "reason": None if why is None else english(why)}
    values: dict[str, Any] = {**changes, **said, "state": new}
    if new is JobState.QUEUED and (old.state in TERMINAL or old.started_at):
        # A restart or a retry: this attempt is over, and another begins.
        ended = old.state if old.state in TERMINAL else JobState.FAILED
        attempts[-1] = attempts[-1].model_copy(
            update={
                "state": ended,
                "ended_at": attempts[-1].ended_at or at,
                **(said if old.why is None else {"why": old.why, "reason": old.reason}),
            }
        )
        values["attempt"] = old.attempt + 1
        values.update(started_at=None, ended_at=None, acknowledged_at=None)
        values.update(result_digest=None, variants=[])
        attempts.append(Attempt(number=old.attempt + 1, state=JobState.QUEUED))
    else:
        update: dict[str, Any] = {"state": new, **said}
        if new is JobState.RUNNING and old.started_at is None:
            values["started_at"] = update["started_at"] = at
        if new in TERMINAL:
            values["ended_at"] = update["ended_at"] = at
        attempts[-1] = attempts[-1].model_copy(update=update)
    step = Step(
        sequence=old.history[-1].sequence + 1,
        state=new,
        at=at,
        attempt=values.get("attempt", old.attempt),
        **said,
        result_digest=values.get("result_digest"),
    )
    values["attempts"] = attempts[-MOST_ATTEMPTS:]
    values["history"] = [*old.history, step][-MOST_STEPS:]
    return old.model_copy(update=values)


def status_of(
    job: Job,
    progress: Progress | None = None,
    queue_position: int | None = None,
    expected_start: datetime | None = None,
) -> JobStatus:
    """Show a job as the contract does."""
    record, meta = job.record, job.meta
    settled = record.state is JobState.QUEUED or record.state in TERMINAL
    if progress is not None and settled and progress.status is not record.state:
        # The supervisor has not caught up with a command that came a moment ago.
        progress = progress.model_copy(update={"status": record.state})
    return JobStatus(
        job_id=meta.job_id,
        reference=meta.reference,
        state=record.state,
        attempt=record.attempt,
        created_at=meta.created_at,
        started_at=record.started_at,
        ended_at=record.ended_at,
        why=record.why,
        reason=record.reason,
        problem_digest=meta.problem_digest,
        progress=progress,
        variants=record.variants,
        result_digest=record.result_digest,
        queue_position=queue_position,
        expected_start=expected_start,
        attempts=record.attempts,
    )


def fields_of(job: Job) -> dict[str, object]:
    """Give what a log line about a job says besides its message."""
    return {
        **job_fields(job.meta.job_id, job.meta.tenant),
        "attempt": job.record.attempt,
    }
