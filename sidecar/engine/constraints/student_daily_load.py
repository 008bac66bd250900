"""Most periods of a student's day."""

import numpy as np

from ..model import Instance
from .base import DayShape, Masks, Primitives, add_day, count, of_people


class StudentDailyLoad:
    name = "student_daily_load"
    sentence = "A student has no more periods on a day than agreed."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        limit = instance.student_max_day
        if limit < 0:
            return

        def beyond(shape: DayShape, masks: Masks) -> Masks:
            del shape
            return np.maximum(0, count(masks) - limit)

        for _, profile in of_people("student", primitives):
            add_day(profile, weight, beyond, self.name in instance.hard_rules)
