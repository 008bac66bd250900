"""A control group for each job (cgroup v2), where a part of the tree is ours to use.

systemd hands one over with ``Delegate=yes``. The kernel then limits memory, number and
share of the processor of all processes of a job together, and ends them all at once,
whatever they have made of their parents. See *Delegation* in the kernel's cgroup-v2.
"""

import contextlib
import logging
import os
import time
from pathlib import Path

logger = logging.getLogger(__name__)

_ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
_MAIN, _JOBS = "timetable-main", "timetable-jobs"
_WANTED = ("memory", "pids", "cpu")
_PROCESSES = 512
_LEAVE_SECONDS = 2.0
_MEGABYTE = 2**20


class Groups:
    """The groups below our own."""

    def __init__(self, base: Path) -> None:
        self._base, self._jobs = base, base / _JOBS
        self.kinds: tuple[str, ...] = ()
        """What the kernel limits there."""

    @classmethod
    def here(
        cls,
        niceness: int = 0,
        told: Path = Path("/proc/self/cgroup"),
        roots: tuple[Path, ...] = _ROOTS,
    ) -> "Groups | None":
        """Take what was handed to us into use; ``None`` if nothing was.

        All jobs together stand back for the service by ``niceness``, as one would.

        The processes of our own group move one down (``timetable-main``), for a group
        with limits below it may hold none itself.
        """
        base = _own(told, roots)
        if base is None:
            return None
        groups = cls(base)
        try:
            groups._make_room(niceness)
        except OSError as error:
            logger.info("There are no control groups of our own: %s.", error)
            return None
        return groups

    def _make_room(self, niceness: int) -> None:
        main = self._base / _MAIN
        main.mkdir(exist_ok=True)
        for _ in range(20):
            pids = (self._base / "cgroup.procs").read_text().split()
            if not pids:
                break
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    (main / "cgroup.procs").write_text(pid)
        known = (self._base / "cgroup.controllers").read_text().split()
        self.kinds = tuple(kind for kind in _WANTED if kind in known)
        text = " ".join(f"+{kind}" for kind in self.kinds)
        (self._base / "cgroup.subtree_control").write_text(text)
        self._jobs.mkdir(exist_ok=True)
        (self._jobs / "cgroup.subtree_control").write_text(text)
        weight = str(max(1, round(100 * 1.25**-niceness)))
        _write(self._jobs, {"cpu.weight": weight})

    def enter(self, name: str, pid: int, memory_mb: int) -> None:
        """Put a job's first process into a group of its own; all it starts follow.

        Raises
        ------
        OSError
            If the kernel will not.
        """
        group = self._group(name)
        group.mkdir(exist_ok=True)
        limits = {
            # Above what the watching allows, which has kinder words.
            "memory.max": str(int(1.25 * memory_mb + 256) * _MEGABYTE),
            "memory.swap.max": "0",
            "memory.oom.group": "1",
            "pids.max": str(_PROCESSES),
        }
        _write(group, limits)
        (group / "cgroup.procs").write_text(str(pid))

    def kill(self, name: str) -> None:
        """End all processes of a job (Linux 5.14 and later)."""
        with contextlib.suppress(OSError):
            (self._group(name) / "cgroup.kill").write_text("1")

    def leave(self, name: str) -> None:
        """Remove a job's group, and whatever may still live in it."""
        group = self._group(name)
        limit = time.monotonic() + _LEAVE_SECONDS
        while group.exists():
            try:
                group.rmdir()
            except OSError:
                self.kill(name)
                if time.monotonic() > limit:
                    logger.warning("The control group %s stays.", group)
                    return
                time.sleep(0.01)

    def sweep(self, kept: set[str]) -> int:
        """Remove the groups of jobs that nobody watches; gives how many."""
        names = {path.name for path in self._jobs.iterdir() if path.is_dir()}
        for name in names - kept:
            self.leave(name)
        return len(names - kept)

    def _group(self, name: str) -> Path:
        return self._jobs / name


def _write(group: Path, values: dict[str, str]) -> None:
    """Set what the kernel has there."""
    for file, value in values.items():
        if (group / file).exists():
            (group / file).write_text(value)


def _own(told: Path, roots: tuple[Path, ...]) -> Path | None:
    """Give our own group if we may make others in it; never the machine's root."""
    try:
        lines = told.read_text().splitlines()
    except OSError:
        return None
    path = next((line[3:] for line in lines if line.startswith("0::")), "/")
    inside = Path(path.lstrip("/"))
    if inside.name == _MAIN:
        inside = inside.parent
    if inside == Path("."):
        return None
    for root in roots:
        group = root / inside
        if _is_delegated(group) and os.access(group, os.W_OK):
            return group
    return None


def _is_delegated(group: Path) -> bool:
    """Whether systemd keeps out of what is below (systemd.resource-control(5)).

    What we merely may write, such as the scope of somebody's terminal, is not ours.
    """
    try:
        return os.getxattr(group, "user.delegate") == b"1"
    except OSError:
        return False
