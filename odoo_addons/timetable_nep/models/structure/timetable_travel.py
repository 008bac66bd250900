from odoo import api, fields, models


class TimetableTravel(models.Model):
    """Time to walk between two buildings, the same both ways."""

    _name = "timetable.travel"
    _description = "Way between buildings"
    _order = "building_a_id, building_b_id"

    building_a_id = fields.Many2one(
        "timetable.building", "From", required=True, index=True, ondelete="cascade"
    )
    building_b_id = fields.Many2one(
        "timetable.building", "To", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="building_a_id.company_id")
    minutes = fields.Integer(required=True, default=5)

    _unique_pair = models.UniqueIndex(
        "(LEAST(building_a_id, building_b_id), GREATEST(building_a_id, building_b_id))",
        "The way between these two buildings is there already.",
    )
    _check_minutes = models.Constraint(
        "CHECK (minutes BETWEEN 0 AND 600)", "A walk takes between 0 and 600 minutes."
    )
    _check_two = models.Constraint(
        "CHECK (building_a_id <> building_b_id)", "Choose two different buildings."
    )

    @api.depends("building_a_id.name", "building_b_id.name")
    def _compute_display_name(self):
        for way in self:
            way.display_name = f"{way.building_a_id.name} – {way.building_b_id.name}"
