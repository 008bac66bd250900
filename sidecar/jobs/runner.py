"""Where attempts run. The supervisor knows only the protocol, never how it is done."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson
import psutil

from ..settings import Settings
from .files import read_optional, write_atomic
from .memory import available_mb
from .parent import TETHER, is_held, tether
from .priority import stand_back

logger = logging.getLogger(__name__)

WORKER, WORKER_LOG = "worker.json", "worker.log"
MARKER = "SIDECAR_JOB_FOLDER"
"""Environment variable by which every process of a job can be told."""
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Launch:
    """One attempt of one job."""

    job_id: str
    attempt: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Exit:
    """How an attempt's process ended; ``None`` where nobody can know."""

    code: int | None


@dataclass(frozen=True, slots=True)
class Usage:
    rss_mb: float
    processes: int
    disk_mb: float = 0.0
    """What lies elsewhere than in the job's folder."""
    machine: str = ""
    available_mb: float = float("inf")
    """Memory that is left there."""


class Runner(Protocol):
    """Runs attempts, on this machine or elsewhere. No call waits for a network."""

    def room(self) -> int:
        """Say how many more attempts may begin now."""

    def start(self, launch: Launch) -> None:
        """Begin an attempt; raises ``OSError`` if it cannot."""

    def adopt(self, launch: Launch) -> bool:
        """Take over an attempt begun before a restart; False if it is gone."""

    def poll(self, job_id: str) -> Exit | None:
        """Say how it ended, once; ``None`` while it runs."""

    def running(self) -> frozenset[str]:
        """List the jobs that run here or have ended without being polled."""

    def usage(self, job_id: str) -> Usage:
        """Measure all processes of a job."""

    def drain(self, job_id: str) -> None:
        """Ask it to write its best down and end; or let go of one that need not."""

    def kill(self, job_id: str) -> None:
        """End all its processes at once."""

    def reap_orphans(self) -> int:
        """End processes of jobs that nobody watches; gives how many."""

    def close(self) -> None:
        """Let go of everything."""


@dataclass(slots=True)
class _Running:
    folder: Path
    pid: int
    created: float
    child: "subprocess.Popen[bytes] | None"


class LocalRunner:
    """Runs each attempt as a process group on this machine.

    Attempts outlive this process, so that a new supervisor can take them over, unless
    they are ``tethered`` to it.
    """

    def __init__(self, settings: Settings, *, tethered: bool = False) -> None:
        self._settings = settings
        self._tether = {TETHER: tether()} if tethered else {}
        self._running: dict[str, _Running] = {}

    def room(self) -> int:
        """Give what the settings allow, or none while memory is short."""
        if available_mb() < self._settings.min_free_memory_mb:
            return 0
        return max(0, self._settings.max_running_jobs - len(self._running))

    def start(self, launch: Launch) -> None:
        """Begin an attempt in a process group of its own."""
        environment = self._settings.child_environment(
            **{MARKER: str(launch.folder), **self._tether}
        )
        command = [
            sys.executable,
            "-m",
            self._settings.worker_module,
            str(launch.folder),
            str(launch.attempt),
        ]
        with (launch.folder / WORKER_LOG).open("ab") as log:
            child = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=os.getcwd(),
                start_new_session=True,
            )
        try:
            stand_back(child.pid, self._settings.job_niceness)
            created = psutil.Process(child.pid).create_time()
            identity = {
                "pid": child.pid,
                "created": created,
                "attempt": launch.attempt,
            }
            write_atomic(launch.folder / WORKER, orjson.dumps(identity), durable=False)
        except BaseException:
            _kill_group(child.pid)
            child.wait()
            raise
        self._running[launch.job_id] = _Running(
            launch.folder, child.pid, created, child
        )

    def adopt(self, launch: Launch) -> bool:
        """Take over a worker that outlived the supervisor, told by pid and start."""
        data = read_optional(launch.folder / WORKER)
        if data is None:
            return False
        identity = orjson.loads(data)
        if identity["attempt"] != launch.attempt or "pid" not in identity:
            return False
        pid, created = identity["pid"], identity["created"]
        if not _is_alive(pid, created):
            return False
        self._running[launch.job_id] = _Running(launch.folder, pid, created, None)
        return True

    def poll(self, job_id: str) -> Exit | None:
        """Say how the worker ended; what it left behind in its group ends too."""
        item = self._running[job_id]
        if item.child is None:
            if _is_alive(item.pid, item.created):
                return None
            _kill_marked({str(item.folder)})
            del self._running[job_id]
            return Exit(None)
        # WNOWAIT keeps the dead leader's number taken until its group is gone.
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        if os.waitid(os.P_PID, item.pid, flags) is None:
            return None
        _kill_group(item.pid)
        code = item.child.wait()
        del self._running[job_id]
        return Exit(code)

    def running(self) -> frozenset[str]:
        """List the jobs that have a process here."""
        return frozenset(self._running)

    def usage(self, job_id: str) -> Usage:
        """Sum the resident memory of the worker and all its descendants."""
        total = count = 0
        for process in self._processes(job_id):
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
                count += 1
        return Usage(total / _MEGABYTE, count, available_mb=available_mb())

    def drain(self, job_id: str) -> None:
        """Send SIGTERM to the worker alone; it sees to its children."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._running[job_id].pid, signal.SIGTERM)

    def kill(self, job_id: str) -> None:
        """Kill the worker's whole group."""
        item = self._running[job_id]
        if item.child is not None or _is_alive(item.pid, item.created):
            _kill_group(item.pid)

    def reap_orphans(self) -> int:
        """Kill every process that carries a job of ours but that nobody watches."""
        jobs = (self._settings.data_dir.resolve() / "jobs").as_posix() + "/"
        watched = {item.pid for item in self._running.values()}
        orphans = [
            process
            for process in psutil.process_iter()
            if _marker(process).startswith(jobs) and _session(process) not in watched
        ]
        _kill_all(orphans)
        return len(orphans)

    def close(self) -> None:
        """Do nothing: what runs goes on."""

    def _processes(self, job_id: str) -> list[psutil.Process]:
        try:
            leader = psutil.Process(self._running[job_id].pid)
            return [leader, *leader.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def _is_alive(pid: int, created: float) -> bool:
    return is_held(f"{pid}:{created}")


def runner_of(settings: Settings) -> Runner:
    """Make the runner that the settings name."""
    if settings.runner == "dask":
        from .dask_runner import DaskRunner  # Dask is an extra

        return DaskRunner(settings)
    return LocalRunner(settings)


def reap_dead_tethers(root: Path) -> int:
    """End processes of jobs below a folder whose Dask worker is gone."""
    orphans = []
    for process in psutil.process_iter():
        if _marker(process).startswith(f"{root}/"):
            with contextlib.suppress(psutil.Error):
                if not is_held(process.environ().get(TETHER, "")):
                    orphans.append(process)
    _kill_all(orphans)
    return len(orphans)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return 0


def _marker(process: psutil.Process) -> str:
    try:
        return str(process.environ().get(MARKER, ""))
    except psutil.Error:
        return ""  # ended meanwhile, or another user's: not ours


def _kill_marked(folders: set[str]) -> None:
    _kill_all([p for p in psutil.process_iter() if _marker(p) in folders])


def _kill_all(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=5)
