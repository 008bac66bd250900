from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TimetableTerm(models.Model):
    """When the wishes of the faculty are taken, on the university's clock."""

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
