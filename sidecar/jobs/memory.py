"""How much memory is left: of the machine, or of the container that we are in."""

import ctypes
import sys
from pathlib import Path

import psutil

CGROUP = Path("/sys/fs/cgroup")
"""Of this process, as a container sees it (control groups, version 2)."""
_MEGABYTE = 2**20


def available_mb(cgroup: Path = CGROUP) -> float:
    """Megabytes that may still be used before the kernel kills something."""
    available: float = psutil.virtual_memory().available
    limit = _read(cgroup / "memory.max")
    used = _read(cgroup / "memory.current")
    if limit is not None and used is not None:
        available = min(available, limit - used + _reclaimable(cgroup / "memory.stat"))
    return available / _MEGABYTE


def give_back() -> None:
    """Return to the system what this process has freed (GNU's C library only)."""
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _read(path: Path) -> int | None:
    """Read a number; ``None`` without control groups, or without a limit (``max``)."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _reclaimable(path: Path) -> int:
    """Bytes of cached files, which the kernel drops when it needs memory."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    values = dict(line.split() for line in lines if line.count(" ") == 1)
    return int(values.get("inactive_file", 0))
