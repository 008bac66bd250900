from odoo import fields, models


class TimetableBuilding(models.Model):
    _name = "timetable.building"
    _description = "Building"
    _order = "name, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True)
    code = fields.Char(index=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    room_ids = fields.One2many("timetable.room", "building_id", "Rooms")
