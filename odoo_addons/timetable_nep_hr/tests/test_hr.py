"""Faculty members and employees: one contact, one name, one department."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.timetable_nep.tests.test_meeting import MeetingCase


class HrCase(MeetingCase):
    """An officer who may edit employees, and one who may not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hr_officer = new_test_user(
            cls.env,
            "tt_hr_officer",
            groups="timetable_nep.group_timetable_officer,hr.group_hr_user",
        )
        cls.physics = cls.env["timetable.department"].search(
            [("id", "in", cls.term.offering_ids.department_id.ids)], limit=1
        )
        cls.person = cls.faculty["F1"]
        cls.person.write({"name": "Dr Meera Joshi", "department_id": cls.physics.id})
        cls.person.partner_id.email = "meera@example.com"

    def employee(self, name="Meera Joshi", **values):
        return self.env["hr.employee"].create({"name": name, **values})

    def propose(self, user=None):
        wizard = self.env["timetable.hr.match"].with_user(user or self.hr_officer)
        return wizard.browse(wizard.action_propose()["res_id"])


class TestMatch(HrCase):
    def test_proposal_writes_nothing_and_says_why(self):
        by_mail = self.employee(work_email="Meera@Example.com")
        self.faculty["F2"].name = "Dr. Arun  RAO"
        by_name = self.employee("Dr Arun Rao")
        stranger = self.employee("Somebody Else")
        lines = self.propose().line_ids
        whose = {line.faculty_id: line for line in lines}
        self.assertEqual(whose[self.person].employee_id, by_mail)
        self.assertEqual(whose[self.person].why, "email")
        self.assertEqual(whose[self.faculty["F2"]].employee_id, by_name)
        self.assertEqual(whose[self.faculty["F2"]].why, "name")
        alone = lines.filtered(lambda line: line.employee_id == stranger)
        self.assertEqual((alone.faculty_id.id, alone.action), (False, "skip"))
        self.assertFalse(self.person.employee_id)

    def test_two_of_one_name_are_not_guessed(self):
        self.person.partner_id.email = False
        self.employee("Dr Meera Joshi")
        self.employee("Dr Meera Joshi")
        line = self.propose().line_ids.filtered(
            lambda line: line.faculty_id == self.person
        )
        self.assertEqual((line.why, line.action), ("several", "skip"))

    def test_applied_once_and_nothing_is_doubled(self):
        employee = self.employee(work_email="meera@example.com")
        old = self.person.partner_id
        self.propose().action_apply()
        self.assertEqual(self.person.employee_id, employee)
        self.assertEqual(self.person.partner_id, employee.work_contact_id)
        self.assertFalse(old.active, "its only use was the faculty member")
        again = self.propose()
        self.assertNotIn(self.person, again.line_ids.faculty_id)
        self.assertNotIn(employee, again.line_ids.employee_id)
        self.assertEqual(again.linked_count, 1)

    def test_made_on_either_side(self):
        employee = self.employee("Kavita Nair", work_email="kavita@example.com")
        wizard = self.propose()
        for line in wizard.line_ids:
            if line.employee_id == employee:
                line.action = "faculty"
            elif line.faculty_id == self.person:
                line.action = "employee"
        wizard.department_line_ids.filtered(
            lambda line: line.department_id == self.physics
        ).action = "theirs"
        wizard.action_apply()
        made = self.env["timetable.faculty"].search([("employee_id", "=", employee.id)])
        self.assertEqual(made.partner_id, employee.work_contact_id)
        own = self.person.employee_id
        self.assertEqual(own.work_contact_id, self.person.partner_id)
        self.assertEqual(own.name, self.person.name)
        self.assertEqual(own.department_id, self.physics.hr_department_id)

    def test_a_login_stays(self):
        """Who has a portal login keeps it; two logins are not merged."""
        contact = self.portal.partner_id
        self.person.partner_id = contact
        employee = self.employee(work_email="other@example.com")
        self.person.with_user(self.hr_officer).employee_id = employee
        self.assertEqual(employee.work_contact_id, contact)
        self.faculty["F2"].partner_id = self.other_portal.partner_id
        second = self.employee("Both", user_id=self.internal.id)
        with self.assertRaisesRegex(UserError, "a login each"):
            self.faculty["F2"].with_user(self.hr_officer).employee_id = second

    def test_rights(self):
        self.employee(work_email="meera@example.com")
        with self.assertRaises(AccessError):
            self.propose(self.officer)
        for user in (self.coordinator, self.approver, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["timetable.hr.match"].with_user(user).create(
                    {"company_id": self.env.company.id}
                )
        with self.assertRaises(AccessError):
            self.person.with_user(self.officer).employee_id = self.employee()

    def test_other_university(self):
        other = self.env["res.company"].create({"name": "Other university"})
        employee = self.employee(work_email="meera@example.com", company_id=other.id)
        self.assertNotIn(employee, self.propose().line_ids.employee_id)
        with self.assertRaises(UserError):
            self.person.employee_id = employee


class TestKept(HrCase):
    """What changes in one place changes in the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hr_department = cls.env["hr.department"].create({"name": "Physics (HR)"})
        cls.physics.hr_department_id = cls.hr_department
        cls.theirs = cls.env["hr.employee"].create(
            {"name": "Meera Joshi", "department_id": cls.hr_department.id}
        )
        cls.person.employee_id = cls.theirs

    def test_from_employees(self):
        hindi = self.term.offering_ids.department_id - self.physics
        hindi.hr_department_id = self.env["hr.department"].create({"name": "Hindi"})
        self.theirs.write(
            {"name": "Meera Joshi-Rao", "department_id": hindi.hr_department_id.id}
        )
        self.assertEqual(self.person.name, "Meera Joshi-Rao")
        self.assertEqual(self.person.department_id, hindi)
        self.theirs.work_email = "new@example.com"
        self.assertEqual(self.person.email, "new@example.com")
        self.hr_department.name = "Physics and Astronomy"
        self.assertEqual(self.physics.name, "Physics and Astronomy")

    def test_who_leaves_and_comes_back(self):
        self.theirs.active = False
        self.assertFalse(self.person.active)
        self.theirs.active = True
        self.assertTrue(self.person.active)

    def test_from_the_timetable(self):
        self.person.with_user(self.hr_officer).name = "Prof. Meera Joshi"
        self.assertEqual(self.theirs.name, "Prof. Meera Joshi")
        self.physics.with_user(self.hr_officer).name = "Applied Physics"
        self.assertEqual(self.hr_department.name, "Applied Physics")

    def test_who_may_not_edit_employees_does_not(self):
        member = self.person.with_user(self.officer)
        with self.assertRaisesRegex(AccessError, "kept in Employees"):
            member.name = "Another name"
        member.write({"name": self.person.name, "max_periods_day": 4})
        self.assertEqual(self.person.max_periods_day, 4)
