"""A plain, slow scorer of timetables, written apart from the engine.

It reads only the wire contract, so that what it says of a timetable owes nothing to
the kernels that made it. The service reports its figures; the engine never uses it.
"""

from .report import ScoredTimetable, score_timetable

__all__ = ["ScoredTimetable", "score_timetable"]
