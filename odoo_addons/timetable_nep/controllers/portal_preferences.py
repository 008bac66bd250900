from odoo import http
from odoo.http import request

from ..const import UNSUBSCRIBE_PATH
from .portal import TimetablePortal


class TimetablePreferences(TimetablePortal):
    """What of the timetable people want to hear, and how."""

    @http.route(
        "/my/timetable/preferences",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_preferences(self, saved="", **form):
        partner = request.env.user.partner_id
        if request.httprequest.method == "POST":
            partner._timetable_choose(form)
            return request.redirect("/my/timetable/preferences?saved=1")
        values = self._timetable_values("preferences")
        values |= {"partner": partner.sudo(), "saved": bool(saved)}
        response = request.render("timetable_nep.portal_preferences", values)
        response.headers["Cache-Control"] = "no-store"
        return response

    # ---- From a message, without a login
    @http.route(UNSUBSCRIBE_PATH, type="http", auth="user", methods=["GET"])
    def unsubscribe_mine(self, **_query):
        """A message read in Odoo's own inbox: its reader has a login."""
        return request.redirect("/my/timetable/preferences")

    @http.route(
        f"{UNSUBSCRIBE_PATH}/<int:partner_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
        save_session=False,
        # Mail programs press the button for their users (RFC 8058), without a page.
        csrf=False,
    )
    def unsubscribe(self, partner_id, token, **_form):
        """Asks first: programs that look at links must not stop anybody's news."""
        Partner = request.env["res.partner"]
        partner = Partner._timetable_unsubscribe(partner_id, token)
        if not partner:
            raise request.not_found()
        done = request.httprequest.method == "POST"
        if done:
            partner.timetable_notice = "never"
        response = request.render(
            "timetable_nep.unsubscribe", {"done": done, "title": partner.name}
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response
