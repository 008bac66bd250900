"""A thread of the search that has exact neighbourhoods solved instead of annealing.

The child works on the best timetable of all chains; its patches are laid on what is the
best by then, and the kernels judge them. Whether the next round has such a turn depends
on what the last ones gained, beside annealing in the same time.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from ..budget import Budget
from ..model.patterned import PatternedProblem
from .exact import ExactHelper
from .searcher import PairSearcher
from .tables import PairBest, PairTables

SECONDS = 8.0
"""Of solving for one neighbourhood, at most."""
LEAST_SECONDS = 0.5
HARD_UNIT = 1_000_000.0
"""What a hard rule mended counts as, in units of cost."""
WORTH = 0.5
"""Of what annealing gains a second: less, and the turn is annealed instead."""


class ExactTurns:
    """The child, a searcher that judges its patches, and what it all was worth."""

    def __init__(
        self, problem: PatternedProblem, tables: PairTables, seed: int
    ) -> None:
        self.problem = problem
        self.tables = tables
        self.helper = ExactHelper(problem, seed, SECONDS)
        self.judge = PairSearcher(problem, tables, np.random.default_rng([seed, 99]))
        self.gains = {"exact": 0.0, "anneal": 0.0}
        self.spent = {"exact": 0.0, "anneal": 0.0}

    def stop(self) -> None:
        self.helper.stop()

    def count(self, way: str, gain: float, seconds: float) -> None:
        """What a turn gained; older turns count half."""
        self.gains[way] = self.gains[way] / 2 + gain
        self.spent[way] = self.spent[way] / 2 + seconds

    def worthwhile(self) -> bool:
        """Whether the next turn should be exact; the first one always."""
        if not self.spent["exact"]:
            return True
        exact, anneal = (
            self.gains[way] / max(1.0, self.spent[way]) for way in ("exact", "anneal")
        )
        return exact >= WORTH * anneal

    def run(
        self,
        budget: Budget,
        best_of: Callable[[], PairBest],
        offer: Callable[[PairSearcher], float],
        report: Callable[[], None],
    ) -> float:
        """One turn; returns what it gained.

        Parameters
        ----------
        best_of
            The best timetable of all chains.
        offer
            Takes what the judge found, if it is better; tells by how much.
        report
            Called now and then.
        """
        total = 0.0
        while budget.used() < 1:
            left = budget.seconds - budget.elapsed()
            if left < LEAST_SECONDS:
                break
            solution = self.judge.solution(best_of())
            if not self.helper.offer(solution, min(SECONDS, left)):
                break
            patch = None
            while patch is None and self.helper.busy:
                patch = self.helper.take()
                if patch is None:
                    time.sleep(0.02)
                    if budget.used() >= 1:
                        # Its model took long: what it would say comes too late.
                        self.helper.stop()
                report()
                budget.obey()
            if patch is not None and (patch["classes"] or patch["students"]):
                gain = self.lay(best_of(), patch, offer)
                self.helper.reward(gain)
                total += gain
        return total

    def lay(
        self,
        best: PairBest,
        patch: dict[str, Any],
        offer: Callable[[PairSearcher], float],
    ) -> float:
        """Lay a patch on a timetable and offer the outcome; tells what it gained."""
        judge, tables = self.judge, self.tables
        judge.best = best.copy()
        laid = best.copy()
        for name, (option, room) in patch["classes"].items():
            index = int(name)
            first, last = tables.time_ptr[index], tables.time_ptr[index + 1]
            same = np.flatnonzero(tables.time_source[first:last] == option)
            laid.time[index] = first + same[0] if len(same) else best.time[index]
            wanted = room if room >= 0 else tables.num_rooms
            first, last = tables.room_ptr[index], tables.room_ptr[index + 1]
            there = np.flatnonzero(tables.room[first:last] == wanted)
            laid.place[index] = first + there[0] if len(there) else best.place[index]
        for name, classes in patch["students"].items():
            for enrolment in np.flatnonzero(tables.enrolment_student == int(name)):
                bundle = judge.bundle_of(int(enrolment), set(classes))
                if bundle >= 0:
                    laid.bundle[enrolment] = bundle
        judge.stand_at(laid)
        return offer(judge)


def gained(before: tuple[int, int], after: tuple[int, int]) -> float:
    """By how much (hard, soft) is better, a hard rule worth more than any cost."""
    return HARD_UNIT * (before[0] - after[0]) + (before[1] - after[1])
