"""A pause for lunch within some hours of the day."""

import numpy as np

from ..model import Instance
from .base import DayShape, Masks, Primitives, add_day, of_people


class Lunch:
    sentence = "Everybody has a pause for lunch."

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{kind}_lunch"

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        if instance.lunch is None:
            return
        start, end, minutes = instance.lunch

        def missed(shape: DayShape, masks: Masks) -> Masks:
            free_from = np.full_like(masks, start)
            found = masks == 0
            for position, (begin, until) in enumerate(shape.clock):
                busy = (masks >> position & 1).astype(bool)
                found |= busy & (min(begin, end) - free_from >= minutes)
                free_from = np.where(busy, np.maximum(free_from, until), free_from)
            found |= end - free_from >= minutes
            missing: Masks = (~found).astype(np.int64)
            return missing

        for _, profile in of_people(self.kind, primitives):
            add_day(profile, weight, missed, self.name in instance.hard_rules)
