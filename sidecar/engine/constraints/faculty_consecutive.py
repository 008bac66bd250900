"""Long runs of teaching."""

from ..model import Instance
from .base import DayShape, Masks, Primitives


class FacultyConsecutive:
    name = "faculty_consecutive"
    sentence = "A faculty member teaches no longer run than agreed."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        for member, profile in enumerate(primitives.faculty):
            limit = int(instance.faculty_max_run[member])
            if limit < 0:
                continue

            def beyond(shape: DayShape, masks: Masks, limit: int = limit) -> Masks:
                return shape.beyond(masks, limit)

            profile.soft.append((weight, beyond))
