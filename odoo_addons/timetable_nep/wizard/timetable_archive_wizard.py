from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.place.timetable_in_force_mixin import TAKE_AWAY
from ..tools import remote

KINDS = ("timetable.term", "timetable.offering", "timetable.class", "timetable.event")


class TimetableArchiveWizard(models.TransientModel):
    """Says what archiving takes out of a timetable in force, and asks."""

    _name = "timetable.archive.wizard"
    _description = "Archive what is in force"

    res_model = fields.Char(required=True, readonly=True)
    res_ids = fields.Json(required=True, readonly=True)
    text = fields.Text(compute="_compute_text")

    @api.depends("res_model", "res_ids")
    def _compute_text(self):
        for wizard in self:
            wizard.text = wizard._records()._what_is_lost()

    def _records(self):
        """What is to be archived, with the acting person's rights."""
        if self.res_model not in KINDS:
            raise UserError(self.env._("This cannot be archived so."))
        records = self.env[self.res_model].browse(self.res_ids or []).exists()
        records.check_access("write")
        return records

    @remote.one
    def action_archive(self):
        self._records().with_context(**{TAKE_AWAY: True}).action_archive()
        return {"type": "ir.actions.act_window_close"}
