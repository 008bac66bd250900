"""How the engine talks to whoever runs it: reports out, commands in."""

from dataclasses import dataclass
from typing import Literal, Protocol

Command = Literal["run", "pause", "cancel"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One report. Percentages are 0–100; ``overall_progress`` never falls."""

    stage: str
    stage_progress: float
    overall_progress: float
    placed: int = 0
    total: int = 0
    hard: int | None = None
    soft: int | None = None
    completed_items: int = 0
    total_items: int = 0
    message: str = ""
    variant: str = ""
    """Whose figures these are."""
    seconds: float = 0.0
    """Of work, pauses left out, attempts before this one included."""
    memory_mb: float = 0.0
    """Resident memory of this process now."""
    workers: int = 1
    """Threads of search that may run now."""


class ProgressSink(Protocol):
    """Receives reports, at most a few each second; must not raise."""

    def report(self, sample: Sample) -> None: ...


class Control(Protocol):
    """Asked a few times each second what to do next."""

    def command(self) -> Command: ...


class NullSink:
    """Drops every report."""

    def report(self, sample: Sample) -> None:
        del sample


class RunControl:
    """Never interrupts."""

    def command(self) -> Command:
        return "run"
