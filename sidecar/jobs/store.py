"""Jobs on disk: a job is a folder, every change replaces a whole file.

``jobs/<id>/`` holds ``meta.json`` (what was asked, written once), ``problem.json``
(the problem's bytes as received), ``state.json`` (the record below), and what the
worker leaves: ``progress.json``, ``result.json``, ``outcome.json``, ``incumbent.json``.
A folder is made under ``incoming/`` and renamed, so a job exists whole or not at all.

``active/<id>``, an empty file, says that a job may still change or has news for its
owner. It is replaced after each change, which rings for everybody who looks at that
folder: what has ended costs nothing, and neither does what did not change. The folders
are the truth; ``reconcile`` makes the empty files anew from them.
"""

import contextlib
import os
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from ..contract import (
    TERMINAL,
    Attempt,
    JobState,
    Progress,
    Stage,
    can_transition,
)
from ..system.clock import now
from ..system.files import (
    OF_ONE_FILE,
    PRIVATE_FILE,
    empty_trash,
    lock,
    private_folder,
    read_spare,
    remove_folder,
    sync_file,
    sync_folder,
    write_atomic,
)
from .errors import DamagedJobError, ForbiddenTransitionError, UnknownJobError
from .record import (
    LOCK,
    META,
    OUTCOME,
    PROGRESS,
    STATE,
    Job,
    JobMeta,
    JobRecord,
    Outcome,
    Step,
    follow,
)

REPORT = "supervisor.json"
"""In the data folder: what the supervisor says of itself, each second."""
STARTS = "supervisor-starts.json"
"""In the data folder: when it was started lately, on the monotonic clock."""
QUARANTINE = "quarantine"
"""In the data folder: jobs whose files are damaged, for somebody to look at."""
_JOB_ID = re.compile(r"[0-9a-f]{32}")
_FULL_SECONDS, _STRAY_SECONDS, _SAME_STAMP_SECONDS = 5.0, 60.0, 0.05


def age_of(report: dict[str, Any]) -> float:
    """Give the seconds since the supervisor wrote its report, whatever the date is."""
    at = report.get("monotonic")
    if not isinstance(at, float) or at > time.monotonic():
        return float("inf")  # none, or of before the machine's start
    return time.monotonic() - at


@dataclass(frozen=True, eq=False, slots=True)
class Active:
    """One look at all jobs that may still change."""

    jobs: list[Job]
    """Oldest first."""
    damaged: dict[str, DamagedJobError]
    """Those that cannot be read, by id."""
    by_id: dict[str, Job]
    waiting: int
    busy: int
    """How many are queued, and how many run or are being cancelled."""

    @classmethod
    def of(cls, jobs: list[Job], damaged: dict[str, DamagedJobError]) -> "Active":
        """Count the jobs once, for all who ask."""
        states = [job.record.state for job in jobs]
        busy = states.count(JobState.RUNNING) + states.count(JobState.CANCELLING)
        by_id = {job.meta.job_id: job for job in jobs}
        return cls(jobs, damaged, by_id, states.count(JobState.QUEUED), busy)


class JobStore:
    """All jobs below a data folder. Safe to use from several processes and threads."""

    def __init__(self, data_dir: Path) -> None:
        self.root = private_folder(data_dir / "jobs")
        self._incoming = private_folder(data_dir / "incoming")
        self._marks = private_folder(data_dir / "active")
        self._quarantine = data_dir / QUARANTINE
        self._trash = data_dir / "trash"
        self._looking = threading.Lock()
        self._seen: dict[str, tuple[tuple[int, int], Job]] = {}
        """Active jobs as they were read last, with the stamp of their record."""
        self._rung: dict[str, tuple[int, int]] = {}
        self._strays: dict[str, float] = {}
        self._stamp = (0, 0.0)
        self._scanned_at = self._full_at = float("-inf")
        self._active = Active.of([], {})

    # ---- making and forgetting

    def prepare(self) -> Path:
        """Make an empty folder for a job that is arriving."""
        folder = self._incoming / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        return folder

    def commit(self, folder: Path, meta: JobMeta) -> bool:
        """Make an arriving job exist, durably with all its files.

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
        for name, model in ((PROGRESS, progress), (STATE, record), (META, meta)):
            write_atomic(folder / name, _dump(model), durable=False)
        for path in folder.iterdir():
            sync_file(path)
        sync_folder(folder)
        self._ring(meta.job_id)
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
        remove_folder(self.folder(job_id), self._trash)
        (self._marks / job_id).unlink(missing_ok=True)

    def put_aside(self, job_id: str) -> None:
        """Move a damaged job to where nobody but a person looks at it."""
        goal = private_folder(self._quarantine) / job_id
        if goal.exists():
            goal = goal.with_name(f"{job_id}.{uuid.uuid4().hex[:8]}")
        self.folder(job_id).rename(goal)
        (self._marks / job_id).unlink(missing_ok=True)

    def put_aside_count(self) -> int:
        """Count the jobs that were put aside and are still there."""
        return len(list(self._quarantine.glob("*")))

    def clear_incoming(self, older_than_seconds: float = 3600) -> None:
        """Remove what never became a job, and what was being removed."""
        limit = now().timestamp() - older_than_seconds
        for folder in self._incoming.iterdir():
            if folder.stat().st_mtime < limit:
                remove_folder(folder, self._trash)
        empty_trash(self._trash)

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
        """List the ids of all jobs, ended ones too: a look at the whole folder."""
        return [name for name in os.listdir(self.root) if _JOB_ID.fullmatch(name)]

    def ended_ids(self) -> list[str]:
        """List the ids of those that have ended for good: a look at all names."""
        marked = set(os.listdir(self._marks))
        return [job_id for job_id in self.ids() if job_id not in marked]

    def stamp(self, job_id: str) -> tuple[int, int]:
        """Give what changes with a job's record."""
        folder = self.folder(job_id)
        with _damage(folder, STATE):
            status = (folder / STATE).stat()
            return status.st_ino, status.st_mtime_ns

    def get(self, job_id: str, tenant: str | None = None) -> Job:
        """Read a job.

        Raises
        ------
        UnknownJobError
            If there is none, or it belongs to another tenant.
        DamagedJobError
            If it is there, but cannot be read.
        """
        job = self._read(job_id)[1]
        if tenant is not None and job.meta.tenant != tenant:
            raise UnknownJobError(job_id)
        return job

    def _read(self, job_id: str) -> tuple[tuple[int, int], Job]:
        folder = self.folder(job_id)
        known = self._seen.get(job_id)
        stamp = self.stamp(job_id)
        if known is not None and known[0] == stamp:
            return known
        with _damage(folder, STATE):
            record = _record_of((folder / STATE).read_bytes())
        if known is not None:
            return stamp, Job.model_construct(meta=known[1].meta, record=record)
        with _damage(folder, META):
            meta = JobMeta.model_validate_json((folder / META).read_bytes())
            if meta.job_id != job_id:
                raise ValueError("another job's")
        return stamp, Job.model_construct(meta=meta, record=record)

    def look(self) -> Active:
        """Read the jobs that may still change; the same answer if none has changed.

        A file that was changed behind our back is noticed within some seconds.
        """
        with self._looking:
            at = time.monotonic()
            stamp = self._marks.stat().st_mtime_ns
            if stamp != self._stamp[0]:
                self._stamp = (stamp, at)
            full = at - self._full_at >= _FULL_SECONDS
            # A second change may fall into the same tick of the clock: only a look
            # at a stamp that had stood for a while has missed nothing.
            complete = self._scanned_at - self._stamp[1] >= _SAME_STAMP_SECONDS
            if full or self._strays or not complete:
                self._scan(at, full=full)
                self._scanned_at = at
                self._full_at = at if full else self._full_at
            return self._active

    def _scan(self, at: float, *, full: bool) -> None:
        """Read what has rung since the last look; if ``full``, look at every file."""
        rung: dict[str, tuple[int, int]] = {}
        with os.scandir(self._marks) as entries:
            for entry in entries:
                if _JOB_ID.fullmatch(entry.name):
                    with contextlib.suppress(FileNotFoundError):
                        status = entry.stat(follow_symlinks=False)
                        rung[entry.name] = (status.st_ino, status.st_mtime_ns)
        seen: dict[str, tuple[tuple[int, int], Job]] = {}
        damaged: dict[str, DamagedJobError] = {}
        strays: dict[str, float] = {}
        for job_id, mark in rung.items():
            known = self._seen.get(job_id)
            if known is not None and (
                self._unchanged(job_id, known[0])
                if full
                else self._rung.get(job_id) == mark
            ):
                seen[job_id] = known
                continue
            try:
                seen[job_id] = self._read(job_id)
            except DamagedJobError as error:
                damaged[job_id] = error
            except UnknownJobError:
                strays[job_id] = self._strays.get(job_id, at)
        for job_id, since in strays.items():
            if at - since > _STRAY_SECONDS:  # its job never came, or was forgotten
                (self._marks / job_id).unlink(missing_ok=True)
        same = len(seen) == len(self._seen) and all(
            self._seen.get(job_id) is known for job_id, known in seen.items()
        )
        self._rung, self._strays = rung, strays
        if not same or damaged or self._active.damaged:
            self._seen = seen
            # In the old order: to sort it again is one pass, and floats are quick.
            before = [job_id for job_id in self._active.by_id if job_id in seen]
            ids = [*before, *(seen.keys() - self._active.by_id.keys())]
            jobs = [seen[job_id][1] for job_id in ids]
            jobs.sort(key=lambda j: (j.meta.created_at.timestamp(), j.meta.job_id))
            self._active = Active.of(jobs, damaged)

    def _unchanged(self, job_id: str, stamp: tuple[int, int]) -> bool:
        """Whether a record is still the one that was read; quick, for thousands."""
        try:
            status = os.stat(f"{self.root}/{job_id}/{STATE}")
        except OSError:
            return False
        return (status.st_ino, status.st_mtime_ns) == stamp

    def reconcile(self, wanted: Callable[[Job], bool]) -> None:
        """Mark the jobs that need it but lost their mark with the power."""
        marked = set(os.listdir(self._marks))
        for job_id in self.ids():
            if job_id in marked:
                continue
            try:
                needed = wanted(self.get(job_id))
            except DamagedJobError:
                needed = True
            except UnknownJobError:
                continue
            if needed:
                self._ring(job_id)

    def _ring(self, job_id: str) -> None:
        """Tell everybody who looks that a job has changed."""
        # Another inode under the same name: the folder's time changes with it.
        name = f".{job_id}.{os.getpid()}.{threading.get_native_id()}"
        os.close(os.open(self._marks / name, os.O_CREAT | os.O_WRONLY, PRIVATE_FILE))
        (self._marks / name).replace(self._marks / job_id)

    def progress(self, job_id: str) -> Progress | None:
        """Read the newest progress; a damaged file counts as none."""
        data = read_spare(self.folder(job_id) / PROGRESS)
        try:
            return None if data is None else Progress.model_validate_json(data)
        except ValidationError:
            return None

    def outcome(self, job_id: str, attempt: int) -> Outcome | None:
        """Read how the worker of an attempt says it ended; damaged counts as not."""
        data = read_spare(self.folder(job_id) / OUTCOME)
        try:
            outcome = None if data is None else Outcome.model_validate_json(data)
        except ValidationError:
            return None
        return outcome if outcome and outcome.attempt == attempt else None

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
        with self._locked(job_id):
            old = self._record(job_id)
            if not can_transition(old.state, new):
                raise ForbiddenTransitionError(old.state, new)
            record = follow(old, new, changes)
            if old.state in TERMINAL:
                self._ring(job_id)  # before, so that nobody can miss it
            write_atomic(folder / STATE, _dump(record))
        with contextlib.suppress(OSError):  # the next full look sees it all the same
            self._ring(job_id)
        return record

    def acknowledge(self, job_id: str) -> JobRecord:
        """Note that the owner has the result."""
        folder = self.folder(job_id)
        with self._locked(job_id):
            record = self._record(job_id)
            if record.acknowledged_at is None:
                record = record.model_copy(update={"acknowledged_at": now()})
                write_atomic(folder / STATE, _dump(record))
        return record

    def retire(self, job: Job) -> None:
        """Look at an ended job no more, unless it has begun again meanwhile."""
        job_id = job.meta.job_id
        with self._locked(job_id):
            record = self._record(job_id)
            same = record.history[-1].sequence == job.record.history[-1].sequence
            if record.state in TERMINAL and same:
                (self._marks / job_id).unlink(missing_ok=True)

    @contextmanager
    def _locked(self, job_id: str) -> Iterator[None]:
        with _damage(self.folder(job_id), LOCK):
            descriptor = lock(self.folder(job_id) / LOCK)
        try:
            yield
        finally:
            os.close(descriptor)

    def _record(self, job_id: str) -> JobRecord:
        """Read the record anew, under the job's lock."""
        with _damage(self.folder(job_id), STATE):
            return _record_of((self.folder(job_id) / STATE).read_bytes())


@contextmanager
def _damage(folder: Path, name: str) -> Iterator[None]:
    """Turn what a damaged file brings about into an error that names it."""
    try:
        yield
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.errno not in OF_ONE_FILE:
            raise
        if not folder.exists():
            raise UnknownJobError(folder.name) from None
        raise DamagedJobError(folder.name, name) from None


def _record_of(data: bytes) -> JobRecord:
    record = JobRecord.model_validate_json(data)
    if not record.history or not record.attempts:
        raise ValueError("a record without a history")
    return record


def _dump(model: BaseModel) -> bytes:
    return orjson.dumps(model.model_dump(mode="json"))
