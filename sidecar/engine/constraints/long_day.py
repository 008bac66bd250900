"""Longest day from the first class to the last."""

import numpy as np

from ..model import Instance
from .base import DayShape, Masks, Primitives, add_day, of_people


class LongDay:
    sentence = "Nobody's day is longer than agreed."

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{kind}_long_day"

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        hard = self.name in instance.hard_rules
        for member, profile in of_people(self.kind, primitives):
            limit = instance.student_max_span
            if member >= 0:
                limit = int(instance.faculty_max_span[member])
            if limit < 0:
                continue

            def beyond(shape: DayShape, masks: Masks, limit: int = limit) -> Masks:
                first, last = np.zeros_like(masks), np.zeros_like(masks)
                for position, (begin, until) in enumerate(shape.clock):
                    busy = (masks >> position & 1).astype(bool)
                    first = np.where(busy & (last == 0), begin, first)
                    last = np.where(busy, until, last)
                hours: Masks = (np.maximum(0, last - first - limit) + 59) // 60
                return hours

            add_day(profile, weight, beyond, hard)
