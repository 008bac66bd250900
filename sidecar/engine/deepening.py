"""The deep search within a run; ``deep`` says how it searches."""

from typing import TYPE_CHECKING

from . import deep
from .budget import Budget, Share
from .compile import compile_tables
from .crew import Segment
from .decompose import Clusters
from .improve import genetic
from .improve.genetic import Individual

if TYPE_CHECKING:
    from .solve import Run

HEAT = 0.02
"""Of the polish once all is placed, as a share of an annealing from scratch."""


class Deepener:
    """Gives the last part of a run to the events that have no place yet."""

    def __init__(self, run: "Run", clusters: Clusters) -> None:
        self.run = run
        self.clusters = clusters

    def deepen(self, begin: float) -> None:
        """From a point of the budget to its end, for every variant there is."""
        run = self.run
        keys = [key for key in run.keys if key in run.state.population]
        if "deep_search" not in run.state.facts:
            before = {key: int(run.left_over(key).size) for key in keys}
            told = {
                key: {
                    "events_before": count,
                    "entered": 0 < count <= deep.MOST_EVENTS,
                }
                for key, count in before.items()
            }
            run.journal.fact("deep_search", told)
        segments = [Segment(f"deep:{key}:0") for key in keys]

        def work(segment: Segment, budget: Budget, worker: int) -> None:
            self.search(keys[segments.index(segment)], segment, budget, worker)

        run.phase(segments, 1.0, 1 - begin, work)
        for key in keys:
            run.state.facts["deep_search"][key]["events_after"] = int(
                run.left_over(key).size
            )

    def search(self, key: str, segment: Segment, budget: Budget, worker: int) -> None:
        """Place what is left over; then, or if nothing is, improve what there is."""
        run = self.run
        variant = run.keys.index(key)
        facts = run.state.facts["deep_search"][key]
        plain = run.searcher(6, variant, 0)
        plain.load(run.known(key, run.refined(key).timetable))

        def on_burst() -> None:
            run.journal.report(
                100 * deep.BASE_SHARE + 100 * (1 - deep.BASE_SHARE) * budget.used(),
                message=f"Deep search for {facts['events_before']} events"
                if facts["entered"]
                else f"Fine-tuning {run.described()}",
            )
            run.journal.checkpoint()
            run.crew.check(worker)

        if facts["entered"]:
            spec = run.params.variants[variant]
            tables = compile_tables(run.instance, deep.relaxed(spec.weights))
            searcher = run.searcher(7, variant, 0, tables)
            searcher.load(plain.incumbent())
            exact = run.plan.runs("cp_sat")
            facts["exact_tasks"] = deep.place_all(
                searcher, self.clusters, budget, run.plan.mix, exact, on_burst
            )
            plain.load(
                min(
                    (searcher.incumbent(), plain.incumbent()),
                    key=lambda one: run.score(variant, one),
                )
            )
            run.journal.keep(key, plain, 200)
        schedule = run.plan.schedule(plain).below(HEAT)
        share = Share(budget, 1.0)
        genetic.grow(plain, share, schedule, lambda _: on_burst())
        run.journal.keep(key, plain, 201)
        with run.journal.lock:
            run.state.refined[key] = Individual(plain.incumbent(), plain.score())
            run.finish(segment, plain, budget)
