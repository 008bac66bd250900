from datetime import date

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .test_portal_week import PortalCase

PATH = "/my/timetable/wishes"


class TestFacultyWishes(PortalCase):
    """Teaching times, given by faculty members in the portal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term.write(
            {
                "preference_open": date(2027, 1, 1),
                "preference_close": date(2027, 1, 10),
                "preference_max_cannot": 2,
            }
        )
        cls.member = cls.faculty["F1"]

    def levels(self):
        said = self.member._wish_levels(self.term)
        Slot = self.env["timetable.timeslot"]
        return {Slot.browse(slot).code: level for slot, level in said.items()}

    def send(self, user, **levels):
        data = {f"slot_{self.slot[code].id}": level for code, level in levels.items()}
        return self.post(user, PATH, {"term": self.term.id, **data})

    def test_saved(self):
        text = self.get(self.portal, PATH).text
        self.assertIn("until", text)
        self.assertRegex(text, r'(?s)aria-label="Monday 09:00".*?value="cannot" sel')
        response = self.send(self.portal, T01="prefer", T02="neutral", T25="cannot")
        self.assertIn("Saved.", response.text)
        self.assertEqual(self.levels(), {"T01": "prefer", "T25": "cannot"})
        self.assertEqual(self.member.wishes_at, self.NOW)
        self.assertEqual(self.term._preference_window(), "open")

    def test_too_many_cannot_keeps_what_was_chosen(self):
        before = self.levels()
        response = self.send(
            self.portal, T01="cannot", T02="cannot", T03="cannot", T05="prefer"
        )
        self.assertIn("Not saved.", response.text)
        self.assertIn("3 periods with", response.text)
        self.assertRegex(
            response.text, r'(?s)aria-label="Monday 13:00".*?value="prefer" selected'
        )
        self.assertEqual(self.levels(), before)

    def test_only_while_the_window_is_open(self):
        for now, words in (
            ("2026-12-31 18:00:00", "can be given from"),
            ("2027-01-10 18:30:00", "The time for this is over"),
        ):
            self.NOW = self.NOW.fromisoformat(now)
            before = self.levels()
            with self.subTest(now=now):
                self.assertIn(words, self.get(self.portal, PATH).text)
                self.assertIn("are not taken", self.send(self.portal, T05="avoid").text)
                self.assertEqual(self.levels(), before)
        # 23:59 of the last day in Kathmandu.
        self.NOW = self.NOW.fromisoformat("2027-01-10 18:14:00")
        self.assertIn("Saved.", self.send(self.portal, T05="avoid").text)
        self.term.preference_open = self.term.preference_close = False
        self.assertIn("not asked for at present", self.get(self.portal, PATH).text)

    def test_foreign_periods_and_levels_are_refused(self):
        other = self.env["timetable.grid"].create({"name": "Other", "days": 1})
        other.action_fill()
        for levels in (
            {other.timeslot_ids[0].id: "prefer"},
            {self.slot["T01"].id: "never"},
        ):
            with self.assertRaisesRegex(UserError, "Load the page again"):
                self.member._save_wishes(self.term, levels)
        company = self.env["res.company"].create({"name": "Second"})
        stranger = self.env["timetable.faculty"].create(
            {"name": "Stranger", "company_id": company.id}
        )
        with self.assertRaisesRegex(UserError, "not of your university"):
            stranger._save_wishes(self.term, {})

    def test_students_and_others_have_no_grid(self):
        for user in (self.other_portal, self.internal):
            response = self.get(user, PATH, allow_redirects=False)
            self.assertEqual(response.status_code, 303)
            self.assertTrue(response.headers["Location"].endswith("/my/timetable"))

    def test_card_on_the_portal_home(self):
        for user, count in ((self.portal, 1), (self.other_portal, 0)):
            self.authenticate(user.login, user.login)
            answer = self.make_jsonrpc_request(
                "/my/counters", {"counters": ["timetable_wish_count"]}
            )
            self.assertEqual(answer["timetable_wish_count"], count)

    @mute_logger("odoo.http")
    def test_without_token_nothing_is_saved(self):
        """A page elsewhere cannot send the form."""
        before = self.levels()
        self.authenticate(self.portal.login, self.portal.login)
        response = self.url_open(
            PATH, data={"term": self.term.id, f"slot_{self.slot['T05'].id}": "cannot"}
        )
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.levels(), before)
