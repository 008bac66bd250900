"""How much memory is left: of the machine, or of the container that we are in."""

import ctypes
import sys
from collections.abc import Iterable
from pathlib import Path

import psutil

CGROUPS = Path("/sys/fs/cgroup")
_MEGABYTE = 2**20
_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Limit, use and what of it can be dropped: control groups, versions 2 and 1."""


def available_mb(groups: Iterable[Path] | None = None) -> float:
    """Megabytes that may still be used before the kernel kills something.

    Parameters
    ----------
    groups
        Folders of the control groups that count; of this process if not given: its
        own and all above it, for each may have a limit (a container's, a unit's).
    """
    available: float = psutil.virtual_memory().available
    for group in groups_of() if groups is None else groups:
        for limit_name, used_name, droppable in _FILES:
            limit, used = _read(group / limit_name), _read(group / used_name)
            if limit is not None and used is not None:
                spare = _stat(group / "memory.stat", droppable)
                available = min(available, limit - used + spare)
    return available / _MEGABYTE


def groups_of(
    told: Path = Path("/proc/self/cgroup"), root: Path = CGROUPS
) -> list[Path]:
    """List the control groups of a process that may limit its memory."""
    try:
        lines = told.read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        number, kinds, path = line.split(":", 2)
        if number == "0":
            mounts = [root, root / "unified"]
        elif "memory" in kinds.split(","):
            mounts = [root / "memory"]
        else:
            continue
        # A container may see the whole path, but only its own part of the tree.
        inside = Path(path.lstrip("/"))
        found += [
            mount / part for mount in mounts for part in (inside, *inside.parents)
        ]
    return list(dict.fromkeys(group for group in found if group.is_dir()))


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


def _stat(path: Path, name: str) -> int:
    """Bytes of a kind, such as cached files, which the kernel drops when needed."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    values = dict(line.split() for line in lines if line.count(" ") == 1)
    return int(values.get(name, 0))
