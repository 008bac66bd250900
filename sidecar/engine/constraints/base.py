"""What a constraint is: a name, a sentence, and how it compiles to primitives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..model import Instance

DayPenalty = Callable[["DayShape", int], int]
"""(day's shape, bitmask of busy positions) → units of penalty."""


@dataclass(frozen=True)
class DayShape:
    """A day's length and the positions after which it pauses."""

    length: int
    breaks: frozenset[int]

    def runs(self, mask: int) -> list[int]:
        """Lengths of the runs of busy positions that no break interrupts."""
        lengths: list[int] = []
        open_run = False
        for position in range(mask.bit_length()):
            if not mask >> position & 1:
                open_run = False
                continue
            if open_run:
                lengths[-1] += 1
            else:
                lengths.append(1)
            open_run = position not in self.breaks
        return lengths


def gaps(mask: int) -> int:
    """Idle positions between the first and the last busy one."""
    if not mask:
        return 0
    first = (mask & -mask).bit_length() - 1
    return mask.bit_length() - first - mask.bit_count()


@dataclass
class Profile:
    """Penalties of one kind of agent; agents with equal keys share tables."""

    soft: list[tuple[int, DayPenalty]] = field(default_factory=list)
    hard: list[DayPenalty] = field(default_factory=list)
    week: int = 0
    """Cost of each distinct day."""


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
    relation_weight: int = 1


class Constraint(Protocol):
    """One rule. ``compile`` adds its share, times ``weight``, to the primitives."""

    name: str
    sentence: str

    def compile(
        self, instance: Instance, weight: int, primitives: Primitives
    ) -> None: ...
