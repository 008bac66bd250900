import re

from odoo import api, fields, models


class TimetableRoomType(models.Model):
    _name = "timetable.room.type"
    _description = "Room type"
    _inherit = ["timetable.import.template.mixin"]
    _import_template = "room_types"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    sequence = fields.Integer(default=10)

    _unique_code = models.UniqueIndex("(code)", "Another room type has this code.")

    @api.depends("name")
    def _compute_code(self):
        """A first code from the name, for records made by an import."""
        for record in self:
            if not record.code:
                words = re.findall(r"\w+", (record.name or "").lower())
                record.code = "_".join(words) or False
