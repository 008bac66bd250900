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
        primitives.event_slot_cost[known] += 2 * weight
        primitives.event_slot_cost[known, instance.previous_slot[known]] -= 2 * weight
        primitives.weight_home_room += weight
