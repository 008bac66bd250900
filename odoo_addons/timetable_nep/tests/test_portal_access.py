from odoo.exceptions import AccessError, UserError

from .common import TimetableCase


class TestPortalAccess(TimetableCase):
    """Logins for many people at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Student = cls.env["timetable.student"].with_user(cls.officer)
        cls.students = Student.create(
            [
                {"name": "Asha", "code": "P1", "email": "asha@college.example"},
                {"name": "Bela", "code": "P2", "email": "bela@college.example"},
                {"name": "Chitra", "code": "P3"},
                {"name": "Deepa", "code": "P4", "email": "not an address"},
            ]
        )

    def test_in_bulk(self):
        asha, bela, chitra, deepa = self.students
        mails = self.env["mail.mail"].search_count([])
        told = self.students.action_grant_portal_access()["params"]
        for student in (asha, bela):
            user = student.partner_id.user_ids
            self.assertTrue(user._is_portal())
            self.assertEqual(user.login, student.email)
        self.assertFalse((chitra + deepa).partner_id.user_ids)
        self.assertIn("New logins: 2.", told["message"])
        self.assertIn("usable e-mail address: Chitra, Deepa.", told["message"])
        self.assertEqual(told["type"], "warning")
        # They are sent by the mail queue, not while the officer waits.
        self.assertEqual(self.env["mail.mail"].search_count([]), mails + 2)
        waiting = self.students.search(
            [("id", "in", self.students.ids), ("has_login", "=", False)]
        )
        self.assertEqual(waiting, chitra + deepa)
        self.assertEqual(self.students.mapped("has_login"), [True, True, False, False])
        with self.assertRaisesRegex(UserError, "have a login already"):
            asha.action_grant_portal_access()

    def test_an_address_in_use_is_said(self):
        self.env["res.users"].create(
            {"name": "Other", "login": "asha@college.example"}
        ).email = "asha@college.example"
        told = self.students[0].action_grant_portal_access()["params"]
        self.assertIn("belongs to another login: Asha.", told["message"])
        self.assertFalse(self.students[0].partner_id.user_ids)

    def test_only_who_may_create_contacts(self):
        with self.assertRaises(AccessError):
            self.students.with_user(self.coordinator).action_grant_portal_access()
