"""How much work may still be done: wall time, or iterations for reproducible runs."""

import time
from dataclasses import dataclass, field

from .progress import Control


class CancelledError(Exception):
    """The run was asked to stop; the incumbent is kept."""


@dataclass
class Budget:
    """Time limit in seconds, or a number of iterations if ``iterations`` is given.

    Time spent paused does not count. With iterations, nothing that the clock says
    changes what the search does.
    """

    seconds: float
    iterations: int | None = None
    control: Control | None = None
    spent_iterations: int = 0
    _started: float = field(default_factory=time.monotonic)
    _paused: float = 0.0

    def elapsed(self) -> float:
        """Seconds of work so far."""
        return time.monotonic() - self._started - self._paused

    def used(self) -> float:
        """Share of the budget used so far; may pass 1."""
        if self.iterations is not None:
            return self.spent_iterations / max(1, self.iterations)
        return self.elapsed() / self.seconds

    def spend(self, iterations: int) -> None:
        """Count work done and obey commands; blocks while paused.

        Raises
        ------
        CancelledError
            If the run is to stop.
        """
        self.spent_iterations += iterations
        self.obey()

    def obey(self) -> None:
        """Obey commands without counting work."""
        if self.control is None:
            return
        command = self.control.command()
        paused_at = time.monotonic()
        while command == "pause":
            time.sleep(0.2)
            command = self.control.command()
        self._paused += time.monotonic() - paused_at
        if command == "cancel":
            raise CancelledError


@dataclass
class Share:
    """A part of a budget: from where it stands now to a fixed point of it."""

    budget: Budget
    end: float
    start: float = field(init=False)

    def __post_init__(self) -> None:
        self.start = self.budget.used()

    def fraction(self) -> float:
        """0 at the start of the share, 1 (or more) when it is used up."""
        span = self.end - self.start
        if span <= 0:
            return 1.0
        return (self.budget.used() - self.start) / span

    def left(self) -> bool:
        return self.fraction() < 1.0

    def part(self, share: float) -> "Share":
        """A sub-share that ends after ``share`` of what is left now."""
        now = self.budget.used()
        return Share(self.budget, now + max(0.0, self.end - now) * share)
