from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

PLACEMENTS = """
    SELECT variant_id, event_id, timeslot_id, room_id, date_from,
           NULL::date AS date_until
      FROM timetable_assignment
     UNION ALL
    SELECT variant_id, event_id, timeslot_id, room_id, date_from, date_until
      FROM timetable_assignment_past
"""
"""Every place of an event, with the days that it holds for."""


def holds_on(day):
    """Condition on a place ``a`` of :data:`PLACEMENTS`: it is in force on a day.

    :param day: a date, or SQL for one
    """
    return SQL(
        "((a.date_from IS NULL OR a.date_from <= %(day)s)"
        " AND (a.date_until IS NULL OR a.date_until > %(day)s))",
        day=day,
    )


def domain_on(day, ends=False):
    """The same as a domain.

    :param ends: on places that end, which alone have a last day
    """
    domain = Domain("date_from", "=", False) | Domain("date_from", "<=", day)
    return domain & Domain("date_until", ">", day) if ends else domain


class TimetableAssignmentPast(models.Model):
    """Where an event met in earlier weeks, before its place changed for good.

    The weekly plan holds for the whole term unless it says from when on; what held
    before is kept here, so that meetings of weeks gone by stay what they were.
    """

    _name = "timetable.assignment.past"
    _description = "Earlier place of an event"
    _order = "date_until, id"
    _rec_name = "event_id"

    variant_id = fields.Many2one(
        "timetable.variant", required=True, index=True, ondelete="cascade"
    )
    event_id = fields.Many2one(
        "timetable.event", required=True, index=True, ondelete="cascade"
    )
    timeslot_id = fields.Many2one(
        "timetable.timeslot", required=True, ondelete="restrict"
    )
    room_id = fields.Many2one(
        "timetable.room", index="btree_not_null", ondelete="restrict"
    )
    date_from = fields.Date("First day", help="Empty: from the first week on.")
    date_until = fields.Date("Until", required=True, help="This day not included.")

    _one_at_a_time = models.UniqueIndex(
        "(variant_id, event_id, date_until)",
        "This event has an earlier place until that day already.",
    )


class TimetableAssignment(models.Model):
    _inherit = "timetable.assignment"

    date_from = fields.Date(
        "In force from",
        readonly=True,
        copy=False,
        help="Empty: from the first week of the term on.",
    )
