"""How a search cools: temperatures over its progress.

A geometric schedule gives every factor of temperature the same time. Where a problem
changes its state within a narrow range and is frozen below it, most of that time is
lost; a short pilot tells where cost falls, and the schedule is slow there. Compare
Huang, Romeo and Sangiovanni-Vincentelli, "An efficient general cooling schedule for
simulated annealing", ICCAD 1986, and Salamon et al., "Simulated annealing with constant
thermodynamic speed", 1988, doi:10.1016/0010-4655(88)90003-3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

POINTS = 32
"""Temperatures that a learned curve is kept as."""
EVEN = 0.2
"""Share of a learned schedule that is spread as a geometric one would be."""
NOISE = 0.02
"""Of all that cost falls by: below it a fall says nothing."""


@dataclass(frozen=True)
class Cooling:
    """Temperatures, falling, evenly spaced over the progress of a search."""

    curve: tuple[float, ...]

    @property
    def hot(self) -> float:
        return self.curve[0]

    @property
    def cold(self) -> float:
        return self.curve[-1]

    def at(self, progress: float) -> float:
        """Temperature when so much, 0-1, is done."""
        steps = np.linspace(0, 1, len(self.curve))
        return float(np.exp(np.interp(progress, steps, np.log(self.curve))))

    def after(self, progress: float) -> "Cooling":
        """What follows a point of it, as a schedule of its own."""
        begin = min(1.0, max(0.0, progress))
        steps = np.linspace(begin, 1, len(self.curve))
        return Cooling(tuple(self.at(step) for step in steps))

    def progress(self, heat: float) -> float:
        """How much is done at a temperature, 0-1."""
        steps = np.linspace(0, 1, len(self.curve))
        rising = np.log(self.curve[::-1])
        return 1 - float(np.interp(np.log(heat), rising, steps))

    def below(self, share: float) -> "Cooling":
        """What follows a share of the hot end; at least the cold end is left."""
        return self.after(self.progress(self.hot * share))


def geometric(hot: float, cold: float) -> Cooling:
    """The same time for every factor of temperature."""
    return Cooling((hot, cold))


def learned(
    cooling: Cooling, heats: Sequence[float], costs: Sequence[float]
) -> Cooling:
    """A schedule between the same ends that is slow where a pilot's cost fell.

    Time goes with the logarithm of how far cost stands above where the pilot ended:
    the last tenth of the way down is as much work as the first.

    Parameters
    ----------
    heats, costs
        Of the pilot, in the order of its cooling; shape (bursts,).
    """
    edges = np.linspace(np.log(cooling.hot), np.log(cooling.cold), POINTS)
    even = np.linspace(0, 1, POINTS)
    if len(heats) < POINTS:
        return cooling
    gap = _falling(np.log(heats), np.asarray(costs, float), edges)
    if gap[0] <= 0:
        return cooling
    depth = -np.log(gap + NOISE * gap[0])
    work = (depth - depth[0]) / (depth[-1] - depth[0])
    time = EVEN * even + (1 - EVEN) * work
    curve = np.exp(np.interp(even, time, edges))
    return Cooling(tuple(float(value) for value in curve))


def _falling(
    heats: npt.NDArray[np.float64],
    costs: npt.NDArray[np.float64],
    edges: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Cost above its end at each edge: means, smoothed so that they never rise."""
    near = np.abs(heats[:, None] - edges).argmin(axis=1)
    count = np.bincount(near, minlength=len(edges))
    total = np.bincount(near, costs, minlength=len(edges))
    known = np.flatnonzero(count)
    means = total[known] / count[known]
    falling = np.minimum.accumulate(means)
    falling += np.maximum.accumulate(means[::-1])[::-1]
    at = np.interp(np.arange(len(edges)), known, falling / 2)
    return np.asarray(at - at.min())
