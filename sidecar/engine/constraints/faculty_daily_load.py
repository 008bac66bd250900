"""Hard limit of periods a day."""

from ..model import Instance
from .base import DayShape, Primitives


class FacultyDailyLoad:
    name = "faculty_daily_load"
    sentence = "A faculty member keeps to the daily limit of periods."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        for member, profile in enumerate(primitives.faculty):
            limit = int(instance.faculty_max_day[member])
            if limit < 0:
                continue

            def beyond(shape: DayShape, mask: int, limit: int = limit) -> int:
                return max(0, mask.bit_count() - limit)

            profile.hard.append(beyond)
