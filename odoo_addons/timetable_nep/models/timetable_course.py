from odoo import api, fields, models

from ..const import CATEGORIES


class TimetableCourse(models.Model):
    _name = "timetable.course"
    _description = "Course"
    _inherit = ["timetable.import.template.mixin"]
    _order = "code, name, id"
    _rec_names_search = ["name", "code"]
    _import_template = "courses"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(index=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    department_id = fields.Many2one(
        "timetable.department", index=True, check_company=True
    )
    category = fields.Selection(CATEGORIES, required=True, default="major", index=True)
    credits = fields.Float(digits=(6, 2))
    lecture_periods = fields.Integer("Lectures (L)", help="Periods a week.")
    tutorial_periods = fields.Integer("Tutorials (T)", help="Periods a week.")
    practical_periods = fields.Integer("Practicals (P)", help="Periods a week.")
    weekly_periods = fields.Integer(compute="_compute_weekly_periods", store=True)
    section_limit = fields.Integer(
        default=60, help="A class with more students is split."
    )
    offering_ids = fields.One2many("timetable.offering", "course_id", "Offerings")

    _check_periods = models.Constraint(
        "CHECK (lecture_periods >= 0 AND tutorial_periods >= 0 "
        "AND practical_periods >= 0)",
        "Weekly periods cannot be negative.",
    )
    _check_credits = models.Constraint(
        "CHECK (credits BETWEEN 0 AND 100)", "Credits are between 0 and 100."
    )

    @api.depends("lecture_periods", "tutorial_periods", "practical_periods")
    def _compute_weekly_periods(self):
        for course in self:
            course.weekly_periods = (
                course.lecture_periods
                + course.tutorial_periods
                + course.practical_periods
            )

    @api.depends("name", "code")
    def _compute_display_name(self):
        for course in self:
            parts = [part for part in (course.code, course.name) if part]
            course.display_name = " ".join(dict.fromkeys(parts))
