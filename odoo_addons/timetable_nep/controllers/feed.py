import logging
import re

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request

from ..models.portal.timetable_feed import FEED_PATH

KEEP_SECONDS = 900
_ADDRESS = re.compile(rf"({FEED_PATH}/\d+-)[^\s.?\"]+")


class HideTokens(logging.Filter):
    """Odoo's server writes the path of each request into its log; a calendar's path is
    a key, so that its token is left out."""

    def filter(self, record):
        message = record.getMessage()
        if FEED_PATH in message:
            record.msg, record.args = _ADDRESS.sub(r"\1***", message), ()
        return True


logging.getLogger("werkzeug").addFilter(HideTokens())


class TimetableFeedController(http.Controller):
    """Calendars by an address that only its owner knows."""

    @http.route(
        f"{FEED_PATH}/<int:feed_id>-<string:token>.ics",
        type="http",
        auth="public",
        methods=["GET", "HEAD"],
        save_session=False,
        sitemap=False,
    )
    def calendar(self, feed_id, token, **_query):
        """The calendar; 304 where the reader has it already; 404 without saying why."""
        feed = request.env["timetable.feed"]._open(feed_id, token)
        if not feed:
            raise NotFound()
        feed._note_use()
        feed = feed.with_context(lang=feed._language())
        series, checksum = feed._content()
        headers = {
            "Cache-Control": f"private, max-age={KEEP_SECONDS}",
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        }
        response = request.make_response("", headers=list(headers.items()))
        response.set_etag(checksum)
        if request.httprequest.if_none_match.contains(checksum):
            response.status_code = 304
            response.headers.pop("Content-Type", None)
            return response
        response.data = feed._render(series)
        response.content_type = "text/calendar; charset=utf-8"
        response.headers["Content-Disposition"] = 'inline; filename="timetable.ics"'
        return response
