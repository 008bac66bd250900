"""Jobs on disk: a job is a folder, every change replaces a whole file.

``jobs/<id>/`` holds ``meta.json`` (what was asked, written once), ``problem.json``
(the problem's bytes as received), ``state.json`` (the record below), and what the
worker leaves: ``progress.json``, ``result.json``, ``outcome.json``, ``incumbent.json``.
A folder is made under ``incoming/`` and renamed, so a job exists whole or not at all.
"""

import hashlib
import re
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from ..contract import (
    TERMINAL,
    Attempt,
    Callback,
    JobOptions,
    JobState,
    JobStatus,
    Progress,
    Stage,
    VariantSummary,
    can_transition,
)
from .errors import ForbiddenTransitionError, UnknownJobError
from .files import (
    locked,
    private_folder,
    read_optional,
    remove_folder,
    sync_folder,
    write_atomic,
)

META, STATE, PROGRESS = "meta.json", "state.json", "progress.json"
PROBLEM, RESULT, OUTCOME = "problem.json", "result.json", "outcome.json"
INCUMBENT, VARIANTS, WORK = "incumbent.json", "variants", "work"
HEARTBEAT, STOPPING = "heartbeat", "stopping"
REPORT = "supervisor.json"
"""In the data folder: what the supervisor says of itself, each second."""
ACTIVE = frozenset(JobState) - TERMINAL
_JOB_ID = re.compile(r"[0-9a-f]{32}")


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
    reason: str | None = None
    result_digest: str | None = None


class JobRecord(_Stored):
    """Where a job stands."""

    state: JobState = JobState.QUEUED
    attempt: int = 1
    restarts: int = 0
    started_at: datetime | None = None
    ended_at: datetime | None = None
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
    reason: str | None = None
    result_digest: str | None = None
    variants: list[VariantSummary] = Field(default_factory=list)


def now() -> datetime:
    """Give the time, in UTC."""
    return datetime.now(UTC)


def job_id_of(tenant: str, idempotency_key: str | None) -> str:
    """Name a job; the same key of the same tenant names the same job.

    The folder's name is the only record of the key, so nothing can disagree with it.
    """
    if idempotency_key is None:
        return uuid.uuid4().hex
    seed = f"{tenant}\0{idempotency_key}".encode()
    return hashlib.sha256(seed).hexdigest()[:32]


class JobStore:
    """All jobs below a data folder. Safe to use from several processes."""

    def __init__(self, data_dir: Path, recheck_seconds: float = 0.0) -> None:
        """Open a store; ended jobs are looked at anew after ``recheck_seconds``."""
        self._recheck_seconds = recheck_seconds
        self._checked: dict[str, float] = {}
        self.root = private_folder(data_dir / "jobs")
        self._incoming = private_folder(data_dir / "incoming")
        self._trash = data_dir / "trash"
        self._metas: dict[str, JobMeta] = {}
        self._records: dict[str, tuple[tuple[int, int], JobRecord]] = {}
        self._names: tuple[int, list[str]] = (0, [])

    # ---- making and forgetting

    def prepare(self) -> Path:
        """Make an empty folder for a job that is arriving."""
        folder = self._incoming / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        return folder

    def commit(self, folder: Path, meta: JobMeta) -> bool:
        """Make an arriving job exist, durably.

        Returns
        -------
        bool
            False if a job of this id exists already; the folder is then still there.
        """
        at = meta.created_at
        record = JobRecord(
            history=[Step(sequence=1, state=JobState.QUEUED, at=at, attempt=1)],
            attempts=[Attempt(number=1, state=JobState.QUEUED)],
        )
        progress = Progress(
            job_id=meta.job_id,
            stage=Stage.LOADING,
            status=JobState.QUEUED,
            last_updated=at,
        )
        write_atomic(folder / PROGRESS, _dump(progress), durable=False)
        write_atomic(folder / STATE, _dump(record))
        write_atomic(folder / META, _dump(meta))
        try:
            folder.rename(self.root / meta.job_id)
        except OSError:
            if (self.root / meta.job_id).is_dir():
                return False
            raise
        sync_folder(self.root)
        return True

    def forget(self, job_id: str) -> None:
        """Remove a job and all its files."""
        remove_folder(self.root / job_id, self._trash)
        for cache in (self._metas, self._records, self._checked):
            cache.pop(job_id, None)

    def clear_incoming(self, older_than_seconds: float = 3600) -> None:
        """Remove what never became a job."""
        limit = now().timestamp() - older_than_seconds
        for folder in self._incoming.iterdir():
            if folder.stat().st_mtime < limit:
                remove_folder(folder, self._trash)

    # ---- reading

    def folder(self, job_id: str) -> Path:
        """Give the folder of a job.

        Raises
        ------
        UnknownJobError
            If the text is not a job's id; it never becomes part of a path then.
        """
        if not _JOB_ID.fullmatch(job_id):
            raise UnknownJobError(job_id)
        return self.root / job_id

    def ids(self) -> list[str]:
        """List the ids of all jobs."""
        stamp = self.root.stat().st_mtime_ns
        # A second rename may fall into the same tick of the clock: only an old
        # stamp proves that the list is complete.
        recent = now().timestamp() - stamp / 1e9 < 1
        if recent or stamp != self._names[0]:
            names = [p.name for p in self.root.iterdir() if _JOB_ID.fullmatch(p.name)]
            self._names = (stamp, names)
        return self._names[1]

    def get(self, job_id: str, tenant: str | None = None) -> Job:
        """Read a job.

        Raises
        ------
        UnknownJobError
            If there is none, or it belongs to another tenant.
        """
        folder = self.folder(job_id)
        try:
            meta = self._metas.get(job_id)
            if meta is None:
                meta = JobMeta.model_validate_json((folder / META).read_bytes())
                self._metas[job_id] = meta
            record = self._record(job_id, folder / STATE)
        except FileNotFoundError:
            self._metas.pop(job_id, None)
            raise UnknownJobError(job_id) from None
        if tenant is not None and meta.tenant != tenant:
            raise UnknownJobError(job_id)
        return Job.model_construct(meta=meta, record=record)

    def all(self, tenant: str | None = None) -> list[Job]:
        """Read all jobs, or those of a tenant, oldest first."""
        jobs = []
        for job_id in self.ids():
            meta = self._metas.get(job_id)
            if tenant is not None and meta is not None and meta.tenant != tenant:
                continue
            try:
                jobs.append(self.get(job_id, tenant))
            except UnknownJobError:
                continue
        return sorted(jobs, key=lambda job: (job.meta.created_at, job.meta.job_id))

    def progress(self, job_id: str) -> Progress | None:
        """Read the newest progress."""
        data = read_optional(self.folder(job_id) / PROGRESS)
        return None if data is None else Progress.model_validate_json(data)

    def outcome(self, job_id: str, attempt: int) -> Outcome | None:
        """Read how the worker of an attempt says it ended."""
        data = read_optional(self.folder(job_id) / OUTCOME)
        if data is None:
            return None
        outcome = Outcome.model_validate_json(data)
        return outcome if outcome.attempt == attempt else None

    def _record(self, job_id: str, path: Path) -> JobRecord:
        known = self._records.get(job_id)
        if known is not None and known[1].state in TERMINAL:
            at = time.monotonic()
            if at - self._checked.get(job_id, 0.0) < self._recheck_seconds:
                return known[1]
            self._checked[job_id] = at
        status = path.stat()
        stamp = (status.st_ino, status.st_mtime_ns)
        if known is None or known[0] != stamp:
            known = (stamp, JobRecord.model_validate_json(path.read_bytes()))
            self._records[job_id] = known
        return known[1]

    # ---- changing

    def transition(self, job_id: str, new: JobState, **changes: Any) -> JobRecord:
        """Change a job's state. Nothing else in the service writes one.

        Raises
        ------
        ForbiddenTransitionError
            If the contract's table does not allow it.
        """
        folder = self.folder(job_id)
        self.get(job_id)
        with locked(folder / "lock"):
            old = JobRecord.model_validate_json((folder / STATE).read_bytes())
            if not can_transition(old.state, new):
                raise ForbiddenTransitionError(old.state, new)
            record = _follow(old, new, changes)
            write_atomic(folder / STATE, _dump(record))
        self._checked.pop(job_id, None)
        return record

    def acknowledge(self, job_id: str) -> JobRecord:
        """Note that the owner has the result."""
        folder = self.folder(job_id)
        with locked(folder / "lock"):
            record = JobRecord.model_validate_json((folder / STATE).read_bytes())
            if record.acknowledged_at is None:
                record = record.model_copy(update={"acknowledged_at": now()})
                write_atomic(folder / STATE, _dump(record))
        self._checked.pop(job_id, None)
        return record


def _follow(old: JobRecord, new: JobState, changes: dict[str, Any]) -> JobRecord:
    """Work out the record after a change of state."""
    at = now()
    attempts = list(old.attempts)
    values: dict[str, Any] = {"reason": None, **changes, "state": new}
    if new is JobState.QUEUED and (old.state in TERMINAL or old.started_at):
        # A restart or a retry: this attempt is over, and another begins.
        ended = old.state if old.state in TERMINAL else JobState.FAILED
        attempts[-1] = attempts[-1].model_copy(
            update={
                "state": ended,
                "ended_at": attempts[-1].ended_at or at,
                "reason": old.reason or values["reason"],
            }
        )
        values["attempt"] = old.attempt + 1
        values.update(started_at=None, ended_at=None, acknowledged_at=None)
        values.update(result_digest=None, variants=[])
        attempts.append(Attempt(number=old.attempt + 1, state=JobState.QUEUED))
    else:
        update: dict[str, Any] = {"state": new, "reason": values["reason"]}
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
        reason=values["reason"],
        result_digest=values.get("result_digest"),
    )
    values["attempts"] = attempts
    values["history"] = [*old.history, step]
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
        reason=record.reason,
        problem_digest=meta.problem_digest,
        progress=progress,
        variants=record.variants,
        result_digest=record.result_digest,
        queue_position=queue_position,
        expected_start=expected_start,
        attempts=record.attempts,
    )


def _dump(model: BaseModel) -> bytes:
    return orjson.dumps(model.model_dump(mode="json"))
