"""What arrives: unpack, check against the contract, and write the problem down.

Runs in a process of its own, so that a large problem never holds up the API.
"""

import gzip
import hashlib
import io
import zlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
from pydantic import BaseModel, Field, ValidationError

from ..contract import Callback, FieldError, JobOptions, Problem
from ..contract.base import Id, WireModel
from ..contract.consistency import find_faults
from ..contract.faults import excess_of, faults_of
from ..contract.version import CONTRACT_VERSION, READ_VERSIONS
from ..jobs.errors import BodyTooLargeError, InvalidRequestError
from ..jobs.record import PROBLEM
from ..settings import Settings
from .fast_schema import problem_decoder
from .piecewise import LARGE_BYTES, first_faults

MAX_ERRORS = 20
_PIECE_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a problem may be."""

    unpacked_bytes: int
    threads: int
    wall_seconds: float
    counts: dict[str, int]
    """Most of each list: ``events``, ``rooms``, ``faculty``, ``students``."""


def limits_of(settings: Settings) -> Limits:
    """Take the limits from the settings."""
    return Limits(
        unpacked_bytes=settings.max_unpacked_mb * 2**20,
        threads=settings.max_threads_per_job,
        wall_seconds=settings.job_wall_seconds,
        counts={
            "events": settings.max_events,
            "rooms": settings.max_rooms,
            "faculty": settings.max_faculty,
            "students": settings.max_students,
        },
    )


class Envelope(WireModel):
    """A job's request without the problem: the small part."""

    version: str = CONTRACT_VERSION
    reference: Id | None = None
    options: JobOptions = Field(default_factory=JobOptions)
    callback: Callback | None = None
    priority: Annotated[int, Field(ge=-10, le=10)] = 0


class Examined(BaseModel):
    """What is known of a request that is in order."""

    envelope: Envelope
    problem_digest: str
    body_digest: str
    counts: dict[str, int]


def examine(body: Path, encoding: str, limits: Limits) -> Examined:
    """Check a request in a file and write its problem beside it.

    Parameters
    ----------
    body
        The body as it was sent.
    encoding
        ``"gzip"`` or ``""``.

    Raises
    ------
    InvalidRequestError
        If it is not what the contract says, with each field at fault.
    BodyTooLargeError
        If it unpacks to more than is accepted.
    """
    data = unpack(body.read_bytes(), encoding, limits.unpacked_bytes)
    body_digest = hashlib.sha256(data).hexdigest()
    parts = split(data)
    raw = take_problem(parts)
    envelope = _envelope(parts)
    # The text is not to be held twice while the problem is made of it.
    del parts, data
    _check_options(envelope, limits)
    counts = check_problem(raw, limits)
    (body.parent / PROBLEM).write_bytes(raw)
    return Examined(
        envelope=envelope,
        problem_digest=hashlib.sha256(raw).hexdigest(),
        body_digest=body_digest,
        counts=counts,
    )


def unpack(data: bytes, encoding: str, limit: int) -> bytes:
    """Undo the content encoding; stops as soon as it is more than is read.

    Raises
    ------
    BodyTooLargeError, InvalidRequestError
    """
    if encoding != "gzip":
        _refuse_excess(data.count(b"{"), data.count(b","))
        return data
    pieces: list[bytes] = []
    size = records = values = 0
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            while piece := file.read(_PIECE_BYTES):
                pieces.append(piece)
                size += len(piece)
                records, values = (
                    records + piece.count(b"{"),
                    values + piece.count(b","),
                )
                _refuse_excess(records, values)
                if size > limit:
                    raise BodyTooLargeError(
                        f"The body unpacks to more than {limit // 2**20} MB; send less."
                    )
    except (OSError, EOFError, zlib.error) as error:
        text = f"It is not whole gzip ({error}); pack and send it again."
        refuse([FieldError(field="", message=text)], "bad_gzip")
    return b"".join(pieces)


def _refuse_excess(records: int, values: int) -> None:
    excess = excess_of(records, values)
    if excess is not None:
        refuse([FieldError(field="", message=excess)], "problem_too_large")


def split(data: bytes) -> dict[str, msgspec.Raw]:
    """Split an object into its members without reading them.

    Raises
    ------
    InvalidRequestError
        If it is not one JSON object.
    """
    try:
        return msgspec.json.decode(data, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        refuse(
            [
                FieldError(
                    field="",
                    message=f"It is not a JSON object ({error}); send one in UTF-8.",
                )
            ],
            "bad_json",
        )


def take_problem(parts: dict[str, msgspec.Raw]) -> bytes:
    """Take the problem's bytes, as they were sent, out of a request.

    Raises
    ------
    InvalidRequestError
        If there is none.
    """
    if "problem" not in parts:
        refuse([FieldError(field="problem", message="It is missing; add it.")])
    return bytes(parts.pop("problem"))


def join(parts: dict[str, msgspec.Raw]) -> bytes:
    """Undo :func:`split`."""
    members = (
        msgspec.json.encode(name) + b":" + bytes(value) for name, value in parts.items()
    )
    return b"{" + b",".join(members) + b"}"


def check_problem(raw: bytes, limits: Limits) -> dict[str, int]:
    """Check a problem: fields, size, references; gives its counts.

    Raises
    ------
    InvalidRequestError
    """
    try:
        problem: Any = problem_decoder().decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        large = len(raw) > LARGE_BYTES
        if large and (faults := first_faults(raw, error, MAX_ERRORS)):
            refuse(faults)
        try:
            problem = Problem.model_validate_json(raw)
        except ValidationError as error:
            refuse(field_errors(error, "problem"))
    counts = {
        "events": sum(len(item.events) for item in problem.classes),
        "rooms": len(problem.rooms),
        "faculty": len(problem.faculty),
        "students": len(problem.students),
    }
    errors = [
        FieldError(
            field="problem.classes" if name == "events" else f"problem.{name}",
            message=f"{count:,} {name} are more than the {limits.counts[name]:,} that "
            f"this service accepts; split the problem or raise TIMETABLE_MAX_"
            f"{name.upper()}.",
        )
        for name, count in counts.items()
        if count > limits.counts[name]
    ]
    if errors:
        refuse(errors, "problem_too_large")
    major = problem.version.partition(".")[0]
    if major not in READ_VERSIONS:
        refuse(
            [
                FieldError(
                    field="problem.version",
                    message=f"This service speaks version {CONTRACT_VERSION}.",
                )
            ],
            "wrong_version",
        )
    if errors := broken_references(problem, MAX_ERRORS):
        refuse(errors)
    return counts


def broken_references(problem: Any, limit: int) -> list[FieldError]:
    """The contract's own contradictions, placed in the request's body."""
    return [
        FieldError(field=f"problem.{field}", message=message)
        for field, message in islice(find_faults(problem), limit)
    ]


def field_errors(error: ValidationError, prefix: str = "") -> list[FieldError]:
    """Say which fields are at fault, as JSON paths, and how to mend them."""
    return faults_of(error, prefix, MAX_ERRORS)


def refuse(errors: list[FieldError], code: str = "invalid_problem") -> NoReturn:
    """Raise the error of a request that is not in order."""
    first = errors[0]
    detail = f"{first.field}: {first.message}" if first.field else first.message
    if len(errors) > 1:
        detail += f" ({len(errors) - 1} more)"
    raise InvalidRequestError(detail, errors, code)


def _envelope(parts: dict[str, msgspec.Raw]) -> Envelope:
    try:
        return Envelope.model_validate_json(join(parts))
    except ValidationError as error:
        refuse(field_errors(error), "invalid_request")


def _check_options(envelope: Envelope, limits: Limits) -> None:
    options, errors = envelope.options, []
    if options.threads > limits.threads:
        errors.append(
            FieldError(
                field="options.threads",
                message=f"At most {limits.threads} threads are allowed here.",
            )
        )
    if options.time_limit_seconds > limits.wall_seconds:
        errors.append(
            FieldError(
                field="options.time_limit_seconds",
                message=f"At most {limits.wall_seconds:.0f} seconds are allowed here.",
            )
        )
    if envelope.version.partition(".")[0] not in READ_VERSIONS:
        errors.append(
            FieldError(
                field="version",
                message=f"This service speaks version {CONTRACT_VERSION}.",
            )
        )
    if errors:
        refuse(errors, "invalid_request")
