"""In a repair: few events change at all, whatever the user's weights say.

A change of time and a change of room count almost the same, so that it is the number
of changes that is kept small; between equal numbers, the room changes.
"""

import numpy as np

from ..model import Instance
from .base import Primitives

TIME, ROOM = 5, 4


class Change:
    name = "change"
    sentence = "As few events as possible change."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        if not instance.previous_slot.size:
            return
        known = np.flatnonzero(instance.previous_slot >= 0)
        primitives.event_slot_cost[known] += TIME * weight
        primitives.event_slot_cost[known, instance.previous_slot[known]] -= (
            TIME * weight
        )
        primitives.weight_home_room += ROOM * weight
