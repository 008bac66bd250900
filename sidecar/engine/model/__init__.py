"""Immutable description of an instance, and a timetable over it."""

from .instance import Instance, InstanceError, Relation
from .timetable import Timetable

__all__ = ["Instance", "InstanceError", "Relation", "Timetable"]
