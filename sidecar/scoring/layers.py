"""Layers: classes of weeks that no week pattern of the problem tells apart.

Odd and even weeks make two layers, half terms with odd and even weeks four; a term
whose weeks are all alike has one. What holds in one week of a layer holds in each.
"""

from collections import defaultdict
from math import gcd

from sidecar.contract.problem import Problem

STRIDE = 8
"""Virtual day = layer × STRIDE + day."""


class Layers:
    """The layers of a term, and how many weeks each stands for."""

    def __init__(self, problem: Problem) -> None:
        weeks_of: dict[frozenset[str], list[int]] = defaultdict(list)
        for week in range(1, problem.weeks + 1):
            inside = frozenset(p.id for p in problem.week_patterns if week in p.weeks)
            weeks_of[inside].append(week)
        counts = [len(weeks) for weeks in weeks_of.values()]
        common = gcd(*counts)
        self.sizes = [count // common for count in counts]
        """Weeks of each layer, in the smallest whole numbers."""
        self.total = sum(self.sizes)
        self._all = tuple(range(len(counts)))
        self._of = {
            pattern.id: tuple(
                number for number, inside in enumerate(weeks_of) if pattern.id in inside
            )
            for pattern in problem.week_patterns
        }

    def of(self, pattern: str | None) -> tuple[int, ...]:
        """Layers of a week pattern; all where there is none."""
        return self._all if pattern is None else self._of[pattern]

    def size(self, day: int) -> int:
        """What a virtual day counts for."""
        return self.sizes[day // STRIDE]

    def weight(self, pattern: str | None) -> int:
        """What something counts for that is held in the weeks of a pattern."""
        if pattern is None:
            return self.total
        return sum(self.sizes[layer] for layer in self._of[pattern])
