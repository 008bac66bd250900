"""START HERE: the five stages of a run, in order. Wiring only.

1. loading: constraints compile to tables
2. clustering: Louvain communities of the conflict graph
3. cpsat_solving: kernels place and repair cluster by cluster, hardest first; CP-SAT
   takes the residue and exact neighbourhoods, in child processes
4. ga_optimization: for each variant a population of complete timetables
5. rl_refinement: for each variant a Q-learning hyper-heuristic over neighbourhoods

From the first complete timetable there is an incumbent; a cancel gives it back.
"""

import time
from collections.abc import Callable

import numpy as np

from .budget import Budget, CancelledError, Share
from .compile import compile_tables
from .construct.cp_sat import SolverChild, exact_neighbourhood
from .decompose import Clusters, find_clusters, one_cluster
from .improve import genetic, hyper_heuristic
from .model import Instance, Timetable
from .params import PARTS, SolveParams
from .progress import Control, NullSink, ProgressSink, RunControl, Sample
from .result import Outcome, StageOutcome, VariantOutcome
from .searcher import OPERATORS, Searcher, cooled, temperatures

GENETIC_MIX = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
"""Heat baths and section changes: many people an event."""
GENETIC_MIX_SMALL = (0.1, 1.0, 0.3, 0.3, 0.1, 0.3)
"""Cheap Metropolis moves and Kempe chains: few people an event."""
EXACT_EVENTS = 24
EXACT_SECONDS = 2.0


def solve(
    instance: Instance,
    params: SolveParams,
    sink: ProgressSink | None = None,
    control: Control | None = None,
    on_incumbent: Callable[[list[VariantOutcome]], None] | None = None,
) -> Outcome:
    """Find a timetable for each variant within the budget.

    Parameters
    ----------
    instance
        What is given.
    params
        Variants, seed and budget.
    sink, control
        Where reports go and commands come from.
    on_incumbent
        Called now and then with the best timetables so far.
    """
    return _Run(
        instance, params, sink or NullSink(), control or RunControl(), on_incumbent
    ).run()


class _Run:
    def __init__(
        self,
        instance: Instance,
        params: SolveParams,
        sink: ProgressSink,
        control: Control,
        on_incumbent: Callable[[list[VariantOutcome]], None] | None,
    ) -> None:
        unknown = params.without - {*PARTS, *OPERATORS}
        if unknown:
            known = ", ".join((*PARTS, *OPERATORS))
            raise ValueError(
                f"'{min(unknown)}' cannot be switched off; what can is: {known}."
            )
        self.instance = instance
        self.params = params
        self.sink = sink
        self.on_incumbent = on_incumbent
        self.rng = np.random.default_rng(params.seed)
        self.budget = Budget(params.time_limit, params.iterations, control)
        self.outcomes: dict[str, VariantOutcome] = {}
        self.searched: set[str] = set()
        self.stages: list[StageOutcome] = []
        self.searchers: dict[str, Searcher] = {}
        self.last_report = self.last_incumbent = 0.0
        self.child_peak_mb = 0.0
        self.first: Searcher | None = None
        self.current: Searcher | None = None
        self.stage = "loading"
        self.stage_started = 0.0

    def run(self) -> Outcome:
        reason = "budget"
        try:
            first = self.load()
            if self.instance.num_events:
                clusters = self.cluster()
                self.construct(first, clusters)
                self.evolve(first.incumbent(), clusters)
                self.refine()
            else:
                reason = "nothing_to_place"
        except CancelledError:
            reason = "cancelled"
            self.end_stage()
        self.keep_current()
        return Outcome(
            variants=self.distinct(),
            stages=self.stages,
            stop_reason=reason,
            seconds=self.budget.elapsed(),
            child_peak_mb=self.child_peak_mb,
        )

    # -- stages ------------------------------------------------------------------------

    def load(self) -> Searcher:
        self.begin("loading")
        for number, spec in enumerate(self.params.variants):
            tables = compile_tables(self.instance, spec.weights)
            searcher = Searcher(self.instance, tables, self.rng)
            searcher.disabled = self.params.without
            self.searchers[spec.key] = searcher
            self.report(100 * (number + 1) / len(self.params.variants))
        self.first = self.searchers[self.params.variants[0].key]
        self.end_stage(variants=len(self.params.variants))
        return self.first

    def cluster(self) -> Clusters:
        self.begin("clustering")
        self.report(0, message="Grouping courses that share students")
        if self.runs("clustering"):
            clusters = find_clusters(self.instance, self.params.seed)
        else:
            clusters = one_cluster(self.instance)
        self.budget.obey()
        self.end_stage(clusters=clusters.count, cut_share=round(clusters.cut_share, 3))
        return clusters

    def construct(self, searcher: Searcher, clusters: Clusters) -> None:
        """A complete timetable, free of violations where the budget allows."""
        self.begin("cpsat_solving")
        share = Share(self.budget, self.params.construction_share)
        searcher.section_students()
        moves = 0
        difficulty = self.cluster_difficulty(clusters)
        for done, cluster in enumerate(np.argsort(-difficulty, kind="stable")):
            events = searcher.events[clusters.of_event[searcher.events] == cluster]
            searcher.construct(events, 4 * self.params.hard_weight)
            moves += searcher.repair(events, 30, 4 * self.params.hard_weight, 4.0)
            self.budget.spend(0)
            self.report(
                40 * (done + 1) / clusters.count,
                items=(done + 1, clusters.count),
                message=f"Placing group {done + 1} of {clusters.count}",
            )
        searcher.forget()
        searcher.keep()
        self.keep_current()
        moves += searcher.repair(searcher.events, 100, 4 * self.params.hard_weight, 4.0)
        self.budget.spend(moves)
        exact = self.clear_violations(searcher, share, clusters)
        exact |= self.exact_neighbourhoods(searcher, clusters)
        self.end_stage(repair_moves=moves, **exact)

    def clear_violations(
        self, searcher: Searcher, share: Share, clusters: Clusters
    ) -> dict[str, object]:
        """Anneal, then exact placement, until nothing hard is broken."""
        hot, cold = temperatures(searcher)
        tried = 0
        with SolverChild() as child:
            while share.left() and searcher.score()[0] > 0:
                part = share.part(0.4)
                while part.left() and searcher.score()[0] > 0:
                    fraction = min(1.0, part.fraction())
                    searcher.step(
                        part,
                        self.mix(searcher),
                        self.params.hard_weight * (1 + round(fraction * 8)),
                        cooled(hot, cold, fraction),
                    )
                    self.report(45 + 30 * share.fraction(), message="Clearing clashes")
                searcher.restore()
                troubled = searcher.troubled()
                if not troubled.size or tried >= 6 or not self.runs("cp_sat"):
                    continue
                tried += 1
                events = self.around(searcher, troubled, clusters)
                exact_neighbourhood(searcher, events, child, self.budget, EXACT_SECONDS)
            self.child_peak_mb = max(self.child_peak_mb, child.peak_mb)
        return {"residue_tasks": tried}

    def exact_neighbourhoods(
        self, searcher: Searcher, clusters: Clusters
    ) -> dict[str, object]:
        """CP-SAT on a few dozen events of a cluster at a time, while it pays."""
        if self.params.iterations is not None:
            end = self.budget.used() + self.params.exact_share
        else:
            end = min(
                self.budget.used() + self.params.exact_share,
                self.params.genetic_share,
            )
        share = Share(self.budget, end)
        tried = better = 0
        if not self.runs("cp_sat"):
            return {"exact_tasks": 0, "exact_improved": 0}
        with SolverChild() as child:
            while share.left() and searcher.events.size:
                seed_event = self.rng.choice(searcher.events, 1)
                events = self.around(searcher, seed_event, clusters)
                tried += 1
                better += exact_neighbourhood(
                    searcher, events, child, self.budget, EXACT_SECONDS
                )
                self.budget.spend(EXACT_EVENTS * 200)
                self.report(
                    75 + 25 * share.fraction(),
                    message="Placing groups of events exactly",
                )
            self.child_peak_mb = max(self.child_peak_mb, child.peak_mb)
        return {"exact_tasks": tried, "exact_improved": better}

    def evolve(self, start: Timetable, clusters: Clusters) -> None:
        self.begin("ga_optimization")
        base = self.budget.used()
        count = len(self.params.variants)
        if not self.runs("ga_optimization"):
            for key, searcher in self.searchers.items():
                searcher.load(start)
                self.searched.add(key)
                self.keep(key)
            self.end_stage()
            return
        # Where construction took long, what is left is divided in the same proportion.
        last = self.params.genetic_share if self.runs("rl_refinement") else 1.0
        planned = last - self.params.construction_share
        span = max(
            last - base,
            (1 - base) * planned / (1 - self.params.construction_share),
        )
        for number, spec in enumerate(self.params.variants):
            searcher = self.searchers[spec.key]
            share = Share(self.budget, base + span * (number + 1) / count)
            if not share.left():
                # Unsearched, it would be the first variant under another name.
                continue
            hot, cold = temperatures(searcher)
            self.current = searcher
            schedule = genetic.Schedule(
                self.mix(searcher), hot, cold, self.hard_weight(hot)
            )

            def report(number: int = number, share: Share = share) -> None:
                self.report(
                    100 * (number + min(1.0, share.fraction())) / count,
                    items=(number, count),
                    message=f"Improving variant {number + 1} of {count}",
                )

            best = genetic.evolve(searcher, start, clusters, share, schedule, report)
            self.searched.add(spec.key)
            searcher.load(best.timetable)
            self.keep(spec.key)
        self.end_stage()

    def refine(self) -> None:
        self.begin("rl_refinement")
        if not self.runs("rl_refinement"):
            self.end_stage()
            return
        base = self.budget.used()
        count = len(self.params.variants)
        policy = hyper_heuristic.Policy()
        for number, spec in enumerate(self.params.variants):
            if spec.key not in self.searched:
                continue
            searcher = self.searchers[spec.key]
            self.current = searcher
            share = Share(self.budget, base + (1 - base) * (number + 1) / count)
            hot, cold = temperatures(searcher)

            def report(number: int = number, share: Share = share) -> None:
                self.report(
                    100 * (number + min(1.0, share.fraction())) / count,
                    items=(number, count),
                    message=f"Fine-tuning variant {number + 1} of {count}",
                )

            hyper_heuristic.refine(
                searcher,
                share,
                policy,
                # Without a population before it, it has the annealing to do itself.
                max(cold, hot * (0.05 if self.runs("ga_optimization") else 1.0)),
                cold,
                self.hard_weight(hot) * 10,
                report,
            )
            self.keep(spec.key)
        assert self.current is not None
        self.end_stage(
            policy=policy.values.round(3).tolist(),
            operators=hyper_heuristic.operator_report(self.current),
        )

    # -- choices -----------------------------------------------------------------------

    def runs(self, part: str) -> bool:
        """Whether a stage is not switched off."""
        return part not in self.params.without

    def mix(self, searcher: Searcher) -> tuple[float, ...]:
        """Neighbourhoods by how many people an event concerns."""
        many = searcher.instance.num_enrolments > 2 * searcher.instance.num_events
        return GENETIC_MIX if many else GENETIC_MIX_SMALL

    def hard_weight(self, hot: float) -> int:
        """Far enough above the heat that violations do not linger."""
        return max(self.params.hard_weight, round(2 * hot))

    def cluster_difficulty(self, clusters: Clusters) -> np.ndarray:
        """Periods to place per cluster, weighed by how few starts they have."""
        starts = self.instance.event_starts.sum(axis=1) + 1
        need = self.instance.event_duration / starts
        return np.bincount(clusters.of_event, need, minlength=clusters.count)

    def around(
        self,
        searcher: Searcher,
        seeds: np.ndarray,
        clusters: Clusters,
    ) -> np.ndarray:
        """The seeds and mates of their clusters, as many as CP-SAT takes well."""
        chosen = self.rng.permutation(seeds)[: EXACT_EVENTS // 2]
        mates = searcher.events[
            np.isin(clusters.of_event[searcher.events], clusters.of_event[chosen])
        ]
        mates = self.rng.permutation(np.setdiff1d(mates, chosen))
        return np.concatenate([chosen, mates[: EXACT_EVENTS - len(chosen)]]).astype(
            np.int64
        )

    # -- reporting ---------------------------------------------------------------------

    def begin(self, stage: str) -> None:
        self.stage = stage
        self.stage_started = time.monotonic()
        self.current = self.first
        self.last_report = 0.0
        self.report(0)

    def end_stage(self, **details: object) -> None:
        placed, hard, soft = self.figures()
        self.stages.append(
            StageOutcome(
                self.stage,
                time.monotonic() - self.stage_started,
                placed,
                hard,
                soft,
                details,
            )
        )
        self.last_report = 0.0
        self.report(100)

    def figures(self) -> tuple[int, int, int]:
        """(placed, hard, soft) of the current searcher's incumbent."""
        if self.current is None:
            return 0, 0, 0
        hard, soft = self.current.score()
        if hard > 1 << 60:
            hard, soft = self.current.current_score()
        return self.current.num_placed(), hard, soft

    def report(
        self, stage_progress: float, items: tuple[int, int] = (0, 0), message: str = ""
    ) -> None:
        """Tell the sink, at most four times a second; keep incumbents meanwhile."""
        now = time.monotonic()
        if now - self.last_report < 0.25:
            return
        self.last_report = now
        placed, hard, soft = self.figures()
        self.sink.report(
            Sample(
                stage=self.stage,
                stage_progress=min(100.0, stage_progress),
                overall_progress=0.0,
                placed=placed,
                total=self.instance.num_events,
                hard=hard,
                soft=soft,
                completed_items=items[0],
                total_items=items[1],
                message=message,
            )
        )
        due = now - self.last_incumbent > self.params.incumbent_every
        if self.on_incumbent is not None and due and self.outcomes:
            self.last_incumbent = now
            self.keep_current()
            self.on_incumbent(self.distinct())

    def keep(self, key: str) -> None:
        """Remember a variant's incumbent if it is the best of that variant yet."""
        searcher = self.searchers[key]
        score = searcher.score()
        if score[0] > 1 << 60:
            return
        known = self.outcomes.get(key)
        if known is None or score < known.score:
            self.outcomes[key] = VariantOutcome(
                key, searcher.incumbent(), score, searcher.num_placed()
            )

    def keep_current(self) -> None:
        """Remember all searchers' incumbents."""
        for key in self.searchers:
            self.keep(key)

    def distinct(self) -> list[VariantOutcome]:
        """The variants in the order asked for, without any that repeats another."""
        chosen: list[VariantOutcome] = []
        for spec in self.params.variants:
            item = self.outcomes.get(spec.key)
            if item is not None and not any(
                item.timetable.difference(other.timetable) == 0 for other in chosen
            ):
                chosen.append(item)
        return chosen
