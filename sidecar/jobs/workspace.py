"""The folder ``work`` of a job: what the engine keeps between two attempts.

The engine owns ``checkpoint``; nobody else looks into it. ``threads`` goes the other
way: how many threads it may use from now on, written when memory is short.
"""

import shutil
from pathlib import Path

from ..contract import TERMINAL, JobState
from ..system.files import private_folder, read_spare, write_atomic
from .causes import cause_of
from .record import WORK, Job

CHECKPOINT = f"{WORK}/checkpoint"
"""The engine's own file to go on from; whole or absent, opaque to everybody else."""
THREADS = f"{WORK}/threads"
_OF_OURS = ("crash", "engine")
"""Causes of failures that a checkpoint may bring about again."""


def threads_of(folder: Path, asked: int) -> int:
    """Read how many threads a job may use, of those it asked for."""
    data = read_spare(folder / THREADS)
    try:
        return asked if data is None else max(1, min(asked, int(data)))
    except ValueError:
        return asked


def lower_threads(folder: Path, asked: int) -> int | None:
    """Halve the threads of a job; ``None`` if it has only one."""
    now = threads_of(folder, asked)
    if now == 1:
        return None
    set_threads(folder, now // 2)
    return now // 2


def set_threads(folder: Path, threads: int) -> None:
    """Tell the engine how many threads it may use."""
    private_folder(folder / WORK)
    write_atomic(folder / THREADS, str(threads).encode(), durable=False)


def tidy(folder: Path, job: Job) -> None:
    """Remove what no further attempt needs.

    A failed or cancelled job may be retried until its owner has acknowledged it, and
    goes on from its checkpoint then. Two crashes in a row discard the checkpoint: it
    may be what crashes the engine. Too much on disk is not kept for the retry.
    """
    record = job.record
    if record.state not in TERMINAL:
        return
    if record.state is JobState.COMPLETED or record.acknowledged_at is not None:
        shutil.rmtree(folder / WORK, ignore_errors=True)
        return
    causes = [cause_of(attempt.why) for attempt in record.attempts[-2:]]
    if record.state is JobState.FAILED and causes[-1] == "disk":
        for path in (folder / WORK).glob("*"):
            if path == folder / CHECKPOINT:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    if len(causes) == 2 and all(cause in _OF_OURS for cause in causes):
        (folder / CHECKPOINT).unlink(missing_ok=True)
