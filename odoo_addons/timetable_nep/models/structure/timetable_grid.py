from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...tools import remote


class TimetableGrid(models.Model):
    """The week's shape: days, periods and breaks."""

    _name = "timetable.grid"
    _description = "Weekly grid"
    _inherit = ["timetable.history.mixin", "timetable.import.template.mixin"]
    _import_template = "grids"
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

    @api.constrains(
        "days", "periods", "first_hour", "period_hours", "break_after", "break_hours"
    )
    def _check_shape(self):
        for grid in self:
            if not 1 <= grid.days <= 7:
                raise ValidationError(
                    self.env._("A week has between 1 and 7 teaching days.")
                )
            if not 1 <= grid.periods <= 16:
                raise ValidationError(self.env._("A day has between 1 and 16 periods."))
            if not 0 <= grid.break_after <= 16 or grid.break_hours < 0:
                raise ValidationError(
                    self.env._(
                        "The break comes after one of the periods, and its length is "
                        "not negative."
                    )
                )
            end = grid.first_hour + grid.periods * grid.period_hours
            if 0 < grid.break_after < grid.periods:
                end += grid.break_hours
            if grid.first_hour < 0 or grid.period_hours <= 0 or end > 24:
                raise ValidationError(
                    self.env._(
                        "The periods of a day, with the break, must lie between 0:00 "
                        "and 24:00: this day would end at %s.",
                        self._hours_and_minutes(end),
                    )
                )

    @api.model
    def _hours_and_minutes(self, hours):
        """``25.5`` as ``25:30``."""
        minutes = round(hours * 60)
        return f"{minutes // 60}:{minutes % 60:02d}"

    @api.depends("timeslot_ids")
    def _compute_timeslot_count(self):
        for grid in self:
            grid.timeslot_count = len(grid.timeslot_ids)

    @remote.one
    def action_fill(self):
        """Make the timeslots as the fields say, or make them anew.

        A timeslot that stays (the same period of the same day) keeps all that was
        marked at it: pins, closed hours, wishes. What the new shape does not have
        goes, unless a timetable has placed something there.
        """
        self.check_access("write")
        wanted = {(row["day"], row["period"]): row for row in self._prepare_timeslots()}
        gone = self.timeslot_ids.filtered(
            lambda slot: (slot.day, slot.period) not in wanted
        )
        used = gone._placed_at()
        if used:
            raise UserError(
                self.env._(
                    "A timetable holds classes at %s, which the new week would not "
                    "have. Make another weekly grid instead.",
                    used[0]._name_with_hours(),
                )
            )
        gone.unlink()
        hours = {
            slot: {name: row[name] for name in ("hour_from", "hour_to")}
            for slot in self.timeslot_ids
            if (row := wanted.pop((slot.day, slot.period)))
        }
        moved = self.timeslot_ids.filtered(
            lambda slot: any(slot[name] != hours[slot][name] for name in hours[slot])
        )
        # Without hours first: half of the old and half of the new ones may overlap.
        moved.write({"hour_from": 0, "hour_to": 0})
        for slot in moved:
            slot.write(hours[slot])
        self.env["timetable.timeslot"].create(list(wanted.values()))
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
                if period == self.break_after < self.periods:
                    hour += self.break_hours
                    number += 1
        return rows

    # ---- Pages
    @api.model
    @api.readonly
    @remote.asked
    def week_shapes(self, grid_ids=None):
        """Weeks on which hours are painted.

        :param list grid_ids: those wanted; none: all of the reader's universities
        :return: ``[{id, name, days: [{day, name}], periods: [{period, from, to}],
            slots: [{id, day, period, name}]}]``; grids without timeslots are left out
        """
        domain = Domain("company_id", "in", self.env.companies.ids)
        if grid_ids:
            domain = Domain("id", "in", grid_ids)
        shapes = []
        for grid in self.search(domain):
            slots = grid.timeslot_ids
            if not slots:
                continue
            days, periods = slots._days_and_periods()
            shapes.append(
                {
                    "id": grid.id,
                    "name": grid.display_name,
                    "days": days,
                    "periods": periods,
                    "slots": [
                        {
                            "id": slot.id,
                            "day": slot.day,
                            "period": slot.period,
                            "name": slot._name_with_hours()
                            if slot.hour_to
                            else slot.display_name,
                        }
                        for slot in slots
                    ],
                }
            )
        return shapes

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
