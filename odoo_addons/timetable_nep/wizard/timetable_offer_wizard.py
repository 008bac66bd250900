from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools import remote


class TimetableOfferWizard(models.TransientModel):
    """Many courses offered in a term at once."""

    _name = "timetable.offer.wizard"
    _description = "Offer courses"

    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        default=lambda self: self.env["timetable.term"]._default_term(),
    )
    company_id = fields.Many2one(related="term_id.company_id")
    programme_ids = fields.Many2many(
        "timetable.programme",
        string="Programmes",
        help="All courses of their departments are added to the list.",
    )
    department_ids = fields.Many2many(
        "timetable.department",
        string="Departments",
        help="All their courses are added to the list.",
    )
    course_ids = fields.Many2many(
        "timetable.course",
        string="Courses",
        compute="_compute_course_ids",
        store=True,
        precompute=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
    )

    @api.depends("term_id", "programme_ids", "department_ids")
    def _compute_course_ids(self):
        """What was marked in the list of courses, and all of the departments chosen;
        never what the term offers already."""
        for wizard in self:
            courses = wizard.course_ids
            if self.env.context.get("active_model") == "timetable.course":
                courses |= courses.browse(self.env.context.get("active_ids", []))
            departments = wizard.department_ids | wizard.programme_ids.department_id
            if departments:
                courses |= courses.search([("department_id", "in", departments.ids)])
            wizard.course_ids = courses - wizard._offered()

    def _offered(self):
        """Courses that the term offers already, archived offerings among them."""
        Offering = self.env["timetable.offering"].sudo().with_context(active_test=False)
        return Offering.search([("term_id", "=", self.term_id.id)]).course_id.sudo(
            False
        )

    @remote.one
    def action_offer(self):
        """Make the offerings, and show all of the term."""
        courses = self.course_ids - self._offered()
        if not courses:
            raise UserError(
                self.env._(
                    "No course is chosen that %s does not offer already. Choose "
                    "courses, departments or programmes.",
                    self.term_id.name,
                )
            )
        self.env["timetable.offering"].create(
            [{"term_id": self.term_id.id, "course_id": course.id} for course in courses]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_offering_action"
        )
        action["domain"] = [("term_id", "=", self.term_id.id)]
        action["context"] = {"default_term_id": self.term_id.id}
        return action
