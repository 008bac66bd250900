"""Weeks of a term as layers: classes of weeks that no week pattern tells apart."""

import math

from sidecar.contract.problem import Problem

MOST_DAYS = 20
"""Days of all layers together: what the engine takes (``MAX_DAYS`` there)."""


class Layers:
    """How many weeks each layer stands for, and which layers a pattern means."""

    def __init__(self, problem: Problem) -> None:
        patterns = {p.id: set(p.weeks) for p in problem.week_patterns}
        number: dict[tuple[bool, ...], int] = {}
        weeks: list[int] = []
        for week in range(1, problem.weeks + 1):
            key = tuple(week in those for those in patterns.values())
            layer = number.setdefault(key, len(number))
            if layer == len(weeks):
                weeks.append(0)
            weeks[layer] += 1
        smallest = math.gcd(*weeks)
        self.sizes = [count // smallest for count in weeks]
        """Weeks of each layer, in the smallest whole numbers."""
        self._of = {
            key: tuple(layer for layer, inside in enumerate(number) if inside[place])
            for place, key in enumerate(patterns)
        }

    @property
    def count(self) -> int:
        return len(self.sizes)

    def of(self, pattern: str | None) -> tuple[int, ...]:
        """The layers of a week pattern, of all weeks if ``None``."""
        return tuple(range(self.count)) if pattern is None else self._of[pattern]

    def weight(self, pattern: str | None) -> int:
        """Weeks of a pattern, in the same measure as ``sizes``."""
        return sum(self.sizes[layer] for layer in self.of(pattern))
