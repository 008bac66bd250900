"""Jobs on the wire: what is asked, how it goes, and what is reported meanwhile."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from .base import Id, WireModel
from .catalogue import Message
from .objective import weights_of
from .problem import Problem
from .solution import Score
from .states import JobState, Stage
from .version import CONTRACT_VERSION

CheckLevel = Literal["none", "incumbents", "bursts", "moves"]


class VariantRequest(WireModel):
    """One timetable wanted: a profile, and weights that differ from it."""

    key: Id
    profile: str = "balanced"
    weights: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]] = Field(
        default_factory=dict
    )

    @model_validator(mode="after")
    def _profile_exists(self) -> "VariantRequest":
        weights_of(self.profile, self.weights)
        return self


DEFAULT_VARIANTS = (
    VariantRequest(key="A", profile="balanced"),
    VariantRequest(key="B", profile="faculty_friendly"),
    VariantRequest(key="C", profile="student_friendly"),
)


class JobOptions(WireModel):
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    time_limit_seconds: Annotated[float, Field(ge=1, le=86_400)] = 300
    iteration_budget: Annotated[int, Field(ge=1)] | None = None
    """Work in place of time: with it a run is reproducible."""
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    variants: list[VariantRequest] = Field(
        default=list(DEFAULT_VARIANTS), min_length=1, max_length=8
    )
    mode: Literal["scratch", "repair"] = "scratch"
    deep_search: bool = False
    check_level: CheckLevel = "none"
    """The engine checks its own sums: each result against the plain scorer, and all
    totals after each burst of moves or after each move (slow). A run whose sums are
    wrong fails instead of giving a result."""

    @model_validator(mode="after")
    def _keys_differ(self) -> "JobOptions":
        keys = [variant.key for variant in self.variants]
        if len(set(keys)) != len(keys):
            raise ValueError("Two variants have the same key; give each its own.")
        return self


class Callback(WireModel):
    """Where signed webhooks go; the host must be on the service's allow-list."""

    url: Annotated[str, Field(pattern=r"^https?://", max_length=500)]
    database: Annotated[str, Field(max_length=64)] | None = None
    """Sent as ``X-Odoo-Database``, for servers with several databases."""


class JobRequest(WireModel):
    """Body of ``POST /v1/jobs``."""

    version: str = CONTRACT_VERSION
    reference: Id | None = None
    """The client's own id of this job, given back in every message."""
    problem: Problem
    options: JobOptions = Field(default_factory=JobOptions)
    callback: Callback | None = None
    priority: Annotated[int, Field(ge=-10, le=10)] = 0


class ProgressMetadata(WireModel):
    completed_items: int = 0
    total_items: int = 0
    placed: int = 0
    total: int = 0
    hard: int | None = None
    soft: int | None = None
    error: str | None = None
    message: str | None = None
    """One plain sentence on what the stage is doing now."""
    why: Message | None = None
    """Why the job ended or waits again; ``error`` or ``message`` say it in English."""


class Progress(WireModel):
    """The one progress schema: in Redis, on the wire, and on Odoo's bus.

    Percentages are 0–100 with two decimals; ``overall_progress`` never falls within
    an attempt.
    """

    job_id: Id
    stage: Stage
    stage_progress: Annotated[float, Field(ge=0, le=100)] = 0
    overall_progress: Annotated[float, Field(ge=0, le=100)] = 0
    status: JobState
    eta_seconds: Annotated[float, Field(ge=0)] | None = None
    started_at: datetime | None = None
    last_updated: datetime
    sequence: int = 0
    """Grows by one with every report of a job; a receiver drops older ones."""
    metadata: ProgressMetadata = Field(default_factory=ProgressMetadata)


class Attempt(WireModel):
    number: int
    started_at: datetime | None = None
    ended_at: datetime | None = None
    state: JobState
    why: Message | None = None
    reason: str | None = None
    """The same in English."""


class VariantSummary(WireModel):
    key: str
    profile: str
    placed: int
    total: int
    score: Score


class JobStatus(WireModel):
    """Answer of ``GET /v1/jobs/{id}``."""

    job_id: Id
    reference: Id | None = None
    state: JobState
    attempt: int = 1
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    why: Message | None = None
    """Why it failed, was cancelled or waits again."""
    reason: str | None = None
    """The same in one English sentence."""
    problem_digest: str
    progress: Progress | None = None
    variants: list[VariantSummary] = Field(default_factory=list)
    result_digest: str | None = None
    """Hex SHA-256 of the bytes of ``GET /v1/jobs/{id}/result``."""
    queue_position: int | None = None
    expected_start: datetime | None = None
    attempts: list[Attempt] = Field(default_factory=list)
