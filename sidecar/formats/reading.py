"""From a file's bytes to a problem that is in order, or its faults in words.

Nothing here trusts the file: it is measured before it is parsed, so that neither ten
million events nor a hundred thousand brackets cost more than a refusal.
"""

from pathlib import Path

from pydantic import ValidationError

from sidecar.contract import FieldError, Problem
from sidecar.contract.faults import excess_of, faults_of
from sidecar.engine.memory import without_collector

from .checks import ProblemError, check_problem
from .outside import MAX_CHARACTERS, format_of

MAX_FILE_BYTES = 512 * 2**20


@without_collector()
def read_problem(file: Path) -> Problem:
    """Read and check a problem (``.json`` of the contract, or one of ``FORMATS``).

    Raises
    ------
    ProblemError
        With each place at fault and how to mend it.
    FormatError
        If a benchmark file cannot be read; names the line.
    OSError
        If the file cannot be opened.
    """
    size = file.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ProblemError(
            [
                _file_fault(
                    f"The file has {size // 2**20} MB; at most "
                    f"{MAX_FILE_BYTES // 2**20} are read, so plan schools or campuses "
                    "in separate files."
                )
            ]
        )
    outside = format_of(file)
    if outside is not None and size > 4 * MAX_CHARACTERS:
        raise outside.too_long()
    body = file.read_bytes()
    if outside is not None:
        problem = outside.read(_decoded(body))
    else:
        problem = parse_problem(body)
    check_problem(problem)
    return problem


def parse_problem(body: bytes) -> Problem:
    """Parse a JSON problem; its references are not checked yet.

    Raises
    ------
    ProblemError
    """
    _decoded(body)
    excess = excess_of(body.count(b"{"), body.count(b","))
    if excess is not None:
        raise ProblemError([_file_fault(excess)])
    try:
        return Problem.model_validate_json(body)
    except ValidationError as error:
        raise ProblemError(faults_of(error)) from None


def _file_fault(message: str) -> FieldError:
    return FieldError(field="file", message=message)


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        fault = _file_fault(
            f"Byte {error.start} is not UTF-8; save the file in the encoding UTF-8."
        )
        raise ProblemError([fault]) from None
