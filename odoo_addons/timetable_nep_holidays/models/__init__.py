from . import (
    hr_leave,
    resource_calendar_leaves,
    timetable_absence,
    timetable_faculty,
    timetable_holiday,
)
