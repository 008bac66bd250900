from math import ceil

from odoo import api, fields, models

from ...const import CATEGORIES
from ...tools import remote


class TimetableCourse(models.Model):
    _name = "timetable.course"
    _description = "Course"
    _inherit = [
        "timetable.history.mixin",
        "timetable.import.template.mixin",
        "timetable.unique.code.mixin",
    ]
    _check_company_auto = True
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
    credits = fields.Float(
        compute="_compute_credits",
        store=True,
        readonly=False,
        precompute=True,
        digits=(6, 2),
        help="One for a weekly lecture or tutorial, half of one for a practical. "
        "Another number may be typed over it.",
    )
    lecture_periods = fields.Integer(
        "Lectures (L)",
        compute="_compute_periods",
        store=True,
        readonly=False,
        precompute=True,
        help="Periods a week.",
    )
    tutorial_periods = fields.Integer(
        "Tutorials (T)",
        compute="_compute_periods",
        store=True,
        readonly=False,
        precompute=True,
        help="Periods a week.",
    )
    practical_periods = fields.Integer(
        "Practicals (P)",
        compute="_compute_periods",
        store=True,
        readonly=False,
        precompute=True,
        help="Periods a week.",
    )
    weekly_periods = fields.Integer(
        "Periods a week",
        compute="_compute_weekly_periods",
        store=True,
        help="Lectures, tutorials and practicals; where none are given, a lecture for "
        "each credit.",
    )
    section_limit = fields.Integer(
        "Section limit",
        compute="_compute_section_limit",
        store=True,
        readonly=False,
        precompute=True,
        help="A class with more students is split.",
    )
    offering_ids = fields.One2many("timetable.offering", "course_id", "Offerings")
    room_wish_ids = fields.One2many(
        "timetable.room.wish", "course_id", "Wishes for rooms"
    )
    offering_count = fields.Integer(compute="_compute_offering_count")

    _check_periods = models.Constraint(
        "CHECK (lecture_periods >= 0 AND tutorial_periods >= 0 "
        "AND practical_periods >= 0)",
        "Weekly periods cannot be negative.",
    )
    _check_credits = models.Constraint(
        "CHECK (credits BETWEEN 0 AND 100)", "Credits are between 0 and 100."
    )

    @api.depends("lecture_periods", "tutorial_periods", "practical_periods")
    def _compute_credits(self):
        for course in self:
            taught = course.lecture_periods + course.tutorial_periods
            if taught or course.practical_periods:
                # Never negative: the constraint on the periods is to say what is wrong.
                course.credits = max(0, taught + course.practical_periods / 2)

    @api.depends("lecture_periods", "tutorial_periods", "practical_periods", "credits")
    def _compute_weekly_periods(self):
        for course in self:
            course.weekly_periods = (
                course.lecture_periods
                + course.tutorial_periods
                + course.practical_periods
            ) or ceil(course.credits)

    def _in_use(self):
        return self._used_in("timetable.offering", "course_id")

    @api.depends("offering_ids")
    def _compute_offering_count(self):
        counts = dict(
            self.env["timetable.offering"]._read_group(
                [("course_id", "in", self.ids)], ["course_id"], ["__count"]
            )
        )
        for course in self:
            course.offering_count = counts.get(course, 0)

    @remote.one
    def action_open_offerings(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_offering_action"
        )
        action["domain"] = [("course_id", "=", self.id)]
        action["context"] = {"default_course_id": self.id}
        return action

    @api.depends("name", "code")
    def _compute_display_name(self):
        for course in self:
            parts = [part for part in (course.code, course.name) if part]
            course.display_name = " ".join(dict.fromkeys(parts))
