# isort: skip_file
from . import (
    timetable_accept_wizard,
    timetable_archive_wizard,
    timetable_generate_line,
    timetable_generate_wizard,
    timetable_import_wizard,
    timetable_import_demo,
    timetable_publish_wizard,
    timetable_reason_wizard,
    timetable_roll_over_wizard,
    timetable_refuse_wizard,
)
from . import timetable_meeting_wizard
from . import timetable_repair_wizard
from . import timetable_print_wizard
from . import timetable_choice_report
from . import timetable_shift_wizard
from . import timetable_offer_wizard
from . import timetable_enrol_wizard
from . import timetable_split_wizard
