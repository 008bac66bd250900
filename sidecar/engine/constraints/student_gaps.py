"""Idle periods of students."""

from ..model import Instance
from .base import Primitives, gaps


class StudentGaps:
    name = "student_gaps"
    sentence = "A student's day has no idle period between two classes."

    def compile(self, instance: Instance, weight: int, primitives: Primitives) -> None:
        primitives.student.soft.append((weight, lambda shape, masks: gaps(masks)))
