"""Days of the week without classes."""

from ..model import Instance
from .base import Primitives, of_people


class FreeDays:
    sentence = "Everybody has as many days off as agreed."

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{kind}_free_days"

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        hard = self.name in instance.hard_rules
        for member, profile in of_people(self.kind, primitives):
            days = instance.student_min_free
            if member >= 0:
                days = int(instance.faculty_min_free[member])
            if days > 0:
                profile.free = days, 0 if hard else weight, hard
