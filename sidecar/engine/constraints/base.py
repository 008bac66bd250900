"""What a constraint is: a name, a sentence, and how it compiles to primitives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..model import Instance

Masks = npt.NDArray[np.int64]
"""Bitmasks of busy positions of a day."""
DayPenalty = Callable[["DayShape", Masks], npt.NDArray[np.int64]]
"""(day's shape, masks) → units of penalty of each mask. A day of sixteen periods has
65,536 masks, so all of them are worked out at once."""


@dataclass(frozen=True)
class DayShape:
    """A day's length and the positions after which it pauses."""

    length: int
    breaks: frozenset[int]
    clock: tuple[tuple[int, int], ...] = ()
    """Minutes at which each position starts and ends; empty if no rule asks."""

    def streaks(self, masks: Masks) -> Iterator[tuple[npt.NDArray[np.int64], Masks]]:
        """For each position: how many busy ones in a row end there, and whether the
        next carries on. No break is within a row."""
        streak = np.zeros_like(masks)
        for position in range(self.length):
            streak = (masks >> position & 1) * (streak + 1)
            goes_on = masks >> (position + 1) & 1
            if position in self.breaks:
                goes_on = np.zeros_like(masks)
            yield streak, goes_on
            streak = streak * goes_on

    def beyond(self, masks: Masks, limit: int) -> npt.NDArray[np.int64]:
        """Positions by which runs are longer than the limit."""
        found = np.zeros_like(masks)
        for streak, _ in self.streaks(masks):
            found += streak > limit
        return found

    def alone(self, masks: Masks) -> npt.NDArray[np.int64]:
        """Busy positions with no busy neighbour."""
        found = np.zeros_like(masks)
        for streak, goes_on in self.streaks(masks):
            found += (streak == 1) & (goes_on == 0)
        return found


def count(masks: Masks) -> npt.NDArray[np.int64]:
    """Busy positions."""
    return np.bitwise_count(masks).astype(np.int64)


def gaps(masks: Masks) -> npt.NDArray[np.int64]:
    """Idle positions between the first and the last busy one."""
    found = np.zeros_like(masks)
    for position in range(1, int(masks.max(initial=0)).bit_length()):
        before = masks & ((1 << position) - 1)
        after = masks >> position
        found += (before > 0) & (after > 0) & (after & 1 == 0)
    return found


@dataclass
class Profile:
    """Penalties of one kind of agent; agents with equal keys share tables."""

    soft: list[tuple[int, DayPenalty]] = field(default_factory=list)
    hard: list[DayPenalty] = field(default_factory=list)
    week: int = 0
    """Cost of each distinct day."""
    free: tuple[int, int, bool] = (0, 0, False)
    """(days off that are wanted, cost of each that is lacking, whether hard)."""
    rest: tuple[int, bool] = (0, False)
    """(cost of a night that is too short, whether hard)."""


def add_day(profile: Profile, weight: int, penalty: DayPenalty, hard: bool) -> None:
    """A rule for the days of a profile's people, with a weight or hard."""
    if hard:
        profile.hard.append(penalty)
    else:
        profile.soft.append((weight, penalty))


def of_people(kind: str, primitives: "Primitives") -> Iterator[tuple[int, Profile]]:
    """(number, profile) of each faculty member, or of students and curricula (-1)."""
    if kind == "faculty":
        yield from enumerate(primitives.faculty)
    else:
        yield -1, primitives.student
        yield -1, primitives.curriculum


@dataclass
class Primitives:
    """What constraints write into; see ``tables.Tables`` for the packed form."""

    faculty: list[Profile]
    curriculum: Profile
    student: Profile
    event_slot_cost: npt.NDArray[np.int64]
    room_costs: list[Callable[[int, int], int]] = field(default_factory=list)
    """Each (room, class limit) → cost."""
    weight_min_days: int = 0
    weight_stability: int = 0
    weight_balance: int = 0
    weight_travel: int = 0
    weight_home_room: int = 0
    weight_room_penalty: int = 0
    weight_option: int = 0
    weight_moved: int = 0
    relation_weight: int = 0


class Constraint(Protocol):
    """One rule. ``compile`` adds its share, times ``weight``, to the primitives."""

    name: str
    sentence: str

    def compile(
        self, instance: Instance, weight: int, primitives: Primitives
    ) -> None: ...
