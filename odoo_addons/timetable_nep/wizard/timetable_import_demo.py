import base64

from odoo import api, models
from odoo.tools import file_open


class TimetableImportWizard(models.TransientModel):
    """The college of the demonstration data."""

    _inherit = "timetable.import.wizard"

    @api.model
    def _load_demo(self):
        """Import ``demo/college.json`` and put the demonstration's users into it."""
        with file_open("timetable_nep/demo/college.json", "rb") as file:
            content = file.read()
        wizard = self.create(
            {"file": base64.b64encode(content), "filename": "college.json"}
        )
        action = wizard.action_import()
        term = self.env["timetable.term"].browse(action["res_id"])
        sections = self.env["timetable.class"].search([("term_id", "=", term.id)])
        physics = term.offering_ids.department_id.filtered(lambda d: d.code == "PHY")
        physics.coordinator_ids = self.env.ref("timetable_nep.user_demo_coordinator")
        member = sections.faculty_ids.filtered(lambda f: f.code == "PHY-F1")
        member.partner_id = self.env.ref("timetable_nep.user_demo_faculty").partner_id
        enrolments = self.env["timetable.enrolment"].search(
            [("term_id", "=", term.id)], limit=1
        )
        student = enrolments.student_id
        student.partner_id = self.env.ref("timetable_nep.user_demo_student").partner_id
        return term
