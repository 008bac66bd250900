from odoo import api, fields, models

from ..const import CATEGORIES


class TimetableBand(models.Model):
    """Timeslots that the whole university keeps for a category of courses."""

    _name = "timetable.band"
    _description = "Common band"
    _order = "term_id, category"

    term_id = fields.Many2one(
        "timetable.term", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="term_id.company_id")
    category = fields.Selection(CATEGORIES, required=True)
    grid_id = fields.Many2one(related="term_id.grid_id")
    timeslot_ids = fields.Many2many(
        "timetable.timeslot",
        string="Timeslots",
        required=True,
        domain="[('grid_id', '=', grid_id)]",
    )

    _unique_category = models.UniqueIndex(
        "(term_id, category)", "This term has a band for that category already."
    )

    @api.depends("category")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["category"]._description_selection(self.env))
        for band in self:
            band.display_name = labels.get(band.category, "")
