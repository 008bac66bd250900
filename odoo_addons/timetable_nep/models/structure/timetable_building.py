from odoo import fields, models


class TimetableBuilding(models.Model):
    _name = "timetable.building"
    _description = "Building"
    _inherit = ["timetable.history.mixin", "timetable.import.template.mixin"]
    _import_template = "buildings"
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True)
    code = fields.Char(index=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    room_ids = fields.One2many("timetable.room", "building_id", "Rooms")

    # ---- CRUD
    def _in_use(self):
        return self._used_in("timetable.room", "building_id")
