{
    "name": "NEP Timetable Planner: Time Off",
    "summary": "Approved leave reaches the substitution desk, holidays the weeks",
    "version": "19.0.2.0.0",
    "category": "Education/Timetable",
    "author": "timetable_nep contributors",
    "website": "https://github.com/timetable-nep/timetable_nep",
    "license": "LGPL-3",
    "depends": ["timetable_nep_hr", "hr_holidays"],
    "data": [
        "views/timetable_absence_views.xml",
        "views/hr_leave_views.xml",
    ],
    "auto_install": True,
    "post_init_hook": "post_init_hook",
}
