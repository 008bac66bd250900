"""Long runs of teaching."""

from ..model import Instance
from .base import DayShape, Primitives


class FacultyConsecutive:
    name = "faculty_consecutive"
    sentence = "A faculty member teaches no longer run than agreed."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        for member, profile in enumerate(primitives.faculty):
            limit = int(instance.faculty_max_run[member])
            if limit < 0:
                continue

            def beyond(shape: DayShape, mask: int, limit: int = limit) -> int:
                return sum(max(0, run - limit) for run in shape.runs(mask))

            profile.soft.append((weight, beyond))
