"""More than three periods in a row."""

from ..model import Instance
from .base import Primitives

LONG_RUN = 3


class StudentLongRun:
    name = "student_long_run"
    sentence = "A student has at most three periods in a row."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.student.soft.append(
            (
                weight,
                lambda shape, mask: sum(
                    max(0, run - LONG_RUN) for run in shape.runs(mask)
                ),
            )
        )
