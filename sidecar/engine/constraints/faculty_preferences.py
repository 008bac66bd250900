"""Times that faculty ask for or ask to avoid."""

import numpy as np

from ..model import Instance
from .base import Primitives


class FacultyPreferences:
    name = "faculty_preferences"
    sentence = "Faculty teach when they prefer to."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        level = weight * instance.faculty_level.astype(np.int64) * instance.slot_size
        for event, members in enumerate(instance.event_faculty):
            for member in members:
                row = level[member]
                if not row.any():
                    continue
                for k in range(int(instance.event_duration[event])):
                    shifted = np.zeros_like(row)
                    shifted[: len(row) - k] = row[k:]
                    primitives.event_slot_cost[event] += shifted
