from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import VIEWS
from ..tools import remote

PAGES_AT_ONCE = 300


class TimetablePrintWizard(models.TransientModel):
    """A timetable on paper or in a file."""

    _name = "timetable.print.wizard"
    _description = "Documents"

    variant_id = fields.Many2one(
        "timetable.variant",
        "Timetable",
        required=True,
        default=lambda self: self.env["timetable.variant"].search(
            [
                ("state", "=", "published"),
                ("company_id", "in", self.env.companies.ids),
            ],
            limit=1,
        ),
    )
    week = fields.Date(
        "In the week of",
        compute="_compute_week",
        store=True,
        readonly=False,
        help="Any day of the week to show: this timetable changes within the term.",
    )
    weeks_differ = fields.Boolean(compute="_compute_weeks_differ")
    view_by = fields.Selection(
        [
            ("faculty", "Faculty"),
            ("room", "Rooms"),
            ("class", "Classes"),
            ("batch", "Batches"),
            ("department", "Departments"),
        ],
        "One timetable for each of the",
        required=True,
        default="faculty",
    )
    format = fields.Selection(
        [
            ("pdf", "PDF, a page a week"),
            ("xlsx", "Excel, a list and a sheet a week"),
            ("csv", "CSV, a list"),
            ("ctt", "ITC-2007 instance (.ctt)"),
            ("sol", "ITC-2007 solution (.sol)"),
            ("xml", "UniTime XML"),
        ],
        required=True,
        default="pdf",
    )
    department_ids = fields.Many2many(
        "timetable.department",
        string="Departments",
        help="Only what is of these departments. Empty: all.",
    )

    @api.depends("variant_id")
    def _compute_week(self):
        for wizard in self:
            wizard.week = wizard.variant_id and wizard.variant_id._week_shown()

    @api.depends("variant_id")
    def _compute_weeks_differ(self):
        for wizard in self:
            wizard.weeks_differ = bool(
                wizard.variant_id and wizard.variant_id._week_shown()
            )

    def _records(self):
        """What the pages are for."""
        Week = self.env["timetable.week.page"]
        records = Week._records(self.variant_id, self.view_by)
        departments = self.department_ids
        if not departments:
            return records
        if self.view_by == "department":
            return records & departments
        return records.filtered(lambda row: row.department_id in departments)

    @remote.one
    def action_make(self):
        """The file, or the report that makes it."""
        self.variant_id.check_access("read")
        week = str(self.variant_id._week_shown(self.week) or "")
        if self.view_by not in VIEWS:
            raise UserError(self.env._("There is no such page."))
        if self.format == "pdf":
            records = self._records()
            if not records:
                raise UserError(self.env._("There is nothing to print."))
            if len(records) > PAGES_AT_ONCE:
                raise UserError(
                    self.env._(
                        "These are %(count)s pages. Choose departments so that at "
                        "most %(limit)s are printed at once.",
                        count=len(records),
                        limit=PAGES_AT_ONCE,
                    )
                )
            report = self.env.ref(f"timetable_nep.report_week_{self.view_by}")
            return report.report_action(
                records,
                data={
                    "variant_id": self.variant_id.id,
                    "ids": records.ids,
                    "week": week,
                },
                config=False,
            )
        query = f"?view_by={self.view_by}" + (f"&week={week}" if week else "")
        if self.department_ids:
            query += "&department_ids=" + ",".join(map(str, self.department_ids.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/timetable_nep/export/{self.variant_id.id}.{self.format}{query}",
            "target": "download",
        }
