"""Who gets which course: ranked wishes, seats, reservations, pairs kept apart.

Pure functions over the contract's request; nothing here knows the timetable's engine.
"""

from .answer import allot

__all__ = ["allot"]
