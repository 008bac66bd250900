"""All constraints that have a weight or a table, hard ones first.

Availability, bands, pins, room suitability and contiguity need no entry here: they
restrict which placements exist at all (``Instance.event_starts``, ``room_sets``).
"""

from .base import Constraint, DayShape, Primitives, Profile
from .change import Change
from .class_min_days import ClassMinDays
from .curriculum_compactness import CurriculumCompactness
from .faculty_consecutive import FacultyConsecutive
from .faculty_daily_load import FacultyDailyLoad
from .faculty_days import FacultyDays
from .faculty_gaps import FacultyGaps
from .faculty_preferences import FacultyPreferences
from .free_days import FreeDays
from .late_periods import LatePeriods
from .long_day import LongDay
from .lunch import Lunch
from .perturbation import Perturbation
from .relation import RelationRule
from .rest import Rest
from .room_fit import RoomFit
from .room_overflow import RoomOverflow
from .room_preference import RoomPreference
from .room_stability import RoomStability
from .section_balance import SectionBalance
from .student_daily_load import StudentDailyLoad
from .student_gaps import StudentGaps
from .student_late import StudentLate
from .student_long_run import StudentLongRun
from .student_single import StudentSingle
from .time_preference import TimePreference
from .travel import Travel

HARD: tuple[Constraint, ...] = (FacultyDailyLoad(),)

SOFT: tuple[Constraint, ...] = (
    StudentGaps(),
    StudentSingle(),
    StudentLongRun(),
    StudentLate(),
    Travel(),
    FacultyPreferences(),
    FacultyGaps(),
    FacultyDays(),
    FacultyConsecutive(),
    StudentDailyLoad(),
    *(
        rule(kind)
        for rule in (Lunch, LongDay, FreeDays, Rest)
        for kind in ("student", "faculty")
    ),
    RoomOverflow(),
    RoomFit(),
    RoomStability(),
    ClassMinDays(),
    CurriculumCompactness(),
    LatePeriods(),
    SectionBalance(),
    Perturbation(),
    TimePreference(),
    RoomPreference(),
    RelationRule(),
)

OF_REPAIR: tuple[Constraint, ...] = (Change(),)
"""No user sees or weighs these; a repair sets their weight."""

__all__ = [
    "HARD",
    "OF_REPAIR",
    "SOFT",
    "Constraint",
    "DayShape",
    "Primitives",
    "Profile",
]
