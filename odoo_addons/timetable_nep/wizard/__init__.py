from . import (
    timetable_generate_wizard,
    timetable_import_wizard,
    timetable_reject_wizard,
)
