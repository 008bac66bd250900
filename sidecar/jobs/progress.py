"""The one writer of a job's progress: to disk first, then to Redis.

While a worker lives it writes; before and after that the supervisor does. A file
``progress.json`` in the job's folder always has the newest report, so that nothing
depends on Redis.
"""

import logging
import time
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from ..contract import (
    TERMINAL,
    JobState,
    Progress,
    ProgressMetadata,
    Stage,
)
from ..contract.catalogue import Message, english
from ..system.clock import now
from ..system.files import read_spare, write_atomic
from .record import PROGRESS
from .redis_publisher import RedisPublisher, progress_key

logger = logging.getLogger(__name__)

MOST_WHILE_WORKING = 99.0
"""Per cent: 100 is for a job that has ended."""
MIN_SECONDS = 0.2
"""Least time between two reports that only refine the figures."""


class Sample(Protocol):
    """What the engine reports; see ``sidecar.engine.progress``."""

    @property
    def stage(self) -> str: ...
    @property
    def stage_progress(self) -> float: ...
    @property
    def overall_progress(self) -> float: ...
    @property
    def placed(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def hard(self) -> int | None: ...
    @property
    def soft(self) -> int | None: ...
    @property
    def completed_items(self) -> int: ...
    @property
    def total_items(self) -> int: ...
    @property
    def message(self) -> str: ...
    @property
    def seconds(self) -> float: ...


class ProgressReporter:
    """Turns the engine's samples into progress; rising, rounded, throttled."""

    def __init__(
        self,
        folder: Path,
        job_id: str,
        publisher: RedisPublisher,
        limit_seconds: float | None = None,
    ) -> None:
        """``limit_seconds``: of work, pauses left out; the time left goes by it."""
        self._folder, self._job_id, self._publisher = folder, job_id, publisher
        self._limit, self._worked = limit_seconds, 0.0
        before = read_progress(folder)
        self._sequence = before.sequence if before else 0
        self._started_at = now()
        self._status = JobState.RUNNING
        self._last_write = 0.0
        self._disk_failed = False
        self._stage = Stage.LOADING
        self._stage_progress = self._overall = 0.0
        self._metadata = ProgressMetadata()

    def report(self, sample: Sample) -> None:
        """Take a sample; never raises for want of disk or Redis."""
        stage = Stage(sample.stage)
        moved = stage is not self._stage
        percent = _percent(sample.stage_progress)
        self._stage_progress = percent if moved else max(percent, self._stage_progress)
        self._stage = stage
        overall = min(_percent(sample.overall_progress), MOST_WHILE_WORKING)
        self._overall = max(overall, self._overall)
        self._worked = max(self._worked, sample.seconds)
        self._metadata = ProgressMetadata(
            completed_items=sample.completed_items,
            total_items=sample.total_items,
            placed=sample.placed,
            total=sample.total,
            hard=sample.hard,
            soft=sample.soft,
            message=sample.message or None,
        )
        at = time.monotonic()
        if moved or at - self._last_write >= MIN_SECONDS:
            self._last_write = at
            self._write()

    def set_status(self, status: JobState) -> None:
        """Say at once that the job pauses, goes on or is being cancelled."""
        if status is not self._status:
            self._status = status
            self._write()

    def _seconds_left(self) -> float | None:
        """At most: a run that can get better works until its limit, and one that
        cannot ends before. A rate of the past would promise what nobody knows."""
        if self._limit is None or self._status is not JobState.RUNNING:
            return None
        return max(0.0, self._limit - self._worked)

    def _write(self) -> None:
        self._sequence += 1
        eta = self._seconds_left()
        progress = Progress(
            job_id=self._job_id,
            stage=self._stage,
            stage_progress=self._stage_progress,
            overall_progress=self._overall,
            status=self._status,
            eta_seconds=None if eta is None else round(eta, 2),
            started_at=self._started_at,
            last_updated=now(),
            sequence=self._sequence,
            metadata=self._metadata,
        )
        try:
            write_progress(self._folder, progress, self._publisher)
            self._disk_failed = False
        except OSError as error:
            if not self._disk_failed:
                logger.error("Progress cannot be written to disk: %s.", error.strerror)
            self._disk_failed = True


def settle(
    folder: Path,
    job_id: str,
    publisher: RedisPublisher,
    state: JobState,
    why: Message | None,
    started_at: datetime | None,
) -> Progress:
    """Report a change of state of a job that has no worker."""
    before = read_progress(folder)
    values = {} if before is None else before.model_dump()
    said = None if why is None else english(why)
    values["metadata"] = ProgressMetadata.model_validate(
        {
            **values.get("metadata", {}),
            "error": said if state is JobState.FAILED else None,
            "message": said,
            "why": why,
        }
    )
    if before is None or state is JobState.QUEUED:
        values.update(stage=Stage.LOADING, stage_progress=0, overall_progress=0)
    if state is JobState.COMPLETED:
        values.update(stage=Stage.RL_REFINEMENT, stage_progress=100)
        values.update(overall_progress=100)
    values.update(
        job_id=job_id,
        status=state,
        eta_seconds=0.0 if state in TERMINAL else None,
        started_at=started_at,
        last_updated=now(),
        sequence=(before.sequence if before else 0) + 1,
    )
    progress = Progress.model_validate(values)
    write_progress(folder, progress, publisher)
    return progress


def read_progress(folder: Path) -> Progress | None:
    """Read the newest report of a job."""
    data = read_spare(folder / PROGRESS)
    try:
        return None if data is None else Progress.model_validate_json(data)
    except ValidationError:
        return None  # torn with the power; the next report replaces it


def write_progress(folder: Path, progress: Progress, publisher: RedisPublisher) -> None:
    """Write a report to disk, then hand it to Redis."""
    data = progress.model_dump_json().encode()
    try:
        write_atomic(folder / PROGRESS, data, durable=False)
    finally:
        publisher.publish(progress_key(progress.job_id), data)


def _percent(value: float) -> float:
    return round(min(max(value, 0.0), 100.0), 2)
