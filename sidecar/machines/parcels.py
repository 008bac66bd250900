"""Which files of a job travel between the service and a solver machine, and how large.

Both ends look here: nothing is written under another name, and nothing that is larger,
whatever the other end sends. Files travel packed (gzip).
"""

import contextlib
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ..jobs.errors import RefusedFileError
from ..jobs.record import INCUMBENT, META, OUTCOME, PROBLEM, PROGRESS, RESULT, WORK
from ..jobs.workspace import CHECKPOINT
from ..system.files import PRIVATE_FILE, private_folder, sync_folder

SAVED = (INCUMBENT, CHECKPOINT)
"""Files that are carried while the job runs, so that another machine can go on."""
THERE = frozenset({META, PROBLEM, PROGRESS, INCUMBENT})
"""What an attempt starts from, beside the engine's own files."""
BACK = frozenset({INCUMBENT, RESULT, OUTCOME})
"""What an attempt leaves: never its state, nor what was asked."""
_WORK_FILE = re.compile(rf"{WORK}(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{{0,99}}){{1,3}}")
_MOST_WORK_BYTES, _MOST_WORK_FILES = 64 * 2**20, 200
_PIECE = 2**18


def may_go(name: str) -> bool:
    """Whether a machine may be given a file of this name."""
    return name in THERE or _WORK_FILE.fullmatch(name) is not None


def may_come(name: str) -> bool:
    """Whether a machine may send a file of this name."""
    return name in BACK or _WORK_FILE.fullmatch(name) is not None


def names_there(folder: Path) -> list[str]:
    """List what an attempt starts from."""
    return [name for name in sorted(THERE) if (folder / name).exists()] + _work(folder)


def names_back(folder: Path) -> list[str]:
    """List what an attempt leaves, its outcome last."""
    names = (INCUMBENT, *_work(folder), RESULT, OUTCOME)
    return [name for name in names if (folder / name).exists()]


def _work(folder: Path) -> list[str]:
    """List the engine's files, unless they are too much to carry."""
    paths = [
        path
        for path in (folder / WORK).rglob("*")
        if path.is_file() and not path.is_symlink()
    ]
    names = [path.relative_to(folder).as_posix() for path in paths]
    names = sorted(name for name in names if _WORK_FILE.fullmatch(name))
    size = sum((folder / name).stat().st_size for name in names)
    if size > _MOST_WORK_BYTES or len(names) > _MOST_WORK_FILES:
        return [name for name in names if name == CHECKPOINT]
    return names


def packed(path: Path) -> bytes:
    """Read a file and pack it."""
    stream = zlib.compressobj(1, wbits=31)
    return stream.compress(path.read_bytes()) + stream.flush()


def unpack(packed_file: IO[bytes], goal: Path, most: int) -> None:
    """Write what a packed file holds, durably; whole or not at all.

    Raises
    ------
    RefusedFileError
        If it is not whole, or unpacks to more than ``most`` bytes: a few bytes that
        claim to be gigabytes are not believed.
    """
    private_folder(goal.parent)
    temporary = goal.with_name(f".{goal.name}.{os.getpid()}.{id(packed_file)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            for piece in _unpacked(packed_file, most):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(goal)
        sync_folder(goal.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def _unpacked(packed_file: IO[bytes], most: int) -> Iterator[bytes]:
    stream, room = zlib.decompressobj(wbits=31), most
    while data := packed_file.read(_PIECE):
        while data:
            try:
                found = stream.decompress(data, _PIECE)
            except zlib.error as error:
                raise RefusedFileError(f"a file is not whole: {error}") from error
            room -= len(found)
            if room < 0:
                raise RefusedFileError(f"a file is more than {most // 2**20} MB")
            yield found
            if stream.eof and (stream.unused_data or packed_file.read(1)):
                raise RefusedFileError("a file is not whole: more comes after its end")
            data = stream.unconsumed_tail
    if not stream.eof:
        raise RefusedFileError("a file is not whole: it ends too early")
