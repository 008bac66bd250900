"""The real worker around a solver made for tests, which can fail in every way.

The service runs it only where ``TIMETABLE_WORKER_MODULE`` names it. The problem's
``name`` says what happens: ``steps=30 fault=segfault at=10`` …
"""

import contextlib
import ctypes
import gc
import logging
import os
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path

from sidecar.contract import (
    Assignment,
    JobOptions,
    Problem,
    Result,
    Score,
    Stage,
    StageReport,
    Variant,
)
from sidecar.engine.progress import Control, ProgressSink, Sample
from sidecar.run import worker
from sidecar.system.files import write_atomic

logger = logging.getLogger(__name__)

STEP_SECONDS = 0.05


def _result(problem: Problem, options: JobOptions, digest: str, step: int) -> Result:
    events = [event.id for item in problem.classes for event in item.events]
    slot = problem.timeslots[step % len(problem.timeslots)].id
    variants = [
        Variant(
            key=wanted.key,
            profile=wanted.profile,
            placed=len(events),
            total=len(events),
            score=Score(hard=0, soft=max(0, 1000 - step)),
            breakdown=[],
            assignments=[Assignment(event=event, timeslot=slot) for event in events],
        )
        for wanted in options.variants
    ]
    return Result(
        problem_digest=digest,
        seed=options.seed,
        stop_reason="finished",
        reproducible=True,
        seconds=step * STEP_SECONDS,
        peak_rss_mb=1,
        stages=[
            StageReport(stage=Stage.CPSAT_SOLVING, seconds=step * STEP_SECONDS),
        ],
        variants=variants,
    )


def _fail(fault: str, work_dir: Path) -> None:
    if fault == "segfault":
        ctypes.string_at(0)
    elif fault == "exit":
        os._exit(3)
    elif fault == "error":
        raise RuntimeError("this text must not reach the owner")
    elif fault == "memory":
        hoard = [bytearray(os.urandom(2**20) * 20) for _ in range(30)]
        time.sleep(30)
        del hoard
    elif fault == "disk":
        (work_dir / "large").write_bytes(bytes(30 * 2**20))
        time.sleep(30)
    elif fault == "hang":
        gc.disable()
        time.sleep(600)
    elif fault == "deaf":
        time.sleep(2.5)
    elif fault == "child":
        subprocess.Popen(["sleep", "600"])
    elif fault == "full":

        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        worker.publish_result = refuse  # type: ignore[assignment]


class Memory:
    """So much for each thread that may run, as an engine's."""

    def __init__(self, work_dir: Path, megabytes: int, asked: int) -> None:
        self._work_dir, self._megabytes, self._asked = work_dir, megabytes, asked
        self._held: list[bytes] = []

    def look(self) -> None:
        """Have one piece for each thread."""
        threads = self._asked
        with contextlib.suppress(FileNotFoundError):
            threads = int((self._work_dir / "threads").read_text())
        del self._held[threads:]
        while self._megabytes and len(self._held) < threads:
            self._held.append(os.urandom(2**20) * self._megabytes)


class Children:
    """Children of the solver: one that is lost is replaced, as an engine would."""

    def __init__(self, number: int) -> None:
        self._running: list[subprocess.Popen[bytes]] = []
        self._number = number

    def look(self) -> None:
        """Have as many as wanted."""
        self._running = [child for child in self._running if child.poll() is None]
        while len(self._running) < self._number:
            self._running.append(subprocess.Popen(["sleep", "600"]))


def solve_request(
    problem: Problem,
    options: JobOptions,
    *,
    digest: str,
    sink: ProgressSink,
    control: Control,
    on_incumbent: Callable[[Result], None],
    work_dir: Path,
) -> Result:
    """Count steps, obey commands, and fail where the problem says so."""
    words = dict(word.split("=") for word in problem.name.split())
    steps, at = int(words.get("steps", 10)), int(words.get("at", 5))
    once = work_dir / "failed-once"
    stopped = False
    checkpoint = work_dir / "checkpoint"
    step = int(checkpoint.read_text()) if checkpoint.exists() else 0
    if step:
        logger.info("Going on from step %d.", step)
    children = Children(int(words.get("children", 0)))
    memory = Memory(work_dir, int(words.get("megabytes", 0)), options.threads)
    while step < steps and not stopped:
        children.look()
        memory.look()
        command = control.command()
        stopped = command == "cancel"
        if command == "run" and "loading" not in words:
            step += 1
            percent = 100 * step / steps
            sink.report(
                Sample("cpsat_solving", percent, percent, step, steps, 0, 1000 - step)
            )
            if step % 4 == 0:
                on_incumbent(_result(problem, options, digest, step))
                write_atomic(checkpoint, str(step).encode(), durable=False)
            if step == at and "fault" in words and not once.exists():
                if words.get("once"):
                    once.touch()
                _fail(words["fault"], work_dir)
        time.sleep(STEP_SECONDS)
    if stopped and "loading" in words:
        time.sleep(60)  # what it loads cannot be interrupted
    result = _result(problem, options, digest, step)
    if stopped:
        result = result.model_copy(update={"stop_reason": "cancelled"})
    return result


if __name__ == "__main__":
    stand_in = types.ModuleType("sidecar.solving.solve_request")
    stand_in.solve_request = solve_request  # type: ignore[attr-defined]
    sys.modules["sidecar.solving.solve_request"] = stand_in
    sys.exit(worker.main(sys.argv))
