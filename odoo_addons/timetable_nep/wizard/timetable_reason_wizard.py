from odoo import fields, models

from ..tools import remote


class TimetableReasonWizard(models.TransientModel):
    """Steps of the approval that need a reason, asked by a button or a drag."""

    _name = "timetable.reason.wizard"
    _description = "Say why"

    variant_ids = fields.Many2many("timetable.variant", required=True)
    step = fields.Selection(
        [("reject", "Reject"), ("approve", "Approve")], required=True, readonly=True
    )
    note = fields.Char(readonly=True)
    reason = fields.Text(required=True)

    @remote.one
    def action_reject(self):
        self.variant_ids.action_reject(self.reason)
        return {"type": "ir.actions.act_window_close"}

    @remote.one
    def action_approve(self):
        self.variant_ids.action_approve(self.reason)
        return {"type": "ir.actions.act_window_close"}
