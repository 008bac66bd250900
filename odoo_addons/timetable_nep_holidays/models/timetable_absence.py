from odoo import fields, models
from odoo.exceptions import UserError


class TimetableAbsence(models.Model):
    """An absence that Time Off, or a closure of the university, keeps."""

    _inherit = "timetable.absence"

    leave_id = fields.Many2one(
        "hr.leave",
        "Time off",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        groups="hr_holidays.group_hr_holidays_user",
    )
    calendar_leave_id = fields.Many2one(
        "resource.calendar.leaves",
        "Closure",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        groups="base.group_user",
    )
    kept_elsewhere = fields.Boolean(
        "From Time Off", compute="_compute_kept_elsewhere", compute_sudo=True
    )

    def _compute_kept_elsewhere(self):
        for absence in self:
            absence.kept_elsewhere = bool(absence.leave_id or absence.calendar_leave_id)

    def _refuse_by_hand(self):
        kept = self.sudo().filtered("kept_elsewhere")
        if kept and not self.env.su:
            raise UserError(
                self.env._(
                    "%s comes from Time Off: change or refuse it there, and it changes "
                    "here.",
                    kept[0].display_name,
                )
            )

    def write(self, vals):
        self._refuse_by_hand()
        return super().write(vals)

    def unlink(self):
        self._refuse_by_hand()
        return super().unlink()
