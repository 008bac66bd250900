from odoo import fields, models


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

    def action_reject(self):
        self.ensure_one()
        self.variant_ids.action_reject(self.reason)
        return {"type": "ir.actions.act_window_close"}

    def action_approve(self):
        self.ensure_one()
        self.variant_ids.action_approve(self.reason)
        return {"type": "ir.actions.act_window_close"}
