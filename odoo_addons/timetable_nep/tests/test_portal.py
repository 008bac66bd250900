from odoo.tests import HttpCase, tagged

from .common import BECAUSE, import_problem, make_users, make_variant, small_problem


@tagged("post_install", "-at_install")
class TestPortal(HttpCase):
    """The page of one's own week."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_users(cls)
        cls.term = import_problem(
            cls.env(user=cls.officer), small_problem() | {"previous": []}
        )
        cls.teacher = cls.env["timetable.faculty"].search([("code", "=", "F1")])
        cls.teacher.partner_id = cls.portal.partner_id
        cls.variant = make_variant(cls.term, state="approved")

    def page(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open("/my/timetable")

    def test_nothing_published(self):
        response = self.page(self.portal)
        self.assertEqual(response.status_code, 200)
        self.assertIn("No timetable is published for you yet", response.text)
        self.assertNotIn("Mechanics", response.text)

    def test_own_week(self):
        self.variant.with_user(self.approver).action_publish(reason=BECAUSE)
        text = self.page(self.portal).text
        self.assertIn("Mechanics", text)
        self.assertNotIn("Hindi for all", text)
        self.assertRegex(text, r"\b\d\d:00\b")

    def test_student_week_shows_no_other_student(self):
        student = self.env["timetable.student"].search([("code", "=", "S3")])
        student.partner_id = self.other_portal.partner_id
        others = self.env["timetable.student"].search([]) - student
        for other in others:
            other.partner_id.name = f"Zenobia Quixote {other.id}"
        self.variant.with_user(self.approver).action_publish(reason=BECAUSE)
        text = self.page(self.other_portal).text
        self.assertIn("Hindi for all", text)
        self.assertNotIn("Mechanics", text)
        for other in others:
            self.assertNotIn(other.name, text)

    def test_visitor_has_to_log_in(self):
        response = self.url_open("/my/timetable", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_address_takes_no_ids(self):
        self.variant.with_user(self.approver).action_publish(reason=BECAUSE)
        self.authenticate(self.other_portal.login, self.other_portal.login)
        for query in (f"?partner_id={self.portal.partner_id.id}", "?id=1", "/1"):
            self.assertNotIn("Mechanics", self.url_open(f"/my/timetable{query}").text)

    def test_counter(self):
        self.variant.with_user(self.approver).action_publish(reason=BECAUSE)
        for user, count in ((self.portal, 2), (self.other_portal, 0)):
            self.authenticate(user.login, user.login)
            answer = self.make_jsonrpc_request(
                "/my/counters", {"counters": ["timetable_count"]}
            )
            self.assertEqual(answer["timetable_count"], count)

    def test_internal_user_who_teaches(self):
        self.teacher.partner_id = self.internal.partner_id
        self.variant.with_user(self.approver).action_publish(reason=BECAUSE)
        self.assertIn("Mechanics", self.page(self.internal).text)

    def test_unknown_person_is_told(self):
        self.variant.with_user(self.approver).action_publish(reason=BECAUSE)
        text = self.page(self.internal).text
        self.assertIn("does not belong to a student or a faculty member", text)
