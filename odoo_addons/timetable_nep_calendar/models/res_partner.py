from odoo import fields, models

WISHES = ["timetable_in_calendar", "timetable_busy_counts"]


class ResPartner(models.Model):
    """What somebody wants of calendar and timetable together."""

    _inherit = "res.partner"

    timetable_in_calendar = fields.Boolean(
        "Classes in the calendar",
        help="Classes that this person teaches or attends appear in their Odoo "
        "calendar and follow every change. Portal users have no such calendar.",
    )
    timetable_busy_counts = fields.Boolean(
        "Busy hours count as away",
        help="Where the calendar says busy, this person is not proposed as a "
        "substitute, and no class is moved to that hour.",
    )

    def write(self, vals):
        done = super().write(vals)
        if "timetable_in_calendar" in vals:
            self.env["timetable.meeting"]._call_calendar()
        return done


class ResUsers(models.Model):
    """Everybody decides for themselves."""

    _inherit = "res.users"

    timetable_in_calendar = fields.Boolean(
        related="partner_id.timetable_in_calendar", readonly=False
    )
    timetable_busy_counts = fields.Boolean(
        related="partner_id.timetable_busy_counts", readonly=False
    )

    @property
    def SELF_READABLE_FIELDS(self):  # noqa: N802 - Odoo's name
        return super().SELF_READABLE_FIELDS + WISHES

    @property
    def SELF_WRITEABLE_FIELDS(self):  # noqa: N802 - Odoo's name
        return super().SELF_WRITEABLE_FIELDS + WISHES
