"""Keeps a job's processes away from other jobs, tenants and secrets, by the kernel.

Landlock (Linux 5.13 and later; landlock(7)) needs no privilege: the worker gives up,
for itself and all its children, every file of the data folder but its own job's, and
signals to and memory of processes that are not of this job. Limits of the kernel on
what each process may take are set from outside, so that no worker can skip them.
"""

import contextlib
import ctypes
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_ABI_QUESTION, _PATH_BENEATH, _NO_NEW_PRIVILEGES = 1, 1, 38
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights on files each version of the interface knows."""
_OF_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
"""Those of them that make sense for a file: run, write, read, cut, ioctl."""
_SCOPED_SINCE, _SCOPED = 6, 1 << 0 | 1 << 1
"""No signals to others, no abstract sockets of others."""
_MEGABYTE = 2**20


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Give the version of Landlock here; 0 if the kernel has none."""
    found = _libc().syscall(_CREATE, None, ctypes.c_size_t(0), _ABI_QUESTION)
    return max(0, int(found))


def confine(folder: Path, data_dir: Path) -> bool:
    """Shut this process and its children out of the data folder, but for ``folder``.

    Everything outside the data folder stays as it is, except that nothing new can be
    made in the folders above it.

    Returns
    -------
    bool
        False if the kernel cannot; nothing has changed then.
    """
    known = version()
    if known == 0:
        return False
    rights = (1 << _RIGHTS.get(known, max(_RIGHTS.values()))) - 1
    wish = _Ruleset(rights, 0, _SCOPED if known >= _SCOPED_SINCE else 0)
    # Older kernels know a shorter structure.
    size = 8 if known < 4 else 16 if known < _SCOPED_SINCE else 24
    rules = _call(_CREATE, ctypes.byref(wish), ctypes.c_size_t(size), 0)
    try:
        for path in _allowed(folder.resolve(), data_dir.resolve()):
            _allow(rules, path, rights)
        if _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl failed")
        _call(_RESTRICT, rules, 0)
    finally:
        os.close(rules)
    return True


def _allowed(folder: Path, data_dir: Path) -> Iterator[Path]:
    """Give what stays open: all beside the way to the data folder, and the job's."""
    yield folder
    way = [data_dir, *data_dir.parents]
    for above, here in zip(way[1:], way, strict=False):
        with contextlib.suppress(PermissionError):
            # What a link leads to is open by its own name, or is not to be.
            yield from (
                entry
                for entry in above.iterdir()
                if entry != here and not entry.is_symlink()
            )
    for entry in data_dir.iterdir():
        # Where it is somebody's home, too: compiled code, never ours.
        if entry.name.startswith(".") or "cache" in entry.name:
            yield entry


def _allow(rules: int, path: Path, rights: int) -> None:
    with contextlib.suppress(FileNotFoundError, PermissionError):
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                rights &= _OF_FILES
            rule = _Beneath(rights, descriptor)
            _call(_ADD, rules, _PATH_BENEATH, ctypes.byref(rule), 0)
        finally:
            os.close(descriptor)


def _call(number: int, *words: object) -> int:
    found = _libc().syscall(number, *words)
    if found < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(found)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def limit(pid: int, memory_mb: int, disk_mb: int, cpu_seconds: float) -> None:
    """Set what each process of a job may take at most; the kernel sees to it.

    The watching of the sum over all of them is narrower and has kinder words; this is
    the wall behind it, also while nobody watches.
    """
    walls = {
        # Private memory that may be written, not what is only reserved or shared.
        resource.RLIMIT_DATA: int(1.5 * memory_mb + 512) * _MEGABYTE,
        resource.RLIMIT_FSIZE: 2 * disk_mb * _MEGABYTE,
        resource.RLIMIT_CPU: int(cpu_seconds),
        # A dump would hold a tenant's problem, and much of the disk.
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in walls.items():
        hard = resource.prlimit(pid, kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.prlimit(pid, kind, (most, most))
