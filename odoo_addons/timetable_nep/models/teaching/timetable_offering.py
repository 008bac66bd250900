from odoo import api, fields, models
from odoo.fields import Domain

from ...const import CATEGORIES
from ...tools import remote
from ...tools.name_search import with_parts


class TimetableOffering(models.Model):
    """A course as offered in one term; its parallel classes share its students."""

    _name = "timetable.offering"
    _description = "Offering"
    _inherit = ["timetable.history.mixin", "timetable.import.template.mixin"]
    _order = "term_id, code, id"
    _rec_names_search = ["code", "course_id"]
    _check_company_auto = True
    _import_template = "offerings"

    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["timetable.term"]._default_term(),
    )
    company_id = fields.Many2one(
        related="term_id.company_id", store=True, precompute=True, index=True
    )
    active = fields.Boolean(default=True)
    course_id = fields.Many2one(
        "timetable.course",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    code = fields.Char(
        compute="_compute_from_course",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
    )
    department_id = fields.Many2one(
        "timetable.department",
        compute="_compute_from_course",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        check_company=True,
    )
    category = fields.Selection(
        CATEGORIES,
        compute="_compute_from_course",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    credits = fields.Float(
        compute="_compute_from_course",
        store=True,
        readonly=False,
        precompute=True,
        digits=(6, 2),
    )
    section_limit = fields.Integer(
        "Section limit",
        compute="_compute_from_course",
        store=True,
        readonly=False,
        precompute=True,
        help="A class with more students is split.",
    )
    basket_ids = fields.Many2many(
        "timetable.basket",
        "timetable_basket_offering_rel",
        "offering_id",
        "basket_id",
        "Baskets",
        domain="[('term_id', '=', term_id)]",
        copy=False,
    )
    class_ids = fields.One2many("timetable.class", "offering_id", "Classes")
    enrolment_ids = fields.One2many("timetable.enrolment", "offering_id", "Enrolments")
    class_count = fields.Integer(compute="_compute_counts")
    student_count = fields.Integer("Students", compute="_compute_counts")

    _unique_course = models.UniqueIndex(
        "(term_id, course_id)", "This course is offered in that term already."
    )

    @api.depends("course_id")
    def _compute_from_course(self):
        for offering in self:
            course = offering.course_id
            offering.code = course.code
            offering.department_id = course.department_id
            offering.category = course.category or "other"
            offering.credits = course.credits
            offering.section_limit = course.section_limit

    @api.depends("class_ids", "enrolment_ids")
    def _compute_counts(self):
        for field, model in (
            ("class_count", "timetable.class"),
            ("student_count", "timetable.enrolment"),
        ):
            counts = dict(
                self.env[model]._read_group(
                    [("offering_id", "in", self.ids)], ["offering_id"], ["__count"]
                )
            )
            for offering in self:
                offering[field] = counts.get(offering, 0)

    @api.depends("course_id.display_name", "term_id.name")
    @api.depends_context("show_term")
    def _compute_display_name(self):
        """With the term where a page has offerings of several."""
        show_term = self.env.context.get("show_term")
        for offering in self:
            name = offering.course_id.display_name
            if show_term and offering.term_id:
                name = f"{name} ({offering.term_id.name})"
            offering.display_name = name

    @api.model
    def _search_display_name(self, operator, value):
        """``Autumn term / PHY101`` finds that term's offering: files name it so."""
        return with_parts(
            super()._search_display_name(operator, value),
            operator,
            value,
            " / ",
            lambda term, code, exact: (
                Domain("term_id.name", "=" if exact else "ilike", term)
                & Domain("code", "=" if exact else "ilike", code)
            ),
        )

    # ---- CRUD
    def _in_use(self):
        classes = self.with_context(active_test=False).class_ids._in_use()
        return self & classes.offering_id

    # ---- Actions
    @remote.one
    def action_open_classes(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_class_action"
        )
        action["domain"] = [("offering_id", "=", self.id)]
        action["context"] = {"default_offering_id": self.id}
        return action

    @remote.one
    def action_open_enrolments(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_enrolment_action"
        )
        action["domain"] = [("offering_id", "=", self.id)]
        action["context"] = {"default_offering_id": self.id}
        return action
