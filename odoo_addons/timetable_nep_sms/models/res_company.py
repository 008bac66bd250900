from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    timetable_sms_hours = fields.Integer(
        "Hours before a class that an SMS is sent",
        default=24,
        help="A change of a class that begins within these hours also goes out by SMS, "
        "to who asked for it. 0: no SMS at all.",
    )

    _check_timetable_sms_hours = models.Constraint(
        "CHECK (timetable_sms_hours BETWEEN 0 AND 336)",
        "Hours for SMS are from 0 to 336 (two weeks).",
    )
