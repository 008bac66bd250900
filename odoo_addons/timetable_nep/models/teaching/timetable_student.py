from odoo import api, fields, models

from ...tools import remote


class TimetableStudent(models.Model):
    """A student. The name and address stay with the contact."""

    _name = "timetable.student"
    _description = "Student"
    _inherit = [
        "timetable.person.mixin",
        "timetable.import.template.mixin",
        "timetable.history.mixin",
        "timetable.unique.code.mixin",
    ]
    _order = "name, id"
    _check_company_auto = True
    _rec_names_search = ["name", "code"]
    _import_template = "students"

    name = fields.Char(
        string="Student name",
        related="partner_id.name",
        store=True,
        precompute=True,
        readonly=False,
    )
    email = fields.Char(
        related="partner_id.email", string="Contact e-mail", readonly=False
    )
    code = fields.Char("Enrolment number", index=True)
    notice = fields.Selection(
        related="partner_id.timetable_notice", string="News of the timetable"
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    programme_id = fields.Many2one(
        "timetable.programme", index=True, check_company=True
    )
    enrolment_ids = fields.One2many("timetable.enrolment", "student_id", "Enrolments")
    enrolment_count = fields.Integer(compute="_compute_enrolment_count")

    _unique_partner = models.UniqueIndex(
        "(partner_id, company_id)", "This contact is a student already."
    )

    # ---- CRUD
    def _in_use(self):
        return self._used_in("timetable.enrolment", "student_id")

    @remote.one
    def action_open_enrolments(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_enrolment_action"
        )
        action["domain"] = [("student_id", "=", self.id)]
        action["context"] = {"default_student_id": self.id}
        return action

    @api.depends("enrolment_ids")
    def _compute_enrolment_count(self):
        counts = dict(
            self.env["timetable.enrolment"]._read_group(
                [("student_id", "in", self.ids)], ["student_id"], ["__count"]
            )
        )
        for student in self:
            student.enrolment_count = counts.get(student, 0)
