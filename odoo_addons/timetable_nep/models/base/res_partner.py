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

    def _timetable_reachable(self):
        """Those of these contacts that a message can reach: not archived, with an
        address or an inbox of Odoo's own."""
        return self.sudo().filtered(
            lambda one: (
                one.active
                and (
                    one.email_normalized
                    or "inbox" in one.user_ids.mapped("notification_type")
                )
            )
        )

    def _timetable_hearing(self):
        """Those that news can reach and who want them."""
        return self._timetable_reachable().filtered(
            lambda one: one.timetable_notice != "never"
        )
