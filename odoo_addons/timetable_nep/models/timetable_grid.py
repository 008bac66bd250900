from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class TimetableGrid(models.Model):
    """The week's shape: days, periods and breaks."""

    _name = "timetable.grid"
    _description = "Weekly grid"
    _inherit = ["timetable.history.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    timeslot_ids = fields.One2many("timetable.timeslot", "grid_id", "Timeslots")
    timeslot_count = fields.Integer(compute="_compute_timeslot_count")

    # What the "Fill" button uses
    days = fields.Integer("Teaching days", default=6, help="From Monday on.")
    periods = fields.Integer("Periods a day", default=8)
    first_hour = fields.Float("First period starts at", default=9.0)
    period_hours = fields.Float("Length of a period", default=1.0)
    break_after = fields.Integer(
        "Break after period", default=4, help="0 for a day without a break."
    )
    break_hours = fields.Float("Length of the break", default=1.0)

    # ---- CRUD
    def _in_use(self):
        return self._used_in("timetable.term", "grid_id")

    @api.constrains("days", "periods", "first_hour", "period_hours", "break_hours")
    def _check_shape(self):
        for grid in self:
            if not 1 <= grid.days <= 7:
                raise ValidationError(
                    self.env._("A week has between 1 and 7 teaching days.")
                )
            if not 1 <= grid.periods <= 16:
                raise ValidationError(self.env._("A day has between 1 and 16 periods."))
            end = grid.first_hour + grid.periods * grid.period_hours
            if grid.first_hour < 0 or grid.period_hours <= 0 or end > 24:
                raise ValidationError(
                    self.env._("The periods of a day must lie between 0:00 and 24:00.")
                )

    @api.depends("timeslot_ids")
    def _compute_timeslot_count(self):
        for grid in self:
            grid.timeslot_count = len(grid.timeslot_ids)

    def action_fill(self):
        """Make the timeslots of an empty grid."""
        self.ensure_one()
        self.check_access("write")
        if self.timeslot_ids:
            raise UserError(
                self.env._(
                    "This grid has timeslots already. Change them in the list, "
                    "or make a new grid."
                )
            )
        self.env["timetable.timeslot"].create(self._prepare_timeslots())
        return True

    def _prepare_timeslots(self):
        """Rows of all days; a break leaves one period number out, so that what is
        before it and after it does not count as contiguous."""
        rows = []
        for day in range(self.days):
            hour, number = self.first_hour, 1
            for period in range(1, self.periods + 1):
                rows.append(
                    {
                        "grid_id": self.id,
                        "day": day,
                        "period": number,
                        "hour_from": hour,
                        "hour_to": hour + self.period_hours,
                    }
                )
                hour += self.period_hours
                number += 1
                if self.break_after and period == self.break_after:
                    hour += self.break_hours
                    number += 1
        return rows

    # ---- Dates
    def _has_weekday(self, date):
        """Whether the week has classes on the weekday of a date."""
        return date.weekday() in self.timeslot_ids.mapped("day")

    def _timeslots_of(self, date):
        """The hours of a date: its weekday's, or those of the first day of the week
        where the grid has no such day."""
        slots = self.timeslot_ids.sorted(lambda slot: (slot.day, slot.period))
        day = date.weekday() if self._has_weekday(date) else slots[:1].day
        return slots.filtered(lambda slot: slot.day == day)
