from odoo import api, fields, models
from odoo.tools import consteq, hmac

SCOPE = "timetable_nep.unsubscribe"


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

    # ---- What people decide for themselves
    @api.model
    def _timetable_preferences(self):
        """Fields that everybody sets in the portal."""
        return ["timetable_notice"]

    def _timetable_choose(self, form):
        """Take the preferences of a form over; what is not one of them is left out.

        :param form: texts by name, as a browser sends them; a box that is not ticked
            is not sent
        """
        self.ensure_one()
        vals = {}
        for name in self._timetable_preferences():
            field = self._fields[name]
            if field.type == "boolean":
                vals[name] = bool(form.get(name))
            elif form.get(name) in field.get_values(self.env):
                vals[name] = form[name]
        self.sudo().write(vals)

    def _timetable_unsubscribe_token(self):
        """What a message's link is known by; made of the database's secret."""
        self.ensure_one()
        return hmac(self.env(su=True), SCOPE, self.id)

    @api.model
    def _timetable_unsubscribe(self, partner_id, token):
        """The contact that a link is for; none where the token is not its own."""
        partner = self.sudo().browse(partner_id).exists()
        if partner and consteq(token, partner._timetable_unsubscribe_token()):
            return partner
        return partner.browse()
