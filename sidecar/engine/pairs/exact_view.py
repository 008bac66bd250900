"""The problem as arrays for exact neighbourhoods, and what pairs of options break.

All is worked out for the few classes of one neighbourhood at a time, by NumPy; the
kernels' packed tables are for millions of single looks, these for thousands of rows.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.patterned import (
    Distribution,
    Kind,
    Pattern,
    PatternedProblem,
    PatternedSolution,
)

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

APART = 1 << 20
"""Slots between meetings that share no day: more than any walk or gap."""


@dataclass(frozen=True, eq=False)
class Times:
    """Patterns of some options, as columns."""

    days: Longs
    weeks: Longs
    start: Longs
    end: Longs

    @classmethod
    def of(cls, patterns: list[Pattern]) -> "Times":
        rows = np.array(
            [(p.days, p.weeks, p.start, p.end) for p in patterns], np.int64
        ).reshape(-1, 4)
        return cls(*(np.ascontiguousarray(column) for column in rows.T))

    def __len__(self) -> int:
        return len(self.days)


def gaps(a: Times, b: Times) -> Longs:
    """(a, b): slots from one to the other on a common day, negative if they overlap."""
    free = np.maximum(
        b.start[None, :] - a.end[:, None], a.start[:, None] - b.end[None, :]
    )
    return np.where(_common(a, b), free, APART)


def _common(a: Times, b: Times) -> Flags:
    days = (a.days[:, None] & b.days[None, :]) != 0
    return np.asarray(days & ((a.weeks[:, None] & b.weeks[None, :]) != 0))


def _subset(a: Longs, b: Longs) -> Flags:
    both = a[:, None] | b[None, :]
    return np.asarray((both == a[:, None]) | (both == b[None, :]))


def _lowest(masks: Longs) -> Longs:
    return masks & -masks


def broken_pairs(kind: Kind, limit: int, a: Times, b: Times) -> Flags:
    """(a, b): which pairs of times break a rule; ``a`` is listed first in it.

    Rules about rooms never do; ``SAME_ATTENDEES`` does here by overlap alone.
    """
    return np.asarray(_broken(kind, limit, a, b), np.bool_)


def _broken(kind: Kind, limit: int, a: Times, b: Times) -> Any:
    match kind:
        case Kind.SAME_START:
            return a.start[:, None] != b.start[None, :]
        case Kind.SAME_TIME:
            within = (a.start[:, None] <= b.start) & (b.end <= a.end[:, None])
            around = (b.start <= a.start[:, None]) & (a.end[:, None] <= b.end)
            return ~(within | around)
        case Kind.DIFFERENT_TIME:
            return (a.start[:, None] < b.end) & (b.start < a.end[:, None])
        case Kind.SAME_DAYS:
            return ~_subset(a.days, b.days)
        case Kind.DIFFERENT_DAYS:
            return (a.days[:, None] & b.days) != 0
        case Kind.SAME_WEEKS:
            return ~_subset(a.weeks, b.weeks)
        case Kind.DIFFERENT_WEEKS:
            return (a.weeks[:, None] & b.weeks) != 0
        case Kind.OVERLAP:
            return gaps(a, b) >= 0
        case Kind.NOT_OVERLAP | Kind.SAME_ATTENDEES:
            return gaps(a, b) < 0
        case Kind.MIN_GAP:
            return gaps(a, b) < limit
        case Kind.PRECEDENCE:
            week_a, week_b = _lowest(a.weeks)[:, None], _lowest(b.weeks)[None, :]
            day_a, day_b = _lowest(a.days)[:, None], _lowest(b.days)[None, :]
            ended = a.end[:, None] <= b.start[None, :]
            same_week = (day_a < day_b) | ((day_a == day_b) & ended)
            return ~((week_a < week_b) | ((week_a == week_b) & same_week))
        case Kind.WORK_DAY:
            first = np.minimum(a.start[:, None], b.start)
            last = np.maximum(a.end[:, None], b.end)
            return _common(a, b) & (last - first > limit)
    return np.zeros((len(a), len(b)), np.bool_)


class View:
    """What neighbourhoods ask of a problem."""

    def __init__(self, problem: PatternedProblem) -> None:
        self.problem = problem
        self.times = [
            Times.of([option.pattern for option in cls.times])
            for cls in problem.classes
        ]
        self.rules_of: list[list[int]] = [[] for _ in problem.classes]
        for number, rule in enumerate(problem.distributions):
            for index in rule.classes:
                self.rules_of[index].append(number)
        count = len(problem.rooms)
        self.travel = np.zeros((count + 1, count + 1), np.int64)
        """The last row and column are "no room"."""
        for here, room in enumerate(problem.rooms):
            for there, slots in room.travel.items():
                self.travel[here, there] = slots
        self.closed = [Times.of(list(room.unavailable)) for room in problem.rooms]
        self.course_of = [0] * len(problem.classes)
        for course, parts in enumerate(problem.courses):
            for configuration in parts.configurations:
                for subpart in problem.configurations[configuration].subparts:
                    for index in problem.subparts[subpart].classes:
                        self.course_of[index] = course
        self.may_use: list[list[int]] = [[] for _ in problem.rooms]
        """By room, the classes that list it."""
        for index, cls in enumerate(problem.classes):
            for option in cls.rooms:
                self.may_use[option.room].append(index)

    def at(self, index: int, solution: PatternedSolution) -> Times:
        """The time that a class has, as a column of one."""
        option = self.problem.classes[index].times[solution.time[index]]
        return Times.of([option.pattern])

    def at_all(self, classes: list[int], solution: PatternedSolution) -> Times:
        return Times.of(
            [self.problem.classes[k].times[solution.time[k]].pattern for k in classes]
        )

    def together(
        self, solution: PatternedSolution, free: set[int]
    ) -> dict[tuple[int, int], int]:
        """Students who attend both, for pairs with at least one class in ``free``."""
        found: dict[tuple[int, int], int] = defaultdict(int)
        for classes in solution.attends:
            if free.isdisjoint(classes):
                continue
            for one in classes:
                if one in free:
                    for other in classes:
                        if other != one and (other not in free or one < other):
                            found[one, other] += 1
        return found

    def rules_on(self, free: set[int]) -> Iterator[Distribution]:
        """Rules with a class in ``free``, each once."""
        numbers = {number for index in free for number in self.rules_of[index]}
        for number in sorted(numbers):
            yield self.problem.distributions[number]
