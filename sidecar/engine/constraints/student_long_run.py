"""Too many periods in a row."""

from ..model import Instance
from .base import Primitives


class StudentLongRun:
    name = "student_long_run"
    sentence = "A student has no longer run of periods than agreed."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        limit = instance.student_max_run
        primitives.student.soft.append(
            (weight, lambda shape, masks: shape.beyond(masks, limit))
        )
