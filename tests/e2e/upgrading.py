"""Steps that ``test_upgrade`` runs inside ``odoo shell``, by their names.

The first must also run on the version that the upgrade begins with.
"""

import json
import os
from pathlib import Path

FILL = """
import base64
from odoo.tools import file_open

admin = env.ref("base.user_admin")
admin.group_ids += env.ref("timetable_nep.group_timetable_admin")
env = env(user=admin)
with file_open("timetable_nep/demo/college.json", "rb") as file:
    content = base64.b64encode(file.read())
wizard = env["timetable.import.wizard"].create(
    {"file": content, "filename": "college.json"}
)
term = env["timetable.term"].browse(wizard.action_import()["res_id"])
term.offering_ids.department_id.coordinator_ids = admin
events = env["timetable.event"].search([("term_id", "=", term.id)])
slots, rooms = term.grid_id.timeslot_ids, term.room_ids
for name, state in (("In force", "published"), ("On its way", "submitted")):
    variant = env["timetable.variant"]._guarded().create(
        {"name": name, "term_id": term.id, "placed": len(events), "total": len(events)}
    )
    env["timetable.assignment"]._with_pass(variant).create(
        [
            {
                "variant_id": variant.id,
                "event_id": event.id,
                "timeslot_id": slots[number % len(slots)].id,
                "room_id": rooms[number % len(rooms)].id,
            }
            for number, event in enumerate(events)
        ]
    )
    variant = env["timetable.variant"].browse(variant.id)
    variant.action_submit()
    if state == "published":
        variant.action_department_approve()
        variant.action_approve()
        variant.action_publish()
run = env["timetable.run"].create({"term_id": term.id})
env["ir.config_parameter"].sudo().set_param("timetable_nep.sidecar_url", "http://x")
env.cr.commit()
"""

DATES = """
from datetime import timedelta

env = env(user=env.ref("base.user_admin"))
variant = env["timetable.variant"].search([("state", "=", "published")])
term = variant.term_id
today = term._local_today()
monday = today - timedelta(days=today.weekday())
term.write({"date_start": monday, "date_end": monday + timedelta(days=27)})
env["timetable.holiday"].create(
    {"name": "Harvest", "date_start": monday + timedelta(days=9)}
)
slots, rooms = term.grid_id.timeslot_ids, term.room_ids
rows = variant.assignment_ids.sorted("id")
person = env["timetable.faculty"].search([], limit=1)
step = env["timetable.meeting.change"]._step


def held(row, week):
    return monday + timedelta(days=row.timeslot_id.day + 7 * week)


step(rows[0].event_id, held(rows[0], 0), "cancel", {"cancelled": True}, "Rain")
place = {
    "new_timeslot_id": slots[0].id, "room_changed": True, "new_room_id": rooms[0].id
}
moved = {**place, "new_date": monday + timedelta(days=slots[0].day)}
step(rows[1].event_id, held(rows[1], 2), "move", moved)
step(rows[2].event_id, held(rows[2], 0), "substitute",
     {"substituted": True, "substitute_ids": [(6, 0, person.ids)]})
step(rows[3].event_id, False, "extra", moved)
# From the third week on another time, and another one from the fourth.
day, row = monday + timedelta(days=14), rows[4]
other = slots.filtered(lambda slot: slot.day != row.timeslot_id.day)[0]
env["timetable.assignment.past"].sudo().create(
    {
        "variant_id": variant.id,
        "event_id": row.event_id.id,
        "timeslot_id": row.timeslot_id.id,
        "room_id": row.room_id.id,
        "date_until": day,
    }
)
row = env["timetable.assignment"]._with_pass(variant).browse(row.id)
row.write({"timeslot_id": other.id, "date_from": day})
env.cr.commit()
"""
"""Changes for a date and from a week on, in a version whose meetings are a view."""

MEETINGS = """
env.invalidate_all()
say(rows=sorted(
    [
        *(row.event_id.id, str(row.date), str(row.origin_date), row.timeslot_id.id),
        *(row.room_id.id, row.status, row.reason or "", str(row.start), str(row.stop)),
        *(sorted(row.faculty_ids.ids), row.duration),
    ]
    for row in env["timetable.meeting"].search([])
))
"""
"""Every meeting as pages show it; the same words in both versions."""

USE = """
variant = env["timetable.variant"].search([("state", "=", "published")])
user = env.ref("base.user_admin")
env["timetable.variant"]._cron_rescore()
submitted = env["timetable.variant"].search([("state", "=", "submitted")])
say(
    states=sorted(env["timetable.variant"].search([]).mapped("state")),
    counted=variant.is_audited,
    agreed=len(variant.department_ok_ids),
    cards=len(variant.with_user(user).board_data("department")["events"]),
    conflicts=variant.with_user(user).conflicts_data()["total"],
    conflict_count=variant.conflict_count,
    service=env.company.timetable_sidecar_url,
)
env["timetable.variant"].with_user(user).browse(submitted.id).action_reject("No")
env.cr.commit()
"""

NEIGHBOUR = """
env["ir.model.fields"].create(
    {
        "name": "x_student_id",
        "model_id": env.ref("base.model_res_partner").id,
        "ttype": "many2one",
        "relation": "timetable.student",
        "on_delete": "cascade",
        "state": "manual",
    }
)
students = env["timetable.student"].search([])
for student in students:
    student.partner_id.x_student_id = student
env.cr.commit()
say(partners=env["res.partner"].with_context(active_test=False).search_count([]),
    users=env["res.users"].with_context(active_test=False).search_count([]))
"""
"""A field made by hand on a table of Odoo's own that points at one of ours."""

AFTERWARDS = """
say(partners=env["res.partner"].with_context(active_test=False).search_count([]),
    users=env["res.users"].with_context(active_test=False).search_count([]))
"""

REMOVE = """
module = env["ir.module.module"].search([("name", "=", "timetable_nep")])
module.button_immediate_uninstall()
"""

SAY = """
def say(**figures):
    import json
    print("RESULT " + json.dumps(figures))
"""

REMAINS = {
    "tables": "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v', 'S') "
    "AND relname LIKE 'timetable\\_%'",
    "columns": "SELECT table_name || '.' || column_name "
    "FROM information_schema.columns WHERE table_schema = 'public' "
    "AND column_name LIKE '%timetable\\_%'",
    "external ids": "SELECT name FROM ir_model_data WHERE module = 'timetable_nep'",
    "models": "SELECT model FROM ir_model WHERE model LIKE 'timetable.%'",
    "parameters": "SELECT key FROM ir_config_parameter "
    "WHERE key LIKE 'timetable\\_nep.%'",
    "attachments": "SELECT res_model FROM ir_attachment "
    "WHERE res_model LIKE 'timetable.%'",
    "messages": "SELECT model FROM mail_message WHERE model LIKE 'timetable.%'",
    "activities": "SELECT res_model FROM mail_activity "
    "WHERE res_model LIKE 'timetable.%'",
    "followers": "SELECT res_model FROM mail_followers "
    "WHERE res_model LIKE 'timetable.%'",
    "templates": "SELECT model FROM mail_template WHERE model LIKE 'timetable.%'",
    "actions": "SELECT res_model FROM ir_act_window WHERE res_model LIKE 'timetable.%'",
    "views": "SELECT name FROM ir_ui_view WHERE model LIKE 'timetable.%' "
    "OR key LIKE 'timetable\\_nep.%'",
    "server actions": "SELECT id::text FROM ir_act_server WHERE code LIKE "
    "'%\\_cron\\_rescore%' OR code LIKE '%\\_cron\\_sync%'",
    "users": "SELECT login FROM res_users WHERE login LIKE 'timetable%'",
    "filters": "SELECT name FROM ir_filters WHERE model_id LIKE 'timetable.%'",
}
"""What an uninstalled addon must not leave, and the query that finds it."""


def figures_of(output: str) -> dict[str, object]:
    """What a step said."""
    for line in output.splitlines():
        if line.startswith("RESULT "):
            return dict(json.loads(line.removeprefix("RESULT ")))
    raise AssertionError(f"the step said nothing:\n{output[-2000:]}")


def keep(text: str, folder: Path, name: str) -> Path:
    """A step as a file for the shell's standard input."""
    file = folder / f"{name}.py"
    file.write_text(text + os.linesep)
    return file
