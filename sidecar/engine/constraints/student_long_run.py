"""Too many periods in a row."""

from ..model import Instance
from .base import DayShape, Primitives


class StudentLongRun:
    name = "student_long_run"
    sentence = "A student has no longer run of periods than agreed."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        limit = instance.student_max_run

        def beyond(shape: DayShape, mask: int) -> int:
            return sum(max(0, run - limit) for run in shape.runs(mask))

        primitives.student.soft.append((weight, beyond))
