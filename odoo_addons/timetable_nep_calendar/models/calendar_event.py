from odoo import fields, models


class CalendarEvent(models.Model):
    """A class in somebody's calendar: one event a person, owned by that person.

    One event each, not one with guests: Google and Outlook would write invitations to
    all of them.
    """

    _inherit = "calendar.event"

    timetable_meeting_id = fields.Many2one(
        "timetable.meeting",
        "Class",
        readonly=True,
        copy=False,
        index="btree_not_null",
        # The event is taken away by unlink(), so that other calendars hear of it.
        ondelete="set null",
        groups="base.group_user",
    )
    timetable_owner_id = fields.Many2one(
        "res.partner",
        "Whose class",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
        groups="base.group_user",
    )
    timetable_mark = fields.Char(
        "Shown last", readonly=True, copy=False, groups="base.group_user"
    )

    _one_a_class = models.UniqueIndex(
        "(timetable_meeting_id, timetable_owner_id)"
        " WHERE timetable_meeting_id IS NOT NULL",
        "This class is in that calendar already.",
    )
