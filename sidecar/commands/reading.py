"""What commands print: faults of a file, and the costs of a timetable."""

from pathlib import Path

from pydantic import ValidationError

from sidecar.contract import ConstraintScore


def read_error(file: Path, error: Exception) -> str:
    """One line a fault: the file, the place in it, and how to mend it."""
    from sidecar.contract.faults import faults_of
    from sidecar.formats.checks import ProblemError

    if isinstance(error, OSError):
        return f"Cannot read {file}: {error.strerror or error}."
    if isinstance(error, ProblemError | ValidationError):
        faults = error.errors if isinstance(error, ProblemError) else faults_of(error)
        return "\n".join(
            f"{file}: {f.field or 'file'}: {_one_line(f.message)}" for f in faults
        )
    return f"{file}: {_one_line(str(error))}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def costs(breakdown: list[ConstraintScore]) -> dict[str, int]:
    """Broken hard constraints by count and soft ones by cost, those at 0 left out."""
    return {
        f"{'hard' if row.hard else 'soft'}.{row.constraint}": (
            row.violations if row.hard else row.cost
        )
        for row in breakdown
        if row.violations
    }
