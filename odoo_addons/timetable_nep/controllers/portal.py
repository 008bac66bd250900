from odoo import fields, http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..const import WEEKDAYS


class TimetablePortal(CustomerPortal):
    """The published week of whoever is logged in, and of nobody else."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "timetable_count" in counters:
            values["timetable_count"] = request.env[
                "timetable.assignment"
            ]._count_of_partner(request.env.user.partner_id)
        return values

    @http.route("/my/timetable", type="http", auth="user", website=True)
    def portal_my_timetable(self, **_kwargs):
        """No id and no token in the address: there is nothing to guess."""
        weeks = request.env["timetable.assignment"]._week_of_partner(
            request.env.user.partner_id
        )
        today = fields.Date.context_today(request.env.user).weekday()
        labels = dict(
            request.env["timetable.timeslot"]
            ._fields["weekday"]
            ._description_selection(request.env)
        )
        values = self._prepare_portal_layout_values()
        values |= {
            "page_name": "timetable",
            "weeks": weeks,
            "today": today,
            "day_label": {int(key): labels[key] for key, _label in WEEKDAYS},
            "day_order": [(today + shift) % 7 for shift in range(7)],
        }
        return request.render("timetable_nep.portal_my_timetable", values)
