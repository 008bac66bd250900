{
    "name": "NEP Timetable Planner: Employees",
    "summary": "Faculty members are employees, departments those of Employees",
    "version": "19.0.2.0.0",
    "category": "Education/Timetable",
    "author": "timetable_nep contributors",
    "website": "https://github.com/timetable-nep/timetable_nep",
    "license": "LGPL-3",
    "depends": ["timetable_nep", "hr"],
    "data": [
        "security/ir.model.access.csv",
        "views/timetable_faculty_views.xml",
        "views/timetable_department_views.xml",
        "wizard/timetable_hr_match_views.xml",
    ],
    "auto_install": True,
}
