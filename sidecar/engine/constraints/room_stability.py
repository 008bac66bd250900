"""Few rooms for a class."""

from ..model import Instance
from .base import Primitives


class RoomStability:
    name = "room_stability"
    sentence = "A class keeps to one room of each kind."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.weight_stability += weight * instance.weeks
