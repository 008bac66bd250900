"""What is known of a run so far, told on: incumbents, trace, progress, checkpoints.

One lock guards the state; workers hand in copies, so that nobody reads a timetable
that a kernel is changing.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import psutil

from .budget import Budget
from .checkpoint import Active, CheckpointFile, RunState
from .improve.genetic import Individual
from .memory import forget_compiler
from .model import Instance
from .params import SolveParams
from .progress import ProgressSink, Sample
from .result import StageOutcome, TracePoint, VariantOutcome
from .searcher import OPERATORS, WORST, Searcher

logger = logging.getLogger(__name__)

STAGES = (
    "loading",
    "clustering",
    "cpsat_solving",
    "ga_optimization",
    "rl_refinement",
)
REPORT_SECONDS, DEPOSIT_SECONDS = 0.25, 1.0
TRACE_POINTS = 600


class Journal:
    """Keeps a run's state and tells others of it.

    Parameters
    ----------
    state
        As made or as read from a checkpoint; changed in place.
    file
        Where to write checkpoints, if anywhere.
    on_incumbent
        Called now and then with the best timetables so far.
    """

    def __init__(
        self,
        instance: Instance,
        params: SolveParams,
        budget: Budget,
        state: RunState,
        sink: ProgressSink,
        file: CheckpointFile | None,
        on_incumbent: Callable[[list[VariantOutcome]], None] | None,
    ) -> None:
        self.instance = instance
        self.params = params
        self.budget = budget
        self.state = state
        self.sink = sink
        self.file = file
        self.on_incumbent = on_incumbent
        self.lock = threading.RLock()
        self.stage = "loading"
        self.variant = params.variants[0].key
        self.workers = 1
        self._last_report = 0.0
        self._deposits: dict[str, float] = {}
        self._last_incumbent = self._last_checkpoint = time.monotonic()
        self._pause = params.incumbent_every
        self._writing = threading.Lock()
        self._failed = False
        self._process = psutil.Process()

    # -- stages ------------------------------------------------------------------------

    def begin(self, stage: str) -> None:
        with self.lock:
            self.stage = stage
            self.state.began.setdefault(stage, self.budget.elapsed())
            self.state.spent_before.setdefault(stage, self.state.spent)
        self._last_report = 0.0
        self.report(0)

    def end(self, stage: str, **details: object) -> None:
        """Note what a stage left; one that an earlier process ended only once."""
        self._note(stage, details)
        self._last_report = 0.0
        forget_compiler()
        self.report(100)
        self.checkpoint(now=True)

    def round_off(self) -> None:
        """End this stage and those after it, which have nothing to do any more."""
        self.end(self.stage)
        for stage in STAGES[STAGES.index(self.stage) + 1 :]:
            self.begin(stage)
            self.end(stage)

    def cut(self) -> None:
        """End before time: whoever goes on will begin within this stage."""
        self.checkpoint(now=True)
        self._note(self.stage, {})

    def _note(self, stage: str, details: dict[str, object]) -> None:
        with self.lock:
            placed, hard, soft = self.figures()
            if all(one.stage != stage for one in self.state.stages):
                seconds = self.budget.elapsed() - self.state.began.get(stage, 0.0)
                self.state.stages.append(
                    StageOutcome(stage, seconds, placed, hard, soft, details)
                )

    def figures(self) -> tuple[int, int, int]:
        """(placed, hard, soft) of the variant worked on, or of any that there is."""
        known = self.state.best.get(self.variant)
        if known is None:
            if not self.state.best:
                return 0, 0, 0
            known = next(iter(self.state.best.values()))
        placed = placed_of(self.instance, known)
        return placed, known.score[0], known.score[1]

    # -- incumbents --------------------------------------------------------------------

    def keep(self, key: str, searcher: Searcher, rank: int = 0) -> None:
        """Remember a variant's incumbent if it is the best of that variant yet.

        Of equal ones the lowest ``rank`` stays, whichever came first.
        """
        score = searcher.score()
        if score[0] >= WORST:
            return
        with self.lock:
            known = self.state.best.get(key)
            if known is not None:
                old = (*known.score, self.state.ranks.get(key, 0))
                if (*score, rank) >= old:
                    return
            better = known is None or score < known.score
            kept = Individual(searcher.incumbent(), score)
            self.state.best[key] = kept
            self.state.ranks[key] = rank
            if better:
                self._trace(key, kept)
                self._end_if_perfect(kept)

    def _end_if_perfect(self, kept: Individual) -> None:
        """A complete timetable that costs nothing ends a run of one variant.

        Of several, the others must still differ from it; of moves that are counted,
        the one found must not hang on which worker is first.
        """
        alone = len(self.params.variants) == 1 and self.params.iterations is None
        if alone and kept.score == (0, 0):
            complete = placed_of(self.instance, kept) == self.instance.num_wanted
            self.budget.perfect |= complete

    def replace(self, key: str, one: Individual) -> None:
        """Make this the variant's timetable, for reasons other than its score."""
        with self.lock:
            self.state.best[key] = one
            self._trace(key, one)

    def _trace(self, key: str, one: Individual) -> None:
        trace = self.state.trace
        placed = placed_of(self.instance, one)
        seconds = round(self.budget.elapsed(), 2)
        trace.append(TracePoint(seconds, self.stage, key, placed, *one.score))
        if len(trace) > TRACE_POINTS:
            # The oldest half keeps every other point: improvements come apace early.
            half = TRACE_POINTS // 2
            trace[:half] = trace[:half:2]

    def count(self, searcher: Searcher) -> None:
        """Add a searcher's operator statistics to the run's."""
        with self.lock:
            for name, row in zip(OPERATORS, searcher.statistics, strict=True):
                old = self.state.operators.get(name, [0, 0, 0])
                new = [a + int(b) for a, b in zip(old, row, strict=True)]
                self.state.operators[name] = new
            searcher.statistics[:] = 0

    def operators(self) -> dict[str, dict[str, int]]:
        """Tried, accepted and gain of each operator so far."""
        return {
            name: {"tried": row[0], "accepted": row[1], "gain": row[2]}
            for name, row in self.state.operators.items()
        }

    def distinct(self) -> list[VariantOutcome]:
        """The variants in the order asked for, without any that repeats another."""
        chosen: list[VariantOutcome] = []
        with self.lock:
            for spec in self.params.variants:
                item = self.state.best.get(spec.key)
                if item is not None and not any(
                    item.timetable.difference(other.timetable) == 0 for other in chosen
                ):
                    chosen.append(
                        VariantOutcome(
                            spec.key,
                            item.timetable,
                            item.score,
                            placed_of(self.instance, item),
                        )
                    )
        return chosen

    # -- telling on --------------------------------------------------------------------

    def look(
        self,
        key: str,
        searcher: Searcher,
        segment: str | None,
        used: float,
        rank: int = 0,
    ) -> None:
        """Take what a worker has, about once a second; write what is due."""
        now = time.monotonic()
        with self.lock:
            before = self._deposits.get(segment or key, 0.0)
            if key in self.state.best and now - before < DEPOSIT_SECONDS:
                return
            self._deposits[segment or key] = now
            self.variant = key
        self.keep(key, searcher, rank)
        if segment is not None:
            active = Active(searcher.current(), used)
            with self.lock:
                self.state.active[segment] = active
        self.checkpoint()
        if (
            self.on_incumbent is not None
            and self.state.best
            and now - self._last_incumbent > self._pause
            and self._writing.acquire(blocking=False)
        ):
            try:
                self.on_incumbent(self.distinct())
                done = time.monotonic()
                # What it costs is taken from the search: at most one part in thirty.
                self._pause = max(self.params.incumbent_every, 30 * (done - now))
                self._last_incumbent = done
            finally:
                self._writing.release()

    def checkpoint(self, now: bool = False) -> None:
        """Write the state, if that is due; a full disk does not end the run."""
        if self.file is None or not self.state.done:
            return
        at = time.monotonic()
        if not now and at - self._last_checkpoint < self.file.every:
            return
        with self.lock:
            if not now and at - self._last_checkpoint < self.file.every:
                return
            self.state.elapsed = self.budget.elapsed()
            try:
                self.file.save(self.state)
                self._failed = False
            except OSError as error:
                if not self._failed:
                    logger.error("A checkpoint cannot be written: %s.", error.strerror)
                self._failed = True
            self._last_checkpoint = time.monotonic()

    def report(
        self,
        stage_progress: float,
        items: tuple[int, int] = (0, 0),
        message: str = "",
        at_once: bool = False,
    ) -> None:
        """Tell the sink, at most four times a second unless it is to be at once."""
        now = time.monotonic()
        with self.lock:
            if not at_once and now - self._last_report < REPORT_SECONDS:
                return
            self._last_report = now
            placed, hard, soft = self.figures()
            self.sink.report(
                Sample(
                    stage=self.stage,
                    stage_progress=min(100.0, stage_progress),
                    overall_progress=0.0,
                    placed=placed,
                    total=self.instance.num_wanted,
                    hard=hard,
                    soft=soft,
                    completed_items=items[0],
                    total_items=items[1],
                    message=message,
                    variant=self.variant,
                    seconds=round(self.budget.elapsed(), 2),
                    memory_mb=round(self._process.memory_info().rss / 2**20, 1),
                    workers=self.workers,
                )
            )

    def fact(self, name: str, value: Any) -> None:
        """Remember a figure for the report of a stage."""
        with self.lock:
            self.state.facts[name] = value


def placed_of(instance: Instance, one: Individual) -> int:
    """Events with a timeslot and, where they need one, a room."""
    timetable = one.timetable
    roomless = instance.event_needs_room & (timetable.room < 0)
    placed = (timetable.slot >= 0) & ~roomless
    return int(instance.event_counts[placed].sum())
