from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TimetableRelationLine(models.Model):
    """An event of a relation; the order matters to some types."""

    _name = "timetable.relation.line"
    _description = "Event of a relation"
    _order = "relation_id, sequence, id"
    _rec_name = "event_id"

    relation_id = fields.Many2one(
        "timetable.relation", required=True, index=True, ondelete="cascade"
    )
    term_id = fields.Many2one(related="relation_id.term_id")
    company_id = fields.Many2one(related="relation_id.company_id")
    sequence = fields.Integer(default=10)
    event_id = fields.Many2one(
        "timetable.event",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('term_id', '=', term_id)]",
    )

    _unique_event = models.UniqueIndex(
        "(relation_id, event_id)", "That event is in the relation already."
    )

    @api.constrains("event_id", "relation_id")
    def _check_term(self):
        for line in self.sudo():
            if line.event_id.term_id != line.relation_id.term_id:
                raise ValidationError(
                    self.env._(
                        "%(event)s is not an event of %(term)s.",
                        event=line.event_id.display_name,
                        term=line.relation_id.term_id.display_name,
                    )
                )
