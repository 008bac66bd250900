"""Weeks as numbers with a bit for each period, for what has to be done per student.

Putting a student's classes together, seeing whether two meet, and counting the ways
between them takes one step for each class, where sets would take one for each period.
"""

from collections.abc import Iterable, Iterator

from .week import Walks, Week

Place = tuple[int, int]
"""(day, position)"""


class WeekMasks:
    """Bit ``shift of the day + position`` stands for a period."""

    def __init__(self, week: Week, walks: Walks) -> None:
        self._week, self._walks = week, walks
        self._width = max(week.length.values(), default=0)
        self._shifts = {day: k * self._width for k, day in enumerate(week.length)}
        self._far: dict[tuple[str, str], int] = {}

    def mask(self, places: Iterable[Place]) -> int:
        """Give the number of some periods."""
        mask = 0
        for day, position in places:
            mask |= 1 << self._shifts[day] + position
        return mask

    def days(self, mask: int) -> Iterator[Place]:
        """Give each day that has periods, and these as a number of its own."""
        one_day = (1 << self._width) - 1
        for day, shift in self._shifts.items():
            if busy := mask >> shift & one_day:
                yield day, busy

    def positions(self, busy: int) -> set[int]:
        """Positions of a day's number."""
        return {k for k in range(self._width) if busy >> k & 1}

    def hurries(self, by_building: dict[str, int]) -> int:
        """Periods to which the way takes longer than the pause before, of one who is
        nowhere twice."""
        found = 0
        for a, before in by_building.items():
            follows = before << 1
            for b, after in by_building.items():
                if a != b and follows & after:
                    found |= follows & after & self._too_far(a, b)
        return found

    def _too_far(self, a: str, b: str) -> int:
        """Periods that nobody reaches in building ``b`` who comes from ``a``."""
        if (a, b) not in self._far:
            minutes = self._walks.minutes(a, b)
            self._far[a, b] = self.mask(
                (day, position + 1)
                for day, length in self._week.length.items()
                for position in range(length - 1)
                if minutes > self._walks.pause(self._week, day, position)
            )
        return self._far[a, b]
