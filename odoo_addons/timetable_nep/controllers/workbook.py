from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class TimetableWorkbook(http.Controller):
    """The university as a workbook, to be changed and imported again."""

    @http.route("/timetable_nep/workbook", type="http", auth="user", readonly=True)
    def workbook(self):
        try:
            name, content = request.env["timetable.import.wizard"]._workbook()
        except AccessError:
            raise request.not_found() from None
        return request.make_response(
            content,
            [
                ("Content-Type", XLSX),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
