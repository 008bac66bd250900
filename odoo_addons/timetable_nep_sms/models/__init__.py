from . import res_company, res_partner, timetable_meeting_notice
