"""A state as one file, replaced as a whole: what checkpoints of both kernels are.

The file is a line that names the format, a line of JSON and the arrays (NumPy's
``npz``, never pickled). Whoever reads it finds a complete state or none; a digest in
the header refuses what was cut short.
"""

import hashlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

MAGIC = b"timetable-nep checkpoint 1\n"
"""Names the format and its version; another version is another line."""


def sources_digest() -> str:
    """Hex digest of the engine and of the readers that number what it works on.

    Whoever changes either cannot know whether an older state still means the same.
    """
    engine = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in (engine, engine.parent / "formats"):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.relative_to(engine.parent).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


class CheckpointError(Exception):
    """The file is not a checkpoint of this run; says why in a sentence."""


@dataclass(frozen=True)
class StateFile:
    """Where the state is kept, and what a state must belong to.

    ``identity`` says what would make a state useless: the problem's digest, the
    options, the sources of the engine.
    """

    path: Path
    identity: dict[str, str]
    every: float = 5.0
    """Seconds between two writes, at least."""

    def exists(self) -> bool:
        return self.path.exists()

    def write(self, header: dict[str, Any], arrays: dict[str, Any]) -> None:
        """Replace the file.

        Raises
        ------
        OSError
            If it cannot be written; the old one is still there then.
        """
        body = io.BytesIO()
        np.savez(body, allow_pickle=False, **arrays)
        data = body.getvalue()
        header["identity"] = self.identity
        header["digest"] = hashlib.sha256(data).hexdigest()
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            with temporary.open("wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(MAGIC + json.dumps(header).encode() + b"\n" + data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def read(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The header and the arrays.

        Raises
        ------
        CheckpointError
            If the file is damaged or belongs to another run.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise CheckpointError(f"It cannot be read: {error.strerror}.") from error
        if not content.startswith(MAGIC):
            raise CheckpointError("It has another format or version.")
        line, _, data = content[len(MAGIC) :].partition(b"\n")
        try:
            header = json.loads(line)
            found, digest = header["identity"], header["digest"]
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError("Its header is damaged.") from error
        for name, value in self.identity.items():
            if not isinstance(found, dict) or found.get(name) != value:
                raise CheckpointError(f"It belongs to another {name}.")
        if hashlib.sha256(data).hexdigest() != digest:
            raise CheckpointError("It is incomplete.")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return header, dict(arrays)
