from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class TimetableRollOverWizard(models.TransientModel):
    """A term's offerings, classes and rules once more, for the next term."""

    _name = "timetable.roll.over.wizard"
    _description = "Next term"

    term_id = fields.Many2one("timetable.term", "Copy from", required=True)
    company_id = fields.Many2one(related="term_id.company_id")
    target_id = fields.Many2one(
        "timetable.term",
        "Into",
        domain="[('id', '!=', term_id), ('company_id', '=', company_id)]",
        help="Empty: a new term is made. Courses that it offers already stay as they "
        "are.",
    )
    name = fields.Char(
        "Name of the new term", compute="_compute_new", store=True, readonly=False
    )
    date_start = fields.Date(
        "Starts", compute="_compute_new", store=True, readonly=False
    )
    date_end = fields.Date("Ends", compute="_compute_new", store=True, readonly=False)
    keep_faculty = fields.Boolean(
        "The same people teach",
        default=True,
        help="Otherwise the new classes have nobody yet.",
    )

    @api.depends("term_id")
    def _compute_new(self):
        """As long as the term itself, half a year later."""
        half = relativedelta(months=6)
        for wizard in self:
            term = wizard.term_id
            wizard.name = term and wizard.env._("%s (next)", term.name)
            wizard.date_start = term.date_start and term.date_start + half
            wizard.date_end = term.date_end and term.date_end + half

    def action_roll_over(self):
        """Copy, and open the term."""
        self.ensure_one()
        term, new = self.term_id, self.target_id
        if new == term:
            raise UserError(self.env._("Choose another term to copy into."))
        if not new:
            new = term.copy(
                {
                    "name": self.name or self.env._("%s (next)", term.name),
                    "date_start": self.date_start,
                    "date_end": self.date_end,
                }
            )
        term._roll_over(new, keep_faculty=self.keep_faculty)
        return {
            "type": "ir.actions.act_window",
            "res_model": "timetable.term",
            "res_id": new.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
