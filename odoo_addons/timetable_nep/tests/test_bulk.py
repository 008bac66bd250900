from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .common import TimetableCase, small_problem


class TestBulk(TimetableCase):
    """A term chosen once, courses offered and students enrolled many at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem())
        cls.next = cls.env["timetable.term"].create(
            {"name": "Next term", "grid_id": cls.term.grid_id.id}
        )
        cls.courses = cls.term.offering_ids.course_id
        cls.students = cls.env["timetable.student"].search(
            [("code", "in", [row["id"] for row in small_problem()["students"]])]
        )

    def offer(self, user=None, **values):
        Wizard = self.env["timetable.offer.wizard"].with_user(user or self.officer)
        return Wizard.create({"term_id": self.next.id, **values})

    def enrol(self, **values):
        Wizard = self.env["timetable.enrol.wizard"].with_user(self.officer)
        return Wizard.create({"term_id": self.next.id, **values})

    # ---- The term one works on
    def test_the_term_chosen_filters_and_is_the_default(self):
        Term = self.env["timetable.term"].with_user(self.coordinator)
        Term.choose(self.next.id)
        self.assertEqual(Term._chosen(), self.next)
        self.assertEqual(Term.chooser_data()["chosen"], self.next.id)
        self.assertEqual(Term.search([("is_chosen", "=", True)]), self.next)
        self.assertTrue(self.next.with_user(self.coordinator).is_chosen)
        # Others keep theirs.
        self.assertNotEqual(Term.with_user(self.officer)._chosen(), self.next)
        form = Form(self.env["timetable.batch"].with_user(self.coordinator))
        self.assertEqual(form.term_id, self.next)
        self.next.active = False
        self.assertNotIn(self.next, Term._chosen())

    def test_who_may_not_read_terms_chooses_none(self):
        Term = self.env["timetable.term"].with_user(self.internal)
        self.assertEqual(Term.chooser_data(), {"terms": [], "chosen": False})
        with self.assertRaises(AccessError):
            Term.choose(self.term.id)

    def test_offerings_say_their_term_where_terms_are_mixed(self):
        offering = self.term.offering_ids[0]
        self.assertNotIn(self.term.name, offering.display_name)
        shown = offering.with_context(show_term=True).display_name
        self.assertEqual(shown, f"{offering.display_name} ({self.term.name})")

    # ---- Courses
    def test_courses_of_a_programme_are_offered(self):
        department = self.courses.department_id[0]
        programme = self.env["timetable.programme"].create(
            {"name": "BSc", "department_id": department.id}
        )
        wizard = self.offer(programme_ids=programme.ids)
        wanted = self.env["timetable.course"].search(
            [("department_id", "=", department.id)]
        )
        self.assertEqual(wizard.course_ids, wanted)
        wizard.action_offer()
        self.assertEqual(self.next.offering_ids.course_id, wanted)
        with self.assertRaisesRegex(UserError, "does not offer already"):
            self.offer(programme_ids=programme.ids).action_offer()

    def test_courses_marked_in_the_list_are_offered(self):
        wizard = self.offer()
        wizard = wizard.with_context(
            active_model="timetable.course", active_ids=self.courses[:2].ids
        ).create({"term_id": self.next.id})
        wizard.action_offer()
        self.assertEqual(self.next.offering_ids.course_id, self.courses[:2])

    # ---- Students
    def test_a_programme_is_enrolled(self):
        self.offer(course_ids=self.courses[:2].ids).action_offer()
        programme = self.env["timetable.programme"].create({"name": "BSc"})
        self.students[:3].programme_id = programme
        offerings = self.next.offering_ids
        wizard = self.enrol(offering_ids=offerings.ids, programme_id=programme.id)
        self.assertEqual(wizard.student_ids, self.students[:3])
        message = wizard.action_enrol()["params"]["message"]
        self.assertEqual(message, "New enrolments: 6. Enrolled before: 0.")
        self.assertEqual(offerings.mapped("student_count"), [3, 3])
        self.assertTrue(all(offering.class_ids for offering in offerings))
        again = self.enrol(offering_ids=offerings.ids, programme_id=programme.id)
        message = again.action_enrol()["params"]["message"]
        self.assertEqual(message, "New enrolments: 0. Enrolled before: 6.")

    def test_a_batch_is_enrolled(self):
        self.offer(course_ids=self.courses[:1].ids).action_offer()
        self.next.offering_ids.action_split()
        programme = self.env["timetable.programme"].create({"name": "BSc"})
        self.students[:3].programme_id = programme
        batch = self.env["timetable.batch"].create(
            {
                "name": "BSc 1",
                "term_id": self.next.id,
                "programme_id": programme.id,
                "class_ids": self.next.offering_ids.class_ids.ids,
            }
        )
        self.enrol(batch_id=batch.id).action_enrol()
        enrolled = self.next.offering_ids.enrolment_ids.student_id
        self.assertEqual(enrolled, self.students[:3])

    def test_a_pasted_list(self):
        self.offer(course_ids=self.courses[:2].ids).action_offer()
        one, two = self.next.offering_ids
        first, second = self.students[:2]
        text = f"{first.code}\t{one.code}\t{two.code}\n\n{second.code}\t{two.code}\n"
        self.enrol(pasted=text).action_enrol()
        self.assertEqual(one.enrolment_ids.student_id, first)
        self.assertEqual(two.enrolment_ids.student_id, first + second)

    def test_wrong_rows_are_named_and_nothing_is_written(self):
        self.offer(course_ids=self.courses[:1].ids).action_offer()
        offering = self.next.offering_ids
        first = self.students[0]
        text = (
            f"{first.code},{offering.code}\nnobody,{offering.code}\n{first.code},XYZ9"
        )
        wizard = self.enrol(pasted=text)
        with self.assertRaises(UserError) as caught:
            wizard.action_enrol()
        self.assertIn("Line 2: 0 students", str(caught.exception))
        self.assertIn("Line 3: Next term does not offer", str(caught.exception))
        self.assertFalse(offering.enrolment_ids)
        wizard.keep_right_rows = True
        message = wizard.action_enrol()["params"]["message"]
        self.assertIn("New enrolments: 1.", message)
        self.assertIn("Line 2", message)
        self.assertEqual(offering.enrolment_ids.student_id, first)

    def test_nothing_chosen_is_said(self):
        with self.assertRaisesRegex(UserError, "Choose offerings, and who"):
            self.enrol().action_enrol()
