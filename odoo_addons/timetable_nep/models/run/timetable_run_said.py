from odoo import api, fields, models

from ...labels import say


class TimetableRun(models.Model):
    """What a run says of itself: kept as a code, said in the reader's language."""

    _inherit = "timetable.run"

    message_said = fields.Json(readonly=True, copy=False)
    reason_said = fields.Json(readonly=True, copy=False)
    message = fields.Char(compute="_compute_said")
    reason = fields.Char(compute="_compute_said")

    @api.depends("message_said", "reason_said")
    @api.depends_context("lang")
    def _compute_said(self):
        for run in self:
            run.message = say(self.env, run.message_said) or False
            run.reason = say(self.env, run.reason_said) or False

    def _said_to_all(self):
        """Language → message and reason: a browser takes those of its user."""
        self.ensure_one()
        if not (self.message_said or self.reason_said):
            return {}
        return {
            code: {
                "message": self.with_context(lang=code)._panel_message(),
                "reason": self.with_context(lang=code).reason or "",
            }
            for code, _name in self.env["res.lang"].get_installed()
        }
