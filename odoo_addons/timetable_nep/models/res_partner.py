from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    timetable_notice = fields.Selection(
        [
            ("soon", "Within minutes, several changes in one message"),
            ("daily", "Once a day"),
            ("never", "Never"),
        ],
        "News of the timetable",
        default="soon",
        help="How this person hears that a meeting is cancelled, moved or taken by "
        "somebody else.",
    )
