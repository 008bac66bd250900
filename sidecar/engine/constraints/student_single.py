"""Days with one period only."""

import numpy as np

from ..model import Instance
from .base import Primitives, count


class StudentSingle:
    name = "student_single"
    sentence = "A student does not come for a single period."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.student.soft.append(
            (weight, lambda shape, masks: (count(masks) == 1).astype(np.int64))
        )
