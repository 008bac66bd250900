"""Errors on the wire: problem details of RFC 9457."""

from pydantic import Field

from .base import WireModel
from .catalogue import Message


class FieldError(WireModel):
    field: str
    """JSON path of the field, e.g. ``problem.rooms[3].capacity``."""
    message: str
    """What is wrong, and how to mend it."""


class ProblemDetails(WireModel):
    """``application/problem+json``."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    """Stable, for programs: ``unknown_job``, ``invalid_problem`` …"""
    message: Message | None = None
    """What ``detail`` says, where the catalogue has it."""
    errors: list[FieldError] = Field(default_factory=list)
