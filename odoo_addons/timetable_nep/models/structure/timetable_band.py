from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...const import CATEGORIES


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

    @api.constrains("timeslot_ids", "term_id")
    def _check_grid(self):
        for band in self.sudo():
            strange = band.timeslot_ids.filtered(
                lambda slot, grid=band.term_id.grid_id: slot.grid_id != grid
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(time)s is not in the weekly grid of %(whose)s.",
                        time=strange[0].display_name,
                        whose=band.term_id.display_name,
                    )
                )

    @api.depends("category")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["category"]._description_selection(self.env))
        for band in self:
            band.display_name = labels.get(band.category, "")
