"""Timetables on the wire: placements, score, violations and metrics."""

from typing import Any, Literal

from pydantic import Field

from .base import Id, WireModel
from .catalogue import Message
from .problem import Assignment
from .version import CONTRACT_VERSION


class Score(WireModel):
    """Lower is better; compared as the pair ``(hard, soft)``."""

    hard: int = Field(ge=0)
    soft: int = Field(ge=0)


class ConstraintScore(WireModel):
    """One line of the breakdown; hard lines have weight 1 and no cost."""

    constraint: str
    hard: bool
    violations: int = Field(ge=0, description="Broken instances, or units of penalty.")
    weight: int = Field(ge=0)
    cost: int = Field(ge=0, description="Violations times weight; 0 for hard lines.")


class Violation(WireModel):
    """One broken instance of a constraint, with what a user needs to mend it."""

    constraint: str
    hard: bool
    message: Message | None = None
    """What is broken; a client makes the sentence in its reader's language."""
    sentence: str
    """The same in English, with opaque ids in square brackets: ``[kind:id]``."""
    why: Message | None = None
    """What stands in the way of an event that has no place."""
    events: list[Id] = Field(default_factory=list)
    resources: dict[str, Id] = Field(default_factory=dict)
    """``{"room": id, "faculty": id, "student": id, "timeslot": id …}``."""
    ways_out: list[Message] = Field(default_factory=list)
    suggestions: list[str] = Field(default_factory=list)
    """The ways out in English."""


class Move(WireModel):
    """An event that a repair placed elsewhere than the timetable in force does."""

    event: Id
    before: Assignment
    after: Assignment | None = None
    """``None`` if it has no place any more."""
    cause: Literal["forced", "made_way", "chosen"]
    """A fact forbids the old place; another event needs it; or it is only better."""
    message: Message | None = None
    """From where to where."""
    why: Message | None = None
    sentence: str
    """Both in English, with opaque ids in square brackets: ``[kind:id]``."""
    resources: dict[str, Id] = Field(default_factory=dict)


class Lead(WireModel):
    """How a variant stands on its own axis among the variants of its job."""

    constraints: list[str]
    """The axis: what its profile is named for, at its own weights."""
    cost: int = Field(ge=0)
    best_other: int | None = Field(default=None, ge=0)
    """Lowest cost of the same constraints in another variant; ``None`` if alone."""
    leads: bool
    """Whether no other variant is better there."""


class Variant(WireModel):
    """A complete answer under one objective profile."""

    key: str
    profile: str
    placed: int = Field(ge=0)
    total: int = Field(ge=0)
    score: Score
    breakdown: list[ConstraintScore]
    metrics: dict[str, float] = Field(default_factory=dict)
    """Per-axis figures in natural units, e.g. ``student_gaps_per_student``."""
    assignments: list[Assignment]
    unplaced: list[Id] = Field(default_factory=list)
    sectioning: dict[Id, list[Id]] = Field(default_factory=dict)
    """Student to classes."""
    violations: list[Violation] = Field(default_factory=list, max_length=500)
    """The first 500; ``breakdown`` has the full counts."""
    moves: list[Move] = Field(default_factory=list)
    """In a repair: what moved and why, forced moves first."""
    lead: Lead | None = None


class StageReport(WireModel):
    stage: str
    seconds: float = Field(ge=0)
    placed: int = 0
    hard: int = 0
    soft: int = 0
    details: dict[str, Any] = Field(default_factory=dict)


class TracePoint(WireModel):
    """An improvement of a variant's best timetable."""

    seconds: float = Field(ge=0)
    """Of work, since the job began."""
    stage: str
    variant: str
    placed: int = Field(ge=0)
    hard: int = Field(ge=0)
    soft: int = Field(ge=0)


class Result(WireModel):
    """What a finished job leaves: its variants, best first."""

    version: str = CONTRACT_VERSION
    problem_digest: str
    """Hex SHA-256 of the problem's bytes as received."""
    seed: int
    stop_reason: str
    """``budget`` used; ``optimal``: complete at no cost, nothing can be better;
    ``cancelled``; ``nothing_to_place``; ``incumbent`` of a run that goes on."""
    reproducible: bool
    seconds: float = Field(ge=0)
    peak_rss_mb: float = Field(ge=0)
    stages: list[StageReport] = Field(default_factory=list)
    differences: dict[str, float] = Field(default_factory=dict)
    """``"a|b"`` → share of events placed differently in variants a and b."""
    attempts: int = Field(default=1, ge=1)
    """Processes that worked on it, one going on where another was ended."""
    trace: list[TracePoint] = Field(default_factory=list, max_length=1000)
    """How the best timetables came about."""
    operators: dict[str, dict[str, int]] = Field(default_factory=dict)
    """Neighbourhood → how often it was tried and accepted, and its gain."""
    remarks: list[Message] = Field(default_factory=list)
    """What the run promises and did not keep."""
    notes: list[str] = Field(default_factory=list)
    """The same, each in an English sentence."""
    variants: list[Variant]


class DiagnosisItem(WireModel):
    """Something that cannot work, and the smallest set of facts that shows it."""

    code: str
    severity: str = "error"
    message: Message | None = None
    sentence: str
    """The message in English."""
    resources: list[dict[str, Id]] = Field(default_factory=list)
    """``{"kind": "faculty", "id": …}`` for each record that can mend it."""
    ways_out: list[Message] = Field(default_factory=list)
    suggestions: list[str] = Field(default_factory=list)
    """The ways out in English."""


class Diagnosis(WireModel):
    feasible: bool
    """False if something is proven impossible; True promises nothing."""
    items: list[DiagnosisItem] = Field(default_factory=list)
    figures: dict[str, float] = Field(default_factory=dict)
    """How tight: shares of room-, faculty- and student-periods in use."""
