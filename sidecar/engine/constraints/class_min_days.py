"""Spread over the week."""

from ..model import Instance
from .base import Primitives


class ClassMinDays:
    name = "class_min_days"
    sentence = "A class spreads over as many days as asked."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.weight_min_days += weight * instance.weeks
