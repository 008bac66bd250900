from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ...const import AVAILABILITY_LEVELS

SOURCES = [
    ("person", "The person"),
    ("shift", "Shift"),
    ("leave", "Leave"),
]
STRONGER = ("cannot", "avoid", "prefer")
"""Of two sources for the same hour the earlier of these counts."""


class TimetableFacultyAvailability(models.Model):
    """A period at which somebody cannot teach, would rather not, or likes to.

    Who says so is kept, for each may only take back what is theirs: the person for one
    term or for all, a shift, a leave.
    """

    _name = "timetable.faculty.availability"
    _description = "Faculty availability"
    _order = "faculty_id, timeslot_id, id"

    faculty_id = fields.Many2one(
        "timetable.faculty", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="faculty_id.company_id")
    timeslot_id = fields.Many2one(
        "timetable.timeslot", required=True, index=True, ondelete="cascade"
    )
    level = fields.Selection(AVAILABILITY_LEVELS, required=True, default="cannot")
    source = fields.Selection(
        SOURCES, "Because of", required=True, default="person", index=True
    )
    term_id = fields.Many2one(
        "timetable.term",
        "Only in",
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: in every term. What a person says for one term holds there "
        "instead of what they say in general.",
    )

    _unique_timeslot = models.UniqueIndex(
        "(faculty_id, timeslot_id, coalesce(term_id, 0), source)",
        "That timeslot is in the list already.",
    )

    @api.constrains("faculty_id", "timeslot_id", "term_id")
    def _check_belongs(self):
        for row in self.sudo():
            if row.timeslot_id.company_id != row.faculty_id.company_id or (
                row.term_id and row.term_id.grid_id != row.timeslot_id.grid_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(time)s is not in the weekly grid of %(whose)s.",
                        time=row.timeslot_id.display_name,
                        whose=row.term_id.display_name
                        or row.faculty_id.company_id.display_name,
                    )
                )

    @api.depends("timeslot_id", "level")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["level"]._description_selection(self.env))
        for row in self:
            row.display_name = (
                f"{row.timeslot_id.display_name}: {labels.get(row.level, '')}"
            )

    @api.model
    def _levels(self, faculty_ids, term):
        """What holds in a term, whoever says so.

        :param faculty_ids: ids of faculty members
        :return: ``{(faculty id, timeslot id): level}`` without what is neutral
        """
        rows = self.sudo().search_fetch(
            Domain("faculty_id", "in", list(faculty_ids))
            & Domain("timeslot_id.grid_id", "=", term.sudo().grid_id.id)
            & Domain("term_id", "in", [False, term.id]),
            ["faculty_id", "timeslot_id", "term_id", "source", "level"],
        )
        spoken = set(
            self.env["timetable.faculty"]
            .sudo()
            .with_context(active_test=False)
            .search(
                Domain("id", "in", rows.faculty_id.ids)
                & Domain("wish_term_ids", "in", term.ids)
            )
            ._ids
        )
        levels = {}
        for row in rows:
            if (
                row.source == "person"
                and not row.term_id
                and row.faculty_id.id in spoken
            ):
                continue
            key = (row.faculty_id.id, row.timeslot_id.id)
            known = levels.get(key)
            if known is None or STRONGER.index(row.level) < STRONGER.index(known):
                levels[key] = row.level
        return levels

    @api.model
    def _cannot(self, faculty_ids, term):
        """``[(faculty id, timeslot id)]`` at which these people cannot teach."""
        levels = self._levels(faculty_ids, term)
        return [key for key, level in levels.items() if level == "cannot"]
