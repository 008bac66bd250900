"""Idle periods of faculty."""

from ..model import Instance
from .base import Primitives, gaps


class FacultyGaps:
    name = "faculty_gaps"
    sentence = "A faculty member's day has no idle period between two classes."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        for profile in primitives.faculty:
            profile.soft.append((weight, lambda shape, masks: gaps(masks)))
