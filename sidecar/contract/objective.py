"""Names of all constraints, and the objective profiles: weights as data.

Weights are integers; a soft constraint's cost is its penalty times its weight.
``EXPLANATION`` gives each constraint the sentence a user reads beside it.
"""

from typing import Final

HARD_CONSTRAINTS: Final[dict[str, str]] = {
    "unplaced": "Every event has a timeslot and, if it needs one, a room.",
    "student_conflict": "A student attends at most one event at a time.",
    "faculty_conflict": "A faculty member teaches at most one event at a time.",
    "curriculum_conflict": "Classes of a curriculum do not overlap.",
    "class_conflict": "Two events of a class never share a timeslot.",
    "room_conflict": "A room holds at most one event at a time.",
    "room_suitability": "The room has the type, the features and the seats needed.",
    "availability": "Faculty, room, class and timeslot are available.",
    "class_same_day": "A class has at most one event a day.",
    "faculty_daily_load": "A faculty member keeps to the daily limit of periods.",
    "section_limit": "A class holds no more students than its limit.",
    "sectioning": "A student has exactly one class of each chosen offering.",
    "pinned": "What is pinned stays where it is.",
    "relation": "Hard relations between events hold.",
    "joint": "Classes taught as one are together in time, weeks and rooms.",
    "people": "Rules for people's days that the term makes hard hold.",
}

SOFT_CONSTRAINTS: Final[dict[str, str]] = {
    "student_gaps": "Idle periods between two classes of a student's day.",
    "student_single": "Days on which a student comes for a single period.",
    "student_long_run": "Each period beyond the number in a row that is agreed for "
    "students (three).",
    "student_late": "A student's classes in the last period of a day.",
    "travel": "Walks of students, batches and faculty to another building that take "
    "longer than the pause between two periods.",
    "faculty_preferences": "Events at times that faculty asked to avoid "
    "(or away from those they prefer).",
    "faculty_gaps": "Idle periods between two classes of a faculty member's day.",
    "faculty_days": "Days on which a faculty member teaches.",
    "faculty_consecutive": "Periods in a row beyond a faculty member's limit.",
    "student_lunch": "Days of students and batches without the pause for lunch.",
    "student_daily_load": "Periods of a student's or batch's day beyond the agreed "
    "number.",
    "student_long_day": "Hours, each as soon as it is begun, by which the day of a "
    "student or batch is longer than agreed.",
    "student_free_days": "Days without classes that a student or batch lacks.",
    "student_rest": "Nights of students and batches that are shorter than agreed.",
    "faculty_lunch": "Days of faculty without the pause for lunch.",
    "faculty_long_day": "Hours, each as soon as it is begun, by which the day of a "
    "faculty member is longer than agreed.",
    "faculty_free_days": "Days without teaching that a faculty member lacks.",
    "faculty_rest": "Nights of faculty that are shorter than agreed.",
    "room_overflow": "Students more than the room seats, where the profile lets "
    "this be soft.",
    "room_fit": "Seats left empty, in steps of ten beyond a fifth of the room.",
    "room_stability": "Each room beyond the first that a class uses.",
    "class_min_days": "Days missing from the spread that a class should have.",
    "curriculum_compactness": "Isolated classes in a curriculum's day.",
    "late_periods": "Events in the last period of a day.",
    "section_balance": "Students by which parallel classes differ from their mean.",
    "perturbation": "Events that differ from the timetable in force.",
    "time_preference": "Penalties of the times chosen, where a class names its times.",
    "room_preference": "Penalties of the rooms chosen, and rooms that were to be "
    "avoided or are none of those preferred.",
    "relation": "Soft relations that do not hold, times their own weight.",
}

DEFAULT_WEIGHTS: Final[dict[str, int]] = {
    "student_gaps": 2,
    "student_single": 2,
    "student_long_run": 1,
    "student_late": 1,
    "travel": 0,
    "faculty_preferences": 20,
    "faculty_gaps": 5,
    "faculty_days": 5,
    "faculty_consecutive": 10,
    "student_lunch": 5,
    "student_daily_load": 2,
    "student_long_day": 2,
    "student_free_days": 2,
    "student_rest": 5,
    "faculty_lunch": 10,
    "faculty_long_day": 5,
    "faculty_free_days": 10,
    "faculty_rest": 10,
    "room_overflow": 0,
    "room_fit": 1,
    "room_stability": 5,
    "class_min_days": 10,
    "curriculum_compactness": 4,
    "late_periods": 1,
    "section_balance": 1,
    "perturbation": 0,
    "time_preference": 1,
    "room_preference": 1,
    "relation": 1,
}

PEOPLE_RULES: Final = tuple(
    f"{kind}_{rule}"
    for kind in ("student", "faculty")
    for rule in ("lunch", "daily_load", "long_day", "free_days", "rest")
    if (kind, rule) != ("faculty", "daily_load")
)
"""Soft constraints that a term may make hard (``Problem.hard_rules``)."""

PROFILES: Final[dict[str, dict[str, int]]] = {
    "balanced": {},
    "faculty_friendly": {
        "student_gaps": 1,
        "student_single": 1,
        "student_long_run": 1,
        "student_late": 1,
        "faculty_preferences": 100,
        "faculty_gaps": 40,
        "faculty_days": 60,
        "faculty_consecutive": 40,
        "faculty_lunch": 40,
        "faculty_long_day": 40,
        "faculty_free_days": 60,
        "faculty_rest": 40,
    },
    "student_friendly": {
        "student_gaps": 10,
        "student_single": 10,
        "student_long_run": 4,
        "student_late": 4,
        "student_lunch": 20,
        "student_daily_load": 10,
        "student_long_day": 10,
        "student_free_days": 10,
        "student_rest": 20,
        "travel": 1,
        "faculty_gaps": 1,
        "faculty_days": 1,
        "faculty_preferences": 5,
    },
    "room_efficient": {
        "student_gaps": 1,
        "student_single": 1,
        "student_long_run": 0,
        "student_late": 0,
        "room_fit": 20,
        "room_stability": 100,
    },
    "minimal_change": {"perturbation": 1000},
    "itc2007_curriculum": {
        **dict.fromkeys(DEFAULT_WEIGHTS, 0),
        "room_overflow": 1,
        "class_min_days": 5,
        "curriculum_compactness": 2,
        "room_stability": 1,
        "relation": 1,
    },
    "itc2007_enrolment": {
        **dict.fromkeys(DEFAULT_WEIGHTS, 0),
        "student_late": 1,
        "student_long_run": 1,
        "student_single": 1,
        "relation": 1,
    },
}
"""Each profile overrides ``DEFAULT_WEIGHTS``. A profile with ``room_overflow`` above
0 makes seats soft: CB-CTT's rule (doi:10.1007/s10479-010-0707-0)."""


AXES: Final[dict[str, tuple[str, ...]]] = {
    "faculty_friendly": (
        "faculty_preferences",
        "faculty_gaps",
        "faculty_days",
        "faculty_consecutive",
        "faculty_lunch",
        "faculty_long_day",
        "faculty_free_days",
        "faculty_rest",
    ),
    "student_friendly": (
        "student_gaps",
        "student_single",
        "student_long_run",
        "student_late",
        "student_lunch",
        "student_daily_load",
        "student_long_day",
        "student_free_days",
        "student_rest",
    ),
    "room_efficient": ("room_fit", "room_stability"),
    "minimal_change": ("perturbation",),
}
"""What a profile is named for: the constraints on which its variant is to be the best
of the set. Any other profile is to be the best at all of its own weights."""


def weights_of(profile: str, overrides: dict[str, int] | None = None) -> dict[str, int]:
    """Weights of a profile with a user's overrides.

    Raises
    ------
    ValueError
        If the profile or an overridden constraint does not exist.
    """
    if profile not in PROFILES:
        known = ", ".join(PROFILES)
        raise ValueError(f"There is no profile '{profile}'. Choose one of: {known}.")
    weights = {**DEFAULT_WEIGHTS, **PROFILES[profile]}
    for name, weight in (overrides or {}).items():
        if name not in weights:
            raise ValueError(f"There is no soft constraint '{name}' to weigh.")
        weights[name] = weight
    return weights
