"""Days with one period only."""

from ..model import Instance
from .base import Primitives


class StudentSingle:
    name = "student_single"
    sentence = "A student does not come for a single period."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.student.soft.append(
            (weight, lambda shape, mask: int(mask.bit_count() == 1))
        )
