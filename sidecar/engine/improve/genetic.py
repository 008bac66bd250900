"""Genetic algorithm over complete timetables, memetic: children are annealed.

Crossover inherits whole clusters from one parent, so that what a community of classes
has worked out among itself survives. Compare Moscato, "On evolution, search,
optimization, genetic algorithms and martial arts", Caltech report 826, 1989.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..budget import Share
from ..decompose import Clusters
from ..model import Timetable
from ..searcher import Score, Searcher, Weights

POPULATION = 3


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


def evolve(
    searcher: Searcher,
    start: Timetable,
    clusters: Clusters,
    share: Share,
    schedule: Schedule,
    on_burst: Callable[[], None],
) -> Individual:
    """Run a population within a share of the budget; the best individual.

    The first two thirds make the population, each member annealed from the start;
    the rest makes children, each replacing the worst if it is better.
    """
    searcher.load(start)
    best = Individual(start, searcher.score())
    population: list[Individual] = []
    found = Share(share.budget, share.start + (share.end - share.start) * 0.67)

    def report(fraction: float) -> None:
        on_burst()

    for member in range(POPULATION):
        searcher.load(start)
        part = found.part(1 / (POPULATION - member))
        searcher.anneal_share(
            part,
            schedule.weights,
            schedule.hot,
            schedule.cold,
            schedule.hard_weight,
            report,
        )
        population.append(Individual(searcher.incumbent(), searcher.score()))
        best = min(best, population[-1], key=lambda one: one.score)
    generations = 4
    for generation in range(generations):
        if not share.left():
            break
        mother, father = searcher.rng.choice(POPULATION, 2, replace=False)
        child = crossover(
            population[mother].timetable,
            population[father].timetable,
            clusters,
            searcher,
        )
        searcher.load(child)
        part = share.part(1 / (generations - generation))
        searcher.repair(searcher.events, 20, schedule.hard_weight, schedule.cold)
        searcher.anneal_share(
            part,
            schedule.weights,
            max(schedule.cold, schedule.hot * 0.1),
            schedule.cold,
            schedule.hard_weight,
            report,
        )
        born = Individual(searcher.incumbent(), searcher.score())
        population.sort(key=lambda one: one.score)
        if born.score < population[-1].score:
            population[-1] = born
        best = min(best, born, key=lambda one: one.score)
    return best
