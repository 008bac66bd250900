"""Classes in the last period."""

from ..model import Instance
from .base import Primitives


class StudentLate:
    name = "student_late"
    sentence = "A student has no class in the last period of a day."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.student.soft.append(
            (weight, lambda shape, masks: masks >> (shape.length - 1) & 1)
        )
