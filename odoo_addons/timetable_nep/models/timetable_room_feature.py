from odoo import fields, models


class TimetableRoomFeature(models.Model):
    _name = "timetable.room.feature"
    _description = "Room feature"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    color = fields.Integer(aggregator=None)

    _unique_code = models.UniqueIndex("(code)", "Another feature has this code.")
