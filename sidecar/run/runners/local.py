"""Where attempts run. The supervisor knows only the protocol, never how it is done."""

import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import orjson

from ...jobs.record import WORKER
from ...settings import PREFIX, Settings
from ...system.cgroups import Groups
from ...system.confine import limit
from ...system.files import cut, read_object, write_atomic
from ...system.memory import available_mb
from ...system.parent import TETHER, tether
from ...system.priority import stand_back
from ...system.processes import Seen, lives, marker_of, name_of, pid_of, see, see_all
from .base import WORKER_LOG, Exit, Launch, Usage

logger = logging.getLogger(__name__)

MARKER = "SIDECAR_JOB_FOLDER"
"""Environment variable by which every process of a job can be told."""
GIVEN = "SIDECAR_GIVEN"
"""Environment variable: settings with secrets come by standard input."""
_MEGABYTE = 2**20
_RESERVED_SECONDS = 30.0
_LOG_BYTES = 2**20
_KEPT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR")
_KEPT_STARTS = (PREFIX, "LC_", "LD_", "PYTHON", "VIRTUAL_", "XDG_", "NUMBA_", "OMP_")
"""What a worker's environment has: nobody knows what secrets the rest holds."""
_TABLE_SECONDS = 0.5
"""How long one look at all processes serves for all jobs."""
_KILL_SECONDS = 5.0


@dataclass(slots=True)
class _Running:
    folder: Path
    name: str
    """Of its leader, as ``processes`` names it."""
    child: "subprocess.Popen[bytes] | None"
    back: bool = True
    """Whether its session stands back for the API."""
    begun: float = float("-inf")

    @property
    def pid(self) -> int:
        return pid_of(self.name)


class LocalRunner:
    """Runs each attempt as a process group on this machine.

    Attempts outlive this process, so that a new supervisor can take them over, unless
    they are ``tethered`` to it.
    """

    def __init__(self, settings: Settings, *, tethered: bool = False) -> None:
        self._settings = settings
        self._tether = {TETHER: tether()} if tethered else {}
        self._running: dict[str, _Running] = {}
        self._table: tuple[float, dict[int, list[Seen]]] = (float("-inf"), {})
        self._memory = (float("-inf"), 0.0)
        self._groups = Groups.here(settings.job_niceness)

    def room(self) -> int:
        """Give what the settings allow and the memory has room for.

        What was admitted counts before it is used: a start takes a moment to show.
        """
        settings, at = self._settings, time.monotonic()
        slots = max(0, settings.max_running_jobs - len(self._running))
        left = self._available_mb() - settings.min_free_memory_mb
        reserve = settings.job_reserve_mb
        if left < 0 or reserve == 0 or slots == 0:
            return slots if left >= 0 else 0
        for job_id, item in self._running.items():
            if at - item.begun < _RESERVED_SECONDS:
                left -= max(0.0, reserve - self._rss_mb(job_id)[0])
        return min(slots, max(0, int(left // reserve)))

    def start(self, launch: Launch) -> None:
        """Begin an attempt in a process group of its own."""
        settings = self._settings
        environment = {
            **_without_secrets(settings.child_environment()),
            **self._tether,
            MARKER: str(launch.folder),
            GIVEN: "1",
        }
        command = [
            sys.executable,
            "-m",
            self._settings.worker_module,
            str(launch.folder),
            str(launch.attempt),
        ]
        cut(launch.folder / WORKER_LOG, _LOG_BYTES)
        with (launch.folder / WORKER_LOG).open("ab") as log:
            child = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=os.getcwd(),
                start_new_session=True,
            )
        try:
            limit(
                child.pid,
                settings.job_memory_mb,
                settings.job_disk_mb,
                settings.job_wall_seconds * (settings.max_threads_per_job + 2),
            )
            if self._groups is not None:
                self._enter(launch.job_id, child.pid)
            assert child.stdin is not None
            with contextlib.suppress(BrokenPipeError), child.stdin as given:
                given.write(orjson.dumps({"redis_url": settings.redis_url}))
            back = stand_back(child.pid, self._settings.job_niceness)
            name = name_of(child.pid)
            identity = {"process": name, "attempt": launch.attempt}
            write_atomic(launch.folder / WORKER, orjson.dumps(identity))
        except BaseException:
            _kill_group(child.pid)
            child.wait()
            self._leave(launch.job_id)
            raise
        self._running[launch.job_id] = _Running(
            launch.folder, name, child, back, time.monotonic()
        )

    def adopt(self, launch: Launch) -> bool:
        """Take over a worker that outlived the supervisor, told by pid and start."""
        identity = read_object(launch.folder / WORKER)
        name = identity.get("process")
        if identity.get("attempt") != launch.attempt or not isinstance(name, str):
            return False
        if not lives(name):
            return False
        self._running[launch.job_id] = _Running(launch.folder, name, None)
        return True

    def poll(self, job_id: str) -> Exit | None:
        """Say how the worker ended; what it left behind in its group ends too."""
        item = self._running[job_id]
        if not item.back:
            with contextlib.suppress(ProcessLookupError):
                item.back = stand_back(item.pid, self._settings.job_niceness)
        if item.child is None:
            if lives(item.name):
                return None
            _kill_marked({str(item.folder)})
            self._leave(job_id)
            del self._running[job_id]
            return Exit(None)
        # WNOWAIT keeps the dead leader's number taken until its group is gone.
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, item.pid, flags) is None:
            return None
        _kill_group(item.pid)
        code = item.child.wait()
        self._leave(job_id)
        del self._running[job_id]
        return Exit(code)

    def running(self) -> frozenset[str]:
        """List the jobs that have a process here."""
        return frozenset(self._running)

    def children(self) -> frozenset[int]:
        """List the workers that are ours; one that was taken over is not."""
        mine = (item for item in self._running.values() if item.child is not None)
        return frozenset(item.pid for item in mine)

    def usage(self, job_id: str) -> Usage:
        """Sum the resident memory of all processes of the worker's session."""
        rss_mb, count = self._rss_mb(job_id)
        return Usage(rss_mb, count, available_mb=self._available_mb())

    def _available_mb(self) -> float:
        """Give what memory is left; one look serves for all jobs."""
        at = time.monotonic()
        if at - self._memory[0] >= _TABLE_SECONDS:
            self._memory = (at, available_mb())
        return self._memory[1]

    def _rss_mb(self, job_id: str) -> tuple[float, int]:
        """Give memory and number of a job's processes; one look serves for all jobs."""
        at = time.monotonic()
        if at - self._table[0] >= _TABLE_SECONDS:
            sessions: dict[int, list[Seen]] = {}
            for process in see_all():
                sessions.setdefault(process.session, []).append(process)
            self._table = (at, sessions)
        found = self._table[1].get(self._running[job_id].pid, [])
        return sum(process.rss_bytes for process in found) / _MEGABYTE, len(found)

    def drain(self, job_id: str) -> None:
        """Send SIGTERM to the worker alone; it sees to its children."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._running[job_id].pid, signal.SIGTERM)

    def rest(self, job_id: str) -> None:
        """Do as when draining."""
        self.drain(job_id)

    def kill(self, job_id: str) -> None:
        """Kill the worker's whole group."""
        item = self._running[job_id]
        if item.child is not None or lives(item.name):
            _kill_group(item.pid)
        if self._groups is not None:
            self._groups.kill(job_id)

    def reap_orphans(self) -> int:
        """Kill every process that carries a job of ours but that nobody watches."""
        jobs = (self._settings.data_dir.resolve() / "jobs").as_posix() + "/"
        watched = {item.pid for item in self._running.values()}
        orphans = [
            process
            for process in see_all()
            if process.session not in watched
            and marker_of(process.pid, MARKER).startswith(jobs)
        ]
        _kill_all(orphans)
        if self._groups is not None:
            self._groups.sweep(set(self._running))
        return len(orphans)

    def groups(self) -> tuple[str, ...]:
        """Name what the kernel limits of each job as a whole."""
        return () if self._groups is None else self._groups.kinds

    def _enter(self, job_id: str, pid: int) -> None:
        """Limit a job as a whole; each of its processes is limited already."""
        assert self._groups is not None
        try:
            self._groups.enter(job_id, pid, self._settings.job_memory_mb)
        except OSError as error:
            fields = {"job_id": job_id}
            logger.warning("A job has no control group: %s.", error, extra=fields)

    def _leave(self, job_id: str) -> None:
        if self._groups is not None:
            self._groups.leave(job_id)

    def close(self) -> None:
        """Do nothing: what runs goes on."""


def _without_secrets(environment: dict[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in environment.items()
        if name in _KEPT or name.startswith(_KEPT_STARTS)
    }
    return {**kept, f"{PREFIX}REDIS_URL": ""}


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _kill_marked(folders: set[str]) -> None:
    _kill_all([p for p in see_all() if marker_of(p.pid, MARKER) in folders])


def _kill_all(processes: list[Seen]) -> None:
    """Kill these very processes, and wait until they are gone."""
    limit = time.monotonic() + _KILL_SECONDS
    held: list[int] = []
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(process.pid)
            held.append(descriptor)
            again = see(process.pid)  # the number may be another's by now
            if again is not None and again.start == process.start:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    for descriptor in held:
        watch = select.poll()
        watch.register(descriptor, select.POLLIN)
        watch.poll(1000 * max(0.0, limit - time.monotonic()))
        os.close(descriptor)
