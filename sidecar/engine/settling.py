"""Rounds of mending within a run; ``settle`` says what is to be mended."""

from dataclasses import astuple
from typing import TYPE_CHECKING

from .budget import Budget
from .crew import Segment
from .improve import genetic
from .improve.genetic import Individual
from .settle import ROUNDS, SHARE, Standings, Task

if TYPE_CHECKING:
    from .solve import Run

HEAT_OF_MENDING = {"polish": 0.02, "lead": 0.05, "take": 0.1, "part": 0.1}
"""How warm the tasks of ``settle`` begin, as a share of an annealing from scratch."""


class Settler:
    """Lets the variants of a run come to lead on their axes and to differ."""

    def __init__(self, run: "Run", keys: list[str]) -> None:
        self.run = run
        self.keys = keys
        self.standings = Standings(run.instance, run.params.variants, run.tables)

    def settle(self, begin: float) -> None:
        """Mend in rounds, from a point of the budget to its end.

        With a time limit, what it takes to judge a round is kept free at its end, and
        a round that there is no time to judge is left out.
        """
        keys, standings, run = self.keys, self.standings, self.run
        span = (1 - begin) / ROUNDS
        timed = run.params.iterations is None
        judging = 0.5 * run.seconds_of("loading") / run.params.time_limit
        for number in range(run.state.facts.get("rounds", 0), ROUNDS):
            began = run.budget.used()
            if timed and began + 2 * judging > 1:
                break
            best = {key: self.run.refined(key) for key in keys}
            name = f"round {number + 1}"
            if name not in self.run.state.facts:
                found = standings.tasks(number, best)
                self.run.journal.fact(name, [astuple(t) for t in found])
            tasks = [Task(*task) for task in self.run.state.facts[name]]
            segments = [Segment(f"settle:{t.key}:{number}") for t in tasks]

            def work(
                segment: Segment,
                budget: Budget,
                worker: int,
                tasks: list[Task] = tasks,
                segments: list[Segment] = segments,
                best: dict[str, Individual] = best,
                number: int = number,
            ) -> None:
                task = tasks[segments.index(segment)]
                self.mend(task, number, best, segment, budget, worker)

            asked = run.budget.used() - began
            end = begin + span * (number + 1)
            run.phase(segments, end - judging if timed else end, span, work)
            searched = run.budget.used()
            with run.journal.lock:
                for key in keys:
                    self.decide(key, best)
                run.state.pending.clear()
                run.state.facts["rounds"] = number + 1
            judging = asked + run.budget.used() - searched

    def decide(self, key: str, best: dict[str, Individual]) -> None:
        """Take what a round found for a variant, if promises are kept better so."""
        found = self.run.state.pending.get(key)
        if found is None:
            return
        score = self.standings.score(key, found.timetable, axis=False)
        candidate = Individual(found.timetable, score)
        if self.standings.better(key, candidate, best):
            best[key] = candidate
            self.run.state.refined[key] = candidate
            self.run.journal.replace(key, candidate)

    def mend(
        self,
        task: Task,
        number: int,
        best: dict[str, Individual],
        segment: Segment,
        budget: Budget,
        worker: int,
    ) -> None:
        """One variant's part in a round; what it finds is decided on afterwards."""
        tables = self.standings.tables_for(task, best)
        run = self.run
        variant = run.keys.index(task.key)
        searcher = self.run.searcher(4, variant, number, tables)
        searcher.load(best[task.against if task.mode == "take" else task.key].timetable)
        schedule = self.run.plan.schedule(searcher).below(HEAT_OF_MENDING[task.mode])

        def on_burst(fraction: float) -> None:
            self.run.journal.report(
                100 * (1 - SHARE) + 100 * SHARE * fraction,
                message="Settling what sets the variants apart",
            )
            self.run.journal.checkpoint()
            self.run.crew.check(worker)

        share = budget.whole()
        genetic.grow(searcher, share, schedule, on_burst)
        with self.run.journal.lock:
            self.run.state.pending[task.key] = Individual(searcher.incumbent(), (0, 0))
            self.run.finish(segment, searcher, budget)
