"""What a run leaves."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from .model import Timetable


@dataclass
class VariantOutcome:
    """The best timetable found for one variant; ``score`` is (hard, soft)."""

    key: str
    timetable: Timetable
    score: tuple[int, int]
    placed: int


@dataclass
class StageOutcome:
    stage: str
    seconds: float
    placed: int
    hard: int
    soft: int
    details: dict[str, Any] = field(default_factory=dict)


class TracePoint(NamedTuple):
    """An improvement of a variant's incumbent, in seconds of work."""

    seconds: float
    stage: str
    variant: str
    placed: int
    hard: int
    soft: int


@dataclass
class Outcome:
    """All variants and how the run went; ``stop_reason`` is one of budget, optimal
    (nothing can be better), cancelled, nothing_to_place."""

    variants: list[VariantOutcome]
    stages: list[StageOutcome]
    stop_reason: str
    seconds: float
    child_peak_mb: float = 0.0
    trace: list[TracePoint] = field(default_factory=list)
    operators: dict[str, dict[str, int]] = field(default_factory=dict)
    attempts: int = 1
    """Processes that worked on it, one after the other."""
