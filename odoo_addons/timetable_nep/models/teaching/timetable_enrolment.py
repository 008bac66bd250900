from odoo import api, fields, models
from odoo.exceptions import ValidationError


class TimetableEnrolment(models.Model):
    """A student's choice of an offering, and the class given by the timetable."""

    _name = "timetable.enrolment"
    _description = "Enrolment"
    _inherit = ["timetable.import.template.mixin"]
    _order = "student_id, offering_id, id"
    _import_template = "enrolments"

    student_id = fields.Many2one(
        "timetable.student", required=True, index=True, ondelete="cascade"
    )
    offering_id = fields.Many2one(
        "timetable.offering", required=True, index=True, ondelete="cascade"
    )
    term_id = fields.Many2one(
        related="offering_id.term_id", store=True, precompute=True, index=True
    )
    company_id = fields.Many2one(related="offering_id.company_id")
    class_id = fields.Many2one(
        "timetable.class",
        domain="[('offering_id', '=', offering_id)]",
        index="btree_not_null",
        ondelete="set null",
        help="Given when a timetable is published, or decided by hand.",
    )
    fixed = fields.Boolean(
        "Class decided", help="The class stays: runs may not change it."
    )

    _unique_choice = models.UniqueIndex(
        "(student_id, offering_id)", "This student has chosen that offering already."
    )

    @api.constrains("student_id", "offering_id")
    def _check_university(self):
        for row in self.sudo():
            if row.student_id.company_id != row.offering_id.company_id:
                raise ValidationError(
                    self.env._(
                        "%(record)s belongs to another university than %(other)s.",
                        record=row.student_id.display_name,
                        other=row.offering_id.display_name,
                    )
                )

    @api.constrains("class_id", "fixed")
    def _check_class(self):
        for row in self:
            if row.fixed and not row.class_id:
                raise ValidationError(
                    self.env._("Choose the class before marking it as decided.")
                )

    @api.depends("offering_id.display_name", "student_id.code", "student_id.name")
    def _compute_display_name(self):
        for row in self:
            student = row.student_id.code or row.student_id.name
            offering = row.offering_id.display_name
            row.display_name = (
                f"{student}: {offering}"
                if student and offering
                else self.env._("New enrolment")
            )
