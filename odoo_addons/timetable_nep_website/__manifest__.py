{
    "name": "NEP Timetable Planner: Website",
    "summary": "Departments, rooms and courses with their week as pages of the site",
    "version": "19.0.2.0.0",
    "category": "Education/Timetable",
    "author": "timetable_nep contributors",
    "website": "https://github.com/timetable-nep/timetable_nep",
    "license": "LGPL-3",
    "depends": ["timetable_nep", "website"],
    "data": ["data/website_menu.xml", "views/timetable_website_templates.xml"],
    "assets": {"web.assets_frontend": ["timetable_nep_website/static/src/**/*"]},
    "auto_install": True,
}
