"""Relations between events that users draw up."""

from ..model import Instance
from .base import Primitives


class RelationRule:
    name = "relation"
    sentence = "Relations between events hold."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.relation_weight = weight * instance.weeks
