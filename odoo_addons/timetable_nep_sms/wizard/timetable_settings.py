from odoo import fields, models


class TimetableSettings(models.TransientModel):
    _inherit = "timetable.settings"

    timetable_sms_hours = fields.Integer(
        related="company_id.timetable_sms_hours", readonly=False
    )
