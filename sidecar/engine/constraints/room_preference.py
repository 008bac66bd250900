"""Penalties of the rooms in which events may be held."""

from ..model import Instance
from .base import Primitives


class RoomPreference:
    name = "room_preference"
    sentence = "Events are held in the best of the rooms that they name."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.weight_room_penalty += weight
