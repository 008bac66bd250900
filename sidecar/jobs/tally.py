"""Counts what became of jobs; never falls, though jobs are forgotten in the end.

The counts of a job come from its folder. Those of forgotten jobs are kept in
``tally.json`` in the data folder.
"""

from collections import Counter
from pathlib import Path

import orjson

from ..contract import TERMINAL, JobState, Stage
from ..system.files import read_object, write_atomic
from .causes import INTERRUPTED, cause_of
from .record import Job
from .results import STAGES

TALLY = "tally.json"
BUCKETS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0)
Counts = Counter[str]


def count(job: Job, folder: Path) -> Counts:
    """Count one job, under names such as ``failed:memory``."""
    counts: Counts = Counter({"accepted": 1})
    for number, attempt in enumerate(job.record.attempts):
        if attempt.started_at is not None:
            counts["admitted"] += 1
        if attempt.state not in TERMINAL:
            continue
        if attempt.state is not JobState.FAILED:
            counts[f"ended:{attempt.state}"] += 1
            continue
        cause = cause_of(attempt.why)
        if cause == INTERRUPTED:
            counts["interrupted"] += 1
            continue
        counts[f"ended:{JobState.FAILED}"] += 1
        counts[f"failed:{cause}"] += 1
        if cause == "killed" and number + 1 < len(job.record.attempts):
            counts["restarts"] += 1
    if job.record.state is JobState.COMPLETED:
        counts.update(_durations(job, folder))
    return counts


def _durations(job: Job, folder: Path) -> Counts:
    counts: Counts = Counter()
    record = job.record
    if record.started_at and record.ended_at:
        seconds = (record.ended_at - record.started_at).total_seconds()
        _observe(counts, "job", seconds)
    stages = read_object(folder / STAGES)
    for stage in Stage:
        if isinstance(stages.get(stage), int | float):
            _observe(counts, f"stage:{stage}", stages[stage])
    return counts


def _observe(counts: Counts, name: str, seconds: float) -> None:
    counts[f"{name}:count"] += 1
    # Whole milliseconds: sums of them stay exact.
    counts[f"{name}:ms"] += round(1000 * seconds)
    for limit in BUCKETS:
        if seconds <= limit:
            counts[f"{name}:le:{limit}"] += 1


class Tally:
    """The counts of forgotten jobs, durably; a job is added once."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / TALLY

    def forgotten(self) -> tuple[Counts, str]:
        """Give the counts, and the job that was added last: it may still be there."""
        found = read_object(self._path)
        counts, last = found.get("counts"), found.get("last")
        if not isinstance(counts, dict) or not isinstance(last, str):
            counts, last = found, ""  # as it was written once, or damaged
        whole = {k: v for k, v in counts.items() if isinstance(v, int)}
        return Counter(whole), last

    def keep(self, job_id: str, counts: Counts) -> None:
        """Add a job that is about to be forgotten; a second time does nothing."""
        total, last = self.forgotten()
        if last != job_id:
            total.update(counts)
            write_atomic(self._path, orjson.dumps({"counts": total, "last": job_id}))
