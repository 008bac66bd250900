from odoo import api, fields, models


class TimetableHoliday(models.Model):
    """Days without teaching: nothing meets on them."""

    _name = "timetable.holiday"
    _description = "Holiday"
    _order = "date_start, id"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    date_start = fields.Date("First day", required=True, index=True)
    date_end = fields.Date(
        "Last day",
        required=True,
        compute="_compute_date_end",
        store=True,
        readonly=False,
        precompute=True,
    )

    _check_dates = models.Constraint(
        "CHECK (date_start <= date_end)", "A holiday ends after it starts."
    )

    @api.depends("date_start")
    def _compute_date_end(self):
        """One day, unless somebody says more."""
        for holiday in self:
            if not holiday.date_end or holiday.date_end < holiday.date_start:
                holiday.date_end = holiday.date_start

    @api.model
    def _between(self, company, date_from, date_to):
        """Holidays of a university that touch these days (both included)."""
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("date_start", "<=", date_to),
                ("date_end", ">=", date_from),
            ]
        )
