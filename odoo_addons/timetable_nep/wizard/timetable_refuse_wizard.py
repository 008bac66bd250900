from odoo import fields, models

from ..tools import remote


class TimetableRefuseWizard(models.TransientModel):
    _name = "timetable.refuse.wizard"
    _description = "Refuse a change request"

    request_ids = fields.Many2many("timetable.change.request", required=True)
    reason = fields.Text(required=True)

    @remote.one
    def action_refuse(self):
        self.request_ids.action_refuse(self.reason)
        return {"type": "ir.actions.act_window_close"}
