"""Stage three: a first complete timetable, and what CP-SAT makes better in it."""

from collections.abc import Callable

import numpy as np

from .. import repair
from ..budget import Budget, Share
from ..decompose import Clusters
from ..improve.genetic import Individual
from ..journal import Journal
from ..memory import forget_compiler
from ..model import Instance
from ..plan import Plan
from ..searcher import Searcher
from .cp_sat import SolverChild, exact_neighbourhood
from .mending import mend
from .rooms import settle_rooms

EXACT_EVENTS = 24
EXACT_SECONDS = 2.0
STARTS, FRESH_EVERY = 15, 5
"""Starts at most, and the how-manieth begins with all events, not with a corner."""
CLEAR_HEAT, CLEAR_PART = 0.05, 0.2
"""Where the first attempt to clear violations begins, as a share of the hot end; and
how much of the time left an attempt may take."""
EXACT_MOVES = 200_000
"""Moves that the kernels make in the time of a task: its price in a budget of moves."""
SHRINKING_SHARE, SHRINKING_MOVES = 0.12, 4_800
"""The same in a repair, which is small and lives by exact placement."""


class Builder:
    """Builds the timetable from which all variants begin.

    Parameters
    ----------
    key
        Of the variant whose weights it is built under.
    """

    def __init__(self, plan: Plan, budget: Budget, journal: Journal, key: str) -> None:
        self.plan = plan
        self.params = plan.params
        self.budget = budget
        self.journal = journal
        self.key = key
        self.peak_mb = 0.0

    def steps(self) -> list[tuple[str, Callable[[Searcher, Clusters], None]]]:
        """Names of what is done and noted as done, in order."""
        if self.plan.repairs:
            return [
                ("construct", self.lay_out),
                ("clear", self.clear_violations),
                ("exact", self.shrink),
            ]
        return [
            ("construct", self.place_clusters),
            ("clear", self.clear_violations),
            ("exact", self.exact_neighbourhoods),
        ]

    def place_clusters(self, searcher: Searcher, clusters: Clusters) -> None:
        """Greedily, the hardest cluster first, then mended; begun anew if that stalls.

        Whether mending ends at zero is much a matter of luck, and beginning anew costs
        less than getting out of a corner. A university of ten times the size has ten
        times the corners, so mostly the one that is left begins anew.
        """
        share = Share(self.budget, self.plan.course.building)
        strict = self.plan.aim_weight(searcher.tables)
        searcher.section_students()
        forget_compiler()
        difficulty = cluster_difficulty(searcher.instance, clusters)
        for done, cluster in enumerate(np.argsort(-difficulty, kind="stable")):
            events = searcher.events[clusters.of_event[searcher.events] == cluster]
            searcher.construct(events, strict)
            self.budget.spend(0)
            self.journal.report(
                40 * (done + 1) / clusters.count,
                items=(done + 1, clusters.count),
                message=f"Placing group {done + 1} of {clusters.count}",
            )
        forget_compiler()
        moves = self.mend(searcher, strict)
        best = Individual(searcher.incumbent(), searcher.score())
        for start in range(1, STARTS + 1):
            if best.score[0] == 0 or not share.left():
                break
            events = self.corner(searcher, clusters)
            if start % FRESH_EVERY == 0 or 2 * events.size > searcher.events.size:
                events = searcher.events
                searcher.clear()
            else:
                searcher.take_out(events)
            searcher.section_students()
            searcher.construct(events, strict)
            moves += self.mend(searcher, strict)
            if searcher.score() < best.score:
                best = Individual(searcher.incumbent(), searcher.score())
            else:
                searcher.load(best.timetable)
        self.journal.fact("repair_moves", moves)

    def mend(self, searcher: Searcher, strict: int) -> int:
        """See ``mending``; each turn is told."""

        def told(done: bool) -> None:
            self.journal.keep(self.key, searcher)
            self.journal.report(42, message="Clearing clashes", at_once=done)

        return mend(searcher, strict, self.budget, told)

    def clear_violations(self, searcher: Searcher, clusters: Clusters) -> None:
        """Anneal, then exact placement, until nothing hard is broken."""
        # On a slow machine the share may be over by now: of what is left, then.
        used, ours = self.budget.used(), self.plan.course.building
        share = Share(self.budget, max(ours, used + (1 - used) * ours))
        schedule = self.plan.schedule(searcher)
        base = schedule.hard_weight if self.plan.repairs else self.params.hard_weight
        tried = 0
        heat = 1.0 if self.plan.repairs else CLEAR_HEAT
        with SolverChild() as child:
            while share.left() and searcher.score()[0] > 0:
                part = share.part(0.4 if self.plan.repairs else CLEAR_PART)
                # Mild at first, for violations vanish only once it is cold again.
                cooling = schedule.cooling.below(min(1.0, heat))
                heat *= 3
                while part.left() and searcher.score()[0] > 0:
                    fraction = min(1.0, part.fraction())
                    searcher.step(
                        part,
                        schedule.weights,
                        base * (1 + round(fraction * 8)),
                        cooling.at(fraction),
                    )
                    self.journal.look(self.key, searcher, None, 0.0)
                    self.journal.report(
                        45 + 30 * share.fraction(), message="Clearing clashes"
                    )
                searcher.restore()
                troubled = searcher.troubled()
                if not troubled.size or tried >= 6 or not self.plan.runs("cp_sat"):
                    continue
                tried += 1
                events = self.around(searcher, troubled, clusters)
                exact_neighbourhood(searcher, events, child, share, EXACT_SECONDS)
            self.peak_mb = max(self.peak_mb, child.peak_mb)
        self.journal.fact("residue_tasks", tried)

    def exact_neighbourhoods(self, searcher: Searcher, clusters: Clusters) -> None:
        """CP-SAT on a few dozen events of a cluster at a time, while it pays."""
        end = self.budget.used() + self.params.exact_share
        if self.params.iterations is None:
            end = min(end, self.plan.course.genetic_end)
        share = Share(self.budget, end)
        tried = better = 0
        with SolverChild() as child:
            while share.left() and searcher.events.size and self.plan.runs("cp_sat"):
                seed_event = searcher.rng.choice(searcher.events, 1)
                events = self.around(searcher, seed_event, clusters)
                tried += 1
                better += exact_neighbourhood(
                    searcher, events, child, share, EXACT_SECONDS
                )
                self.budget.spend(EXACT_MOVES)
                self.journal.look(self.key, searcher, None, 0.0)
                self.journal.report(
                    75 + 25 * share.fraction(),
                    message="Placing groups of events exactly",
                )
            self.peak_mb = max(self.peak_mb, child.peak_mb)
        self.journal.fact("exact_tasks", tried)
        self.journal.fact("exact_improved", better)

    def lay_out(self, searcher: Searcher, clusters: Clusters) -> None:
        """The timetable in force, then what has no place in it any more."""
        del clusters
        repair.lay_out(searcher)
        self.journal.fact("kept", int((searcher.best.slot >= 0).sum()))
        self.settle_rooms(searcher)
        strict = self.plan.aim_weight(searcher.tables)
        missing = searcher.events[searcher.state.slot[searcher.events] < 0]
        searcher.construct(missing, strict)
        heat = repair.priority(searcher.tables) / 50
        moves = searcher.repair(searcher.events, 100, strict, heat)
        searcher.keep()
        repair.put_back(searcher)
        self.budget.spend(moves)
        self.journal.fact("repair_moves", moves)

    def shrink(self, searcher: Searcher, clusters: Clusters) -> None:
        """Fewer moves: what moved and what stands in its way is placed exactly."""
        del clusters
        share = Share(self.budget, self.budget.used() + SHRINKING_SHARE)
        tried = better = vain = 0
        repair.put_back(searcher)
        self.settle_rooms(searcher)
        with SolverChild() as child:
            while share.left() and vain < 8 and self.plan.runs("cp_sat"):
                tried += 1
                if repair.shrink(searcher, child, share, EXACT_SECONDS):
                    better += 1
                    vain = 0
                    repair.put_back(searcher)
                else:
                    vain += 1
                self.budget.spend(SHRINKING_MOVES)
                self.journal.look(self.key, searcher, None, 0.0)
                self.journal.report(
                    75 + 25 * share.fraction(), message="Undoing what need not move"
                )
            self.peak_mb = max(self.peak_mb, child.peak_mb)
        self.journal.fact("exact_tasks", tried)
        self.journal.fact("exact_improved", better)

    def settle_rooms(self, searcher: Searcher) -> None:
        """The fewest changes of rooms for the times that there are."""
        if self.plan.runs("cp_sat"):
            with SolverChild() as child:
                settle_rooms(searcher, child, self.budget)
            self.peak_mb = max(self.peak_mb, child.peak_mb)

    def corner(self, searcher: Searcher, clusters: Clusters) -> np.ndarray:
        """All events of the clusters that have events in trouble."""
        cluster = clusters.of_event[searcher.events]
        troubled = clusters.of_event[searcher.troubled()]
        return searcher.events[np.isin(cluster, troubled)]

    def around(
        self, searcher: Searcher, seeds: np.ndarray, clusters: Clusters
    ) -> np.ndarray:
        """The seeds and mates of their clusters, as many as CP-SAT takes well."""
        rng = searcher.rng
        chosen = rng.permutation(seeds)[: EXACT_EVENTS // 2]
        mates = searcher.events[
            np.isin(clusters.of_event[searcher.events], clusters.of_event[chosen])
        ]
        mates = rng.permutation(np.setdiff1d(mates, chosen))
        return np.concatenate([chosen, mates[: EXACT_EVENTS - len(chosen)]]).astype(
            np.int64
        )


def cluster_difficulty(instance: Instance, clusters: Clusters) -> np.ndarray:
    """Periods to place per cluster, weighed by how few starts they have."""
    starts = instance.event_starts.sum(axis=1) + 1
    need = instance.event_duration / starts
    return np.bincount(clusters.of_event, need, minlength=clusters.count)
