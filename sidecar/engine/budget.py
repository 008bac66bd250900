"""How much work may still be done: wall time, or iterations for reproducible runs."""

import threading
import time
from dataclasses import dataclass, field

from .progress import Control

LEAST_SECONDS = 0.1
OVERTIME = 0.01
"""Of a run's time, what mending may take beyond the end of the search it mends."""


class CancelledError(Exception):
    """The run was asked to stop; the incumbent is kept."""


class FinishedError(CancelledError):
    """Nothing can be better than what is known: no more is searched."""


class StoodDownError(Exception):
    """This worker is to end because fewer may run; its work goes back."""


class Clock:
    """Seconds of work since a start; stands still while the run is paused.

    Several threads may ask it; a pause counts once.
    """

    def __init__(self, already: float = 0.0) -> None:
        self._started = time.monotonic() - already
        self._paused = 0.0
        self._since: float | None = None
        self._lock = threading.Lock()

    def elapsed(self) -> float:
        with self._lock:
            now = time.monotonic() if self._since is None else self._since
            return now - self._started - self._paused

    def stand(self) -> None:
        """Stop counting, if that is not so already."""
        with self._lock:
            if self._since is None:
                self._since = time.monotonic()

    def go(self) -> None:
        """Count again."""
        with self._lock:
            if self._since is not None:
                self._paused += time.monotonic() - self._since
                self._since = None


@dataclass
class Budget:
    """Time limit in seconds, or a number of iterations if ``iterations`` is given.

    Time spent paused does not count. With iterations, nothing that the clock says
    changes what the search does. ``begun`` is the share that counts as used when the
    budget is made, for work that goes on from a checkpoint.
    """

    seconds: float
    iterations: int | None = None
    control: Control | None = None
    spent_iterations: int = 0
    clock: Clock = field(default_factory=Clock)
    parent: "Budget | None" = None
    begun: float = 0.0
    stopped: bool = False
    """Set from outside: whoever obeys next stops."""
    perfect: bool = False
    """Set from outside: whoever obeys next stops, for there is nothing left to find."""
    _from: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def child(
        self, seconds: float, iterations: int | None, begun: float = 0.0
    ) -> "Budget":
        """A budget of its own for a part of the work; commands still count."""
        return Budget(
            max(seconds, 1e-6),
            iterations,
            clock=self.clock,
            parent=self,
            begun=begun,
            _from=self.clock.elapsed(),
        )

    def whole(self) -> "Share":
        """All of it, what was used before included: for work that is taken up again."""
        share = Share(self, 1.0)
        share.start = 0.0
        return share

    def overtime(self) -> bool:
        """Whether the whole run is past what may follow its end, for a last mending.

        Never with iterations, of which the clock decides nothing.
        """
        root = self
        while root.parent is not None:
            root = root.parent
        if root.iterations is not None:
            return False
        own = max(LEAST_SECONDS, OVERTIME * root.seconds)
        return self.used() >= 1 and self.elapsed() >= self.seconds + own

    def seconds_left(self) -> float:
        """Of the whole run; infinite where iterations are counted."""
        if self.parent is not None:
            return self.parent.seconds_left()
        if self.iterations is not None:
            return float("inf")
        return self.seconds - self.elapsed()

    def elapsed(self) -> float:
        """Seconds of work so far."""
        return self.clock.elapsed() - self._from

    def used(self) -> float:
        """Share of the budget used so far; may pass 1."""
        if self.iterations is not None:
            used = self.spent_iterations / max(1, self.iterations)
        else:
            used = self.elapsed() / self.seconds
        return self.begun + (1 - self.begun) * used

    def spend(self, iterations: int) -> None:
        """Count work done and obey commands; blocks while paused.

        Raises
        ------
        CancelledError
            If the run is to stop.
        FinishedError
            If nothing is left to find.
        """
        self.spent_iterations += iterations
        self.obey()

    def obey(self) -> None:
        """Obey commands without counting work."""
        if self.parent is not None:
            self.parent.obey()
            return
        if self.perfect:
            raise FinishedError
        if self.stopped:
            raise CancelledError
        if self.control is None:
            return
        command = self.ask()
        while command == "pause" and not self.stopped:
            self.clock.stand()
            time.sleep(0.2)
            command = self.ask()
        self.clock.go()
        if command == "cancel" or self.stopped:
            raise CancelledError

    def ask(self) -> str:
        """The newest command; one thread asks at a time."""
        assert self.control is not None
        with self._lock:
            return self.control.command()


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

    def seconds(self, most: float) -> float:
        """Seconds that are left, at most ``most``; always that many of iterations.

        A little is left always, for whoever asks is about to begin something.
        """
        budget = self.budget
        if budget.iterations is not None:
            return most
        whole = budget.seconds / max(1e-9, 1 - budget.begun)
        return min(most, max(LEAST_SECONDS, whole * (self.end - budget.used())))

    def moves(self, speed: float) -> float:
        """Moves that are left, at so many a second."""
        whole = self.budget.iterations or self.budget.seconds * speed
        return whole * max(0.0, self.end - self.budget.used())

    def part(self, share: float) -> "Share":
        """A sub-share that ends after ``share`` of what is left now."""
        now = self.budget.used()
        return Share(self.budget, now + max(0.0, self.end - now) * share)
