"""Processes as the kernel tells them apart: by number and start, on no clock of ours.

The start is field 22 of ``/proc/PID/stat``, in ticks since the machine's start; with
the machine's start itself (``boot_id``) it names a process for ever, whatever happens
to the date. See proc_pid_stat(5).
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .clock import boot_id

_PROC = Path("/proc")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Seen:
    """A process at the moment it was looked at."""

    pid: int
    state: str
    parent: int
    session: int
    start: str
    """Ticks since the machine's start."""
    rss_bytes: int


def see(pid: int) -> Seen | None:
    """Look at a process; ``None`` if there is none of this number."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The name, in brackets, may hold anything.
    words = text.rpartition(")")[2].split()
    return Seen(
        pid,
        words[0],
        int(words[1]),
        int(words[3]),
        words[19],
        int(words[21]) * _PAGE_BYTES,
    )


def see_all() -> Iterator[Seen]:
    """Look at all processes once."""
    for name in os.listdir(_PROC):
        if name.isdigit() and (seen := see(int(name))) is not None:
            yield seen


def name_of(pid: int) -> str:
    """Name a living process so that no later one can be taken for it."""
    seen = see(pid)
    return f"{pid}:{seen.start if seen else ''}:{boot_id()}"


def lives(name: str) -> bool:
    """Whether the process of this name lives; one that waits to be reaped does not."""
    pid = name.partition(":")[0]
    if not pid.isdigit():
        return False
    seen = see(int(pid))
    return seen is not None and seen.state != "Z" and name_of(int(pid)) == name


def pid_of(name: str) -> int:
    """Give the number in a name."""
    return int(name.partition(":")[0])


def marker_of(pid: int, variable: str) -> str:
    """Read a variable of a process's first environment; empty if we cannot."""
    try:
        data = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return ""  # ended meanwhile, or another user's: not ours
    for item in data.split(b"\0"):
        name, _, value = item.partition(b"=")
        if name == variable.encode():
            return os.fsdecode(value)
    return ""
