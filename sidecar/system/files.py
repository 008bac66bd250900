"""Files that survive a crash: whole or not at all, and locks that end with us."""

import contextlib
import errno
import fcntl
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
OF_ONE_FILE = frozenset(
    {
        errno.ENOENT,
        errno.EISDIR,
        errno.ENOTDIR,
        errno.EACCES,
        errno.EPERM,
        errno.EIO,
        errno.ELOOP,
        errno.ESTALE,
        errno.EUCLEAN,
        errno.EBADMSG,
    }
)
"""Errors that say something of one file, not of the disk or of this process."""


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace a file as a whole.

    Parameters
    ----------
    durable
        Whether the data must survive the loss of power once this returns. A process
        killed at any instant never leaves half a file either way.
    """
    temporary = _write_temporary(path, data, durable=durable)
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write several files of a folder durably; each is whole, the last one last."""
    written: dict[str, Path] = {}
    try:
        for name, data in files.items():
            written[name] = _write_temporary(folder / name, data, durable=True)
        for name, temporary in written.items():
            temporary.replace(folder / name)
    except BaseException:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(folder)


def _write_temporary(path: Path, data: bytes, *, durable: bool) -> Path:
    # Two threads of a process may write the same file at once.
    name = f".{path.name}.{os.getpid()}.{threading.get_native_id()}.tmp"
    temporary = path.with_name(name)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def sync_file(path: Path) -> None:
    """Make the contents of a file durable; its name is its folder's business."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_optional(path: Path) -> bytes | None:
    """Read a file, or ``None`` if it is not there."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def read_spare(path: Path) -> bytes | None:
    """Read a file we can do without: ``None`` if it is absent, empty or unreadable."""
    try:
        return path.read_bytes() or None
    except OSError as error:
        if error.errno in OF_ONE_FILE:
            return None
        raise


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object that may be lost; empty if it is absent or no such thing."""
    data = read_spare(path)
    try:
        found = None if data is None else orjson.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def remove_file(path: Path) -> None:
    """Remove a file, or whatever stands in its place, if there is anything."""
    try:
        path.unlink(missing_ok=True)
    except IsADirectoryError:
        shutil.rmtree(path)


def lock(path: Path) -> int:
    """Wait for an exclusive lock; closing the descriptor lets go of it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock; the kernel lets go of it when the process ends."""
    descriptor = lock(path)
    try:
        yield
    finally:
        os.close(descriptor)


def try_lock(path: Path) -> int | None:
    """Take an exclusive lock for the process's life; ``None`` if another has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def private_folder(path: Path) -> Path:
    """Make a folder that only our user may enter."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return path


def remove_folder(path: Path, trash: Path) -> None:
    """Remove a folder so that it is there whole or not at all."""
    private_folder(trash)
    goal = trash / f"{path.name}.{os.getpid()}"
    path.rename(goal)
    shutil.rmtree(goal)


def empty_trash(trash: Path) -> None:
    """Remove what a process was removing when it was killed."""
    for path in trash.glob("*"):
        shutil.rmtree(path, ignore_errors=True)


def cut(path: Path, keep: int) -> None:
    """Keep only the last bytes of a log that nobody writes now."""
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_size > 2 * keep:
            with path.open("rb") as file:
                file.seek(-keep, os.SEEK_END)
                data = file.read()
            write_atomic(path, data, durable=False)


def folder_size(path: Path) -> int:
    """Sum the sizes of the files below a folder, in bytes."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                continue
    return total
