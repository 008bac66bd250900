"""Isolated classes of a curriculum."""

from ..model import Instance
from .base import Primitives


class CurriculumCompactness:
    name = "curriculum_compactness"
    sentence = "A curriculum's class has another next to it on the same day."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.curriculum.soft.append(
            (weight, lambda shape, masks: shape.alone(masks))
        )
