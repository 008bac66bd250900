from . import timetable_week_report
