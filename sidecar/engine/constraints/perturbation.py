"""Distance from the timetable in force: 2 for another time, 1 for another room."""

import numpy as np

from ..model import Instance
from .base import Primitives


class Perturbation:
    name = "perturbation"
    sentence = "What is in force stays where it is."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        if not instance.previous_slot.size:
            return
        moved = 2 * weight * instance.weeks * instance.event_counts
        moved[instance.previous_slot == -1] = 0
        primitives.event_slot_cost += moved[:, None]
        kept = np.flatnonzero(instance.previous_slot >= 0)
        primitives.event_slot_cost[kept, instance.previous_slot[kept]] -= moved[kept]
        primitives.weight_moved += weight
        primitives.weight_home_room += weight * instance.weeks
