"""Counts what became of jobs; never falls, though jobs are forgotten in the end.

The counts of a job come from its folder. Those of forgotten jobs are kept in
``tally.json`` in the data folder.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import orjson

from ..contract import TERMINAL, JobState, Stage
from .causes import INTERRUPTED, cause_of
from .files import read_optional, write_atomic
from .results import STAGES
from .store import Job

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
        cause = cause_of(attempt.reason)
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
    data = read_optional(folder / STAGES)
    stages = {} if data is None else orjson.loads(data)
    for stage in Stage:
        if stage in stages:
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
    """Counts all jobs; ended ones only once."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / TALLY
        self._jobs = data_dir / "jobs"
        self._ended: dict[str, tuple[int, Counts]] = {}

    def total(self, jobs: Iterable[Job]) -> Counts:
        """Sum over these jobs and the forgotten ones."""
        total = self._forgotten()
        ended: dict[str, tuple[int, Counts]] = {}
        for job in jobs:
            job_id, sequence = job.meta.job_id, job.record.history[-1].sequence
            known = self._ended.get(job_id)
            if known is None or known[0] != sequence:
                known = (sequence, count(job, self._jobs / job_id))
            if job.record.state in TERMINAL:
                ended[job_id] = known
            total.update(known[1])
        self._ended = ended
        return total

    def keep(self, job: Job) -> None:
        """Add a job that is about to be forgotten."""
        total = self._forgotten()
        total.update(count(job, self._jobs / job.meta.job_id))
        write_atomic(self._path, orjson.dumps(total))

    def _forgotten(self) -> Counts:
        data = read_optional(self._path)
        return Counter() if data is None else Counter(orjson.loads(data))
