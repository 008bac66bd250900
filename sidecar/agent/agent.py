"""A solver machine: asks the service for attempts, and runs them as it would itself.

Each attempt has a folder here with the files that a worker process looks at, and runs
under the same runner as beside the service. The loop never waits for a file: transfers
have threads of their own. If the service is away, what runs goes on, and what has ended
is kept until it can be brought back; only the service's word ends an attempt.
"""

import contextlib
import logging
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import ValidationError

from ..contract import Progress
from ..jobs.record import HEARTBEAT, OUTCOME, PROGRESS, RESULT, STATE, STOPPING
from ..jobs.workspace import set_threads
from ..machines.parcels import SAVED, may_go, names_back
from ..machines.wire import LOG_BYTES, AttemptName, Ended, Report, Turn, Wanted
from ..run.runners.base import WORKER_LOG, Launch
from ..run.runners.local import LocalRunner
from ..settings import Settings, UnsafeConfigurationError
from ..system.files import (
    folder_size,
    private_folder,
    read_optional,
    read_spare,
    try_lock,
    write_atomic,
)
from ..system.memory import available_mb
from .link import GoneError, Link, LinkError, RefusedError

logger = logging.getLogger(__name__)

T = TypeVar("T")
_LOOK_SECONDS, _BUSY_SECONDS, _IDLE_SECONDS = 0.1, 0.3, 1.0
_SAVE_SECONDS, _LONGEST_PAUSE, _GRACE_SECONDS = 2.0, 2.0, 10.0
_TRANSFERS = 4
_EX_OSERR, _EX_IOERR = 71, 74
"""Of ``sysexits.h``: it could not be started; its result could not be written."""


class _Attempt:
    """One attempt that this machine has, from its files' coming to their going."""

    def __init__(self, name: AttemptName, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.state = ""
        """The job's state, as its process reads it."""
        self.gone = False
        """The service does not want it any more."""
        self.begun = False
        """Its process runs, or ran."""
        self.work: Future[None] | None = None
        """The transfer that goes on now."""
        self.code: int | None = None
        self.ended = False
        self.bringing = self.returned = False
        """What it left is brought back, or has been."""
        self.resting = False
        self.beats = self.saved = 0
        self._beat = 0
        self._stamp: list[int] = []
        self._saved_at = 0.0
        self._told: bytes = b""

    @property
    def job_id(self) -> str:
        return self.name.job_id

    def report(self, runner: LocalRunner) -> Report:
        """Tell how it goes."""
        with contextlib.suppress(OSError):
            beat = (self.folder / HEARTBEAT).stat().st_mtime_ns
            if beat != self._beat:
                self._beat, self.beats = beat, self.beats + 1
        if self.ended or not self.begun:
            self.beats += 1  # we are the sign of life: files are on their way
        running = self.job_id in runner.running()
        usage = runner.usage(self.job_id) if running else None
        return Report(
            job_id=self.job_id,
            attempt=self.name.attempt,
            beats=self.beats,
            stopping=read_spare(self.folder / STOPPING) is not None,
            saved=self.saved,
            rss_mb=0.0 if usage is None else round(usage.rss_mb, 1),
            processes=0 if usage is None else usage.processes,
            disk_mb=round(folder_size(self.folder) / 2**20, 2),
            progress=self._progress(),
        )

    def _progress(self) -> Progress | None:
        data = read_spare(self.folder / PROGRESS) if self.begun else None
        if data is None or data == self._told:
            return None
        try:
            progress = Progress.model_validate_json(data)
        except ValidationError:
            return None
        self._told = data
        return progress

    def forget_told(self) -> None:
        """Tell the newest progress again: what was told did not arrive."""
        self._told = b""

    def new_checkpoint(self) -> bool:
        """Whether there is another checkpoint than the one that was sent last."""
        at = time.monotonic()
        if at - self._saved_at < _SAVE_SECONDS:
            return False
        self._saved_at = at
        stamp = []
        for name in SAVED:
            with contextlib.suppress(FileNotFoundError):
                stamp.append((self.folder / name).stat().st_mtime_ns)
        if not stamp or stamp == self._stamp:
            return False
        self._stamp = stamp
        return True

    def save_again(self) -> None:
        """Send the newest checkpoint once more: it did not arrive."""
        self._stamp = []

    def obey(self, state: str, threads: int | None) -> None:
        """Write down what its process is to do."""
        if state != self.state:
            record = {"state": state, "attempt": self.name.attempt}
            write_atomic(self.folder / STATE, orjson.dumps(record), durable=False)
            self.state = state
        if threads is not None and self.begun:
            set_threads(self.folder, threads)


class Agent:
    """The loop on a solver machine."""

    def __init__(
        self,
        settings: Settings,
        link: Link,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        # What is published goes by way of the service; Redis is not for us to reach.
        self._settings = settings.model_copy(update={"redis_url": ""})
        self._link, self._meanwhile = link, meanwhile
        self._runner = LocalRunner(self._settings, tethered=True)
        self._root = private_folder(settings.data_dir.resolve() / "jobs")
        self._attempts: dict[str, _Attempt] = {}
        self._pool = ThreadPoolExecutor(_TRANSFERS, thread_name_prefix="transfer")
        self._stopping = threading.Event()
        self._closing = threading.Event()
        self._draining_since: float | None = None
        self._due = 0.0
        self._pause = _IDLE_SECONDS
        self._away = False

    def stop(self, *_: object) -> None:
        """Ask the loop to write the best down, bring it back, and end (signal)."""
        self._stopping.set()

    def run(self) -> None:
        """Work until asked to stop.

        Raises
        ------
        UnsafeConfigurationError
            If another agent has this data folder.
        """
        lock = try_lock(self._settings.data_dir / "machine.lock")
        if lock is None:
            raise UnsafeConfigurationError(
                f"Another machine's process has the folder {self._settings.data_dir}; "
                "give each its own (TIMETABLE_DATA_DIR)."
            )
        self._instance = self._read_instance()
        self._runner.reap_orphans()
        for folder in self._root.iterdir():
            shutil.rmtree(folder, ignore_errors=True)
        logger.info("Asking for work.")
        try:
            while not self._is_over():
                self._tick()
                self._stopping.wait(_LOOK_SECONDS)
                if self._stopping.is_set():
                    time.sleep(_LOOK_SECONDS)
        finally:
            self._closing.set()
            for job_id in self._runner.running():
                self._runner.kill(job_id)
            self._pool.shutdown(wait=False, cancel_futures=True)
            os.close(lock)
        logger.info("The machine has stopped.")

    def _read_instance(self) -> str:
        """Give the name of this data folder; it is kept."""
        path = self._settings.data_dir / "machine.id"
        known = read_optional(path)
        if known is None:
            known = uuid.uuid4().hex.encode()
            write_atomic(path, known)
        return known.decode()

    def _is_over(self) -> bool:
        if not self._stopping.is_set():
            return False
        at = time.monotonic()
        if self._draining_since is None:
            self._draining_since = at
            for job_id in self._runner.running():
                self._runner.drain(job_id)
        limit = self._settings.drain_seconds
        if at - self._draining_since > limit:
            for job_id in self._runner.running():
                self._runner.kill(job_id)
        late = at - self._draining_since > limit + _GRACE_SECONDS
        return late or not self._attempts

    def _tick(self) -> None:
        self._meanwhile()
        for attempt in list(self._attempts.values()):
            try:
                self._tend(attempt)
            except OSError as error:
                logger.error(
                    "An attempt's files cannot be written: %s.",
                    error,
                    extra={"job_id": attempt.job_id},
                )
                self._end(attempt, _EX_IOERR)
        if time.monotonic() >= self._due:
            self._turn()

    # ---- one attempt

    def _tend(self, attempt: _Attempt) -> None:
        job_id, running = attempt.job_id, attempt.job_id in self._runner.running()
        if running and (ended := self._runner.poll(job_id)) is not None:
            attempt.code, attempt.ended, running = ended.code, True, False
        if attempt.gone:
            if running:
                self._runner.kill(job_id)
            elif attempt.work is None or attempt.work.done():
                shutil.rmtree(attempt.folder, ignore_errors=True)
                del self._attempts[job_id]
            return
        if attempt.work is not None:
            if not attempt.work.done():
                return
            work, attempt.work = attempt.work, None
            if (error := work.exception()) is not None:
                self._failed(attempt, error)
                return
        if attempt.returned:
            attempt.gone = True
        elif attempt.ended:
            attempt.bringing = True
            attempt.work = self._pool.submit(self._bring_back, attempt)
        elif not attempt.begun:
            if self._stopping.is_set():
                attempt.ended = True
            elif (attempt.folder / STATE).exists():
                self._start(attempt)
            else:
                attempt.work = self._pool.submit(self._fetch, attempt)
        elif attempt.new_checkpoint():
            attempt.work = self._pool.submit(self._save, attempt)

    def _start(self, attempt: _Attempt) -> None:
        launch = Launch(attempt.job_id, attempt.name.attempt, attempt.folder)
        attempt.begun = True
        try:
            self._runner.start(launch)
        except OSError as error:
            logger.error(
                "An attempt could not be started: %s.",
                error,
                extra={"job_id": attempt.job_id},
            )
            self._end(attempt, _EX_OSERR)
            return
        logger.info(
            "Started attempt %d.",
            attempt.name.attempt,
            extra={"job_id": attempt.job_id},
        )

    def _end(self, attempt: _Attempt, code: int) -> None:
        """Bring an attempt to an end that its process did not."""
        if attempt.job_id in self._runner.running():
            self._runner.kill(attempt.job_id)
        for name in (RESULT, OUTCOME):
            with contextlib.suppress(OSError):
                (attempt.folder / name).unlink()
        attempt.begun = attempt.ended = True
        attempt.code = code

    def _failed(self, attempt: _Attempt, error: BaseException) -> None:
        """Think about a transfer that failed."""
        if isinstance(error, GoneError):
            attempt.gone = True
            return
        if isinstance(error, LinkError) and not isinstance(error, RefusedError):
            attempt.save_again()  # the service is away, which the turns have told
            return
        logger.error(
            "Files of an attempt could not be moved: %s.",
            error,
            extra={"job_id": attempt.job_id},
        )
        if attempt.bringing and attempt.code == _EX_IOERR:
            attempt.gone = True  # not even that much is taken
        elif attempt.bringing or not attempt.begun:
            self._end(attempt, _EX_IOERR)
        # Else it was a checkpoint; the next may go.

    # ---- transfers, in threads of their own

    def _fetch(self, attempt: _Attempt) -> None:
        """Fetch what the attempt starts from; its state last."""
        private_folder(attempt.folder)
        for name in self._patiently(attempt, lambda: self._link.names(attempt.name)):
            if not may_go(name):
                raise RefusedError(f"a file of the name {name[:80]!r} may not come")
            goal = attempt.folder / name
            private_folder(goal.parent)
            self._patiently(attempt, partial(self._fetch_one, attempt.name, name, goal))
        attempt.obey("running", None)

    def _fetch_one(self, name: AttemptName, file: str, goal: Path) -> None:
        part = goal.with_name(f".{goal.name}.part")
        with part.open("wb") as opened:
            self._link.fetch(name, file, opened)
        part.replace(goal)

    def _save(self, attempt: _Attempt) -> None:
        """Send what another machine could go on from."""
        for name in SAVED:
            path = attempt.folder / name
            if path.exists():
                self._link.send(attempt.name, name, path)
        attempt.saved += 1

    def _bring_back(self, attempt: _Attempt) -> None:
        """Send all that the attempt left, and say how it ended."""
        for name in names_back(attempt.folder):
            path = attempt.folder / name
            send = partial(self._link.send, attempt.name, name, path)
            self._patiently(attempt, send)
        log = read_optional(attempt.folder / WORKER_LOG) or b""
        text = log[-LOG_BYTES // 4 :].decode(errors="replace")
        ended = Ended(code=attempt.code, log=text)
        self._patiently(attempt, lambda: self._link.end(attempt.name, ended))
        attempt.returned = True

    def _patiently(self, attempt: _Attempt, step: Callable[[], T]) -> T:
        """Do something with the service, however long it is away."""
        pause = 0.2
        while True:
            try:
                return step()
            except RefusedError:
                raise
            except LinkError:
                if attempt.gone or self._closing.wait(pause):
                    raise
                pause = min(2 * pause, _LONGEST_PAUSE)

    # ---- speaking with the service

    def _turn(self) -> None:
        attempts = list(self._attempts.values())
        coming = sum(not attempt.begun for attempt in attempts)
        room = 0 if self._stopping.is_set() else self._runner.room() - coming
        turn = Turn(
            instance=self._instance,
            room=max(0, room),
            available_mb=round(available_mb(), 1),
            attempts=[attempt.report(self._runner) for attempt in attempts],
        )
        try:
            orders = self._link.turn(turn)
        except LinkError as error:
            if not self._away:
                logger.warning("The service is away: %s; what runs goes on.", error)
            self._away = True
            for attempt in attempts:
                attempt.forget_told()
            self._due = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
            return
        if self._away:
            logger.warning("The service answers again.")
        self._away, self._pause = False, _BUSY_SECONDS
        for wanted in orders.attempts:
            self._obey(wanted)
        if orders.offer is not None and orders.offer.job_id not in self._attempts:
            name = orders.offer
            folder = self._root / name.job_id
            shutil.rmtree(folder, ignore_errors=True)
            self._attempts[name.job_id] = _Attempt(name, folder)
        busy = _BUSY_SECONDS if self._attempts else _IDLE_SECONDS
        # More may wait where one was offered.
        self._due = time.monotonic() + (0.0 if orders.offer is not None else busy)

    def _obey(self, wanted: Wanted) -> None:
        attempt = self._attempts.get(wanted.job_id)
        if attempt is None or attempt.name.attempt != wanted.attempt:
            return
        running = wanted.job_id in self._runner.running()
        if wanted.wanted == "kill":
            if wanted.state is None:
                attempt.gone = True
            elif running:
                self._runner.kill(wanted.job_id)
            elif not attempt.begun:
                self._end(attempt, -9)
        elif wanted.wanted == "rest":
            if running and not attempt.resting:
                attempt.resting = True
                self._runner.rest(wanted.job_id)
        elif wanted.state is not None and attempt.begun:
            attempt.obey(str(wanted.state), wanted.threads)
