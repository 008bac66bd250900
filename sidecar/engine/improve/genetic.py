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
from ..cooling import Cooling, geometric
from ..decompose import Clusters
from ..model import Timetable
from ..searcher import Score, Searcher, Weights

POPULATION = 4
"""Members of an ordinary budget, fewer where it would leave each too little to anneal;
and those that breed, of however many."""
MOVES_PER_EVENT = 60_000
"""A chain with fewer is better off with the time of a second."""
SATED, CROWD = 3.3, 16
"""Times that much, a chain gains little by more; such a budget has more members, up to
so many."""
FIRM, MENDED_AT = 0.3, (0.3, 0.45, 0.6)
"""Of members that begin molten: from where violations weigh more, and where they are
mended. What is broken once the week has taken its order is frozen in: a later chain or
mending does not get it out."""
LEAST_FED = 0.3
"""Of what children and refinement have by plan, they keep as much at least."""
MOVES_OF_CHILD, MOST_CHILDREN = 100_000, 48
"""Per event: where a child has more, more children pay, up to so many."""
ANEW = 0.5
"""Point of a climb from which on its own finds count, not what it began with."""
LITTER = 2
"""Children that have the same parents' generation; a hungry population has one such."""
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
    cooling: Cooling
    hard_weight: int
    mild: float
    """How far along the cooling children begin."""
    aim_weight: int
    """Of a hard violation where moves aim at events in trouble."""
    melt: float = 1.0
    """How much hotter members begin."""
    firm: float = 0.6
    """Point of an annealing from which violations weigh more and more."""
    mended_at: tuple[float, ...] = ()
    """Points of an annealing at which what is broken is mended."""

    def molten(self) -> "Schedule":
        """For members: what the start put where is forgotten first.

        Students' weeks take an order of their own as they cool - which kind of course
        meets when, all over the university - and keep it from there on. Cooled from
        below that, they have the order that the construction happened to lay.
        """
        if self.melt <= 1:
            return self
        hot = self.cooling.hot * self.melt
        cooling = geometric(hot, self.cooling.cold)
        return replace(self, cooling=cooling, firm=FIRM, mended_at=MENDED_AT)

    def below(self, share: float) -> "Schedule":
        """From a share of the hot end on: what is there is to be kept, mostly."""
        return replace(self, cooling=self.cooling.below(share))

    def milder(self) -> "Schedule":
        """For children: they are to keep what their parents worked out."""
        return replace(self, cooling=self.cooling.after(self.mild))


def members_fed(moves: float, events: int) -> float:
    """How many members may make so many moves in all, and each has enough of them."""
    return moves / (MOVES_PER_EVENT * max(1, events))


def chains(fed: float) -> int:
    """Members of a population that is fed so well.

    Beyond a length of chain more of them pay: which corner a chain ends in is luck.
    """
    many = min(CROWD, fed / SATED)
    return int(max(min(POPULATION, fed), many, 1))


def rest(planned: float, fed: float) -> float:
    """Share of what comes after the first members: less than planned if hungry.

    A chain that makes few moves for each event is still far from where others could
    take over.
    """
    return planned * min(1.0, max(LEAST_FED, fed))


def litters(planned: int, fed: float, share: float) -> int:
    """How many children, in whole litters, where timetables climb again and again.

    ``fed`` is told of the members, whose share of the stage is what ``share``, that of
    the children, leaves.
    """
    moves = fed * MOVES_PER_EVENT * share / (1 - share)
    many = min(MOST_CHILDREN, moves / MOVES_OF_CHILD)
    return max(planned, int(many) // LITTER * LITTER)


def crossover(
    mother: Timetable,
    father: Timetable,
    clusters: Clusters,
    searcher: Searcher,
) -> Timetable:
    """The mother's timetable with some of the father's clusters.

    A cluster brings its events' places and its classes' students.
    """
    child, tables = mother.copy(), searcher.tables
    taken = searcher.rng.random(clusters.count) < 0.5
    events = taken[clusters.of_event]
    child.slot[events] = father.slot[events]
    child.room[events] = father.room[events]
    sections = father.section >= 0
    # All classes of a bundle are of one offering, and so of one cluster.
    first = tables.bundle_class[tables.bundle_ptr[np.maximum(father.section, 0)]]
    sections &= taken[clusters.of_class[first]]
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
    climbs: bool = False,
    on_forget: Callable[[], None] = lambda: None,
) -> None:
    """Anneal what the searcher holds over a share of the budget.

    What ends with a few rules broken is mended: it may be worth far more than the last
    timetable on the way that broke none. The incumbent is never worse than it was,
    unless the search ``climbs``: then it is what the second half found, so that a
    population does not fill with copies of its best. ``on_forget`` is called before
    the first half's incumbent is given up.
    """
    best: Individual | None = None
    points = list(schedule.mended_at)
    old = climbs

    def mend_it() -> None:
        """What the searcher stands at; that becomes the incumbent."""
        nonlocal best
        if best is None or searcher.score() < best.score:
            best = Individual(searcher.incumbent(), searcher.score())
        on_forget()
        mend(searcher, schedule.aim_weight, share.budget)

    def burst(fraction: float) -> None:
        nonlocal old
        if old and fraction >= ANEW:
            old = False
            on_forget()
            searcher.forget()
            searcher.keep()
        if points and fraction >= points[0]:
            del points[0]
            if searcher.current_score()[0] > 0:
                mend_it()
        on_burst(fraction)

    searcher.anneal_share(
        share,
        schedule.weights,
        schedule.cooling,
        schedule.hard_weight,
        schedule.firm,
        burst,
    )
    reached, score = searcher.current_score(), searcher.score()
    if reached[0] > 0 and (score[0] > 0 or reached[1] < score[1]):
        mend_it()
    if best is not None and best.score < searcher.score():
        searcher.load(best.timetable)


def conceive(
    searcher: Searcher,
    population: dict[int, Individual],
    clusters: Clusters,
    schedule: Schedule,
    climbs: bool = False,
) -> None:
    """Load a repaired child of the best, to be grown with ``schedule.milder()``.

    Where timetables ``climb``, the mother is the better of two, so that not all follow
    one path. The father is kin: a child of hers. Timetables annealed apart put the
    same class to unrelated times, so a mixture of two strangers keeps the worth of
    neither; without kin the child begins as its mother is.
    """
    numbers = sorted(population, key=lambda number: (population[number].score, number))
    numbers = numbers[:POPULATION]
    first = 0
    if climbs and len(numbers) > 1:
        first = int(searcher.rng.choice(len(numbers), 2, replace=False).min())
    mother = population[numbers.pop(first)].timetable
    child = mother
    for number in searcher.rng.permutation(numbers):
        father = population[int(number)].timetable
        if 0 < mother.difference(father) <= RELATED:
            child = crossover(mother, father, clusters, searcher)
            break
    searcher.load(child)
    searcher.repair(searcher.events, 20, schedule.hard_weight, schedule.cooling.cold)
