"""In a repair: as little as possible changes, whatever the user's weights say.

Counts as ``perturbation`` does: a change of time is two changes, a change of room one.
"""

import numpy as np

from ..model import Instance
from .base import Primitives

TIME, ROOM = 2, 1


class Change:
    name = "change"
    sentence = "As little as possible of the timetable in force changes."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        if not instance.previous_slot.size:
            return
        known = np.flatnonzero(instance.previous_slot >= 0)
        primitives.event_slot_cost[known] += TIME * weight
        primitives.event_slot_cost[known, instance.previous_slot[known]] -= (
            TIME * weight
        )
        primitives.weight_home_room += ROOM * weight
