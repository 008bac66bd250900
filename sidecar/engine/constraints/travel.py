"""Walks between buildings that take longer than the pause."""

from ..model import Instance
from .base import Primitives


class Travel:
    name = "travel"
    sentence = "Nobody has to hurry from one building to another."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        if instance.room_building.any():
            primitives.weight_travel += weight
