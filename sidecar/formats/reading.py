"""From a file's bytes to a problem that is in order, or its faults in words.

Nothing here trusts the file: it is measured before it is parsed, so that neither ten
million events nor a hundred thousand brackets cost more than a refusal.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sidecar.contract import FieldError, Problem

from .checks import ProblemError, check_problem
from .outside import format_of

MAX_FILE_BYTES = 512 * 2**20
MAX_RECORDS = 1_000_000
MAX_VALUES = 20_000_000
MAX_FAULTS = 100
SHOWN = 40


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
    body = file.read_bytes()
    outside = format_of(file)
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
    records, values = body.count(b"{"), body.count(b",")
    if records > MAX_RECORDS or values > MAX_VALUES:
        raise ProblemError(
            [
                _file_fault(
                    f"It holds {records:,} records with {values:,} values; at most "
                    f"{MAX_RECORDS:,} and {MAX_VALUES:,} are read, so plan schools or "
                    "campuses in separate files."
                )
            ]
        )
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


def faults_of(error: ValidationError) -> list[FieldError]:
    """Each place of a validation error as a JSON path, with what to write there."""
    faults = []
    for item in error.errors(include_url=False)[:MAX_FAULTS]:
        path = ""
        for part in item["loc"]:
            if isinstance(part, int):
                path += f"[{part}]"
            else:
                path += f".{part[:64]}" if path else part[:64]
        faults.append(FieldError(field=path or "file", message=_mend(dict(item))))
    return faults


def _mend(item: dict[str, Any]) -> str:
    kind, limits = item["type"], item.get("ctx", {})
    simple = {
        "missing": "It is missing; add it.",
        "extra_forbidden": "There is no such field; remove it or correct its name.",
        "string_type": "It must be text in quotes.",
        "list_type": "It must be a list: [ … ].",
        "model_type": "It must be an object: { … }.",
        "model_attributes_type": "It must be an object: { … }.",
        "bool_type": "It must be true or false.",
        "bool_parsing": "It must be true or false.",
        "finite_number": "It must be a number, not NaN or infinite.",
        "float_type": "It must be a number.",
        "float_parsing": "It must be a number.",
        "int_type": "It must be a whole number.",
        "int_parsing": "It must be a whole number.",
        "int_parsing_size": "The number is far too large; write a smaller one.",
        "int_from_float": "It must be a whole number, without a fraction.",
        "string_unicode": "It holds text that is not Unicode; write it anew.",
    }
    if kind in simple:
        message = simple[kind]
    elif kind == "json_invalid":
        where = limits.get("error", "it ends too early")
        message = f"It is not JSON ({where}); export or save the file again."
    elif kind == "greater_than_equal":
        message = f"It must be at least {limits['ge']}."
    elif kind == "less_than_equal":
        message = f"It must be at most {limits['le']}."
    elif kind == "string_too_short":
        message = "It must not be empty."
    elif kind == "string_too_long":
        message = f"It may have {limits['max_length']} characters; shorten it."
    elif kind == "too_long":
        message = f"It may have {limits['max_length']} items; remove some or split it."
    elif kind == "too_short":
        message = f"It needs at least {limits['min_length']} item(s); add them."
    elif kind == "literal_error":
        message = f"Choose one of {limits['expected']}."
    elif kind == "string_pattern_mismatch":
        message = "It must be a time of day such as 09:30."
    else:
        message = f"{item['msg']}."
    value = item.get("input")
    if kind != "json_invalid" and isinstance(value, str | int | float):
        message += f" It is '{_shown(value)}'."
    return message


def _shown(value: str | int | float) -> str:
    """A value short enough to print."""
    if isinstance(value, int) and abs(value) >= 10**SHOWN:
        return f"a number of about {value.bit_length() * 3 // 10} digits"
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
