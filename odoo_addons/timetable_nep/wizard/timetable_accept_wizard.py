from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import remote


class TimetableAcceptWizard(models.TransientModel):
    """Accept a change request, and say from when on it holds."""

    _name = "timetable.accept.wizard"
    _description = "Accept a change request"

    request_id = fields.Many2one(
        "timetable.change.request", required=True, readonly=True
    )
    wish = fields.Char("Wanted", related="request_id.wish")
    verdict = fields.Text("What the rules say now", related="request_id.verdict_now")
    scope = fields.Selection(
        [
            ("from", "From a certain week"),
            ("term", "Every week of the term"),
        ],
        "Holds",
        required=True,
        compute="_compute_scope",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_from = fields.Date(
        "From the week of",
        compute="_compute_scope",
        store=True,
        readonly=False,
        precompute=True,
        help="Meetings of earlier weeks stay as they were.",
    )

    @api.depends("request_id")
    def _compute_scope(self):
        for wizard in self:
            term = wizard.request_id.term_id
            wizard.date_from = bool(term) and term._proposed_week()
            wizard.scope = "from" if wizard.date_from else "term"

    @remote.one
    def action_accept(self):
        if self.scope == "from" and not self.date_from:
            raise UserError(self.env._("Choose the first week."))
        self.request_id.action_accept(self.date_from if self.scope == "from" else None)
        return {"type": "ir.actions.act_window_close"}
