"""Answers that are not jobs themselves."""

from pydantic import Field

from ..contract import JobStatus
from ..contract.base import WireModel


class JobPage(WireModel):
    """One page of jobs, newest first."""

    items: list[JobStatus]
    total: int
    """Jobs that match, on all pages."""
    next: str | None = None
    """Give it back as ``cursor`` for the next page."""


class Health(WireModel):
    status: str = "ok"


class Check(WireModel):
    name: str
    ok: bool
    needed: bool
    """Whether the service is not ready without it."""
    detail: str


class Readiness(WireModel):
    ready: bool
    checks: list[Check] = Field(default_factory=list)


class CallbackAnswer(WireModel):
    """How a message to a callback went."""

    ok: bool
    code: str
    """``ok``; or ``refused``, ``unreachable``, ``unauthorised``, ``not_found``,
    ``odd``.
    """
    detail: str
