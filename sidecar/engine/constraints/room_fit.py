"""Empty seats beyond a fifth of the room, in steps of ten."""

from ..model import Instance
from .base import Primitives


class RoomFit:
    name = "room_fit"
    sentence = "A room is not much larger than the class."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        def cost(room: int, limit: int) -> int:
            seats = int(instance.room_capacity[room])
            return weight * (max(0, seats - limit - seats // 5) // 10)

        primitives.room_costs.append(cost)
