from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

WHY = [
    ("contact", "Same contact"),
    ("email", "Same e-mail address"),
    ("code", "Staff number is the badge ID"),
    ("name", "Same name"),
    ("several", "Several fit"),
    ("none", "Nobody fits"),
]


def _plain(text):
    """A name without spaces, case and marks that people write differently."""
    return "".join(sign for sign in (text or "").casefold() if sign.isalnum())


class TimetableHrMatch(models.TransientModel):
    """Who is who in Employees: a proposal to look at, and nothing written before.

    Each line may be changed; what is linked already is not shown.
    """

    _name = "timetable.hr.match"
    _description = "Match with Employees"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    department_line_ids = fields.One2many(
        "timetable.hr.match.department", "wizard_id", "Departments"
    )
    line_ids = fields.One2many("timetable.hr.match.line", "wizard_id", "People")
    linked_count = fields.Integer("Linked already", readonly=True)

    # ---- The proposal
    @api.model
    def action_propose(self):
        """A new proposal for the present university."""
        self._require()
        wizard = self.create({"company_id": self.env.company.id})
        wizard._propose_departments()
        wizard._propose_people()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Match with Employees"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    @api.model
    def _require(self):
        if not self.env["hr.employee"].has_access("create"):
            raise AccessError(
                self.env._(
                    "Matching with Employees needs the right to edit employees, "
                    "beside that of a timetable officer."
                )
            )

    def _propose_departments(self):
        ours = self._of_company("timetable.department", "hr_department_id")
        theirs = self._of_company("hr.department", "timetable_department_ids")
        by_name = defaultdict(list)
        for one in theirs:
            by_name[_plain(one.name)].append(one)
        taken = self.env["hr.department"]
        lines = []
        for department in ours:
            found = [
                one for one in by_name[_plain(department.name)] if one not in taken
            ]
            match = found[0] if len(found) == 1 else taken.browse()
            taken |= match
            lines.append(
                {
                    "department_id": department.id,
                    "hr_department_id": match.id,
                    "action": "link" if match else "skip",
                }
            )
        lines += [
            {"hr_department_id": one.id, "action": "skip"} for one in theirs - taken
        ]
        self.department_line_ids = [Command.create(line) for line in lines]

    def _propose_people(self):
        members = self._of_company("timetable.faculty", "employee_id")
        employees = self._of_company("hr.employee", "timetable_faculty_ids")
        self.linked_count = self.env["timetable.faculty"].search_count(
            [("company_id", "=", self.company_id.id), ("employee_id", "!=", False)]
        )
        free, lines, open_members = set(employees.ids), {}, members
        for why, key_of_member, key_of_employee in (
            (
                "contact",
                lambda one: one.partner_id.id,
                lambda one: one.work_contact_id.id or one.user_id.partner_id.id,
            ),
            (
                "email",
                lambda one: one.partner_id.email_normalized,
                lambda one: (one.work_email or "").strip().lower(),
            ),
            ("code", lambda one: one.code, lambda one: one.sudo().barcode),
            ("name", lambda one: _plain(one.name), lambda one: _plain(one.name)),
        ):
            ours, theirs = defaultdict(list), defaultdict(list)
            for one in open_members:
                ours[key_of_member(one)].append(one)
            for one in employees.filtered(lambda one: one.id in free):
                theirs[key_of_employee(one)].append(one)
            for key, found in ours.items():
                fits = theirs.get(key) if key else None
                if not fits:
                    continue
                if len(found) == len(fits) == 1:
                    lines[found[0]] = (why, fits[0])
                    free.discard(fits[0].id)
                else:
                    lines.update({one: ("several", None) for one in found})
            open_members = members.filtered(
                lambda one: one not in lines or not lines[one][1]
            )
        values = []
        for member in members:
            why, employee = lines.get(member, ("none", None))
            values.append(
                {
                    "faculty_id": member.id,
                    "employee_id": employee.id if employee else False,
                    "why": why,
                    "action": "link" if employee else "skip",
                }
            )
        values += [
            {"employee_id": one.id, "why": "none", "action": "skip"}
            for one in employees
            if one.id in free
        ]
        self.line_ids = [Command.create(line) for line in values]

    def _of_company(self, model, link):
        """Records of this university that are not linked yet."""
        domain = Domain("company_id", "in", [self.company_id.id])
        if model == "hr.department":
            domain |= Domain("company_id", "=", False)
        return self.env[model].search(domain & Domain(link, "=", False))

    # ---- What is done
    def action_apply(self):
        """Link and make what the lines say; all or nothing."""
        self.ensure_one()
        self._require()
        self._check_doubles()
        for line in self.department_line_ids:
            line._apply()
        done = [line._apply() for line in self.line_ids]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Employees"),
                "message": self.env._(
                    "%(linked)s linked, %(made)s made.",
                    linked=done.count("link"),
                    made=sum(one in ("faculty", "employee") for one in done),
                ),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_doubles(self):
        links = self.line_ids.filtered(lambda line: line.action == "link")
        for field in ("faculty_id", "employee_id"):
            seen = self.env[links[field]._name]
            for line in links:
                if line[field] in seen:
                    raise UserError(
                        self.env._(
                            "%s is in two lines. Choose one of them.",
                            line[field].display_name,
                        )
                    )
                seen |= line[field]


class TimetableHrMatchDepartment(models.TransientModel):
    _name = "timetable.hr.match.department"
    _description = "Match of a department"

    wizard_id = fields.Many2one(
        "timetable.hr.match", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="wizard_id.company_id")
    department_id = fields.Many2one(
        "timetable.department", domain="[('company_id', '=', company_id)]"
    )
    hr_department_id = fields.Many2one(
        "hr.department",
        "Department in Employees",
        domain="[('company_id', 'in', [company_id, False])]",
    )
    action = fields.Selection(
        [
            ("link", "Link them"),
            ("ours", "Make it in the timetable"),
            ("theirs", "Make it in Employees"),
            ("skip", "Leave it"),
        ],
        "Do",
        required=True,
        default="skip",
    )

    def _apply(self):
        ours, theirs = self.department_id, self.hr_department_id
        if self.action == "ours" and theirs:
            ours = ours.create({"name": theirs.name, "company_id": self.company_id.id})
        elif self.action == "theirs" and ours:
            theirs = theirs.create(
                {"name": ours.name, "company_id": self.company_id.id}
            )
        elif self.action != "link":
            return
        if ours and theirs:
            ours.hr_department_id = theirs


class TimetableHrMatchLine(models.TransientModel):
    _name = "timetable.hr.match.line"
    _description = "Match of a person"

    wizard_id = fields.Many2one(
        "timetable.hr.match", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="wizard_id.company_id")
    faculty_id = fields.Many2one(
        "timetable.faculty",
        "Faculty member",
        domain="[('company_id', '=', company_id)]",
    )
    faculty_email = fields.Char(related="faculty_id.email")
    employee_id = fields.Many2one(
        "hr.employee", domain="[('company_id', '=', company_id)]"
    )
    employee_email = fields.Char(related="employee_id.work_email")
    why = fields.Selection(WHY, readonly=True)
    action = fields.Selection(
        [
            ("link", "Link them"),
            ("faculty", "Make a faculty member"),
            ("employee", "Make an employee"),
            ("skip", "Leave it"),
        ],
        "Do",
        required=True,
        default="skip",
    )

    def _apply(self):
        """:return: what was done: a key of :attr:`action`"""
        member, employee = self.faculty_id, self.employee_id
        if self.action == "link" and member and employee:
            member.employee_id = employee
        elif self.action == "faculty" and employee and not member:
            self.env["timetable.faculty"].create(
                {"employee_id": employee.id, "company_id": self.company_id.id}
            )
        elif self.action == "employee" and member and not employee:
            contact = member.partner_id
            user = contact.sudo().user_ids.filtered(lambda one: not one.share)[:1]
            member.employee_id = employee.create(
                {
                    "name": member.name,
                    "company_id": self.company_id.id,
                    "work_contact_id": contact.id,
                    "department_id": member.department_id.hr_department_id.id,
                    **({"user_id": user.id} if user else {}),
                }
            )
        else:
            return "skip"
        return self.action
