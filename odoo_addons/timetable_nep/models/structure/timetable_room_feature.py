import re

from odoo import api, fields, models


class TimetableRoomFeature(models.Model):
    _name = "timetable.room.feature"
    _description = "Room feature"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    color = fields.Integer(aggregator=None)

    _unique_code = models.UniqueIndex("(code)", "Another feature has this code.")

    @api.depends("name")
    def _compute_code(self):
        """A first code from the name, for records made by an import."""
        for record in self:
            if not record.code:
                words = re.findall(r"\w+", (record.name or "").lower())
                record.code = "_".join(words) or False
