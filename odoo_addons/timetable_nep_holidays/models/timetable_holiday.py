from odoo import fields, models
from odoo.exceptions import UserError


class TimetableHoliday(models.Model):
    """A public holiday of Time Off."""

    _inherit = "timetable.holiday"

    calendar_leave_id = fields.Many2one(
        "resource.calendar.leaves",
        "Public holiday",
        readonly=True,
        index="btree_not_null",
        groups="base.group_user",
        # No cascade in the database: meetings come back by unlink() only.
        ondelete="set null",
    )

    def _refuse_by_hand(self):
        kept = self.sudo().filtered("calendar_leave_id")
        if kept and not self.env.su:
            raise UserError(
                self.env._(
                    "%s is a public holiday of Time Off: change it there, and it "
                    "changes here.",
                    kept[0].name,
                )
            )

    def write(self, vals):
        self._refuse_by_hand()
        return super().write(vals)

    def unlink(self):
        self._refuse_by_hand()
        return super().unlink()
