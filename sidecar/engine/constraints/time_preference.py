"""Penalties of the times at which events may be held."""

from ..model import Instance
from .base import Primitives


class TimePreference:
    name = "time_preference"
    sentence = "Events are held at the best of the times that they name."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.weight_option += weight
        if instance.event_time_penalty.size:
            primitives.event_slot_cost += weight * instance.event_time_penalty
