from . import calendar_event, res_partner, timetable_absence, timetable_meeting
