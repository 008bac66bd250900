"""One attempt of one job, in a process of its own: ``python -m sidecar.run.worker``.

Reads the problem from the job's folder, solves it, writes the result and then, last of
all, ``outcome.json``. Commands reach it through the job's ``state.json``; SIGTERM means
that the service stops: write the best down and go.
"""

import errno
import gc
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path

import orjson
from pydantic import ValidationError

from ..contract import JobState, Problem, Result
from ..contract.catalogue import Message, message
from ..engine.progress import Command, Sample
from ..formats.checks import ProblemError
from ..jobs.progress import ProgressReporter
from ..jobs.record import (
    HEARTBEAT,
    INCUMBENT,
    META,
    OUTCOME,
    PROBLEM,
    STATE,
    STOPPING,
    WORK,
    JobMeta,
    Outcome,
)
from ..jobs.redis_publisher import RedisPublisher
from ..jobs.results import publish_result
from ..logs import job_fields, set_up_logging
from ..settings import load_settings
from ..system.confine import confine
from ..system.files import private_folder, try_lock, write_atomic
from ..system.parent import hold_tether
from .runners.local import GIVEN

logger = logging.getLogger(__name__)

LOCK = "worker.lock"
EXIT_OUTPUT, EXIT_BUSY = 74, 75
"""Codes of ``sysexits.h``: the result could not be written; another worker runs."""
_LOOK_SECONDS, _BEAT_SECONDS = 0.1, 1.0


class FolderControl:
    """Reads what to do from the job's state; each look is a sign of life.

    The engine's threads may all ask; ``lock`` also guards the files of the reporter.
    """

    def __init__(self, folder: Path, attempt: int, reporter: ProgressReporter) -> None:
        self._folder, self._attempt, self._reporter = folder, attempt, reporter
        self._stamp: tuple[int, int] | None = None
        self._looked = self._beaten = 0.0
        self._command: Command = "run"
        self.draining = False
        self.lock = threading.RLock()

    def drain(self, *_: object) -> None:
        """Ask for an early end because the service stops (signal handler)."""
        self.draining = True

    def command(self) -> Command:
        """Say whether to run, pause or stop."""
        with self.lock:
            return self._command_now()

    def _command_now(self) -> Command:
        at = time.monotonic()
        if at - self._looked < _LOOK_SECONDS:
            return self._command
        self._looked = at
        if at - self._beaten >= _BEAT_SECONDS:
            self._beaten = at
            self.beat()
        before, self._command = self._command, self._look()
        if self._command == "cancel" and before != "cancel":
            write_atomic(
                self._folder / STOPPING, str(self._attempt).encode(), durable=False
            )
            self._reporter.set_status(JobState.CANCELLING)
        elif self._command != before:
            paused = self._command == "pause"
            self._reporter.set_status(JobState.PAUSED if paused else JobState.RUNNING)
        return self._command

    def beat(self) -> None:
        """Leave a sign of life."""
        (self._folder / HEARTBEAT).touch(mode=0o600)

    def _look(self) -> Command:
        if self.draining:
            return "cancel"
        path = self._folder / STATE
        status = path.stat()
        stamp = (status.st_ino, status.st_mtime_ns)
        if stamp == self._stamp:
            return self._command
        self._stamp = stamp
        record = orjson.loads(path.read_bytes())
        if record["attempt"] != self._attempt:
            return "cancel"
        if record["state"] == JobState.PAUSED:
            return "pause"
        return "run" if record["state"] == JobState.RUNNING else "cancel"


class Reporter:
    """The engine's sink; a report is a sign of life too."""

    def __init__(self, reporter: ProgressReporter, control: FolderControl) -> None:
        self._reporter, self._control = reporter, control

    def report(self, sample: Sample) -> None:
        """Pass a sample on."""
        with self._control.lock:
            self._reporter.report(sample)
            self._control.command()


def main(argv: list[str]) -> int:
    """Run one attempt; gives the exit code."""
    folder, attempt = Path(argv[1]), int(argv[2])
    hold_tether()
    given = {}
    if os.environ.pop(GIVEN, None):
        given = orjson.loads(sys.stdin.buffer.read())
    settings = load_settings(**given)
    set_up_logging(settings.log_level)
    if settings.confine_jobs:
        try:
            confine(folder, settings.data_dir)
        except OSError as error:
            # Some sandbox around us forbids it; the job is not to suffer for that.
            logger.error("The job could not be confined: %s.", error)
    lock = try_lock(folder / LOCK)
    if lock is None:
        logger.error("Another worker has this job.")
        return EXIT_BUSY
    meta = JobMeta.model_validate_json((folder / META).read_bytes())
    publisher = RedisPublisher(settings.redis_url, settings.redis_timeout_seconds)
    limit = meta.options.time_limit_seconds
    reporter = ProgressReporter(folder, meta.job_id, publisher, limit)
    control = FolderControl(folder, attempt, reporter)
    signal.signal(signal.SIGTERM, control.drain)
    control.beat()
    fields = job_fields(meta.job_id, meta.tenant)
    try:
        outcome = _attempt(folder, meta, attempt, reporter, control)
    except ProblemError as error:
        outcome = _failed(attempt, message("contradiction", fault=str(error)))
    except MemoryError:
        outcome = _failed(attempt, message("out_of_memory"))
    except OSError as error:
        logger.exception("The attempt could not be written down.", extra=fields)
        said = message("files_failed", error=error.strerror or type(error).__name__)
        outcome = _failed(attempt, said)
    except Exception as error:
        logger.exception("The engine failed.", extra=fields)
        said = message("engine_error", error=type(error).__name__)
        outcome = _failed(attempt, said)
    try:
        write_atomic(folder / OUTCOME, outcome.model_dump_json().encode())
    except OSError:
        logger.exception("The outcome could not be written.", extra=fields)
        return EXIT_OUTPUT
    publisher.close()
    os.close(lock)
    return 0


def _attempt(
    folder: Path,
    meta: JobMeta,
    attempt: int,
    reporter: ProgressReporter,
    control: FolderControl,
) -> Outcome:
    """Solve, and write the result."""
    from ..solving.solve_request import (
        solve_request,  # loads the engine: seconds, and much memory
    )

    control.beat()
    try:
        problem = Problem.model_validate_json((folder / PROBLEM).read_bytes())
    except ValidationError as error:
        # It was in order when it was accepted.
        raise OSError(errno.EIO, "the problem on disk is damaged", PROBLEM) from error
    gc.freeze()

    def keep(result: Result) -> None:
        write_atomic(folder / INCUMBENT, result.model_dump_json().encode())

    result = solve_request(
        problem,
        meta.options,
        digest=meta.problem_digest,
        sink=Reporter(reporter, control),
        control=control,
        on_incumbent=keep,
        work_dir=private_folder(folder / WORK),
    )
    data = result.model_dump_json().encode()
    if control.draining:
        write_atomic(folder / INCUMBENT, data)
        return Outcome(attempt=attempt, state=JobState.QUEUED)
    digest, variants = publish_result(folder, data)
    cancelled = result.stop_reason == "cancelled"
    return Outcome(
        attempt=attempt,
        state=JobState.CANCELLED if cancelled else JobState.COMPLETED,
        result_digest=digest,
        variants=variants,
    )


def _failed(attempt: int, why: Message) -> Outcome:
    return Outcome(attempt=attempt, state=JobState.FAILED, why=why)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
