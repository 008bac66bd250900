from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TimetableBatch(models.Model):
    """A curriculum: classes that a group attends together in one term."""

    _name = "timetable.batch"
    _description = "Batch"
    _inherit = ["timetable.import.template.mixin"]
    _import_template = "batches"
    _order = "term_id, name, id"
    _rec_names_search = ["name", "code"]

    name = fields.Char(required=True)
    code = fields.Char(index=True)
    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["timetable.term"]._default_term(),
    )
    company_id = fields.Many2one(related="term_id.company_id")
    programme_id = fields.Many2one("timetable.programme", index=True)
    department_id = fields.Many2one(related="programme_id.department_id")
    size = fields.Integer("Students", help="How many students attend together.")
    class_ids = fields.Many2many(
        "timetable.class",
        "timetable_batch_class_rel",
        "batch_id",
        "class_id",
        "Classes",
        domain="[('term_id', '=', term_id)]",
        copy=False,
    )
    home_room_id = fields.Many2one(
        "timetable.room",
        "Home room",
        index="btree_not_null",
        ondelete="set null",
        help="Its classes are held there where that is possible.",
    )
    class_count = fields.Integer(compute="_compute_class_count")

    _check_size = models.Constraint(
        "CHECK (size >= 0)", "The number of students cannot be negative."
    )

    @api.constrains("class_ids", "term_id", "programme_id", "home_room_id")
    def _check_term(self):
        for batch in self.sudo():
            strange = batch.class_ids.filtered(
                lambda section, batch=batch: section.term_id != batch.term_id
            )
            if strange:
                raise ValidationError(
                    self.env._(
                        "%(class)s is not a class of %(term)s.",
                        **{"class": strange[0].display_name},
                        term=batch.term_id.display_name,
                    )
                )
            for record in (batch.programme_id, batch.home_room_id):
                if record and record.company_id != batch.term_id.company_id:
                    raise ValidationError(
                        self.env._(
                            "%(record)s belongs to another university than %(other)s.",
                            record=record.display_name,
                            other=batch.term_id.display_name,
                        )
                    )

    @api.depends("class_ids")
    def _compute_class_count(self):
        for batch in self:
            batch.class_count = len(batch.class_ids)
