from . import timetable_settings
