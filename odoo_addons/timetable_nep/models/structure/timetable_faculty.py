from odoo import api, fields, models
from odoo.fields import Domain

from ...const import COORDINATOR, OFFICER
from ...tools import remote


class TimetableFaculty(models.Model):
    """A person who teaches. The name and address stay with the contact."""

    _name = "timetable.faculty"
    _description = "Faculty member"
    _inherit = [
        "timetable.person.mixin",
        "timetable.import.template.mixin",
        "timetable.history.mixin",
        "timetable.unique.code.mixin",
    ]
    _order = "name, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]
    _import_template = "faculty"

    name = fields.Char(
        string="Faculty name",
        related="partner_id.name",
        store=True,
        precompute=True,
        readonly=False,
    )
    email = fields.Char(
        related="partner_id.email", string="Contact e-mail", readonly=False
    )
    code = fields.Char(index=True, help="Staff number.")
    notice = fields.Selection(
        related="partner_id.timetable_notice", string="News of the timetable"
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    department_id = fields.Many2one(
        "timetable.department",
        index=True,
        check_company=True,
        default=lambda self: self._default_department(),
    )
    max_periods_week = fields.Integer("Most periods a week", help="0: no limit.")
    max_periods_day = fields.Integer("Most periods a day", help="0: no limit.")
    max_consecutive = fields.Integer(
        "Most periods in a row", help="A wish, not a rule. 0: no limit."
    )
    availability_ids = fields.One2many(
        "timetable.faculty.availability",
        "faculty_id",
        "Teaching times in general",
        domain=[("source", "=", "person"), ("term_id", "=", False)],
    )
    other_availability_ids = fields.One2many(
        "timetable.faculty.availability",
        "faculty_id",
        "Shifts, leave, and wishes for a term",
        domain=["|", ("source", "!=", "person"), ("term_id", "!=", False)],
    )
    class_ids = fields.Many2many(
        "timetable.class",
        "timetable_class_faculty_rel",
        "faculty_id",
        "class_id",
        "Classes",
    )
    class_count = fields.Integer(compute="_compute_class_count")
    taken_count = fields.Integer(
        "Weekly events",
        compute="_compute_taken_count",
        help="Events that the timetables in force give this person.",
    )

    _unique_partner = models.UniqueIndex(
        "(partner_id, company_id)", "This contact is a faculty member already."
    )
    _check_limits = models.Constraint(
        "CHECK (max_periods_week BETWEEN 0 AND 112 AND max_periods_day BETWEEN 0 AND 16"
        " AND max_consecutive BETWEEN 0 AND 16)",
        "Limits: 0 to 112 periods a week, 0 to 16 a day and in a row.",
    )

    @api.model
    def _default_department(self):
        """A coordinator adds people to the own department; others choose one."""
        user = self.env.user
        if not user.has_group(COORDINATOR) or user.has_group(OFFICER):
            return False
        return self.env["timetable.department"].search(
            [("coordinator_ids", "in", user.ids)], limit=1
        )

    def _taken_domain(self):
        """Placed events of these people, in the timetables in force."""
        own = Domain("event_id.own_faculty", "=", True)
        return self.env["timetable.assignment"]._domain_in_force() & (
            (own & Domain("event_id.faculty_ids", "in", self.ids))
            | (~own & Domain("event_id.class_id.faculty_ids", "in", self.ids))
        )

    def _compute_taken_count(self):
        for member in self:
            member.taken_count = self.env["timetable.assignment"].search_count(
                member._taken_domain()
            )

    @remote.one
    def action_open_week(self):
        """When this person is taken, by whichever department."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_assignment_action"
        )
        action["domain"] = list(self._taken_domain())
        action["context"] = {"create": False}
        return action

    # ---- CRUD
    def _in_use(self):
        taught = self.with_context(active_test=False).filtered("class_ids")
        return taught | self._used_in("timetable.event", "faculty_ids")

    @api.depends("class_ids")
    def _compute_class_count(self):
        counts = dict(
            self.env["timetable.class"]._read_group(
                [("faculty_ids", "in", self.ids)], ["faculty_ids"], ["__count"]
            )
        )
        for member in self:
            member.class_count = counts.get(member, 0)

    @remote.one
    def action_open_classes(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_class_action"
        )
        action["domain"] = [("faculty_ids", "in", self.ids)]
        return action
