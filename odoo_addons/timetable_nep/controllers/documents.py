from odoo import fields, http
from odoo.http import content_disposition, request

from ..const import VIEWS
from ..models.plan.timetable_export import EXTENSIONS

MAX_AGE = 300


class TimetableDocuments(http.Controller):
    """Files of a timetable, and the public notice boards."""

    @http.route(
        "/timetable_nep/export/<int:variant_id>.<string:extension>",
        type="http",
        auth="user",
        readonly=True,
    )
    def export(self, variant_id, extension, view_by="room", department_ids="", week=""):
        """A file of a timetable that the user may read, as it is in a week."""
        variant = request.env["timetable.variant"].browse(variant_id).exists()
        if not variant or not variant.has_access("read"):
            raise request.not_found()
        if extension not in EXTENSIONS or view_by not in VIEWS:
            raise request.not_found()
        try:
            shown = variant._week_shown(fields.Date.to_date(week or None))
        except ValueError:
            raise request.not_found() from None
        ids = None
        if department_ids:
            wizard = request.env["timetable.print.wizard"].new(
                {
                    "variant_id": variant.id,
                    "view_by": view_by,
                    "department_ids": [
                        (
                            6,
                            0,
                            [int(i) for i in department_ids.split(",") if i.isdigit()],
                        )
                    ],
                }
            )
            ids = wizard._records().ids
        content, kind = variant._export(extension, view_by, ids, shown)
        name = "".join(
            sign if sign.isalnum() or sign in " -_" else "_" for sign in variant.name
        )
        if shown and extension != "ctt":
            name += f" {shown}"
        return request.make_response(
            content,
            [
                ("Content-Type", kind),
                ("Content-Disposition", content_disposition(f"{name}.{extension}")),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    @http.route(
        "/timetable/board/<int:department_id>",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        sitemap=False,
        readonly=True,
    )
    def notice_board(self, department_id, **_kwargs):
        """The week of a department for everybody, where an administrator put it up."""
        board = request.env["timetable.department"]._notice_board_page(department_id)
        if board is None:
            raise request.not_found()
        page, etag = board
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Cache-Control", f"public, max-age={MAX_AGE}"),
            ("ETag", f'"{etag}"'),
            ("Vary", "Accept-Language, Cookie"),
            ("X-Robots-Tag", "noindex"),
        ]
        if etag in request.httprequest.if_none_match:
            return request.make_response("", headers, status=304)
        return request.make_response(page, headers)
