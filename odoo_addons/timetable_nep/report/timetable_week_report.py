import re
from base64 import b64encode

from markupsafe import Markup
from reportlab.graphics.barcode import createBarcodeDrawing

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.ir_actions_report import _wkhtml

from .timetable_week_paper import sheets_of

LENGTH = re.compile(r"([0-9.]+)(mm|pt)\b")
UNPATCHED_ZOOM = 1.3
"""Debian's wkhtmltopdf (Qt without patches) shrinks all pages by about a quarter."""


class WeekReport(models.AbstractModel):
    """Values of the pages; each kind of page is a report of its own."""

    _name = "report.timetable_nep.week.mixin"
    _description = "Week on paper"

    _view_by = None

    @api.model
    def _scaled(self, css):
        """The same sizes on paper, whichever wkhtmltopdf is there.

        :param css: the report's own text, or numbers: nothing that people typed
        """
        zoom = 1 if _wkhtml().is_patched_qt else UNPATCHED_ZOOM
        return Markup(  # noqa: S704
            LENGTH.sub(
                lambda match: f"{float(match[1]) * zoom:.2f}{match[2]}", str(css)
            )
        )

    @api.model
    def _get_report_values(self, docids, data=None):
        """``data`` may name another timetable than the one in force, and a week."""
        data = data or {}
        Week = self.env["timetable.week.page"]
        ids = docids or data.get("ids") or []
        variant_id = data.get("variant_id")
        if variant_id:
            variants = self.env["timetable.variant"].browse(int(variant_id)).exists()
        else:
            variants = self.env["timetable.variant"].search(
                [
                    ("state", "=", "published"),
                    ("company_id", "in", self.env.companies.ids),
                ],
                order="id desc",
            )
        if not variants:
            raise UserError(self.env._("No timetable is published yet."))
        pages = []
        week = fields.Date.to_date(data.get("week") or None)
        for variant in variants:
            shown = variant._week_shown(week)
            records = Week._records(variant, self._view_by, ids)
            if self._view_by in ("class", "batch"):
                records = records.filtered(
                    lambda row, term=variant.term_id: row.term_id == term
                )
            else:
                records = records.filtered(
                    lambda row, company=variant.company_id: row.company_id == company
                )
            made = Week._pages(variant, self._view_by, records, shown)
            # With several terms in force at once, a page for those that concern it.
            pages += [page for page in made if page["count"] or len(variants) == 1]
        return {
            "pages": [sheet for page in pages for sheet in sheets_of(page)],
            "printed": fields.Datetime.now(),
            "scaled": self._scaled,
        }


class WeekByFaculty(models.AbstractModel):
    _name = "report.timetable_nep.report_week_by_faculty"
    _description = "Week of each person"
    _inherit = ["report.timetable_nep.week.mixin"]
    _view_by = "faculty"


class WeekByRoom(models.AbstractModel):
    _name = "report.timetable_nep.report_week_by_room"
    _description = "Week of each room"
    _inherit = ["report.timetable_nep.week.mixin"]
    _view_by = "room"

    @api.model
    def _get_report_values(self, docids, data=None):
        """For the door: where there is a public page, a code for telephones."""
        values = super()._get_report_values(docids, data)
        for page in values["pages"]:
            address = page["record"]._door_address()
            if address:
                page["qr"] = self._qr_image(address)
        return values

    @api.model
    def _qr_image(self, address):
        """As lines, not dots: sharp on paper, and Odoo's own picture of a barcode asks
        for a program that many servers lack."""
        drawing = createBarcodeDrawing(
            "QR", value=address, width=120, height=120, barBorder=1
        )
        image = drawing.asString("svg")
        image = image if isinstance(image, bytes) else image.encode()
        return f"data:image/svg+xml;base64,{b64encode(image).decode()}"


class WeekByClass(models.AbstractModel):
    _name = "report.timetable_nep.report_week_by_class"
    _description = "Week of each class"
    _inherit = ["report.timetable_nep.week.mixin"]
    _view_by = "class"


class WeekByBatch(models.AbstractModel):
    _name = "report.timetable_nep.report_week_by_batch"
    _description = "Week of each batch"
    _inherit = ["report.timetable_nep.week.mixin"]
    _view_by = "batch"


class WeekByDepartment(models.AbstractModel):
    _name = "report.timetable_nep.report_week_by_department"
    _description = "Week of each department"
    _inherit = ["report.timetable_nep.week.mixin"]
    _view_by = "department"
