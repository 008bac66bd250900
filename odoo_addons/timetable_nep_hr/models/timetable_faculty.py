from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

KEPT = {"name": "name", "department_id": "department_id"}
"""Fields of a faculty member → fields of the employee that say the same."""


class TimetableFaculty(models.Model):
    """A faculty member who is an employee: one contact, one name, one department.

    What somebody may not change in Employees they may not change here either.
    """

    _inherit = "timetable.faculty"

    employee_id = fields.Many2one(
        "hr.employee",
        index="btree_not_null",
        check_company=True,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
        help="Name, contact and department are then the same in both places.",
    )

    _unique_employee = models.UniqueIndex(
        "(employee_id) WHERE employee_id IS NOT NULL",
        "This employee is another faculty member already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        for vals in vals_list:
            # Somebody who is employed has a contact, a name and a department.
            if vals.get("employee_id"):
                self._check_may_link()
                employee = self.env["hr.employee"].browse(vals["employee_id"]).sudo()
                vals.setdefault("partner_id", employee.work_contact_id.id)
                department = employee.department_id.timetable_department_ids[:1]
                if department:
                    vals.setdefault("department_id", department.id)
        members = super().create(vals_list)
        members.filtered("employee_id")._share_contact()
        return members

    def write(self, vals):
        linked = self.browse()
        if "employee_id" in vals:
            self._check_may_link()
            linked = self.filtered(
                lambda one: one.employee_id.id != (vals["employee_id"] or False)
            )
        before = {one: (one.name, one.department_id) for one in self}
        done = super().write(vals)
        linked.filtered("employee_id")._share_contact()
        if KEPT.keys() & vals.keys():
            for member in self.filtered("employee_id"):
                if (member.name, member.department_id) != before[member]:
                    member._tell_employee()
        return done

    def _check_may_link(self):
        """Who is linked to whom decides about names and contacts in both places."""
        if not self.env["hr.employee"].has_access("write"):
            raise AccessError(
                self.env._(
                    "Linking faculty members to employees needs the right to edit "
                    "employees."
                )
            )

    # ---- Both ways
    def _tell_employee(self):
        """Name and department go over to Employees, for who may edit those."""
        self.ensure_one()
        employee = self.sudo().employee_id
        wanted = {"name": self.name}
        ours = self.department_id.sudo().hr_department_id
        if ours or not self.department_id:
            wanted["department_id"] = ours.id
        changed = {
            field: value
            for field, value in wanted.items()
            if (
                employee[field].id
                if isinstance(employee[field], models.BaseModel)
                else employee[field]
            )
            != value
        }
        if not changed:
            return
        if not self.env["hr.employee"].has_access("write"):
            raise AccessError(
                self.env._(
                    "%s is kept in Employees: ask the HR office to change the name or "
                    "the department there, and it changes here.",
                    self.display_name,
                )
            )
        employee.write(changed)

    def _share_contact(self):
        """One contact for the faculty member and the employee.

        The one with a login stays, else the employee's. The other one is archived
        where nothing needs it any more.

        :raises UserError: where both log in, so that nobody loses a login
        """
        for member in self.sudo():
            employee = member.employee_id
            ours, theirs = member.partner_id, employee.work_contact_id
            if ours == theirs:
                continue
            logins = self.env["res.users"].with_context(active_test=False)
            if logins.search_count([("partner_id", "=", ours.id)], limit=1):
                if employee.user_id or logins.search_count(
                    [("partner_id", "=", theirs.id)], limit=1
                ):
                    raise UserError(
                        self.env._(
                            "%(faculty)s and the employee %(employee)s have a login "
                            "each: archive one of the two logins first.",
                            faculty=member.display_name,
                            employee=employee.display_name,
                        )
                    )
                kept, other = ours, theirs
            else:
                kept, other = theirs or ours, ours
            if not theirs:
                other = theirs
            if not kept.email and other.email:
                kept.email = other.email
            employee.work_contact_id = kept
            member.partner_id = kept
            self._let_go_of(other, kept)
        self.filtered("employee_id").sudo()._take_from_employee()

    def _take_from_employee(self):
        """Name and department as they are in Employees."""
        for member in self:
            employee = member.employee_id
            if employee.name and member.name != employee.name:
                member.partner_id.name = employee.name
            department = employee.department_id.timetable_department_ids.filtered(
                lambda one, member=member: one.company_id == member.company_id
            )[:1]
            if department and member.department_id != department:
                member.department_id = department

    def _let_go_of(self, other, kept):
        """A contact that was doubled: its calendar address and news go over."""
        if not other or other == kept:
            return
        env = self.sudo().env
        feed = env["timetable.feed"].search([("partner_id", "=", other.id)])
        if not env["timetable.feed"].search([("partner_id", "=", kept.id)]):
            feed.partner_id = kept
        env["timetable.meeting.notice"].search(
            [("partner_id", "=", other.id), ("sent_at", "=", False)]
        ).partner_id = kept
        archived = env["timetable.faculty"].with_context(active_test=False)
        in_use = (
            archived.search_count([("partner_id", "=", other.id)], limit=1)
            or env["timetable.student"]
            .with_context(active_test=False)
            .search_count([("partner_id", "=", other.id)], limit=1)
            or env["hr.employee"]
            .with_context(active_test=False)
            .search_count([("work_contact_id", "=", other.id)], limit=1)
            or other.with_context(active_test=False).user_ids
        )
        if not in_use:
            other.active = False

    def action_open_employee(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "hr.employee",
            "res_id": self.sudo().employee_id.id,
            "view_mode": "form",
        }
