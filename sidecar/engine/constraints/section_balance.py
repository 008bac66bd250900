"""Parallel classes of similar size."""

from ..model import Instance
from .base import Primitives


class SectionBalance:
    name = "section_balance"
    sentence = "Parallel classes have about as many students."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.weight_balance += weight * instance.weeks
