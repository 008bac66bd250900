{
    "name": "NEP Timetable Planner: Calendar",
    "summary": "Classes in the calendars of those who want them; busy hours count",
    "version": "19.0.2.0.0",
    "category": "Education/Timetable",
    "author": "timetable_nep contributors",
    "website": "https://github.com/timetable-nep/timetable_nep",
    "license": "LGPL-3",
    "depends": ["timetable_nep", "calendar"],
    "data": ["data/ir_cron.xml", "views/res_users_views.xml"],
    "auto_install": True,
}
