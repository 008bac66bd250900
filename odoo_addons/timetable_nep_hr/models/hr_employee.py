from odoo import fields, models

OURS = frozenset({"name", "department_id", "work_contact_id", "user_id"})


class HrEmployee(models.Model):
    """What changes in Employees changes for the faculty member too."""

    _inherit = "hr.employee"

    timetable_faculty_ids = fields.One2many(
        "timetable.faculty", "employee_id", "Faculty member", groups="hr.group_hr_user"
    )

    def write(self, vals):
        done = super().write(vals)
        members = self.env["timetable.faculty"]
        if OURS & vals.keys() or "active" in vals:
            members = (
                members.sudo()
                .with_context(active_test=False)
                .search([("employee_id", "in", self.ids)])
            )
        if members and OURS & vals.keys():
            for member in members:
                contact = member.employee_id.work_contact_id
                if contact and member.partner_id != contact:
                    member.partner_id = contact
            members._take_from_employee()
        if members and "active" in vals:
            # Who left teaches no more; what was planned tells it on the desk.
            members.filtered(lambda one: one.active != bool(vals["active"])).write(
                {"active": bool(vals["active"])}
            )
        return done
