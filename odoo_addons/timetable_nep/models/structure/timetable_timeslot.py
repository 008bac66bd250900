import re
from collections import defaultdict
from collections.abc import Collection
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...const import WEEKDAYS

CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{0,2}))?")
PERIOD = re.compile(r"[Pp](\d{1,2})")
MINUTE = 1 / 60


class TimetableTimeslot(models.Model):
    """One period of the week."""

    _name = "timetable.timeslot"
    _description = "Timeslot"
    _order = "grid_id, day, period, id"

    grid_id = fields.Many2one(
        "timetable.grid", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="grid_id.company_id")
    day = fields.Integer(
        "Day, as a number", required=True, help="0 is Monday.", aggregator=None
    )
    weekday = fields.Selection(
        WEEKDAYS,
        "Day",
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

    @api.model_create_multi
    def create(self, vals_list):
        """A row may name its day or number it: inverses run after the INSERT, where
        two rows without a number would stand on the same day."""
        rows = [dict(vals) for vals in vals_list]
        for row in rows:
            weekday = row.pop("weekday", False)
            if "day" not in row and weekday:
                row["day"] = int(weekday)
        return super().create(rows)

    @api.constrains("grid_id", "day", "period", "hour_from", "hour_to")
    def _check_overlap(self):
        """Nobody can be in two periods of one grid at the same time."""
        days = defaultdict(self.browse)
        for slot in self.grid_id.timeslot_ids:
            if slot.hour_to > slot.hour_from:
                days[slot.grid_id, slot.day] |= slot
        for slots in days.values():
            slots = slots.sorted(lambda slot: (slot.hour_from, slot.hour_to))
            for one, other in pairwise(slots):
                if other.hour_from < one.hour_to - MINUTE / 2:
                    raise ValidationError(
                        self.env._(
                            "%(one)s and %(other)s overlap in the weekly grid "
                            "“%(grid)s”. Change the hours of one of them.",
                            one=one._name_with_hours(),
                            other=other._name_with_hours(),
                            grid=one.grid_id.display_name,
                        )
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

    def _placed_at(self):
        """Those of these timeslots at which something is placed or pinned."""
        used = self.browse()
        for model, field in (
            ("timetable.assignment", "timeslot_id"),
            ("timetable.event", "pin_timeslot_id"),
        ):
            Model = self.env[model].sudo().with_context(active_test=False)
            for (slot,) in Model._read_group([(field, "in", self.ids)], [field]):
                used |= slot
        return self & used

    def _name_with_hours(self):
        """``Monday 09:00–10:00``"""
        day = self._weekday_names().get(self.day, "?")
        return f"{day} {self._clock(self.hour_from)}–{self._clock(self.hour_to)}"

    @api.model
    def _search_display_name(self, operator, value):
        """Found by what one sees: ``Mon``, ``Monday 9``, ``Mon 09:00``, ``Mon P3``,
        with the grid's name or the code beside it, in any language of the database."""
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, Collection) or not all(
            isinstance(text, str) for text in texts
        ):
            return super()._search_display_name(operator, value)
        found = Domain.OR(self._domain_of_name(text) for text in texts)
        return ~found if operator in Domain.NEGATIVE_OPERATORS else found

    @api.model
    def _domain_of_name(self, text):
        names = self._weekday_names_of_all_languages()
        domain = Domain.TRUE
        for word in re.split(r"[\s,;/–]+", text.casefold()):
            if not word:
                continue
            days = {day for name, day in names if name.startswith(word)}
            found = (
                Domain("day", "in", sorted(days))
                | Domain("code", "ilike", word)
                | Domain("grid_id.name", "ilike", word)
            )
            if clock := CLOCK.fullmatch(word):
                hour, minutes = int(clock[1]), clock[2] or ""
                start = hour + (int(minutes) / 60 if len(minutes) == 2 else 0)
                length = MINUTE if len(minutes) == 2 else 1
                found |= Domain("hour_from", ">=", start - MINUTE / 2) & Domain(
                    "hour_from", "<", start + length - MINUTE / 2
                )
            elif period := PERIOD.fullmatch(word):
                found |= Domain("period", "=", int(period[1]))
            domain &= found
        return domain

    @api.model
    def _weekday_names_of_all_languages(self):
        """``(name in small letters, day)`` as readers of any language type it."""
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        return {
            (name.casefold(), day)
            for lang in {*languages, "en_US"}
            for day, name in self.with_context(lang=lang)._weekday_names().items()
        }

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
