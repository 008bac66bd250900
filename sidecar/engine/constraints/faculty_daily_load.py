"""Hard limit of periods a day."""

import numpy as np

from ..model import Instance
from .base import DayShape, Masks, Primitives, count


class FacultyDailyLoad:
    name = "faculty_daily_load"
    sentence = "A faculty member keeps to the daily limit of periods."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        for member, profile in enumerate(primitives.faculty):
            limit = int(instance.faculty_max_day[member])
            if limit < 0:
                continue

            def beyond(shape: DayShape, masks: Masks, limit: int = limit) -> Masks:
                del shape
                return np.maximum(0, count(masks) - limit)

            profile.hard.append(beyond)
