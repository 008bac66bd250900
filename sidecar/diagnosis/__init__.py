"""What cannot work, and the smallest set of facts that shows it.

Every check is a necessary condition, so whatever is reported is proven; a problem that
passes all of them may still have no timetable. Counting comes first; where a small part
of the problem looks tight, CP-SAT decides it and names the smallest reason.
"""

from .diagnose import diagnose

__all__ = ["diagnose"]
