from odoo import api, fields, models

from ..const import WEEKDAYS


class TimetableTimeslot(models.Model):
    """One period of the week."""

    _name = "timetable.timeslot"
    _description = "Timeslot"
    _order = "grid_id, day, period, id"
    _rec_names_search = ["code", "weekday"]

    grid_id = fields.Many2one(
        "timetable.grid", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="grid_id.company_id")
    day = fields.Integer(required=True, default=0, help="0 is Monday.", aggregator=None)
    weekday = fields.Selection(
        WEEKDAYS,
        compute="_compute_weekday",
        inverse="_inverse_weekday",
        store=True,
        precompute=True,
    )
    period = fields.Integer(
        required=True,
        default=1,
        aggregator=None,
        help="Periods that follow each other by one are contiguous; "
        "a number left out is a break.",
    )
    hour_from = fields.Float("From", aggregator=None)
    hour_to = fields.Float("To", aggregator=None)
    code = fields.Char()

    _unique_period = models.UniqueIndex(
        "(grid_id, day, period)", "This grid has that period on that day already."
    )
    _check_day = models.Constraint(
        "CHECK (day BETWEEN 0 AND 6)", "A day is between 0 (Monday) and 6 (Sunday)."
    )
    _check_period = models.Constraint(
        "CHECK (period BETWEEN 0 AND 31)", "A period is between 0 and 31."
    )
    _check_hours = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_to <= 24 AND hour_from <= hour_to)",
        "A timeslot starts before it ends, between 0:00 and 24:00.",
    )

    @api.depends("day")
    def _compute_weekday(self):
        for slot in self:
            slot.weekday = str(slot.day) if 0 <= slot.day <= 6 else False

    def _inverse_weekday(self):
        for slot in self:
            if slot.weekday:
                slot.day = int(slot.weekday)

    @api.depends("day", "period", "hour_from", "hour_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = self._weekday_names()
        for slot in self:
            day = labels.get(slot.day, "?")[:3]
            if slot.hour_to > slot.hour_from:
                slot.display_name = f"{day} {slot._clock(slot.hour_from)}"
            else:
                slot.display_name = f"{day} P{slot.period}"

    @api.model
    def _weekday_names(self):
        """Day (0 is Monday) → its name in the reader's language."""
        field = self._fields["weekday"]
        return {int(key): name for key, name in field._description_selection(self.env)}

    def _days_and_periods(self):
        """Heads of a week's table: columns of days, rows of periods with their times.

        Where days differ, a period has the times of its first day.
        """
        names = self._weekday_names()
        first = {}
        for slot in self.sorted(lambda slot: (slot.period, slot.day)):
            first.setdefault(slot.period, slot)
        return (
            [
                {"day": day, "name": names[day]}
                for day in sorted(set(self.mapped("day")))
            ],
            [
                {
                    "period": period,
                    "from": slot._clock(slot.hour_from) if slot.hour_to else "",
                    "to": slot._clock(slot.hour_to) if slot.hour_to else "",
                }
                for period, slot in first.items()
            ],
        )

    @api.model
    def _clock(self, hours):
        """``9.5`` as ``09:30``."""
        minutes = min(round(hours * 60), 23 * 60 + 59)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
