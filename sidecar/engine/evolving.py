"""Stage four: a population of complete timetables for each variant."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from .budget import Budget, Share
from .cooling import learned
from .crew import Segment
from .decompose import Clusters
from .improve import genetic
from .improve.genetic import Individual

if TYPE_CHECKING:
    from .solve import Run

PILOT, PILOT_BURSTS = 0.02, 200
"""Share of the stage that a pilot has, and in how many steps it cools."""
NEWBORN = 100
"""Numbers of children that wait for the rest of their litter begin here."""


class Evolver:
    """Grows members from one start, then litters of children."""

    def __init__(self, run: "Run", clusters: Clusters) -> None:
        self.run = run
        self.clusters = clusters

    def evolve(self) -> None:
        """A population for each variant: members, then litters of children."""
        stage, plan = "ga_optimization", self.run.plan
        self.run.journal.begin(stage)
        base = self.run.used_before(stage)
        assert self.run.state.start is not None
        if not plan.runs(stage):
            for v, key in enumerate(self.run.keys):
                searcher = self.run.searcher(1, v, 0)
                searcher.load(self.run.state.start)
                one = Individual(self.run.state.start, searcher.score())
                self.run.state.population.setdefault(key, {0: one})
                self.run.journal.keep(key, searcher)
            self.run.journal.end(stage)
            return
        end = plan.course.genetic_end if plan.runs("rl_refinement") else 1.0
        if len(self.run.keys) > 1 and end < 1:
            # The less time a variant has, the more of it refinement is worth.
            end -= 0.1
        fed = self.members_fed(self.span(base, end) * plan.course.members)
        if plan.climbs:
            end = 1 - genetic.rest(1 - end, fed)
        span = self.span(base, end)
        members = range(genetic.chains(fed))
        children = plan.course.children if fed >= 1 else genetic.LITTER
        of_children = genetic.rest(1 - plan.course.members, fed)
        if plan.climbs and fed >= 1:
            children = genetic.litters(children, fed, of_children)
        of_member = (1 - of_children) / len(members)
        of_child = of_children / children
        variants = range(len(self.run.keys))
        pilots = [f"pilot:{v}:0" for v in variants] if plan.climbs else []
        segments = [Segment(key, PILOT) for key in pilots]
        segments += [
            Segment(f"member:{v}:{n}", of_member, tuple(pilots[v : v + 1]))
            for n in members
            for v in variants
        ]
        for first in range(0, children, genetic.LITTER):
            litter = range(first, first + genetic.LITTER)
            for v in variants:
                if first:
                    older = range(first - genetic.LITTER, first)
                    needs = tuple(f"child:{v}:{n}" for n in older)
                else:
                    needs = tuple(f"member:{v}:{n}" for n in members)
                segments += [Segment(f"child:{v}:{n}", of_child, needs) for n in litter]

        def work(segment: Segment, budget: Budget, worker: int) -> None:
            kind, v, n = segment.key.split(":")
            if kind == "pilot":
                self.scout(int(v), segment, budget, worker, report)
                return
            self.grow(kind, int(v), int(n), segment, budget, worker, report)

        def report() -> None:
            fraction = self.run.crew.fraction(segments)
            count = len(segments)
            done = min(count, int(fraction * count))
            self.run.journal.report(
                100 * fraction,
                items=(done, count),
                message=f"Improving {self.run.described()}",
            )

        self.run.phase(segments, base + span, span, work)
        self.run.journal.end(
            stage,
            members=len(members),
            children=children,
            cooling=self.run.state.facts.get("cooling", {}),
        )

    def span(self, base: float, end: float) -> float:
        """Share of the budget from a point of it to the planned end of the stage.

        Where construction took long, what is left is divided in the same proportion.
        """
        building = self.run.plan.course.building
        left = (1 - base) * (end - building) / (1 - building)
        return self.run.base_share() * max(end - base, left)

    def members_fed(self, share: float) -> float:
        """How many members a share of the budget feeds, for each variant.

        The moves that it has are estimated once, so that a resumed run agrees.
        """
        run = self.run
        if run.plan.repairs:
            # Soon done: what counts is that not all members take one turning.
            return float(genetic.POPULATION)
        moves = run.state.facts.get("moves")
        if moves is None:
            if run.params.iterations is not None:
                moves = share * run.params.iterations
            else:
                searcher = run.searcher(1, 0, 0)
                assert run.state.start is not None
                searcher.load(run.state.start)
                speed = run.plan.speed(searcher, run.budget)
                run.speed = searcher.iterations_per_second
                workers = min(run.params.threads, max(1, run.limit()))
                moves = share * run.params.time_limit * speed * workers
            moves /= len(run.keys)
            run.state.facts["moves"] = moves
        return genetic.members_fed(moves, run.instance.num_events)

    def scout(
        self,
        variant: int,
        segment: Segment,
        budget: Budget,
        worker: int,
        report: Callable[[], None],
    ) -> None:
        """A quick annealing that tells at which heats a variant's cost falls.

        One that is taken up again begins anew in the time that is left, for half a
        cooling would tell of half the heats.
        """
        key = self.run.keys[variant]
        searcher = self.run.searcher(8, variant, 0)
        assert self.run.state.start is not None
        searcher.load(self.run.state.start)
        schedule = self.run.plan.schedule(searcher)
        share = Share(budget, 1.0)
        burst = 1 + int(share.moves(searcher.iterations_per_second) / PILOT_BURSTS)
        heats, costs = [], []
        while share.left():
            heats.append(schedule.cooling.at(share.fraction()))
            searcher.anneal(schedule.weights, schedule.hard_weight, heats[-1], burst)
            hard, soft = searcher.current_score()
            costs.append(hard * schedule.hard_weight + soft)
            budget.spend(burst)
            report()
            self.run.crew.check(worker)
        found = learned(schedule.cooling, heats, costs)
        self.run.journal.keep(key, searcher)
        with self.run.journal.lock:
            known = self.run.state.facts.get("cooling", {})
            self.run.state.facts["cooling"] = {**known, key: list(found.curve)}
        self.run.finish(segment, searcher, budget)

    def grow(
        self,
        kind: str,
        variant: int,
        number: int,
        segment: Segment,
        budget: Budget,
        worker: int,
        report: Callable[[], None],
    ) -> None:
        """One individual: a member annealed from the start, or a child of two."""
        key = self.run.keys[variant]
        rank = number + (genetic.CROWD if kind == "child" else 0)
        climbs = self.run.plan.climbs and kind == "child"
        searcher = self.run.searcher(1 + (kind == "child"), variant, number)
        schedule = self.run.schedule(key, searcher)
        population = self.run.state.population.get(key, {})
        active = self.run.state.active.get(segment.key)
        assert self.run.state.start is not None
        adults = {k: one for k, one in population.items() if k < NEWBORN}
        spent = budget.used() >= 1
        if spent and active is None and kind == "child":
            self.run.finish(segment, searcher, budget)
            return
        if active is not None:
            searcher.load(active.timetable)
        elif kind == "member" or not adults:
            searcher.load(self.run.state.start)
        else:
            genetic.conceive(searcher, adults, self.clusters, schedule, climbs)
        if kind == "child":
            schedule = schedule.milder()
        else:
            schedule = schedule.molten()
        share = budget.whole()

        def on_burst(fraction: float) -> None:
            self.run.look(key, searcher, segment, budget, rank)
            report()
            self.run.crew.check(worker)

        # Without time left it is handed over as it is: a variant without any member
        # would be missing from the result.
        if not spent:
            genetic.grow(
                searcher,
                share,
                schedule,
                on_burst,
                climbs,
                lambda: self.run.journal.keep(key, searcher, rank),
            )
        self.run.undo_moves(searcher)
        self.run.journal.keep(key, searcher, rank)
        with self.run.journal.lock:
            population = dict(self.run.state.population.get(key, {}))
            one = Individual(searcher.incumbent(), searcher.score())
            population[number + (NEWBORN if kind == "child" else 0)] = one
            self.run.state.population[key] = self.fold(variant, segment, population)
            self.run.finish(segment, searcher, budget)

    def fold(
        self, variant: int, segment: Segment, population: dict[int, Individual]
    ) -> dict[int, Individual]:
        """Let a litter join the adults once all of it is there, in order."""
        kind, _, n = segment.key.split(":")
        if kind != "child":
            return population
        first = int(n) // genetic.LITTER * genetic.LITTER
        litter = [f"child:{variant}:{k}" for k in range(first, first + genetic.LITTER)]
        if not self.run.state.done.union({segment.key}).issuperset(litter):
            return population
        newborn = [population[k] for k in sorted(population) if k >= NEWBORN]
        adults = {k: one for k, one in population.items() if k < NEWBORN}
        return genetic.fold(adults, newborn)
