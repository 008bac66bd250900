"""Faults of a large problem, a record at a time: a few of them, in little memory.

pydantic collects every fault there is before it tells one; a text of a few megabytes
can have so many that they take gigabytes.
"""

from typing import Any, get_args, get_origin

import msgspec
from pydantic import BaseModel, ValidationError

from ..contract import FieldError, Problem
from ..contract.faults import faults_of
from .fast_schema import struct_of

LARGE_BYTES = 2**20
"""Of a problem, or of one record of it, above which it is not given whole to pydantic
while it has faults."""
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def first_faults(raw: bytes, error: Exception, most: int) -> list[FieldError]:
    """Find up to ``most`` faults in the records of a problem.

    Parameters
    ----------
    raw
        The problem, which could not be read as a whole.
    error
        Why not.

    Returns
    -------
    list[FieldError]
        Empty if each record is in order: then few faults can be left.
    """
    try:
        parts = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except _UNREADABLE:
        return [_as_fault(error, "problem")]
    faults: list[FieldError] = []
    for name, field in Problem.model_fields.items():
        model = _record_of(field.annotation)
        if model is not None and name in parts:
            faults += _faults_in(
                model, parts[name], f"problem.{name}", most - len(faults)
            )
        if len(faults) >= most:
            break
    return faults


def _record_of(annotation: Any) -> type[BaseModel] | None:
    """Give the model of a list's records."""
    if get_origin(annotation) is not list:
        return None
    (kind,) = get_args(annotation)
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    return kind if is_model else None


def _faults_in(
    model: type[BaseModel], text: msgspec.Raw, path: str, most: int
) -> list[FieldError]:
    try:
        records = msgspec.json.decode(text, type=list[msgspec.Raw])
    except _UNREADABLE as error:
        return [_as_fault(error, path)]
    decoder = msgspec.json.Decoder(struct_of(model))
    faults: list[FieldError] = []
    for number, record in enumerate(records):
        try:
            decoder.decode(record)
        except _UNREADABLE as error:
            faults += _faults_of(
                model, bytes(record), error, f"{path}[{number}]", most - len(faults)
            )
        if len(faults) >= most:
            break
    return faults


def _faults_of(
    model: type[BaseModel], record: bytes, error: Exception, path: str, most: int
) -> list[FieldError]:
    if len(record) > LARGE_BYTES:
        return [_as_fault(error, path)]
    try:
        model.model_validate_json(record)
    except ValidationError as refusal:
        return faults_of(refusal, path, most)
    return []  # only pydantic understands it, and it has the last word


def _as_fault(error: Exception, path: str) -> FieldError:
    """Say what the quick reading stumbled over, with the place as far as it knows."""
    text, _, place = str(error).partition(" - at `$")
    place = place.rstrip("`").replace("[...]", "[…]")
    return FieldError(field=f"{path}{place}", message=f"{text.rstrip('.')}.")
