"""Q-learning hyper-heuristic: learns which neighbourhoods pay in which phase.

State: phase of the search and whether the last round gained; action: a mix of
neighbourhoods and how far to heat the incumbent up; reward: gain per second. Watkins,
Dayan, "Q-learning", 1992, doi:10.1007/BF00992698; hyper-heuristics: Burke et al., 2013,
doi:10.1057/jors.2013.71.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..budget import Share
from ..cooling import Cooling
from ..searcher import OPERATORS, Searcher, Weights

MIXES: tuple[Weights, ...] = (
    # heat bath, time+room, room, exchange, Kempe, section
    (1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    (0.1, 1.0, 0.3, 0.3, 0.1, 0.5),
    (0.1, 0.2, 1.0, 0.5, 0.1, 0.2),
    (0.1, 0.3, 0.2, 0.2, 1.0, 0.2),
    (0.3, 0.0, 0.1, 0.0, 0.0, 1.0),
)
HEATS = (0.1, 1.0)
"""Where a round begins, as a share of the refinement's hot end."""
ACTIONS: tuple[tuple[Weights, float], ...] = tuple(
    (mix, heat) for heat in HEATS for mix in MIXES
)
"""A mix of ``OPERATORS`` and a heat to choose from."""

ROUNDS = 24
"""Rounds of a whole refinement; each cools from its heat and is rewarded at its end."""
CLIMB = 30_000
"""Moves per event that a way up and down again takes at least."""
PHASES = 2


@dataclass
class Policy:
    """Values of (phase, gained, action); can be saved, loaded and frozen."""

    values: npt.NDArray[np.float64] = field(
        default_factory=lambda: np.zeros((PHASES, 2, len(ACTIONS)))
    )
    learning_rate: float = 0.2
    discount: float = 0.6
    explore: float = 0.15
    frozen: bool = False

    def choose(self, phase: int, gained: int, rng: np.random.Generator) -> int:
        if not self.frozen and rng.random() < self.explore:
            return int(rng.integers(len(ACTIONS)))
        row = self.values[phase, gained]
        return int(rng.choice(np.flatnonzero(row == row.max())))

    def learn(
        self,
        state: tuple[int, int],
        action: int,
        reward: float,
        following: tuple[int, int],
    ) -> None:
        if self.frozen:
            return
        target = reward + self.discount * self.values[following].max()
        old = self.values[(*state, action)]
        self.values[(*state, action)] = old + self.learning_rate * (target - old)


def refine(
    searcher: Searcher,
    share: Share,
    policy: Policy,
    cooling: Cooling,
    hard_weight: int,
    on_burst: Callable[[], None],
    phase: tuple[float, float] = (0.0, 1.0),
    usual: Weights | None = None,
    climbs: bool = False,
) -> None:
    """Improve the searcher's incumbent until the share is used up.

    ``phase`` is the part of the whole refinement that the share stands for. Where heat
    baths do not pay, ``usual`` is the mix that takes the place of those around them. A
    search that ``climbs`` has so few rounds that each may find its way down again.
    """
    state = (int(phase[0] * PHASES), 0)
    searcher.restore()
    rounds = max(1, round(ROUNDS * (phase[1] - phase[0])))
    if climbs:
        climb = CLIMB * max(1, len(searcher.events))
        climbs_left = share.moves(searcher.iterations_per_second) // climb
        rounds = max(1, min(rounds, int(climbs_left)))
    for number in range(rounds):
        action = policy.choose(*state, searcher.rng)
        mix, heat = ACTIONS[action]
        if usual is not None:
            mix = usual if mix[0] > mix[1] else (0.0, *mix[1:])
        part = share.part(1 / (rounds - number))
        before = _cost(searcher, hard_weight)
        round_cooling = cooling.below(heat)
        seconds, bursts = 0.0, 0
        while part.left():
            temperature = round_cooling.at(min(1.0, part.fraction()))
            seconds += searcher.step(part, mix, hard_weight, temperature)
            bursts += 1
            on_burst()
        if not bursts:
            break
        gain = (before - _cost(searcher, hard_weight)) / max(1.0, before * 1e-4)
        # With an iteration budget the clock may not steer, so all rounds cost one.
        effort = 1.0 if share.budget.iterations is not None else max(seconds, 1e-3)
        done = phase[0] + (phase[1] - phase[0]) * (number + 1) / rounds
        following = (min(PHASES - 1, int(done * PHASES)), int(gain > 0))
        policy.learn(state, action, gain / effort, following)
        state = following
        searcher.restore()


def _cost(searcher: Searcher, hard_weight: int) -> float:
    """Of the incumbent."""
    hard, soft = searcher.score()
    return float(hard * hard_weight + soft)


def operator_report(searcher: Searcher) -> dict[str, dict[str, int]]:
    """Tried, accepted and gain of each operator so far."""
    return {
        name: {"tried": int(row[0]), "accepted": int(row[1]), "gain": int(row[2])}
        for name, row in zip(OPERATORS, searcher.statistics, strict=True)
    }
