from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    timetable_sms = fields.Boolean(
        "Urgent changes by SMS",
        help="Of classes that begin soon, beside the message that this person gets.",
    )

    @api.model
    def _timetable_preferences(self):
        return [*super()._timetable_preferences(), "timetable_sms"]
