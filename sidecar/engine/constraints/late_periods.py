"""Events at the end of the day."""

import numpy as np

from ..model import Instance
from .base import Primitives


class LatePeriods:
    name = "late_periods"
    sentence = "Events are not in the last period of a day."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        positions = instance.num_positions
        ends_late = np.zeros((17, instance.num_slots), np.int64)
        for day in range(instance.num_days):
            last = day * positions + instance.day_length(day) - 1
            for duration in range(1, 17):
                start = last - duration + 1
                if start >= day * positions:
                    ends_late[duration, start] = weight * instance.day_size[day]
        late = ends_late[instance.event_duration]
        primitives.event_slot_cost += late * instance.event_times[:, None]
