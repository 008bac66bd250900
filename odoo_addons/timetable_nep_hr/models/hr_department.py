from odoo import fields, models


class HrDepartment(models.Model):
    """A department that is renamed is renamed in the timetable too."""

    _inherit = "hr.department"

    timetable_department_ids = fields.One2many(
        "timetable.department",
        "hr_department_id",
        "Department of the timetable",
        groups="hr.group_hr_user",
    )

    def write(self, vals):
        done = super().write(vals)
        if "name" in vals:
            for department in self.sudo():
                ours = department.timetable_department_ids
                ours.filtered(lambda one, name=department.name: one.name != name).write(
                    {"name": department.name}
                )
        return done
