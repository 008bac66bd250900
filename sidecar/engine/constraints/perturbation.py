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
        known = np.flatnonzero(instance.previous_slot >= 0)
        moved = 2 * weight * instance.weeks * instance.event_counts[known]
        primitives.event_slot_cost[known] += moved[:, None]
        primitives.event_slot_cost[known, instance.previous_slot[known]] -= moved
        primitives.weight_moved += weight
        primitives.weight_home_room += weight * instance.weeks
