from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import TimetableCase, small_problem
from .test_meeting import MeetingCase


class TestSetup(TimetableCase):
    """Getting started: steps that tick themselves, the demonstration, home pages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Blank university"})
        cls.users = cls.officer + cls.coordinator + cls.approver
        cls.users.write(
            {"company_ids": [(4, cls.company.id)], "company_id": cls.company.id}
        )

    def setup_of(self, user):
        Setup = self.env["timetable.setup"].with_user(user)
        return Setup.with_context(allowed_company_ids=self.company.ids)

    def ticked(self):
        steps = self.setup_of(self.officer).setup_data()["steps"]
        return {step["key"] for step in steps if step["done"]} - {"service"}

    def test_steps_tick_themselves(self):
        self.assertFalse(self.ticked())
        grid = self.env["timetable.grid"].create(
            {"name": "Week", "company_id": self.company.id}
        )
        self.assertFalse(self.ticked(), "a grid without hours is no week yet")
        grid.action_fill()
        self.assertEqual(self.ticked(), {"grid"})
        self.env["timetable.room"].create(
            {"name": "Room 1", "company_id": self.company.id}
        )
        term = self.env["timetable.term"].create(
            {"name": "Term", "grid_id": grid.id, "company_id": self.company.id}
        )
        course = self.env["timetable.course"].create(
            {"name": "Physics", "credits": 2, "company_id": self.company.id}
        )
        self.env["timetable.offering"].create(
            {"term_id": term.id, "course_id": course.id}
        )
        self.assertEqual(self.ticked(), {"grid", "room", "term", "course", "offering"})
        steps = self.setup_of(self.coordinator).setup_data()
        self.assertFalse(steps["is_empty"] or steps["can_load"])

    def test_the_service_is_the_administrators(self):
        for user, mine in (
            (self.officer, False),
            (self.env.ref("base.user_admin"), True),
        ):
            user.company_ids += self.company
            step = self.setup_of(user).setup_data()["steps"][0]
            self.assertEqual((step["mine"], bool(step["action"])), (mine, mine))

    def test_strangers_are_refused(self):
        with self.assertRaises(AccessError):
            self.setup_of(self.internal).setup_data()
        with self.assertRaises(AccessError):
            self.setup_of(self.coordinator).load_demonstration()

    def test_the_demonstration_is_loaded_once(self):
        setup = self.setup_of(self.officer)
        self.assertTrue(setup.setup_data()["can_load"])
        action = setup.load_demonstration()
        term = self.env["timetable.term"].browse(action["res_id"])
        self.assertEqual(term.company_id, self.company)
        self.assertEqual(term.published_variant_id.state, "published")
        self.assertEqual(self.company.timetable_tz, "Asia/Kolkata")
        programmes = term.offering_ids.enrolment_ids.student_id.programme_id
        self.assertEqual(
            set(programmes.mapped("name")), {"B.Sc. Physics", "B.A. Hindi", "B.Com."}
        )
        self.assertGreaterEqual(
            self.ticked(), {"grid", "room", "faculty", "course", "published"}
        )
        with self.assertRaisesRegex(UserError, "terms already"):
            setup.load_demonstration()

    def test_home_of_each_role(self):
        def home(user):
            action = self.setup_of(user).home_action()
            return action["xml_id"].removeprefix("timetable_nep.")

        self.assertEqual(home(self.officer), "timetable_setup_action")
        self.import_problem(small_problem(), company_id=self.company.id)
        self.assertEqual(home(self.officer), "timetable_variant_action")
        self.assertEqual(home(self.approver), "timetable_variant_action")
        self.assertEqual(home(self.coordinator), "timetable_class_action")
        action = self.env.ref("timetable_nep.timetable_home_action")
        self.assertEqual(self.approver.action_id.id, action.id)
        other = new_test_user(self.env, "tt_plain", groups="base.group_user")
        self.assertFalse(other.action_id)
        ran = action.with_user(self.coordinator).run()
        self.assertEqual(ran["res_model"], "timetable.class")


@tagged("post_install", "-at_install")
class TestWayInTour(HttpCase, MeetingCase):
    def test_steps_and_the_term_chosen(self):
        following = self.term.copy({"name": "Next year"})
        self.start_tour(
            "/odoo/timetable-setup", "timetable_nep_way_in", login="tt_officer"
        )
        self.env.invalidate_all()
        self.assertEqual(self.officer.timetable_term_id, following)
