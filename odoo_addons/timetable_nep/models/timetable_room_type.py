from odoo import fields, models


class TimetableRoomType(models.Model):
    _name = "timetable.room.type"
    _description = "Room type"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)

    _unique_code = models.UniqueIndex("(code)", "Another room type has this code.")
