"""Meetings become rows: those of the timetables in force, as they were shown before."""

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL, sql

EARLIER = """
    INSERT INTO timetable_meeting (
           event_id, class_id, term_id, company_id, date, origin_date, timeslot_id,
           planned_timeslot_id, room_id, planned_room_id, duration, status, substituted)
    SELECT e.id, e.class_id, e.term_id, e.company_id, d.day::date, d.day::date, s.id,
           s.id, p.room_id, p.room_id, e.duration, 'planned', FALSE
      FROM timetable_assignment_past p
      JOIN timetable_variant v ON v.id = p.variant_id AND v.state = 'published'
      JOIN timetable_term t ON t.id = v.term_id
      JOIN timetable_event e ON e.id = p.event_id
      JOIN timetable_timeslot s ON s.id = p.timeslot_id
      CROSS JOIN LATERAL generate_series(
           coalesce(p.date_from, t.date_start,
                    date_trunc('week', v.published_at)::date)::timestamp,
           (p.date_until - 1)::timestamp, interval '1 day') AS d(day)
     WHERE extract(isodow FROM d.day) - 1 = s.day
    ON CONFLICT DO NOTHING
"""
"""Weeks gone by had a table of their own."""
SINCE = """
    UPDATE timetable_variant v
       SET date_from = p.day
      FROM (SELECT variant_id, max(date_until) AS day
              FROM timetable_assignment_past GROUP BY variant_id) AS p
     WHERE p.variant_id = v.id
"""


def migrate(cr, version):
    """Rows for all that is in force; changes for a date hold as before."""
    if not version:
        return
    if sql.table_exists(cr, "timetable_assignment_past"):
        cr.execute(EARLIER)
        cr.execute(SINCE)
    # Records of a noupdate file do not go by themselves.
    cr.execute(
        "DELETE FROM ir_model_data WHERE module = 'timetable_nep'"
        " AND name = 'timetable_assignment_past_rule_company'"
    )
    # Marks of a visit held names, and other keys: nothing is new after an update.
    cr.execute("DELETE FROM timetable_week_visit")
    cr.execute(
        SQL("ALTER TABLE timetable_meeting_wizard DROP COLUMN IF EXISTS meeting_keys")
    )
    env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
    variants = env["timetable.variant"].search([("state", "=", "published")])
    env["timetable.meeting"]._lay_out(variants.term_id)
    extra = env["timetable.meeting.change"].search(
        [
            ("state", "=", "active"),
            ("date", "=", False),
            ("term_id", "in", variants.term_id.ids),
        ]
    )
    for change in extra:
        meeting = env["timetable.meeting"].create(
            {
                "event_id": change.event_id.id,
                "date": change.new_date,
                "timeslot_id": change.new_timeslot_id.id,
                "status": "extra",
            }
        )
        meeting._show(change)
