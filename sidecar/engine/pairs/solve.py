"""Search over a problem of time patterns: chains that anneal and share what they find.

Every chain constructs a timetable of its own and cools from hot to cold; after that,
rounds of reheating begin at the best timetable of all chains. Weights of hard rules
that stay broken grow (``PairSearcher.press``): what resists is paid for in the end.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..budget import Budget, CancelledError, Clock, FinishedError
from ..cooling import Cooling, geometric
from ..crew import MOST_BEGUN, Crew, Segment
from ..model.patterned import PatternedProblem, PatternedSolution
from ..progress import Control, Sample
from ..state_file import CheckpointError, StateFile
from .checkpoint import Keeper, PairRunState, load, restore, state_of
from .compile import compile_pairs
from .exact_turn import ExactTurns, gained
from .searcher import PairSearcher
from .tables import PairBest, PairTables

logger = logging.getLogger(__name__)

OnProgress = Callable[[Sample], None]
BURST = 0.04
"""Seconds of moves at one temperature, about."""
FIRST_ROUND = 0.5
"""Share of the time that goes to cooling from the hottest."""
ROUNDS = 5
"""Reheatings after it."""
REHEAT = 0.3
"""Where in the first cooling, 0-1, a reheating begins."""
HOT, COLD = 0.5, 0.004
"""The hottest and the coldest temperature, in units of what a random move costs."""
LEAST_COLD, MOST_COLD = 0.12, 0.3
"""In units of cost: below, nothing but what is free is accepted."""
HARD_WEIGHT, STIFFENING = 8.0, 20.0
"""The least weight of a hard rule, in units of the temperature, at the hottest; and how
many times more at the coldest. A search that passes through timetables with a few
broken rules finds much better ones than a search that never breaks any."""
STERN_AFTER, STERNER, STERNEST = 0.5, 1.03, 100.0
"""While a chain knows no timetable without a broken rule, each burst of the second half
of a cooling makes its weights so many times more, up to so many, and the next round
begins with them."""
SHARES = {
    "time_change": 2.0,
    "room_change": 2.0,
    "time_room_change": 4.0,
    "heat_bath": 0.1,
    "chain": 0.3,
    "room_swap": 1.0,
    "exchange": 0.5,
    "time_students_change": 1.0,
    "bundle_change": 4.0,
    "bundle_swap": 2.0,
}
"""In which proportions the operators are drawn."""


@dataclass(frozen=True)
class PairParams:
    """How to search."""

    seed: int = 0
    time_limit: float = 60.0
    """Seconds of wall time; everything included."""
    threads: int = 1
    iterations: int | None = None
    """Moves of all chains together instead of the time limit, to be reproducible."""


def solve(
    problem: PatternedProblem,
    seed: int = 0,
    time_limit: float = 60.0,
    threads: int = 1,
    on_progress: OnProgress | None = None,
    start: PatternedSolution | None = None,
    control: Control | None = None,
    iterations: int | None = None,
    checkpoint: StateFile | None = None,
) -> PatternedSolution:
    """The best timetable found within the time limit; hard rules come first.

    Parameters
    ----------
    time_limit
        Seconds of wall time, compilation of tables included.
    threads
        Chains of search.
    on_progress
        Called a few times a second at most, from the threads of the search.
    start
        A complete timetable to begin from.
    control
        Asked for pause and cancel; a cancelled search returns what it has.
    iterations
        Moves of all chains together; then nothing depends on the clock.
    checkpoint
        Where the state is kept, and gone on from if it is there. One that cannot be
        used is told in the log, and the search begins anew.

    Raises
    ------
    ValueError
        If the problem cannot be compiled; says what is wrong.
    """
    params = PairParams(seed, time_limit, threads, iterations)
    return Run(problem, params, on_progress, control, start, checkpoint).solve()


class Run:
    """One run: tables, chains, the best of all, budget and reports."""

    def __init__(
        self,
        problem: PatternedProblem,
        params: PairParams,
        on_progress: OnProgress | None = None,
        control: Control | None = None,
        start: PatternedSolution | None = None,
        checkpoint: StateFile | None = None,
    ) -> None:
        self.params = params
        self.problem = problem
        self.budget = Budget(params.time_limit, params.iterations, control)
        self.on_progress = on_progress
        self.start = start
        self.tables: PairTables = compile_pairs(problem)
        self.chains = [
            PairSearcher(problem, self.tables, np.random.default_rng([params.seed, k]))
            for k in range(max(1, params.threads))
        ]
        self.best: PairBest | None = None
        self.trace: list[tuple[float, int, int]] = []
        """(seconds, hard, soft) of each better timetable."""
        self._reported = -1.0
        self._lock = threading.Lock()
        self._cooling: dict[int, Cooling] = {}
        self.exact = ExactTurns(problem, self.tables, params.seed)
        self.keeper = Keeper(checkpoint, self._resume(checkpoint))
        self._used: dict[int, tuple[str, float]] = {}
        """By chain: its segment under way and how much of it is used."""

    def _resume(self, file: StateFile | None) -> PairRunState:
        """Bring all to where a checkpoint stood, if there is one that can be used."""
        if file is None or not file.exists():
            return PairRunState()
        try:
            state = load(file, self.tables)
        except CheckpointError as error:
            logger.warning("The checkpoint is not used; beginning anew. %s", error)
            return PairRunState()
        logger.info("Going on from a checkpoint of %.0f seconds.", state.elapsed)
        # What compiling took this time counts too.
        self.budget.clock = Clock(state.elapsed + self.budget.elapsed())
        for index, kept in state.chains.items():
            self._cooling[index] = restore(self.chains[index], kept)
        self.best, self.trace = state.best, state.trace
        return state

    def solve(self) -> PatternedSolution:
        """Run all rounds; returns the best timetable."""
        count = len(self.chains)
        weight = (1 - FIRST_ROUND) / FIRST_ROUND / ROUNDS
        segments = []
        for number in range(ROUNDS + 1):
            for index in range(count):
                after = (f"{number - 1}.{index}",) if number else ()
                share = weight if number else 1.0
                segments.append(Segment(f"{number}.{index}", share, after))
        crew = Crew(self.budget, lambda: count, count)
        try:
            if len(self.chains[0].work.movable) or len(self.chains[0].work.choosers):
                iterations, state = self.params.iterations, self.keeper.state
                done, begun = set(state.done), dict(state.used)
                crew.run(segments, done, 1.0, iterations, self._work, begun)
        except (CancelledError, FinishedError):
            pass
        finally:
            self.exact.stop()
        for index, chain in enumerate(self.chains):
            self.offer(chain)
            self._keep_cut(chain, index)
        self.keeper.write(0, self.budget.elapsed(), self.best, self.trace)
        assert self.best is not None
        return self.chains[0].solution(self.best)

    def _work(self, segment: Segment, budget: Budget, worker: int) -> None:
        number, index = (int(part) for part in segment.key.split("."))
        chain = self.chains[index]
        resumed = segment.key in self.keeper.state.used
        self._used[index] = (segment.key, budget.used())
        if number == 0 and not resumed:
            self._begin(chain, index)
        cooling = self._cooling[index]
        began = budget.elapsed()
        if self._is_exact(number, index):
            gain = self.exact.run(budget, self._the_best, self.offer, self.report)
            self.exact.count("exact", gain, budget.elapsed() - began)
        else:
            if number and not resumed:
                chain.stand_at(self._the_best())
            begin = REHEAT if number else 0.0
            gain = self.anneal(chain, budget, cooling, begin, index)
            if number:
                self.exact.count("anneal", gain, budget.elapsed() - began)
        del self._used[index]
        self.keeper.keep(index, state_of(chain, cooling), segment.key, 1.0)

    def _keep_cut(self, chain: PairSearcher, index: int) -> None:
        """Remember a chain in the middle of a segment, if it is.

        Not where moves are counted: such a segment begins anew, to end like one that
        was not interrupted.
        """
        if self.params.iterations is not None or index not in self._cooling:
            return
        if index in self._used:
            key, used = self._used[index]
            kept = state_of(chain, self._cooling[index])
            self.keeper.keep(index, kept, key, min(used, MOST_BEGUN))

    def _is_exact(self, number: int, index: int) -> bool:
        """Whether a turn is for exact neighbourhoods: every other round of the last
        chain, as long as they are worth it; the clock decides, so only with one."""
        turn = self.params.iterations is None and index == len(self.chains) - 1
        return turn and number > 0 and number % 2 == 0 and self.exact.worthwhile()

    def _the_best(self) -> PairBest:
        with self._lock:
            assert self.best is not None
            return self.best

    def score_of_best(self) -> tuple[int, int]:
        """(broken hard rules, cost)."""
        return score_of(self._the_best())

    def _begin(self, chain: PairSearcher, index: int) -> None:
        rise = chain.usual_rise()
        hot = max(1.0, HOT * rise)
        cold = min(MOST_COLD, max(LEAST_COLD, COLD * rise))
        self._cooling[index] = geometric(hot, cold)
        chain.weigh(max(2, int(rise)))
        if self.start is not None:
            chain.load(self.start)
        else:
            chain.construct()
        # The time may be over by now, with kernels that had to be compiled.
        self.offer(chain)

    def anneal(
        self,
        chain: PairSearcher,
        budget: Budget,
        cooling: Cooling,
        begin: float,
        index: int,
    ) -> float:
        """Cool over a budget, from so far into the cooling on.

        Tells what the best of all gained.
        """
        chain.roll(SHARES)
        gain = 0.0
        while budget.used() < 1:
            progress = begin + (1 - begin) * min(1.0, max(0.0, budget.used()))
            temperature = cooling.at(progress)
            if chain.score()[0] == 0:
                chain.stern = 1.0
            elif progress > STERN_AFTER:
                chain.stern = min(STERNEST, chain.stern * STERNER)
            weight = chain.stern * HARD_WEIGHT * STIFFENING**progress
            base = max(2, int(weight * temperature))
            iterations = max(64, int(chain.speed * BURST))
            if budget.iterations is not None:
                left = budget.iterations - budget.spent_iterations
                iterations = min(20_000, max(1, left))
            began = budget.elapsed()
            chain.anneal(temperature, int(4 * temperature) + base, iterations)
            spent = budget.elapsed() - began
            if spent > 0:
                chain.speed = 0.7 * chain.speed + 0.3 * iterations / spent
            chain.press(base)
            gain += self.offer(chain)
            self.report()
            self._used[index] = (self._used[index][0], budget.used())
            if self.keeper.due(index):
                self._keep_cut(chain, index)
                now = self.budget.elapsed()
                self.keeper.write(index, now, self._the_best(), self.trace)
            budget.spend(iterations)
        return gain

    def offer(self, chain: PairSearcher) -> float:
        """Let the best of all be what a chain has found, if that is better.

        Returns by how much it is: of cost, and much for each hard rule mended.
        """
        with self._lock:
            gain = 0.0
            if self.best is not None:
                gain = gained(score_of(self.best), chain.score())
                if gain <= 0:
                    return 0.0
            self.best = chain.best.copy()
            self.trace.append((self.budget.elapsed(), *chain.score()))
            return gain

    def report(self) -> None:
        """Say how the best of all stands, a few times a second at most."""
        if self.on_progress is None:
            return
        now = self.budget.elapsed()
        with self._lock:
            if now - self._reported < 0.5:
                return
            self._reported = now
            assert self.best is not None
            hard, soft = score_of(self.best)
        done = 100 * min(1.0, self.budget.used())
        self.on_progress(
            Sample(
                stage="anneal",
                stage_progress=done,
                overall_progress=done,
                placed=self.tables.num_classes,
                total=self.tables.num_classes,
                hard=hard,
                soft=soft,
                seconds=now,
                workers=len(self.chains),
            )
        )


def score_of(best: PairBest) -> tuple[int, int]:
    return int(best.totals[0]), int(best.totals[1])
