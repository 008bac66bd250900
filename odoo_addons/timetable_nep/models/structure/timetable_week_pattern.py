from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...const import WEEK_RULES
from ...tools.weeks import MOST, mask, parse_weeks, week_number, weeks_of


class TimetableWeekPattern(models.Model):
    """A set of weeks by name, for any term: odd weeks, the first half, weeks 3 to 9."""

    _name = "timetable.week.pattern"
    _description = "Week pattern"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: for all universities.",
    )
    rule = fields.Selection(WEEK_RULES, "Weeks", required=True, default="listed")
    weeks = fields.Char(
        "Numbers", help="Weeks of the term, as in 3-9, 12. Week 1 is its first one."
    )

    @api.constrains("rule", "weeks")
    def _check_weeks(self):
        for pattern in self.filtered(lambda one: one.rule == "listed"):
            try:
                parse_weeks(pattern.weeks or "")
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "%(name)s: write weeks as in 3-9, 12, between 1 and %(most)s.",
                        name=pattern.name,
                        most=MOST,
                    )
                ) from None

    def _weeks_in(self, term):
        """Numbers of the pattern's weeks in a term.

        :raises UserError: where the term has no dates, or none of these weeks
        """
        self.ensure_one()
        weeks = weeks_of(self.rule, self.weeks or "", term._week_count())
        if not weeks:
            raise UserError(
                self.env._(
                    "%(term)s has %(count)s weeks, and none of “%(pattern)s” is among "
                    "them.",
                    term=term.name,
                    count=term._week_count(),
                    pattern=self.name,
                )
            )
        return weeks

    def write(self, vals):
        """Meetings in force follow the weeks that their pattern has now."""
        result = super().write(vals)
        if {"rule", "weeks"} & vals.keys():
            rows = self.env["timetable.assignment"].sudo()
            held = rows.search(
                [
                    ("week_pattern_id", "in", self.ids),
                    ("variant_id.state", "=", "published"),
                ]
            )
            self.env["timetable.meeting"].sudo()._lay_out_events(held.event_id)
        return result


class TimetableTerm(models.Model):
    _inherit = "timetable.term"

    def _week_count(self):
        """Weeks of the term, the first and the last counted.

        :raises UserError: where it has no dates, or more than the contract takes
        """
        self.ensure_one()
        if not (self.date_start and self.date_end):
            raise UserError(
                self.env._(
                    "Some classes are held in some weeks only: say when %s starts and "
                    "ends.",
                    self.name,
                )
            )
        count = week_number(self.date_end, self.date_start)
        if count > MOST:
            raise UserError(
                self.env._(
                    "%(term)s lasts %(count)s weeks. With classes in some weeks only, "
                    "a term has %(most)s at most.",
                    term=self.name,
                    count=count,
                    most=MOST,
                )
            )
        return count

    def _week_masks(self, ids):
        """Pattern → its weeks as one number, for patterns with these ids."""
        patterns = self.env["timetable.week.pattern"].sudo().browse(ids)
        return {one.id: mask(one._weeks_in(self)) for one in patterns}
