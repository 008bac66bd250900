from datetime import timedelta

from odoo import fields

from .test_choice_portal import ChoicePortalCase


class TestChoiceTourPhone(ChoicePortalCase):
    """A student's way through the choice, on a telephone."""

    browser_size = "390x844"
    touch_enabled = True

    def test_student(self):
        pair = sorted((self.course["MUS1"].id, self.course["ECO1"].id))
        self.window.apart = {"last": [], "never": [pair], "now": []}
        self.course["MUS1"].about = "Ragas for beginners"
        path = f"/my/choices/{self.window.id}"
        login = self.user[0].login
        self.start_tour(path, "timetable_nep_choice_student", login=login, timeout=180)
        self.env.invalidate_all()
        wishes = self.env["timetable.wish"].search(
            [("student_id", "=", self.student[0].id)], order="basket_id, rank"
        )
        self.assertEqual(
            {row.offering_id.code: row.rank for row in wishes},
            {"MUS1": 1, "ART1": 2, "ECO1": 1, "BOT1": 2},
        )
        self.allot()
        self.window.action_tell()
        self.start_tour(path, "timetable_nep_choice_result", login=login, timeout=180)


class TestChoiceTourOfficer(ChoicePortalCase):
    """The officer's pages."""

    browser_size = "1400x900"
    PATH = "/odoo/action-timetable_nep.timetable_choice_window_action"

    def test_open_and_close(self):
        now = fields.Datetime.now()
        window = self.env["timetable.choice.window"].create(
            {
                "name": "Choice of the officer",
                "term_id": self.term.id,
                "date_open": now - timedelta(hours=1),
                "date_close": now + timedelta(days=1),
                "ranks": 2,
            }
        )
        self.start_tour(
            self.PATH,
            "timetable_nep_choice_officer",
            login=self.officer.login,
            timeout=180,
        )
        self.env.invalidate_all()
        self.assertEqual((window.state, window.phase), ("open", "over"))
        self.assertFalse(self.offering["ART1"].open_for_choice)

    def test_allot_and_tell(self):
        for number in range(4):
            self.save(number)
        self.window.date_close = fields.Datetime.now() - timedelta(minutes=1)
        self.start_tour(
            self.PATH,
            "timetable_nep_choice_allot",
            login=self.officer.login,
            timeout=180,
        )
        self.env.invalidate_all()
        self.assertEqual(self.window.state, "done")
        self.assertEqual(
            self.env["timetable.enrolment"].search_count(
                [("window_id", "=", self.window.id)]
            ),
            8,
        )
