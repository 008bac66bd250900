from . import timetable_hr_match
