"""Names shared with the sidecar, held equal to its contract by tests.

Plain Python: ``tests/contract`` loads this file without Odoo.
"""

CONTRACT_VERSION = "1.0"

HEADER_TIMESTAMP = "X-Timetable-Timestamp"
HEADER_SIGNATURE = "X-Timetable-Signature"
HEADER_EVENT_ID = "X-Timetable-Event-Id"
HEADER_DATABASE = "X-Odoo-Database"
SIGNATURE_PREFIX = "v1="
REPLAY_WINDOW_SECONDS = 300

WEBHOOK_PATH = "/timetable_nep/webhook"

# ---- Parameters (ir.config_parameter)
PARAM_URL = "timetable_nep.sidecar_url"
PARAM_TOKEN = "timetable_nep.sidecar_token"  # noqa: S105 - a key, not a secret
PARAM_SECRET = "timetable_nep.sidecar_secret"  # noqa: S105
PARAM_CALLBACK = "timetable_nep.callback_url"
PARAM_DEPARTMENT_APPROVAL = "timetable_nep.skip_department_approval"

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
    "submitted": frozenset({"department_approved", "approved", "rejected"}),
    "department_approved": frozenset({"approved", "rejected"}),
    "approved": frozenset({"published", "rejected"}),
    "published": frozenset({"archived"}),
    "rejected": frozenset({"draft", "archived"}),
    "archived": frozenset({"draft", "published"}),
}
"""archived → published puts an earlier publication back."""

# ---- Academic
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
    ("prefer", "Prefers"),
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
]
WEIGHTS = [
    ("student_gaps", "Idle periods of students"),
    ("student_single", "Students coming for one period"),
    ("student_long_run", "Long runs of students"),
    ("student_late", "Students in the last period"),
    ("faculty_preferences", "Wishes of faculty"),
    ("faculty_gaps", "Idle periods of faculty"),
    ("faculty_days", "Days on which faculty teach"),
    ("faculty_consecutive", "Long runs of faculty"),
    ("room_overflow", "Students without a seat"),
    ("room_fit", "Seats left empty"),
    ("room_stability", "Classes changing rooms"),
    ("class_min_days", "Classes spread over the week"),
    ("curriculum_compactness", "Isolated classes of a batch"),
    ("late_periods", "Classes in the last period"),
    ("section_balance", "Balance of parallel classes"),
    ("perturbation", "Changes to the timetable in force"),
    ("relation", "Relations between events"),
]
METRICS = {
    "student_gaps_per_student": "student gaps %.1f",
    "faculty_gaps_per_person": "faculty gaps %.1f",
    "seat_use_percent": "seats used %.0f %%",
    "faculty_days_per_person": "faculty days %.1f",
    "rooms_used": "rooms %.0f",
    "students_without_clash_percent": "students without a clash %.1f %%",
}
"""Figures of a timetable as people read them, the most telling first."""
RULES = [
    ("unplaced", "Events without a place"),
    ("student_conflict", "Students in two places at once"),
    ("faculty_conflict", "Faculty in two places at once"),
    ("curriculum_conflict", "Classes of a batch at the same time"),
    ("class_conflict", "Events of a class at the same time"),
    ("room_conflict", "Rooms used twice at once"),
    ("room_suitability", "Rooms that do not suit"),
    ("availability", "Times that are not available"),
    ("class_same_day", "Two events of a class on a day"),
    ("faculty_daily_load", "Faculty beyond their daily limit"),
    ("section_limit", "Classes that are too full"),
    ("sectioning", "Students without a class of a choice"),
    ("pinned", "Pinned events that moved"),
]
WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]
