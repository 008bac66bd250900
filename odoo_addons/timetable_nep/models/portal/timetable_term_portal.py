from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class TimetableTerm(models.Model):
    """Dates of the term on the university's clock: wishes, weeks, changes."""

    _inherit = "timetable.term"

    preference_open = fields.Date(
        "Teaching times from",
        copy=False,
        help="From this day on faculty members say in the portal when they can teach.",
    )
    preference_close = fields.Date(
        "Teaching times until", copy=False, help="The last day."
    )
    preference_max_cannot = fields.Integer(
        "Most periods with 'cannot'",
        default=6,
        help="How many periods of the week a faculty member may rule out. "
        "Wishes (prefers, rather not) have no limit.",
    )

    _check_max_cannot = models.Constraint(
        "CHECK (preference_max_cannot BETWEEN 0 AND 224)",
        "The number of periods that may be ruled out is between 0 and 224.",
    )

    @api.constrains("preference_open", "preference_close")
    def _check_preference_window(self):
        for term in self:
            opens, closes = term.preference_open, term.preference_close
            if opens and closes and opens > closes:
                raise ValidationError(
                    self.env._("The window for wishes closes after it opens.")
                )

    @api.model
    def _clock_now(self, company):
        """The time on the wall of a university's classrooms, without zone."""
        there = fields.Datetime.context_timestamp(
            self.with_context(tz=company._timetable_timezone()), fields.Datetime.now()
        )
        return there.replace(tzinfo=None)

    def _local_today(self):
        self.ensure_one()
        return self._clock_now(self.company_id).date()

    def _preference_window(self):
        """Whether wishes are taken: ``open``, ``later``, ``over`` or ``closed``.

        A window needs both dates: an officer opens it on purpose.
        """
        self.ensure_one()
        opens, closes = self.preference_open, self.preference_close
        if not opens or not closes:
            return "closed"
        today = self._local_today()
        if today < opens:
            return "later"
        return "over" if today > closes else "open"

    # ---- From which week on a change holds
    def _has_begun(self):
        """Whether meetings may have taken place; unknown without a first day."""
        self.ensure_one()
        return not self.date_start or self.date_start <= self._local_today()

    def _proposed_week(self):
        """Once the term has begun, the week after this one; else all, ``False``."""
        today = self._local_today()
        return self._has_begun() and today + timedelta(days=7 - today.weekday())

    def _first_day(self, day):
        """The Monday of a day's week, for a change that holds from then on.

        Whole weeks: in a week cut in two a class would meet twice or not at all.

        :return: ``None`` if that is every week of the term
        """
        self.ensure_one()
        day = fields.Date.to_date(day)
        if not day:
            return None
        monday = day - timedelta(days=day.weekday())
        if self.date_start and monday <= self.date_start:
            return None
        if self.date_end and monday > self.date_end:
            raise UserError(self.env._("%s is after the end of the term.", monday))
        today = self._local_today()
        if monday < today - timedelta(days=today.weekday()):
            raise UserError(
                self.env._("%s is over: choose this week or a later one.", monday)
            )
        return monday
