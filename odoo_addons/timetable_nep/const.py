"""Names shared with the sidecar, held equal to its contract by tests.

Plain Python: ``tests/contract`` loads this file without Odoo.
"""

CONTRACT_VERSION = "2.0"

HEADER_TIMESTAMP = "X-Timetable-Timestamp"
HEADER_SIGNATURE = "X-Timetable-Signature"
HEADER_EVENT_ID = "X-Timetable-Event-Id"
HEADER_DATABASE = "X-Odoo-Database"
SIGNATURE_PREFIX = "v1="
REPLAY_WINDOW_SECONDS = 300

WEBHOOK_PATH = "/timetable_nep/webhook"

# ---- What other systems read
API_VERSION = "1.0"
API_PATH = "/timetable/api/v1"
UNSUBSCRIBE_PATH = "/timetable_nep/unsubscribe"
READ_SCOPE = "timetable_nep.read"
ROSTER_SCOPE = "timetable_nep.rosters"

# ---- Parameters (ir.config_parameter)
PARAM_URL = "timetable_nep.sidecar_url"
PARAM_TOKEN = "timetable_nep.sidecar_token"  # noqa: S105 - a key, not a secret
PARAM_SECRET = "timetable_nep.sidecar_secret"  # noqa: S105
PARAM_CALLBACK = "timetable_nep.callback_url"

# ---- Runs
RUN_TRANSITIONS = {
    "queued": frozenset({"running", "paused", "cancelled", "failed"}),
    "running": frozenset({"queued", "paused", "cancelling", "completed", "failed"}),
    "paused": frozenset({"queued", "running", "cancelling", "cancelled", "failed"}),
    "cancelling": frozenset({"cancelled", "failed"}),
    "cancelled": frozenset({"queued"}),
    "completed": frozenset(),
    "failed": frozenset({"queued"}),
}
"""The contract's table: who may follow whom, for a job."""

RUN_TRANSITIONS_LOCAL = {"draft": frozenset({"queued"}), **RUN_TRANSITIONS}
"""The same with the state that a run has before it is asked for."""

RUN_STATES = [
    ("draft", "Draft"),
    ("queued", "Queued"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("cancelling", "Cancelling"),
    ("cancelled", "Cancelled"),
    ("completed", "Completed"),
    ("failed", "Failed"),
]
RUN_TERMINAL = frozenset({"cancelled", "completed", "failed"})
RUN_ACTIVE = frozenset({"queued", "running", "paused", "cancelling"})

STAGES = [
    ("loading", "Loading data"),
    ("clustering", "Grouping courses"),
    ("cpsat_solving", "Placing events"),
    ("ga_optimization", "Improving variants"),
    ("rl_refinement", "Fine-tuning"),
]

# ---- Variants
VARIANT_STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("department_approved", "Department approved"),
    ("approved", "Approved"),
    ("published", "Published"),
    ("rejected", "Rejected"),
    ("archived", "Archived"),
]
VARIANT_TRANSITIONS = {
    "draft": frozenset({"submitted", "archived"}),
    "submitted": frozenset({"department_approved", "approved", "rejected", "draft"}),
    "department_approved": frozenset({"approved", "rejected", "draft"}),
    "approved": frozenset({"published", "rejected"}),
    "published": frozenset({"archived"}),
    "rejected": frozenset({"draft", "archived"}),
    "archived": frozenset({"draft", "published"}),
}
"""archived → published puts an earlier publication back."""

# ---- Academic
DEFAULT_LIMIT = 60
"""Students of a class, where nothing says how many."""
COMPONENT_KINDS = [
    ("lecture", "Lecture"),
    ("tutorial", "Tutorial"),
    ("practical", "Practical"),
    ("seminar", "Seminar"),
    ("studio", "Studio"),
    ("field_work", "Field work"),
    ("internship", "Internship"),
    ("teaching_practice", "Teaching practice"),
    ("project", "Project"),
    ("other", "Other"),
]
ROOM_WISHES = [
    ("require", "Required"),
    ("prefer", "Preferred"),
    ("avoid", "Avoided"),
    ("forbid", "Forbidden"),
]
WEEK_RULES = [
    ("odd", "Odd weeks"),
    ("even", "Even weeks"),
    ("first_half", "First half of the term"),
    ("second_half", "Second half of the term"),
    ("listed", "These weeks"),
]
CATEGORIES = [
    ("major", "Major"),
    ("minor", "Minor"),
    ("multidisciplinary", "Multidisciplinary (MDC)"),
    ("ability", "Ability enhancement (AEC)"),
    ("skill", "Skill enhancement (SEC)"),
    ("value_added", "Value added (VAC)"),
    ("internship", "Internship"),
    ("research", "Research project"),
    ("other", "Other"),
]
AVAILABILITY_LEVELS = [
    ("cannot", "Cannot"),
    ("avoid", "Rather not"),
    ("prefer", "Prefer"),
]
RELATION_TYPES = [
    ("same_day", "On the same day"),
    ("same_time", "At the same time"),
    ("same_room", "In the same room"),
    ("different_day", "On different days"),
    ("different_time", "At different times"),
    ("not_overlapping", "Not overlapping"),
    ("precedence", "In this order"),
    ("back_to_back", "Back to back"),
    ("minimum_gap", "With a gap of at least"),
    ("maximum_days", "On no more days than"),
]
PROFILES = [
    ("balanced", "Balanced"),
    ("faculty_friendly", "Kind to faculty"),
    ("student_friendly", "Kind to students"),
    ("room_efficient", "Best use of rooms"),
    ("minimal_change", "Least change"),
    ("itc2007_curriculum", "Benchmark (ITC-2007, curricula)"),
    ("itc2007_enrolment", "Benchmark (ITC-2007, enrolments)"),
]
DEFAULT_WEIGHTS = {
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
"""What a wish weighs where the profile says nothing else."""
PROFILE_WEIGHTS = {
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
"""The contract's profiles; a test holds both equal."""
METRICS = (
    "student_gaps_per_student",
    "faculty_gaps_per_person",
    "seat_use_percent",
    "faculty_days_per_person",
    "rooms_used",
    "students_without_clash_percent",
)
"""Figures of a timetable, the most telling first."""
RULES = (
    "unplaced",
    "student_conflict",
    "faculty_conflict",
    "curriculum_conflict",
    "class_conflict",
    "room_conflict",
    "room_suitability",
    "availability",
    "class_same_day",
    "faculty_daily_load",
    "section_limit",
    "sectioning",
    "pinned",
    "relation",
    "joint",
    "people",
)
"""Hard constraints; their labels are in ``labels``."""
WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]

# ---- Groups
OFFICER = "timetable_nep.group_timetable_officer"
COORDINATOR = "timetable_nep.group_timetable_coordinator"
READER = "timetable_nep.group_timetable_reader"
ROSTER_READER = "timetable_nep.group_timetable_roster_reader"
"""Accounts of other systems; see ``docs/reference/read-api.md``."""
APPROVER = "timetable_nep.group_timetable_approver"
PANEL_GROUPS = (COORDINATOR, APPROVER, OFFICER)
"""Who hears of runs while they go on."""
BUS_SUBCHANNEL = "timetable_nep"
ACTIVITY = "mail.mail_activity_data_todo"

# ---- Weeks and meetings
VIEWS = {
    "batch": "timetable.batch",
    "class": "timetable.class",
    "faculty": "timetable.faculty",
    "room": "timetable.room",
    "department": "timetable.department",
}
"""Whose week a page shows, and the model of the owner."""
BOARD_VIEWS = VIEWS | {"student": "timetable.student"}
"""The same on the board, where nothing is printed for each of them."""
OPEN_TERM_DAYS = 181
"""From the first day to the last of a term without dates: 26 weeks."""
READ_AT_ONCE = (
    *("event_id", "class_id", "course_id", "category", "term_id", "department_id"),
    *("date", "origin_date", "timeslot_id", "hour_from", "hour_to", "start", "stop"),
    *("duration", "room_id", "status", "substituted", "change_id"),
    *("reason", "faculty_ids", "planned_timeslot_id", "planned_room_id"),
)
"""What readers of meetings look at: fetched in one query."""
RECIPIENTS_AT_ONCE = 500

# ---- Classes
DEFAULT_LIMIT = 60
"""Students of a class whose course says nothing of it."""
