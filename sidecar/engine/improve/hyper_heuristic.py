"""Q-learning hyper-heuristic: learns which neighbourhoods pay in which phase.

State: phase of the search and whether the last burst gained; action: a mix of
neighbourhoods; reward: gain per second. Watkins, Dayan, "Q-learning", 1992,
doi:10.1007/BF00992698; hyper-heuristics: Burke et al., 2013,
doi:10.1057/jors.2013.71.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ..budget import Share
from ..searcher import OPERATORS, Searcher, cooled

ACTIONS: tuple[tuple[float, ...], ...] = (
    # heat bath, time+room, room, swap, Kempe, section
    (1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    (0.2, 1.0, 0.3, 0.3, 0.1, 0.5),
    (0.1, 0.2, 1.0, 0.5, 0.0, 0.2),
    (0.2, 0.3, 0.2, 0.2, 1.0, 0.2),
    (0.1, 0.0, 0.1, 0.0, 0.0, 1.0),
)
"""Mixes of ``OPERATORS`` to choose from."""

PHASES = 4


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
    hot: float,
    cold: float,
    hard_weight: int,
    on_burst: Callable[[], None],
    phase: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Improve the searcher's incumbent until the share is used up.

    ``phase`` is the part of the whole refinement that the share stands for.
    """
    state = (0, 0)
    searcher.restore()
    current = _cost(searcher, hard_weight)
    scale = max(1.0, abs(current) * 1e-4)
    while share.left():
        done = phase[0] + (phase[1] - phase[0]) * share.fraction()
        fraction = min(0.999, done)
        temperature = cooled(hot, cold, fraction)
        action = policy.choose(*state, searcher.rng)
        seconds = searcher.step(share, ACTIONS[action], hard_weight, temperature)
        after = _cost(searcher, hard_weight)
        # With an iteration budget the clock may not steer, so a burst counts as one.
        effort = 1.0 if share.budget.iterations is not None else max(seconds, 1e-3) * 10
        reward = (current - after) / scale / effort
        following = (int(fraction * PHASES), int(after < current))
        policy.learn(state, action, reward, following)
        state, current = following, after
        on_burst()


def _cost(searcher: Searcher, hard_weight: int) -> float:
    hard, soft = searcher.current_score()
    return float(hard * hard_weight + soft)


def operator_report(searcher: Searcher) -> dict[str, dict[str, int]]:
    """Tried, accepted and gain of each operator so far."""
    return {
        name: {"tried": int(row[0]), "accepted": int(row[1]), "gain": int(row[2])}
        for name, row in zip(OPERATORS, searcher.statistics, strict=True)
    }
