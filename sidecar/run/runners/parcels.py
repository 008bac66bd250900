"""What travels between the supervisor and a solver machine, and under which keys.

Dask carries a parcel there and a delivery back. While the job runs, Redis carries the
rest, each key the newest value of its kind:

==========================  ==========  ==============================================
key                         written by  value
==========================  ==========  ==============================================
``progress:job:{id}``       worker      as always
``command:job:{id}``        supervisor  attempt, wanted state, threads, whether to kill
``beat:job:{id}``           machine     attempt, seconds of silence, memory, disk …
``checkpoint:job:{id}``     machine     hash: attempt, stamp, the packed files
``started:job:{id}:{n}``    machine     set once: attempt n has begun
==========================  ==========  ==============================================
"""

import gzip
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ...jobs.record import INCUMBENT, META, OUTCOME, PROBLEM, PROGRESS, RESULT, WORK
from ...system.files import private_folder, read_optional, write_atomic
from ..workspace import CHECKPOINT

SAVED = (INCUMBENT, CHECKPOINT)
"""Files that are carried while the job runs, so that another machine can go on."""
THERE = frozenset({META, PROBLEM, PROGRESS, INCUMBENT})
BACK = frozenset({INCUMBENT, PROGRESS, RESULT, OUTCOME})
"""What may be written to a job's folder here: never its state, nor what was asked."""
_WORK_FILE = re.compile(rf"{WORK}(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{{0,99}}){{1,3}}")
_MOST_BYTES = 2**30
_MOST_WORK_BYTES = 64 * 2**20
_LEVEL = 1

Files = dict[str, bytes]
"""Packed contents by path below the job's folder."""


@dataclass(frozen=True)
class Parcel:
    """One attempt, with all that another machine needs for it."""

    job_id: str
    attempt: int
    files: Files = field(repr=False)


@dataclass(frozen=True)
class Delivery:
    """How an attempt's process ended, and the files it left."""

    code: int | None
    files: Files = field(repr=False)
    log: bytes = field(repr=False, default=b"")


def command_key(job_id: str) -> str:
    """Name the key of what the owner wants of a job."""
    return f"command:job:{job_id}"


def beat_key(job_id: str) -> str:
    """Name the key of a job's signs of life."""
    return f"beat:job:{job_id}"


def checkpoint_key(job_id: str) -> str:
    """Name the key of a job's newest checkpoint."""
    return f"checkpoint:job:{job_id}"


def started_key(job_id: str, attempt: int) -> str:
    """Name the key that says that an attempt has begun somewhere."""
    return f"started:job:{job_id}:{attempt}"


def pack(folder: Path, names: Iterable[str]) -> Files:
    """Read and pack those files that are there."""
    found = {name: read_optional(folder / name) for name in names}
    return {
        name: gzip.compress(data, _LEVEL, mtime=0)
        for name, data in found.items()
        if data is not None
    }


def pack_there(folder: Path) -> Files:
    """Pack what an attempt starts from."""
    return pack(folder, [*THERE, *_work(folder)])


def pack_back(folder: Path) -> Files:
    """Pack what an attempt leaves."""
    return pack(folder, [*BACK, *_work(folder)])


def unpack(folder: Path, files: Files, names: frozenset[str] = BACK) -> None:
    """Write packed files; each is whole or absent.

    Parameters
    ----------
    names
        Which files may come, beside the engine's own below ``work``.

    Raises
    ------
    ValueError
        If another name is among them, or more than may come; nothing is then written.
    """
    room, found = _MOST_BYTES, {}
    for name, data in files.items():
        if name not in names and not _WORK_FILE.fullmatch(name):
            raise ValueError(f"no file of this name may come: {name[:80]!r}")
        found[name] = _unpacked(data, room)
        room -= len(found[name])
    for name, data in found.items():
        path = folder / name
        private_folder(path.parent)
        write_atomic(path, data)


def _unpacked(data: bytes, most: int) -> bytes:
    """Undo ``gzip``; a few bytes that claim to be gigabytes are not believed."""
    stream = zlib.decompressobj(wbits=31)
    try:
        found = stream.decompress(data, most + 1)
    except zlib.error as error:
        raise ValueError(f"a file is not whole: {error}") from error
    if len(found) > most:
        raise ValueError(f"the files are more than {_MOST_BYTES // 2**20} MB")
    if not stream.eof:
        raise ValueError("a file is not whole: it ends too early")
    return found


def _work(folder: Path) -> list[str]:
    """List the engine's files, unless they are too much to carry."""
    paths = [
        path
        for path in (folder / WORK).rglob("*")
        if path.is_file() and not path.name.startswith(".")
    ]
    if sum(path.stat().st_size for path in paths) > _MOST_WORK_BYTES:
        return [CHECKPOINT]
    return [path.relative_to(folder).as_posix() for path in paths]
