"""Students without a seat, where the profile makes seats soft."""

from ..model import Instance
from .base import Primitives


class RoomOverflow:
    name = "room_overflow"
    sentence = "A room seats the whole class."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        capacity = instance.room_capacity
        primitives.room_costs.append(
            lambda room, limit: weight * max(0, limit - int(capacity[room]))
        )
