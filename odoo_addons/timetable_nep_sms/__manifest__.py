{
    "name": "NEP Timetable Planner: SMS",
    "summary": "Changes that cannot wait reach telephones",
    "version": "19.0.2.0.0",
    "category": "Education/Timetable",
    "author": "timetable_nep contributors",
    "website": "https://github.com/timetable-nep/timetable_nep",
    "license": "LGPL-3",
    "depends": ["timetable_nep", "sms"],
    "data": [
        "data/sms_template.xml",
        "views/res_partner_views.xml",
        "views/timetable_settings_views.xml",
    ],
    "auto_install": True,
}
