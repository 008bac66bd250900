"""What commands print: faults of a file, and the costs of a timetable."""

from pathlib import Path

from pydantic import ValidationError

from sidecar.contract import ConstraintScore


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


def costs(breakdown: list[ConstraintScore]) -> dict[str, int]:
    """Broken hard constraints by count and soft ones by cost, those at 0 left out."""
    return {
        f"{'hard' if row.hard else 'soft'}.{row.constraint}": (
            row.violations if row.hard else row.cost
        )
        for row in breakdown
        if row.violations
    }
