"""Bodies of the calls that do not make a job."""

from typing import Annotated

from pydantic import Field

from ..contract import Assignment, Problem
from ..contract.base import Id, WireModel

Weight = Annotated[int, Field(ge=0, le=1_000_000)]


class DiagnoseRequest(WireModel):
    """Body of ``POST /v1/diagnose``."""

    problem: Problem


class EvaluateRequest(WireModel):
    """Body of ``POST /v1/evaluate``: a timetable to score, without solving."""

    problem: Problem
    assignments: list[Assignment]
    sectioning: dict[Id, list[Id]] = Field(default_factory=dict)
    profile: str = "balanced"
    weights: dict[str, Weight] = Field(default_factory=dict)
