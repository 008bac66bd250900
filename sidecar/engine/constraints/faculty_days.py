"""Days on which faculty come."""

from ..model import Instance
from .base import Primitives


class FacultyDays:
    name = "faculty_days"
    sentence = "A faculty member teaches on few days."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        for profile in primitives.faculty:
            profile.week += weight
