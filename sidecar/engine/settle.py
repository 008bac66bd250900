"""The last word on a set of variants: each leads on its own axis, and no two are alike.

Variants are searched apart from one another, so chance may make one lead on another's
axis, or a short run may leave two alike. Rounds of mending follow: a variant that does
not lead searches on with its axis weighed more, then from the timetable that leads in
its place; one that is too like another is pushed away from it. What a round finds is
taken only if fewer promises are broken with it. What remains broken is reported.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .compile import compile_tables
from .improve.genetic import Individual
from .model import Instance, Timetable
from .params import VariantSpec
from .searcher import Score, Searcher
from .tables import Tables

LEAST_DIFFERENCE = 0.3
"""Share of placements in which any two variants are to differ."""
ROUNDS = 3
SHARE = 0.12
"""Of the budget, for all rounds."""
EMPHASIS = (3, 10, 30)
"""How much more an axis weighs, by round, while a variant tries to lead on it."""
MOST_WEIGHT = 1_000_000
"""Of a constraint, however much more it weighs."""
FAR_BEHIND = 1.25
"""Times the leader's cost; who is further behind begins from the leader's place."""


@dataclass(frozen=True)
class Task:
    """What one variant does in a round; ``against`` is the variant to beat or leave."""

    key: str
    mode: str
    """``polish``: as ever; ``lead``: from its own place; ``take``: from the leader's;
    ``part``: from its own place, away from the other."""
    against: str = ""
    emphasis: int = 1


class Standings:
    """Who leads where. Scores are worked out once for each timetable.

    Parameters
    ----------
    specs
        All variants, in order.
    tables
        Compiled from each variant's own weights.
    """

    def __init__(
        self,
        instance: Instance,
        specs: tuple[VariantSpec, ...],
        tables: Mapping[str, Tables],
    ) -> None:
        self.instance = instance
        self.specs = {spec.key: spec for spec in specs}
        self.own = tables
        self._axis: dict[str, Tables] = {}
        self._last: tuple[tuple[str, bool], Searcher] | None = None
        """One at a time: a searcher is as large as all timetables together."""
        self._known: dict[tuple[str, bool, int], tuple[Timetable, Score]] = {}

    def score(self, key: str, timetable: Timetable, axis: bool = True) -> Score:
        """(hard, soft) of a timetable on a variant's axis, or under all its weights."""
        place = (key, axis, id(timetable))
        if place not in self._known:
            searcher = self._searcher(key, axis)
            searcher.load(timetable)
            # Kept with the timetable, so that its id names nothing else meanwhile.
            self._known[place] = (timetable, searcher.score())
        return self._known[place][1]

    def _searcher(self, key: str, axis: bool) -> Searcher:
        whole = not axis or self.specs[key].axis is None
        tables = self.own[key]
        if not whole:
            if key not in self._axis:
                spec = self.specs[key]
                weights = {
                    name: weight if name in (spec.axis or ()) else 0
                    for name, weight in spec.weights.items()
                }
                self._axis[key] = compile_tables(self.instance, weights)
            tables = self._axis[key]
        if self._last is None or self._last[0] != (key, whole):
            self._last = None
            rng = np.random.default_rng(0)
            searcher = Searcher(self.instance, tables, rng)
            self._last = ((key, whole), searcher)
        return self._last[1]

    def leader(self, key: str, best: Mapping[str, Individual]) -> str:
        """Who is best on a variant's axis; itself if nobody is better."""
        return min(
            best,
            key=lambda other: (
                self.score(key, best[other].timetable),
                other != key,
            ),
        )

    def nearest(self, key: str, best: Mapping[str, Individual]) -> tuple[float, str]:
        """The most similar other variant, and the share in which it differs."""
        mine = best[key].timetable
        return min(
            (mine.difference(one.timetable), other)
            for other, one in best.items()
            if other != key
        )

    def broken(self, best: Mapping[str, Individual]) -> int:
        """Promises that a set of variants breaks."""
        alike = sum(self.nearest(key, best)[0] < LEAST_DIFFERENCE for key in best)
        return alike + sum(self.leader(key, best) != key for key in best)

    def tasks(self, number: int, best: Mapping[str, Individual]) -> list[Task]:
        """What is to be done in a round: mending, or else improving all of them."""
        found: list[Task] = []
        touched: set[str] = set()
        for key in best:
            leader = self.leader(key, best)
            if leader != key:
                # First it tries by itself: that keeps it different.
                mine = self.score(key, best[key].timetable)
                theirs = self.score(key, best[leader].timetable)
                far = mine[0] > theirs[0] or mine[1] > FAR_BEHIND * theirs[1]
                mode = "take" if far and number else "lead"
                found.append(Task(key, mode, leader, EMPHASIS[number]))
                touched.add(key)
        for key in best:
            difference, other = self.nearest(key, best)
            if difference < LEAST_DIFFERENCE and not {key, other} & touched:
                found.append(Task(key, "part", other))
                touched.add(key)
        return found or [Task(key, "polish") for key in best]

    def tables_for(self, task: Task, best: Mapping[str, Individual]) -> Tables:
        """What to search under for a task."""
        spec = self.specs[task.key]
        weights = dict(spec.weights)
        for name in spec.axis or ():
            weights[name] = min(MOST_WEIGHT, weights[name] * task.emphasis)
        extra = None
        if task.mode in ("take", "part"):
            slot = best[task.against].timetable.slot
            events = np.flatnonzero(slot >= 0)
            shape = (self.instance.num_events, self.instance.num_slots)
            extra = np.zeros(shape, np.int64)
            extra[events, slot[events]] = self.push(task, best)
        return compile_tables(self.instance, weights, extra)

    def push(self, task: Task, best: Mapping[str, Individual]) -> int:
        """Cost of standing where the other stands: half of what an event costs."""
        _, soft = self.score(task.key, best[task.key].timetable, axis=False)
        return max(1, soft // (2 * max(1, self.instance.num_events)))

    def better(
        self, key: str, candidate: Individual, best: Mapping[str, Individual]
    ) -> bool:
        """Whether a variant should become the candidate.

        Fewer broken promises count first; then, for who does not lead, the axis.
        """

        def rank(those: Mapping[str, Individual]) -> tuple[int, ...]:
            one = those[key]
            leads = self.leader(key, those) == key
            behind = 0 if leads else self.score(key, one.timetable)[1]
            return one.score[0], self.broken(those), behind, one.score[1]

        return rank({**best, key: candidate}) < rank(best)
