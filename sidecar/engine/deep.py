"""Deep search: when a few events remain, everything gives way to placing them.

The 7+3 rule of timetabling offices: seven parts of the time for the timetable, and if
up to fifty events are then without a place of their own, three parts in which
preferences count a thousandth of what they did. Rounds of annealing on the hard rules
alone alternate with CP-SAT on neighbourhoods more than twice the usual size around what
is still in trouble.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from .budget import Budget
from .construct.cp_sat import SolverChild, exact_neighbourhood
from .cooling import geometric
from .decompose import Clusters
from .searcher import Searcher, Weights

BASE_SHARE = 0.7
MOST_EVENTS = 50
RELAXED = 1000
"""Soft weights are divided by this."""
EXACT_EVENTS, EXACT_SECONDS = 60, 4.0
HARD_WEIGHT = 60
COOLING = geometric(HARD_WEIGHT / 2, HARD_WEIGHT / 20)
"""Measured in clashes: from half of one to a twentieth."""
ROUNDS = 6
"""Annealings of the share, each from hot to cold."""
EXTRA_MOVES = (0.0, 0.2, 0.1, 0.2, 0.1, 0.0)
"""Added to the usual mix: what is stuck needs other moves than what is merely bad."""


def relaxed(weights: dict[str, int]) -> dict[str, int]:
    """Soft weights a thousand times lower; what is less than one then is left out."""
    return {name: weight // RELAXED for name, weight in weights.items()}


def in_trouble(searcher: Searcher) -> npt.NDArray[np.int64]:
    """Events of the incumbent that are unplaced or break a hard rule.

    Those that have no room or no timeslot at all are left out: no search helps them.
    """
    searcher.restore()
    instance = searcher.instance
    troubled = searcher.troubled()
    return np.array(
        [
            event
            for event in troubled
            if not instance.event_needs_room[event]
            or len(instance.room_sets[instance.event_room_set[event]])
        ],
        np.int64,
    )


def place_all(
    searcher: Searcher,
    clusters: Clusters,
    budget: Budget,
    mix: Weights,
    exact: bool,
    on_burst: Callable[[], None],
) -> int:
    """Search on relaxed weights until nothing hard is broken or the budget is used.

    Returns the number of exact tasks; the searcher's incumbent is the result.
    """
    tasks = 0
    share = budget.whole()
    weights = [a + b for a, b in zip(mix, EXTRA_MOVES, strict=True)]
    with SolverChild() as child:
        while share.left() and searcher.score()[0] > 0:
            part = share.part(1 / ROUNDS)
            while part.left() and searcher.score()[0] > 0:
                fraction = min(1.0, part.fraction())
                searcher.step(part, weights, HARD_WEIGHT, COOLING.at(fraction))
                on_burst()
            searcher.restore()
            aimed = searcher.repair(searcher.events, 30, HARD_WEIGHT, 1.0)
            budget.spend(aimed)
            troubled = in_trouble(searcher)
            if not exact or not troubled.size or not share.left():
                continue
            tasks += 1
            events = neighbourhood(searcher, troubled, clusters, rivals=tasks % 2 == 1)
            exact_neighbourhood(searcher, events, child, share, EXACT_SECONDS)
            budget.spend(EXACT_EVENTS * 200)
            on_burst()
    return tasks


def neighbourhood(
    searcher: Searcher,
    troubled: npt.NDArray[np.int64],
    clusters: Clusters,
    rivals: bool,
) -> npt.NDArray[np.int64]:
    """Events in trouble, with rivals for their rooms or mates of their cluster."""
    instance, rng = searcher.instance, searcher.rng
    core = rng.permutation(troubled)[: EXACT_EVENTS // 3]
    if rivals:
        near = np.isin(
            instance.event_room_set[searcher.events], instance.event_room_set[core]
        )
    else:
        near = np.isin(clusters.of_event[searcher.events], clusters.of_event[core])
    others = np.setdiff1d(searcher.events[near], core)
    others = rng.permutation(others)[: EXACT_EVENTS - len(core)]
    return np.concatenate([core, others]).astype(np.int64)
