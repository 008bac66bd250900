import re

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import remote

SEASONS = (("odd", "even"), ("autumn", "spring"), ("monsoon", "winter"))
"""First and second half of a year, as universities name their semesters."""
YEARS = re.compile(r"\b(?P<year>20\d\d)(?P<dash>\s*[-–/]\s*)?(?P<end>(?:20)?\d\d)?\b")


def following_name(name):
    """The name of the term after one: ``Autumn 2026`` → ``Spring 2027``, ``Odd semester
    2026–27`` → ``Even semester 2026–27`` → ``Odd semester 2027–28``.

    :return: the name, or None for a name that tells no order
    """
    for first, second in SEASONS:
        match = re.search(rf"\b({first}|{second})\b", name, re.IGNORECASE)
        if match:
            break
    else:
        return None
    old = match[1]
    new = second if old.lower() == first else first
    new = new.capitalize() if old[0].isupper() else new
    # A calendar year ends between autumn and spring, an academic one after the second.
    years = YEARS.search(name)
    academic = years and years["end"] and years["dash"]
    grows = old.lower() == (second if academic or first == "odd" else first)

    def later(found):
        year = str(int(found["year"]) + 1)
        if not (found["end"] and found["dash"]):
            return year
        end = str(int(found["end"]) + 1).zfill(len(found["end"]))
        return f"{year}{found['dash']}{end}"

    name = name[: match.start()] + new + name[match.end() :]
    return YEARS.sub(later, name, count=1) if grows else name


class TimetableRollOverWizard(models.TransientModel):
    """A term's offerings, classes and rules once more, for the next term."""

    _name = "timetable.roll.over.wizard"
    _description = "Next term"

    term_id = fields.Many2one("timetable.term", "Copy from", required=True)
    company_id = fields.Many2one(related="term_id.company_id")
    target_id = fields.Many2one(
        "timetable.term",
        "Into",
        domain="[('id', '!=', term_id), ('company_id', '=', company_id)]",
        help="Empty: a new term is made. Courses that it offers already stay as they "
        "are.",
    )
    name = fields.Char(
        "Name of the new term", compute="_compute_new", store=True, readonly=False
    )
    date_start = fields.Date(
        "Starts", compute="_compute_new", store=True, readonly=False
    )
    date_end = fields.Date("Ends", compute="_compute_new", store=True, readonly=False)
    keep_faculty = fields.Boolean(
        "The same people teach",
        default=True,
        help="Otherwise the new classes have nobody yet.",
    )

    @api.depends("term_id")
    def _compute_new(self):
        """As long as the term itself, half a year later."""
        half = relativedelta(months=6)
        for wizard in self:
            term = wizard.term_id
            wizard.name = term and (
                following_name(term.name) or wizard.env._("%s (next)", term.name)
            )
            wizard.date_start = term.date_start and term.date_start + half
            wizard.date_end = term.date_end and term.date_end + half

    @remote.one
    def action_roll_over(self):
        """Copy, and open the term."""
        term, new = self.term_id, self.target_id
        if new == term:
            raise UserError(self.env._("Choose another term to copy into."))
        if not new:
            new = term.copy(
                {
                    "name": self.name or self.env._("%s (next)", term.name),
                    "date_start": self.date_start,
                    "date_end": self.date_end,
                }
            )
        term._roll_over(new, keep_faculty=self.keep_faculty)
        return {
            "type": "ir.actions.act_window",
            "res_model": "timetable.term",
            "res_id": new.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
