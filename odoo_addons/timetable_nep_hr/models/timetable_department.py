from odoo import fields, models


class TimetableDepartment(models.Model):
    """A department that Employees knows as well: they have one name."""

    _inherit = "timetable.department"

    hr_department_id = fields.Many2one(
        "hr.department",
        "Department in Employees",
        index="btree_not_null",
        check_company=True,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
    )

    _unique_hr_department = models.UniqueIndex(
        "(hr_department_id) WHERE hr_department_id IS NOT NULL",
        "This department of Employees is another department already.",
    )

    def write(self, vals):
        done = super().write(vals)
        if "name" in vals:
            for department in self.sudo().filtered("hr_department_id"):
                theirs = department.hr_department_id
                # Who may not edit Employees renames here only.
                may = theirs.with_env(self.env).has_access("write")
                if may and theirs.name != department.name:
                    theirs.name = department.name
        return done
