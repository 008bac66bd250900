"""From 19.0.1.x: what was set for the whole database is set for each university."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

FIELDS = {
    "sidecar_url": "timetable_sidecar_url",
    "sidecar_token": "timetable_sidecar_token",
    "sidecar_secret": "timetable_sidecar_secret",
    "callback_url": "timetable_callback_url",
    "threads": "timetable_threads",
    "skip_department_approval": "timetable_skip_department_approval",
    "skip_registrar_approval": "timetable_skip_registrar_approval",
    "publish_quietly": "timetable_publish_quietly",
    "decision_days": "timetable_decision_days",
    "notice_minutes": "timetable_notice_minutes",
}


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    companies = env["res.company"].with_context(active_test=False).search([])
    keys = {f"timetable_nep.{key}": name for key, name in FIELDS.items()}
    rows = env["ir.config_parameter"].search([("key", "in", list(keys))])
    vals = {}
    for row in rows:
        field = companies._fields[keys[row.key]]
        if field.type == "integer":
            if row.value.isdecimal():
                vals[field.name] = int(row.value)
        else:
            vals[field.name] = True if field.type == "boolean" else row.value
    companies.write(vals)
    rows.unlink()
    # The page of the settings keeps nothing of its own any more.
    for name in FIELDS.values():
        cr.execute(
            SQL(
                "ALTER TABLE res_config_settings DROP COLUMN IF EXISTS %s",
                SQL.identifier(name),
            )
        )
