from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...const import RELATION_TYPES

NAMED = 3
"""Events that stand for a relation without a name."""


class TimetableRelation(models.Model):
    """A rule between events, hard or soft."""

    _name = "timetable.relation"
    _description = "Relation between events"
    _order = "term_id, id"

    name = fields.Char()
    code = fields.Char()
    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["timetable.term"]._default_term(),
    )
    company_id = fields.Many2one(related="term_id.company_id")
    type = fields.Selection(RELATION_TYPES, required=True, default="not_overlapping")
    line_ids = fields.One2many("timetable.relation.line", "relation_id", "Events")
    hard = fields.Boolean(default=True, help="A rule, not a wish.")
    weight = fields.Integer(
        default=1, help="What each broken pair costs, for a wish.", aggregator=None
    )
    value = fields.Integer(
        aggregator=None, help="Periods for a gap, days for a greatest number of days."
    )

    _check_numbers = models.Constraint(
        "CHECK (weight BETWEEN 0 AND 1000000 AND value BETWEEN 0 AND 112)",
        "A weight is at most 1,000,000 and a number of periods at most 112.",
    )

    @api.constrains("line_ids")
    def _check_lines(self):
        for relation in self:
            if len(relation.line_ids) < 2:
                raise ValidationError(
                    self.env._("A relation needs at least two events.")
                )
            if relation.line_ids.event_id.term_id != relation.term_id:
                raise ValidationError(
                    self.env._("All events of a relation are of its term.")
                )

    @api.depends("name", "type", "line_ids.event_id.display_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["type"]._description_selection(self.env))
        for relation in self:
            if relation.name:
                relation.display_name = relation.name
                continue
            events = relation.line_ids.event_id.mapped("display_name")
            shown = ", ".join(events[:NAMED]) + (" …" if len(events) > NAMED else "")
            relation.display_name = f"{labels.get(relation.type, '')}: {shown}"
