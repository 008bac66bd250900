"""Rest between the end of one day and the start of the next."""

from ..model import Instance
from .base import Primitives, of_people


class Rest:
    sentence = "Nobody's night is shorter than agreed."

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name = f"{kind}_rest"

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        if instance.rest_minutes < 0:
            return
        hard = self.name in instance.hard_rules
        for _, profile in of_people(self.kind, primitives):
            profile.rest = 0 if hard else weight, hard
