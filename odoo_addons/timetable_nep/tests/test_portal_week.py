from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase
from odoo.tools import mute_logger

from .test_meeting import MONDAY, MeetingCase, meetings_of

QUERIES = 40
"""A page of the week, with layout and session, however many classes it has."""


class PortalCase(MeetingCase, HttpCase):
    """A published week of four weeks; a faculty member and a student with logins.

    09:30 on the Monday in Kathmandu: the first class of the student is under way.
    """

    NOW = datetime(2027, 1, 4, 3, 45)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.faculty["F1"].partner_id = cls.portal.partner_id
        cls.student["S1"].partner_id = cls.other_portal.partner_id

    def setUp(self):
        super().setUp()
        clock = patch.object(fields.Datetime, "now", lambda *_args: self.NOW)
        clock.start()
        self.addCleanup(clock.stop)

    def get(self, user, path="/my/timetable", **kwargs):
        self.authenticate(user.login, user.login)
        return self.url_open(path, **kwargs)

    def post(self, user, path, data=None):
        self.authenticate(user.login, user.login)
        token = Request.csrf_token(self)
        return self.url_open(path, data={"csrf_token": token, **(data or {})})

    def week(self, user, **kwargs):
        return self.env["timetable.week"]._of_partner(user.partner_id, **kwargs)


class TestPortalWeek(PortalCase):
    """Any week of the term, as dates."""

    def test_same_meetings_as_the_view(self):
        """The dates spread here are those that the database's view knows."""
        self.meeting("E5", MONDAY)._cancel("Rain")
        self.meeting("E1", MONDAY + timedelta(days=8))._move(
            MONDAY + timedelta(days=9), self.slot["T22"]
        )
        self.meeting("E2", MONDAY + timedelta(days=14))._substitute(self.faculty["F2"])
        self.event["E5"].with_user(self.officer)._extra(
            MONDAY + timedelta(days=2), self.slot["T25"], reason="Revision"
        )
        self.env["timetable.holiday"].create(
            {"name": "Harvest", "date_start": MONDAY + timedelta(days=21)}
        )
        shared = (
            *("id", "event_id", "date", "period", "clock_from", "clock_to", "status"),
            *("reason", "room", "building", "faculty", "teaches", "covered"),
            *("code", "course", "planned_date", "category", "day", "periods"),
        )
        for user in (self.portal, self.other_portal):
            partner = user.partner_id
            for weeks in range(5):
                monday = MONDAY + timedelta(days=7 * weeks)
                ours = self.week(user, monday=monday)["meetings"]
                theirs = meetings_of(partner, monday, monday + timedelta(days=6))
                with self.subTest(user=user.login, week=weeks):
                    self.assertEqual(
                        [{key: row[key] for key in shared} for row in ours],
                        [{key: row[key] for key in shared} for row in theirs],
                    )

    def test_next_class_and_the_clock_of_the_classrooms(self):
        self.other_portal.tz = "America/New_York"
        week = self.week(self.other_portal)
        self.assertEqual(week["now"], datetime(2027, 1, 4, 9, 30))
        self.assertEqual(week["next"]["event_id"], self.event["E5"].id)
        text = self.get(self.other_portal).text
        self.assertIn("Asia/Kathmandu", text, "the reader's own zone is another one")
        self.assertRegex(text, r"(?s)badge text-bg-primary\">Now<")
        self.other_portal.tz = "Asia/Kathmandu"
        self.assertNotIn("Asia/Kathmandu", self.get(self.other_portal).text)
        # A cancelled class is nobody's next one.
        self.meeting("E5", MONDAY)._cancel("Rain")
        self.assertNotEqual(
            self.week(self.other_portal)["next"]["id"], self.meeting("E5", MONDAY).id
        )

    def test_other_weeks(self):
        text = self.get(self.other_portal, "/my/timetable?week=2027-01-13").text
        self.assertIn("11 – 17 Jan 2027", text)
        self.assertIn("Hindi for all", text)
        self.assertIn("week=2027-01-04", text)
        self.assertIn("week=2027-01-18", text)
        for wrong in ("2027-13-45", "x", "0001-01-01", "9999-12-31", ""):
            response = self.get(self.other_portal, f"/my/timetable?week={wrong}")
            self.assertEqual(response.status_code, 200)
            self.assertIn("4 – 10 Jan 2027", response.text)

    def test_weeks_without_classes_say_why(self):
        self.assertIn(
            "the term is over",
            self.get(self.other_portal, "/my/timetable?week=2027-03-01").text,
        )
        self.assertIn(
            "the term begins later",
            self.get(self.other_portal, "/my/timetable?week=2026-12-01").text,
        )
        self.env["timetable.holiday"].create(
            {
                "name": "Winter break",
                "date_start": MONDAY + timedelta(days=7),
                "date_end": MONDAY + timedelta(days=13),
            }
        )
        text = self.get(self.other_portal, "/my/timetable?week=2027-01-11").text
        self.assertIn("No classes this week: Winter break.", text)

    def test_term_that_has_not_begun_shows_its_first_week(self):
        self.NOW = datetime(2026, 11, 22, 9)
        self.assertEqual(self.week(self.other_portal)["monday"], MONDAY)

    def test_changed_meetings_say_so(self):
        self.meeting("E5", MONDAY)._cancel("Heavy rain")
        text = self.get(self.other_portal).text
        self.assertIn(">Cancelled<", text)
        self.assertIn("Heavy rain", text)
        self.meeting("E5", MONDAY).action_undo()
        self.meeting("E5", MONDAY)._move(MONDAY + timedelta(days=2), self.slot["T22"])
        text = self.get(self.other_portal).text
        self.assertIn(">Moved here<", text)
        self.assertIn("Moved to Wed 6 Jan", text)

    def test_search_and_filter(self):
        self.assertIn("Mechanics", self.get(self.portal, "/my/timetable?q=mech").text)
        text = self.get(self.portal, "/my/timetable?q=nothing+like+it").text
        self.assertIn("Nothing in this week matches", text)
        self.assertNotIn("Mechanics", text.split("Nothing in this week")[1])
        text = self.get(self.portal, "/my/timetable?show=changes").text
        self.assertIn("Nothing in this week matches", text)
        self.assertNotIn(
            "<script>alert", self.get(self.portal, "/my/timetable?q=<script>alert").text
        )

    def test_search_goes_along_to_other_weeks(self):
        path = (
            f"/my/timetable?week={MONDAY + timedelta(days=7)}&q=mech+%26&show=changes"
        )
        text = self.get(self.portal, path).text
        kept = "q=mech+%26&amp;show=changes"
        for monday in (MONDAY, MONDAY + timedelta(days=14)):
            self.assertIn(f"/my/timetable?week={monday}&amp;{kept}", text)
        self.assertIn(f'href="/my/timetable?{kept}"', text)
        self.assertNotIn("&amp;q=", self.get(self.portal).text)

    def test_changes_since_the_last_visit(self):
        day = timedelta(days=1)
        self.assertNotIn("Changed since", self.get(self.portal).text, "first visit")
        self.variant.sudo()._guarded().assignment_ids.filtered(
            lambda row: row.event_id == self.event["E1"]
        ).timeslot_id = self.slot["T12"]
        self.env["timetable.meeting"]._lay_out(self.term)
        self.NOW += day
        for visit in ("the next visit", "the same visit goes on"):
            text = self.get(self.portal).text
            self.assertIn("Changed since your last visit", text, visit)
            self.assertRegex(text, r"before: PHY101-A · Tue 09:00 · North 1")
            self.assertIn(">Changed<", text)
            self.NOW += timedelta(minutes=5)
        self.post(self.portal, "/my/timetable/seen")
        self.assertNotIn("Changed since", self.get(self.portal).text, "known now")
        self.meeting("E2", MONDAY + 7 * day)._cancel("Strike")
        self.env.flush_all()
        self.NOW += day
        self.assertRegex(self.get(self.portal).text, r"Cancelled: <b>PHY101-A")
        self.NOW += day
        self.assertNotIn("Changed since", self.get(self.portal).text, "seen a day ago")

    def test_visits_are_nobodys_business(self):
        self.get(self.portal)
        for user in (self.portal, self.other_portal, self.officer, self.admin):
            with self.assertRaises(AccessError):
                self.env["timetable.week.visit"].with_user(user).search([])

    def test_standing_in_and_being_stood_in_for(self):
        tuesday = MONDAY + timedelta(days=1)
        self.faculty["F2"].partner_id = self.internal.partner_id
        self.meeting("E1", tuesday)._substitute(self.faculty["F2"])
        self.assertIn("Substitute", self.get(self.portal).text)
        self.assertIn("You stand in", self.get(self.internal).text)

    def test_queries_do_not_grow(self):
        """As many for one class as for all, and no more than a page may have."""
        self.get(self.other_portal)
        counts = []
        for events in (["E5"], list(self.event)):
            self.env["timetable.enrolment"].search(
                [("student_id", "=", self.student["S1"].id)]
            ).unlink()
            sections = self.env["timetable.class"].union(
                *(self.event[code].class_id for code in events)
            )
            first = {row.offering_id: row for row in sections}
            self.env["timetable.enrolment"].create(
                [
                    {
                        "student_id": self.student["S1"].id,
                        "offering_id": offering.id,
                        "class_id": section.id,
                    }
                    for offering, section in first.items()
                ]
            )
            self.env.flush_all()
            self.get(self.other_portal)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertIn("Hindi", self.url_open("/my/timetable").text)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3, "a room's building more")
        self.assertLess(max(counts), QUERIES)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_nobody_elses_week(self):
        """By address and by remote calls, with ids and tokens guessed."""
        other = self.portal.partner_id.id
        self.authenticate(self.other_portal.login, self.other_portal.login)
        for query in (
            *(f"?partner_id={other}", f"?partner={other}", f"?id={other}"),
            f"?user_id={self.portal.id}&access_token=x",
        ):
            self.assertNotIn("Mechanics", self.url_open(f"/my/timetable{query}").text)
        self.assertEqual(self.url_open(f"/my/timetable/{other}").status_code, 404)
        for model, method, args in (
            ("timetable.week", "_of_partner", [other]),
            ("timetable.meeting", "_as_dict", [other]),
            ("timetable.meeting", "search_read", [[]]),
            ("timetable.week.visit", "search_read", [[]]),
            ("timetable.feed", "search_read", [[]]),
            ("timetable.variant", "search_read", [[]]),
            ("timetable.event", "search_read", [[]]),
        ):
            with self.subTest(model=model, method=method):
                answer = self.url_open(
                    "/web/dataset/call_kw",
                    json={
                        "params": {
                            "model": model,
                            "method": method,
                            "args": args,
                            "kwargs": {},
                        }
                    },
                ).json()
                self.assertIn("AccessError", answer["error"]["data"]["name"])
        rows = self.make_jsonrpc_request(
            "/web/dataset/call_kw",
            {
                "model": "timetable.assignment",
                "method": "search_read",
                "args": [[], ["event_id"]],
                "kwargs": {},
            },
        )
        own = self.env["timetable.assignment"]._events_of_partner(
            self.other_portal.partner_id
        )
        self.assertEqual({row["event_id"][0] for row in rows}, set(own))


class TestClock(MeetingCase):
    """Which day it is, is asked of the university's clock."""

    def test_today_is_the_universitys(self):
        with freeze_time("2027-01-04 19:00:00"):  # 00:45 of the 5th in Kathmandu
            self.assertEqual(self.term._local_today(), (MONDAY + timedelta(days=1)))
