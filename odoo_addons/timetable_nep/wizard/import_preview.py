"""What an import makes, changes and leaves alone, in figures for people."""

from odoo.tools.translate import LazyTranslate

from .workbook_sheets import SHEETS

_lt = LazyTranslate(__name__)

SHOWN = 200
LISTS = {
    "timeslots": (_lt("Timeslots"), None),
    "departments": (_lt("Departments"), "timetable.department"),
    "buildings": (_lt("Buildings"), "timetable.building"),
    "rooms": (_lt("Rooms"), "timetable.room"),
    "faculty": (_lt("Faculty"), "timetable.faculty"),
    "students": (_lt("Students"), "timetable.student"),
    "offerings": (_lt("Courses"), "timetable.course"),
    "classes": (_lt("Classes"), None),
    "curricula": (_lt("Batches"), None),
    "relations": (_lt("Relations between events"), None),
    "previous": (_lt("Events placed"), None),
}
"""Lists of a problem: where a record of the same code is used, its model."""


def problem_counts(env, company, data, reuse):
    """Figures of a problem that becomes a new term."""
    rows = []
    for name, (label, model) in LISTS.items():
        codes = [row.get("id") for row in data.get(name) or ()]
        if not codes:
            continue
        known = 0
        if reuse and model:
            known = env[model].search_count(
                [("code", "in", codes), ("company_id", "=", company.id)]
            )
        rows.append(
            {
                "label": env._(label),
                "new": len(codes) - known,
                "changed": 0,
                "same": known,
                "faulty": 0,
            }
        )
    return {"counts": rows, "changes": [], "notes": []}


def workbook_counts(env, importer):
    """Figures of a workbook that was tried or brought in."""
    if looked := getattr(importer, "looked", None):
        return looked
    rows = [
        {
            "label": env._(sheet.label),
            **{key: count[key] for key in ("new", "changed", "same")},
            "faulty": len(count["faulty"]),
        }
        for sheet in SHEETS
        if (count := importer.counts.get(sheet.name))
        and (any(count[key] for key in ("new", "changed", "same")) or count["faulty"])
    ]
    return {"counts": rows, "changes": importer.changes[:SHOWN], "notes": []}
