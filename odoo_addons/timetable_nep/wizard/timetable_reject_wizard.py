from odoo import fields, models


class TimetableRejectWizard(models.TransientModel):
    _name = "timetable.reject.wizard"
    _description = "Reject a timetable"

    variant_ids = fields.Many2many("timetable.variant", required=True)
    reason = fields.Text(required=True)

    def action_reject(self):
        self.ensure_one()
        self.variant_ids.action_reject(self.reason)
        return {"type": "ir.actions.act_window_close"}
