"""The read API: keys, roles, what is told, what has changed."""

import json
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from ..const import API_PATH, READ_SCOPE, ROSTER_SCOPE
from .test_meeting import MONDAY, MeetingCase


@tagged("post_install", "-at_install")
class TestApi(MeetingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = new_test_user(
            cls.env, "tt_reader", groups="timetable_nep.group_timetable_reader"
        )
        cls.lms = new_test_user(
            cls.env, "tt_lms", groups="timetable_nep.group_timetable_roster_reader"
        )
        cls.keys = {
            "read": cls.key(cls.reader, READ_SCOPE),
            "rosters": cls.key(cls.lms, ROSTER_SCOPE),
        }

    @classmethod
    def key(cls, user, scope):
        keys = cls.env["res.users.apikeys"].with_user(user).sudo()
        return keys._generate(scope, "test", fields.Datetime.now() + timedelta(days=1))

    def get(self, path, key="read", headers=None, **query):
        self.env.flush_all()
        text = "&".join(f"{name.rstrip('_')}={value}" for name, value in query.items())
        secret = self.keys.get(key, key)
        return self.url_open(
            f"{API_PATH}/{path}?{text}",
            headers={"Authorization": f"Bearer {secret}", **(headers or {})},
        )

    def meetings_of(self, **query):
        days = {"from": MONDAY, "to": MONDAY + timedelta(days=6)}
        return self.get("meetings", **days, **query).json()["meetings"]

    # ---- Keys and roles
    def test_only_with_a_key_made_for_it(self):
        self.authenticate("tt_officer", "tt_officer")
        self.assertEqual(self.url_open(f"{API_PATH}/terms").status_code, 401)
        for key in ("", "wrong", self.key(self.reader, "other_scope")):
            with self.subTest(key=key[:4]):
                answer = self.get("terms", key)
                self.assertEqual(answer.status_code, 401)
                self.assertIn("API key", answer.json()["detail"])
        self.assertEqual(self.get("terms").status_code, 200)
        self.assertEqual(self.get("rosters").status_code, 401, "another scope")
        self.assertEqual(self.get("meetings", "rosters").status_code, 200)
        self.reader.active = False
        self.assertEqual(self.get("terms").status_code, 401)

    def test_roles(self):
        for user in (self.internal, self.portal):
            with self.subTest(user=user.login):
                answer = self.get("terms", self.key(user, READ_SCOPE))
                self.assertEqual(answer.status_code, 403)
        for user in (self.officer, self.coordinator, self.approver):
            with self.subTest(user=user.login):
                key = self.key(user, None)
                self.assertEqual(self.get("terms", key).status_code, 200)
        # A key alone does not open class lists: the account needs the role.
        own = self.key(self.reader, ROSTER_SCOPE)
        self.assertEqual(self.get("rosters", own).status_code, 403)
        self.assertEqual(
            self.get("rosters", self.key(self.approver, None)).status_code, 403
        )
        for model in ("meeting", "student", "faculty", "term"):
            self.assertFalse(
                self.env[f"timetable.{model}"].with_user(self.reader).has_access("read")
            )

    def test_key_of_the_form_is_narrow(self):
        """A key made for the timetable opens nothing else; no key is made wider."""
        keys = self.env["res.users.apikeys"].with_user(self.officer)
        tomorrow = fields.Datetime.now() + timedelta(hours=20)
        for chosen, scope in (
            (READ_SCOPE, READ_SCOPE),
            (ROSTER_SCOPE, ROSTER_SCOPE),
            (False, None),
            ("rpc", None),
        ):
            with self.subTest(chosen=chosen):
                making = keys.with_context(timetable_key_scope=chosen)
                key = making._generate(None, "Display", tomorrow)
                opens = {
                    name: bool(keys._check_credentials(scope=name, key=key))
                    for name in (READ_SCOPE, ROSTER_SCOPE, "rpc")
                }
                self.assertEqual(opens["rpc"], scope is None)
                self.assertEqual(opens[READ_SCOPE], scope in (None, READ_SCOPE))
                self.assertEqual(opens[ROSTER_SCOPE], scope in (None, ROSTER_SCOPE))
        # One that is asked for by name stays what it is.
        key = keys.with_context(timetable_key_scope=READ_SCOPE)._generate(
            "other", "Other", tomorrow
        )
        self.assertFalse(keys._check_credentials(scope=READ_SCOPE, key=key))

    # ---- What is told
    def test_meetings(self):
        (row,) = [row for row in self.meetings_of() if row["code"] == "AEC1-A"]
        self.assertEqual(row["date"], str(MONDAY))
        self.assertEqual((row["begins"], row["ends"]), ("09:00", "10:00"))
        self.assertEqual(row["begins_utc"], "2027-01-04T03:15:00Z")
        self.assertEqual(row["room"]["name"], self.room["R3"].name)
        self.assertEqual(row["faculty"][0]["code"], "F2")
        self.assertEqual(row["status"], "planned")
        self.assertEqual(len(self.meetings_of(room=self.room["R3"].id)), 2)
        self.assertFalse(self.meetings_of(faculty=99999999))
        for code, student in self.student.items():
            student.name = f"Somebody called {code}"
        told = self.get("classes").text + json.dumps(self.meetings_of())
        self.assertNotIn("Somebody", told)

    def test_pages(self):
        days = {"from": MONDAY, "to": MONDAY + timedelta(days=27)}
        seen, after = [], ""
        while after is not None:
            page = self.get("meetings", **days, limit=5, after=after).json()
            self.assertLessEqual(len(page["meetings"]), 5)
            seen += [row["id"] for row in page["meetings"]]
            after = page["next"]
        self.assertEqual(len(seen), 16)
        self.assertEqual(seen, sorted(set(seen)))

    def test_etag(self):
        first = self.get("meetings", **{"from": MONDAY})
        etag = first.headers["ETag"]
        again = self.get(
            "meetings", headers={"If-None-Match": etag}, **{"from": MONDAY}
        )
        self.assertEqual((again.status_code, again.content), (304, b""))
        self.meeting("E5", MONDAY)._cancel()
        third = self.get(
            "meetings", headers={"If-None-Match": etag}, **{"from": MONDAY}
        )
        self.assertEqual(third.status_code, 200)

    def test_changes(self):
        cursor = self.get("changes").json()["cursor"]
        meeting = self.meeting("E5", MONDAY)
        # All was made in this very transaction, and would be told again.
        old = fields.Datetime.now() - timedelta(days=1)
        self.env.flush_all()
        self.env.cr.execute("UPDATE timetable_meeting SET write_date = %s", [old])
        self.env["timetable.meeting"].invalidate_model()
        found = self.get("changes", since=cursor).json()
        self.assertEqual((found["meetings"], found["gone"]), ([], []))
        meeting._move_room(self.room["R1"])
        holiday = self.env["timetable.holiday"].create(
            {"name": "Harvest", "date_start": MONDAY + timedelta(days=1)}
        )
        found = self.get("changes", since=cursor).json()
        self.assertEqual([row["id"] for row in found["meetings"]], [meeting.id])
        self.assertEqual(found["meetings"][0]["room"]["id"], self.room["R1"].id)
        self.assertEqual(len(found["gone"]), 1)
        holiday.unlink()
        # Another teacher for the rest of the term: rows change without a step.
        self.event["E3"].class_id.faculty_ids = self.faculty["F2"]
        found = self.get("changes", since=cursor).json()
        changed = {row["code"] for row in found["meetings"]}
        self.assertIn(self.event["E3"].class_id.display_name, changed)

    def test_one_that_is_deleted(self):
        cursor = self.get("changes").json()["cursor"]
        event = self.event["E3"].with_user(self.officer)
        change = event._extra(
            MONDAY + timedelta(days=2), self.slot["T22"], self.room["R3"]
        )
        extra = change._meeting().id
        change.action_undo()
        planned = self.meetings("E1").ids
        self.variant.with_user(self.officer).action_archive()
        gone = self.get("changes", since=cursor).json()["gone"]
        self.assertLessEqual({extra, *planned}, set(gone))

    def test_calendar(self):
        answer = self.get("meetings.ics", **{"from": MONDAY}, room=self.room["R3"].id)
        self.assertIn("text/calendar", answer.headers["Content-Type"])
        self.assertEqual(answer.text.count("BEGIN:VEVENT"), 2)

    def test_lists(self):
        self.assertEqual(self.get("").json()["version"], "1.0")
        (term,) = [
            row
            for row in self.get("terms").json()["terms"]
            if row["id"] == self.term.id
        ]
        self.assertEqual(
            (term["begins"], term["zone"]), (str(MONDAY), "Asia/Kathmandu")
        )
        rooms = {row["id"]: row for row in self.get("rooms").json()["rooms"]}
        self.assertEqual(rooms[self.room["R1"].id]["seats"], 40)
        courses = self.get("courses", term=self.term.id).json()["courses"]
        self.assertEqual({row["code"] for row in courses}, {"PHY101", "AEC1"})
        self.assertTrue(self.get("departments").json()["departments"])

    def test_rosters(self):
        section = self.event["E5"].class_id
        (row,) = self.get("rosters", "rosters", class_=section.id).json()["rosters"]
        self.assertEqual(
            {student["code"] for student in row["students"]}, {"S1", "S2", "S3"}
        )
        self.student["S1"].active = False
        (row,) = self.get("rosters", "rosters", class_=section.id).json()["rosters"]
        self.assertNotIn("S1", {student["code"] for student in row["students"]})

    def test_other_university(self):
        other = self.env["res.company"].create({"name": "Other university"})
        self.reader.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        self.assertFalse(self.meetings_of())
        for kind in ("terms", "departments", "rooms", "courses", "classes"):
            self.assertFalse(self.get(kind).json()[kind], kind)

    def test_bad_questions(self):
        for path, query in (
            ("meetings", {"from": "31-01-2027"}),
            ("meetings", {"room": "R1"}),
            ("meetings", {"from": "2027-02-01", "to": "2027-01-01"}),
            ("meetings", {"from": "2027-01-01", "to": "2031-01-01"}),
            ("changes", {"since": "yesterday"}),
            ("changes", {"since": "2020-01-01T00:00:00Z"}),
            ("classes", {"term": "99999999999999999999"}),
        ):
            with self.subTest(path=path, query=query):
                answer = self.get(path, **query)
                self.assertEqual(answer.status_code, 400, answer.text)
                self.assertTrue(answer.json()["detail"])
