"""Genetic algorithm over complete timetables, memetic: children are annealed.

Members are annealed apart from one start. Children are re-heated mildly; crossover
inherits whole clusters from one parent, so that what a community of classes has worked
out among itself survives, and joins what two children of one mother found apart.
Compare Moscato, "On evolution, search, optimization, genetic algorithms and martial
arts", Caltech report 826, 1989.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from ..budget import Share
from ..construct.mending import mend
from ..decompose import Clusters
from ..model import Timetable
from ..searcher import Score, Searcher, Weights

POPULATION = 4
"""Members at most; fewer where the budget would leave each too little to anneal."""
MOVES_PER_EVENT = 60_000
"""A chain with fewer is better off with the time of a second."""
LEAST_FED = 0.3
"""Of what children have by plan, they keep as much at least."""
LITTER = 2
"""Children that have the same parents' generation."""
RELATED = 0.5
"""Share of differing placements up to which two timetables are kin."""


@dataclass
class Individual:
    timetable: Timetable
    score: Score


@dataclass(frozen=True)
class Schedule:
    """How a population anneals."""

    weights: Weights
    hot: float
    cold: float
    hard_weight: int
    mild: float
    """Hot end of children, as a share of that of members."""
    aim_weight: int
    """Of a hard violation where moves aim at events in trouble."""

    def milder(self) -> "Schedule":
        """For children: they are to keep what their parents worked out."""
        return replace(self, hot=max(self.cold, self.hot * self.mild))


def chains(moves: float, events: int) -> int:
    """How many members a population has that may make so many moves in all."""
    return int(min(POPULATION, max(1, moves // (MOVES_PER_EVENT * max(1, events)))))


def members_share(planned: float, moves: float, events: int) -> float:
    """Share of the stage that members have: more than planned where they are hungry.

    A chain that makes few moves for each event is still far from where children could
    take over.
    """
    fed = min(1.0, moves / (MOVES_PER_EVENT * max(1, events)))
    return 1 - (1 - planned) * max(LEAST_FED, fed)


def crossover(
    mother: Timetable,
    father: Timetable,
    clusters: Clusters,
    searcher: Searcher,
) -> Timetable:
    """The mother's timetable with some of the father's clusters.

    A cluster brings its events' places and its classes' students.
    """
    child = mother.copy()
    taken = searcher.rng.random(clusters.count) < 0.5
    events = taken[clusters.of_event]
    child.slot[events] = father.slot[events]
    child.room[events] = father.room[events]
    sections = father.section >= 0
    sections &= taken[clusters.of_class[np.maximum(father.section, 0)]]
    child.section[sections] = father.section[sections]
    return child


def fold(
    population: dict[int, Individual], born: Iterable[Individual]
) -> dict[int, Individual]:
    """The population with the newborn, who replace the worst once it is full."""
    result = dict(population)
    for one in born:
        if len(result) < POPULATION:
            result[max(result) + 1] = one
            continue
        worst = max(sorted(result), key=lambda number: result[number].score)
        if one.score < result[worst].score:
            result[worst] = one
    return result


def best_of(population: dict[int, Individual]) -> Individual:
    """The best individual, the first of equals."""
    return min((population[k] for k in sorted(population)), key=lambda one: one.score)


def grow(
    searcher: Searcher,
    share: Share,
    schedule: Schedule,
    on_burst: Callable[[float], None],
) -> None:
    """Anneal what the searcher holds over a share of the budget.

    What ends with a few rules broken is mended: it may be worth far more than the last
    timetable on the way that broke none.
    """
    searcher.anneal_share(
        share,
        schedule.weights,
        schedule.hot,
        schedule.cold,
        schedule.hard_weight,
        on_burst,
    )
    reached, score = searcher.current_score(), searcher.score()
    if reached[0] > 0 and (score[0] > 0 or reached[1] < score[1]):
        before = searcher.incumbent()
        mend(searcher, schedule.aim_weight, share.budget)
        if searcher.score() > score:
            searcher.load(before)


def conceive(
    searcher: Searcher,
    population: dict[int, Individual],
    clusters: Clusters,
    schedule: Schedule,
) -> None:
    """Load a repaired child of the best, to be grown with ``schedule.milder()``.

    The father is kin: a child of the best itself. Timetables annealed apart put the
    same class to unrelated times, so a mixture of two strangers keeps the worth of
    neither; without kin the child begins as its mother is.
    """
    numbers = sorted(population, key=lambda number: (population[number].score, number))
    mother = population[numbers[0]].timetable
    child = mother
    for number in searcher.rng.permutation(numbers[1:]):
        father = population[int(number)].timetable
        if 0 < mother.difference(father) <= RELATED:
            child = crossover(mother, father, clusters, searcher)
            break
    searcher.load(child)
    searcher.repair(searcher.events, 20, schedule.hard_weight, schedule.cold)
