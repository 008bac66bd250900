"""START HERE: the five stages of a run, in order. Wiring only.

1. loading: constraints compile to tables
2. clustering: Louvain communities of the conflict graph
3. cpsat_solving: kernels place and repair cluster by cluster, hardest first; CP-SAT
   takes the residue and exact neighbourhoods, in child processes
4. ga_optimization: for each variant a population of complete timetables
5. rl_refinement: for each variant a Q-learning hyper-heuristic over neighbourhoods

A stage is a list of *segments*. Each begins from what is remembered in the run's state
and from a seed of its own, so a run can end anywhere and go on from its checkpoint, and
segments that do not need each other may run side by side.

From the first complete timetable there is an incumbent; a cancel gives it back.
"""

import logging
from collections.abc import Callable

import numpy as np

from . import deep as deep_search
from . import repair, settle
from .budget import Budget, CancelledError, Clock, FinishedError
from .checkpoint import CheckpointFile, RunState
from .construct.builder import Builder
from .construct.mending import mend
from .cooling import Cooling
from .crew import Crew, Segment
from .decompose import Clustering, Clusters, one_cluster
from .deepening import Deepener
from .evolving import Evolver
from .improve import genetic, hyper_heuristic
from .improve.genetic import Individual
from .journal import Journal
from .model import Instance, Timetable
from .params import PARTS, SolveParams
from .plan import Plan
from .progress import Control, NullSink, ProgressSink, RunControl
from .result import Outcome, VariantOutcome
from .searcher import OPERATORS, Searcher
from .settling import Settler
from .state_file import CheckpointError
from .tables import Tables

logger = logging.getLogger(__name__)

HALVES = 2
"""Segments of a refinement; the second begins from the best of the first."""
ROOMS_MARGIN = 1.5
"""Times as long as the one before, the last word on rooms in a repair may take."""
AFTER_REFINEMENT = ("round 1", "round 2", "round 3", "deep_search")
"""Facts that are told with the last stage."""


def solve(
    instance: Instance,
    params: SolveParams,
    sink: ProgressSink | None = None,
    control: Control | None = None,
    on_incumbent: Callable[[list[VariantOutcome]], None] | None = None,
    checkpoint: CheckpointFile | None = None,
    workers: Callable[[], int] | None = None,
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
    checkpoint
        Where to keep the state; if it has one of this run already, that goes on.
    workers
        How many of ``params.threads`` may run now; asked about each second.
    """
    unknown = params.without - {*PARTS, *OPERATORS}
    if unknown:
        known = ", ".join((*PARTS, *OPERATORS))
        raise ValueError(
            f"'{min(unknown)}' cannot be switched off; what can is: {known}."
        )
    state = RunState()
    if checkpoint is not None and checkpoint.exists():
        try:
            state = checkpoint.load(instance)
            state.attempts += 1
            logger.info("Going on from a checkpoint of %.0f seconds.", state.elapsed)
        except CheckpointError as error:
            logger.warning("The checkpoint is not used; beginning anew. %s", error)
    budget = Budget(
        params.time_limit,
        params.iterations,
        control or RunControl(),
        spent_iterations=state.spent,
        clock=Clock(state.elapsed),
    )
    journal = Journal(
        instance, params, budget, state, sink or NullSink(), checkpoint, on_incumbent
    )
    return Run(instance, params, budget, state, journal, workers).run()


class Run:
    """One run: what the stages share, and their order."""

    def __init__(
        self,
        instance: Instance,
        params: SolveParams,
        budget: Budget,
        state: RunState,
        journal: Journal,
        workers: Callable[[], int] | None,
    ) -> None:
        self.instance = instance
        self.params = params
        self.budget = budget
        self.state = state
        self.journal = journal
        self.plan = Plan(instance, params)
        self.keys = [spec.key for spec in params.variants]
        self.tables: dict[str, Tables] = {}
        self.speed = 50_000.0
        self.child_peak_mb = 0.0
        self.asked = workers
        self.crew = Crew(budget, self.limit, params.threads)
        self.clustering: Clustering | None = None

    def run(self) -> Outcome:
        reason = "budget"
        try:
            self.load()
            if self.instance.num_events:
                clusters = self.cluster()
                self.construct(clusters)
                Evolver(self, clusters).evolve()
                if self.plan.repairs:
                    self.settle_rooms("before")
                self.refine(clusters)
            else:
                reason = "nothing_to_place"
        except FinishedError:
            reason = "optimal"
            self.journal.round_off()
        except CancelledError:
            reason = "cancelled"
            self.journal.cut()
        finally:
            if self.clustering is not None:
                self.clustering.close()
        return Outcome(
            variants=self.journal.distinct(),
            stages=self.state.stages,
            stop_reason=reason,
            seconds=self.budget.elapsed(),
            child_peak_mb=self.child_peak_mb,
            trace=self.state.trace,
            operators=self.journal.operators(),
            attempts=self.state.attempts,
        )

    # -- stages ------------------------------------------------------------------------

    def load(self) -> None:
        self.journal.begin("loading")
        if self.state.clusters is None and self.plan.runs("clustering"):
            # Beside the compiling: a university's communities take another process.
            self.clustering = Clustering(
                self.instance, self.params.seed, self.params.iterations is not None
            )
        for number, spec in enumerate(self.params.variants):
            self.tables[spec.key] = self.plan.tables(spec.weights)
            self.journal.report(100 * (number + 1) / len(self.keys))
        self.journal.end("loading", variants=len(self.keys))

    def cluster(self) -> Clusters:
        self.journal.begin("clustering")
        if self.state.clusters is None:
            message = "Grouping courses that share students"
            self.journal.report(0, message=message)
            if self.clustering is not None:
                self.state.clusters = self.clustering.result(self.budget.obey)
            else:
                self.state.clusters = one_cluster(self.instance)
            self.budget.obey()
        clusters = self.state.clusters
        self.journal.end(
            "clustering",
            clusters=clusters.count,
            cut_share=round(clusters.cut_share, 3),
        )
        return clusters

    def construct(self, clusters: Clusters) -> None:
        """A complete timetable, free of violations where the budget allows."""
        self.journal.begin("cpsat_solving")
        builder = Builder(self.plan, self.budget, self.journal, self.keys[0])
        for number, (name, step) in enumerate(builder.steps()):
            if name in self.state.done:
                continue
            searcher = self.searcher(0, 0, number)
            if self.state.start is not None:
                searcher.load(self.known(self.keys[0], self.state.start))
            step(searcher, clusters)
            self.journal.keep(self.keys[0], searcher)
            with self.journal.lock:
                self.journal.count(searcher)
                self.state.start = searcher.incumbent()
                self.state.spent = self.budget.spent_iterations
                self.state.done.add(name)
            self.journal.checkpoint(now=True)
        self.child_peak_mb = builder.peak_mb
        if "left_over" not in self.state.facts:
            self.journal.fact("left_over", self.left_over(self.keys[0]).size)
        self.journal.end("cpsat_solving", **self.state.facts)

    def refine(self, clusters: Clusters) -> None:
        stage = "rl_refinement"
        self.journal.begin(stage)
        if not self.plan.runs(stage):
            self.journal.end(stage)
            return
        base = self.used_before(stage)
        variants = [
            v for v, key in enumerate(self.keys) if key in self.state.population
        ]
        lanes = range(self.lanes(len(variants)))
        segments = [
            Segment(
                f"refine:{v}:{n}:{lane}",
                1 / HALVES,
                tuple(f"refine:{v}:{n - 1}:{k}" for k in lanes) if n else (),
            )
            for n in range(HALVES)
            for v in variants
            for lane in lanes
        ]

        def report() -> None:
            self.journal.report(
                100 * self.crew.fraction(segments),
                message=f"Fine-tuning {self.described()}",
            )

        def work(segment: Segment, budget: Budget, worker: int) -> None:
            _, v, n, lane = segment.key.split(":")
            self.tune(int(v), int(n), int(lane), segment, budget, worker, report)

        deep = self.base_share() < 1
        settles = not deep and len(variants) > 1 and not self.plan.repairs
        if self.params.iterations is None:
            # Judging compiles as much again; a short run has no time for it.
            settles &= settle.SHARE * self.params.time_limit > 3 * self.seconds_of(
                "loading"
            )
        end = max(base, 1 - settle.SHARE) if settles else self.base_share()
        if self.plan.repairs:
            end = max(base, end - ROOMS_MARGIN * self.state.facts.get("rooms", 0.0))
        self.phase(segments, end, end - base, work)
        if self.plan.repairs:
            self.settle_rooms("after")
        if settles:
            Settler(self, [self.keys[v] for v in variants]).settle(end)
        if deep:
            Deepener(self, clusters).deepen(max(end, base))
        told = {k: v for k, v in self.state.facts.items() if k in AFTER_REFINEMENT}
        self.journal.end(
            stage,
            policy=self.state.policies,
            operators=self.journal.operators(),
            **told,
        )

    def settle_rooms(self, when: str) -> None:
        """The fewest changes of rooms for the times that each variant has.

        ``when`` is in regard to the refinement, which changes times once more.
        """
        builder = Builder(self.plan, self.budget, self.journal, self.keys[0])
        began = self.budget.used()
        for v, key in enumerate(self.keys):
            done = f"rooms:{when}:{v}"
            if done in self.state.done or key not in self.state.population:
                continue
            searcher = self.searcher(10, v, 0)
            searcher.load(self.known(key, self.refined(key).timetable))
            self.exact_rooms(key, searcher, builder)
            if searcher.score()[0] > 0:
                # What still clashes may find another time, now that less has moved.
                mend(searcher, self.plan.aim_weight(searcher.tables), self.budget)
                self.exact_rooms(key, searcher, builder)
            with self.journal.lock:
                self.keep_refined(key, searcher)
                self.state.spent = self.budget.spent_iterations
                self.state.done.add(done)
                if when == "before":
                    self.state.facts["rooms"] = self.budget.used() - began
        self.child_peak_mb = max(self.child_peak_mb, builder.peak_mb)

    def exact_rooms(self, key: str, searcher: Searcher, builder: Builder) -> None:
        """Give out a variant's rooms anew, and put back what may go back then."""
        builder.settle_rooms(searcher)
        self.undo_moves(searcher)
        self.journal.keep(key, searcher)

    def lanes(self, variants: int) -> int:
        """Refinements of one variant side by side, so that no worker stands idle.

        With iterations, their number may not hang on the machine: one.
        """
        if self.params.iterations is not None or not variants:
            return 1
        return max(1, self.params.threads // variants)

    def tune(
        self,
        variant: int,
        number: int,
        lane: int,
        segment: Segment,
        budget: Budget,
        worker: int,
        report: Callable[[], None],
    ) -> None:
        """A part of the refinement of one variant, from the best there is of it."""
        key = self.keys[variant]
        rank = 100 + number
        searcher = self.searcher(3, variant, number + HALVES * lane)
        searcher.load(self.known(key, self.refined(key).timetable))
        policy = hyper_heuristic.Policy()
        if key in self.state.policies:
            policy.values = np.array(self.state.policies[key])
        schedule = self.schedule(key, searcher)
        share = budget.whole()

        def on_burst() -> None:
            self.look(key, searcher, segment, budget, rank)
            report()
            self.crew.check(worker)

        hyper_heuristic.refine(
            searcher,
            share,
            policy,
            self.plan.refinement(schedule),
            schedule.hard_weight * 10,
            on_burst,
            (number / HALVES, (number + 1) / HALVES),
            usual=None if self.plan.mix[0] > 0 else self.plan.mix,
            climbs=self.plan.climbs,
        )
        self.undo_moves(searcher)
        self.journal.keep(key, searcher, rank)
        with self.journal.lock:
            self.keep_refined(key, searcher)
            self.state.policies[key] = policy.values.round(6).tolist()
            self.finish(segment, searcher, budget)

    def base_share(self) -> float:
        """Where the ordinary search ends; before the end if events are left over."""
        deep = self.params.deep_search and self.state.facts.get("left_over", 0)
        return deep_search.BASE_SHARE if deep else 1.0

    def seconds_of(self, stage: str) -> float:
        """How long a stage took."""
        return sum(one.seconds for one in self.state.stages if one.stage == stage)

    def score(self, variant: int, timetable: Timetable) -> tuple[int, int]:
        """(hard, soft) of a timetable under a variant's weights."""
        searcher = self.searcher(5, variant, 0)
        searcher.load(timetable)
        return searcher.score()

    def left_over(self, key: str) -> np.ndarray:
        """Events in trouble in what is known of a variant."""
        searcher = self.searcher(5, self.keys.index(key), 0)
        known = self.state.refined.get(key)
        if known is None and self.state.population.get(key):
            known = self.refined(key)
        start = self.state.start if known is None else known.timetable
        assert start is not None
        searcher.load(start)
        return deep_search.in_trouble(searcher)

    def keep_refined(self, key: str, searcher: Searcher) -> None:
        """Note what a searcher found of a variant, if it is the best there is."""
        found = Individual(searcher.incumbent(), searcher.score())
        other = self.state.refined.get(key, found)
        self.state.refined[key] = min(other, found, key=lambda one: one.score)

    def refined(self, key: str) -> Individual:
        """The best finished individual of a variant."""
        known = self.state.refined.get(key)
        return known or genetic.best_of(self.state.population[key])

    # -- segments ----------------------------------------------------------------------

    def phase(
        self,
        segments: list[Segment],
        end: float,
        span: float,
        work: Callable[[Segment, Budget, int], None],
    ) -> None:
        """Do the segments of a stage that are not done yet."""
        iterations = self.params.iterations
        begun = {key: active.used for key, active in self.state.active.items()}
        self.crew.run(
            segments,
            self.state.done,
            end,
            None if iterations is None else max(1, round(span * iterations)),
            work,
            begun,
        )

    def finish(self, segment: Segment, searcher: Searcher, budget: Budget) -> None:
        """Note that a segment is done."""
        with self.journal.lock:
            self.journal.count(searcher)
            self.state.done.add(segment.key)
            self.state.active.pop(segment.key, None)
            self.state.spent += budget.spent_iterations
        self.speed = searcher.iterations_per_second
        self.journal.checkpoint()

    def look(
        self, key: str, searcher: Searcher, segment: Segment, budget: Budget, rank: int
    ) -> None:
        """Hand over what a worker has. With iterations, segments are redone whole."""
        name = segment.key if self.params.iterations is None else None
        self.journal.look(key, searcher, name, budget.used(), rank)

    def searcher(
        self, kind: int, variant: int, number: int, tables: Tables | None = None
    ) -> Searcher:
        """A fresh searcher, so that nothing depends on what another segment did."""
        seed = np.random.SeedSequence([self.params.seed, kind, variant, number])
        tables = self.tables[self.keys[variant]] if tables is None else tables
        searcher = Searcher(self.instance, tables, np.random.default_rng(seed))
        searcher.check_level = self.params.check_level
        searcher.iterations_per_second = self.speed
        searcher.disabled = self.params.without
        return searcher

    def schedule(self, key: str, searcher: Searcher) -> genetic.Schedule:
        """How a variant anneals; as its pilot told, where there was one."""
        curve = self.state.facts.get("cooling", {}).get(key)
        return self.plan.schedule(searcher, curve and Cooling(tuple(curve)))

    def undo_moves(self, searcher: Searcher) -> None:
        """In a repair, nothing stays moved that need not be."""
        if self.plan.repairs:
            repair.put_back(searcher)

    def known(self, key: str, timetable: Timetable) -> Timetable:
        """Where to begin: with a time limit, from the best however it was found."""
        if self.params.iterations is None and key in self.state.best:
            return self.state.best[key].timetable
        return timetable

    def used_before(self, stage: str) -> float:
        """Share of the budget used when a stage began, whichever process began it."""
        if self.params.iterations is not None:
            return self.state.spent_before[stage] / self.params.iterations
        return self.state.began[stage] / self.params.time_limit

    def limit(self) -> int:
        """Workers that may run now."""
        asked = self.params.threads if self.asked is None else self.asked()
        count = max(1, min(self.params.threads, asked))
        self.journal.workers = count
        return count

    # -- choices -----------------------------------------------------------------------

    def described(self) -> str:
        """Which variant, in words."""
        number = self.keys.index(self.journal.variant) + 1
        return f"variant {number} of {len(self.keys)}"
