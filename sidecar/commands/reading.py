"""How commands say what is wrong with a file."""

from pathlib import Path

from pydantic import ValidationError


def read_error(file: Path, error: Exception) -> str:
    """One sentence a line: the file, the place in it, and what is wrong."""
    if isinstance(error, OSError):
        return f"Cannot read {file}: {error.strerror or error}."
    if isinstance(error, ValidationError):
        lines = []
        for fault in error.errors()[:20]:
            place = ".".join(str(part) for part in fault["loc"])
            lines.append(f"{file}: {place or 'file'}: {fault['msg']}")
        return "\n".join(lines)
    return f"{file}: {error}"
