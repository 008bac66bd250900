from datetime import date, timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import BECAUSE, TimetableCase, make_variant, small_problem

MONDAY = date(2027, 1, 4)
"""First day of the term of these tests; a Monday."""


def meetings_of(partner, first, last):
    """A person's rows between two dates, as pages and calendars read them."""
    week = partner.sudo().env["timetable.week"]
    members = week.env["timetable.faculty"].search([("partner_id", "=", partner.id)])
    events = week.env["timetable.assignment"]._events_of_partner(partner)
    found = week._meetings_between(week._domain_of(events, members), first, last)
    rows = week._dated_rows(found, members)
    return [row for row in rows if first <= row["date"] <= last]


class MeetingCase(TimetableCase):
    """A published week over four weeks, with one holiday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.timetable_tz = "Asia/Kathmandu"
        cls.term = cls.import_problem(small_problem() | {"previous": [], "pins": []})
        cls.term.write({"date_start": MONDAY, "date_end": MONDAY + timedelta(days=27)})
        event = {
            row.code: row
            for row in cls.env["timetable.event"].search(
                [("term_id", "=", cls.term.id)]
            )
        }
        cls.slot = {row.code: row for row in cls.term.grid_id.timeslot_ids}
        cls.room = {row.code: row for row in cls.term.room_ids}
        cls.faculty = {
            row.code: row
            for row in cls.env["timetable.faculty"].search([("code", "like", "F")])
            if row.create_uid == cls.officer
        }
        cls.event = event
        cls.variant = make_variant(
            cls.term,
            [
                (event["E1"], cls.slot["T11"], cls.room["R1"]),  # Tue, F1
                (event["E2"], cls.slot["T02"], cls.room["R2"]),  # Mon, F1 and F3
                (event["E3"], cls.slot["T21"], cls.room["R3"]),  # Wed, F3
                (event["E5"], cls.slot["T01"], cls.room["R3"]),  # Mon, F2
            ],
            state="approved",
        )
        cls.variant.with_user(cls.approver).action_publish(reason=BECAUSE)
        cls.Meeting = cls.env["timetable.meeting"].with_user(cls.officer)
        students = cls.env["timetable.student"].search([])
        cls.student = {
            row.code: row for row in students if row.create_uid == cls.officer
        }
        section = event["E5"].class_id
        for student in cls.student.values():
            student.partner_id.email = f"{student.code}@example.com"
        cls.env["timetable.enrolment"].search(
            [("offering_id", "=", section.offering_id.id)]
        ).class_id = section

    def meetings(self, code, **extra):
        domain = [("event_id", "=", self.event[code].id)]
        return self.Meeting.search(domain + list(extra.items()))

    def meeting(self, code, day):
        return self.Meeting.search(
            [("event_id", "=", self.event[code].id), ("date", "=", day)]
        )


class TestMeeting(MeetingCase):
    """The published week over the days of the term."""

    def test_week_over_the_term(self):
        mondays = self.meetings("E5")
        self.assertEqual(
            mondays.mapped("date"), [MONDAY + timedelta(days=7 * n) for n in range(4)]
        )
        first = mondays[0]
        self.assertEqual(first.room_id, self.room["R3"])
        self.assertEqual(first.status, "planned")
        # 09:00 in Kathmandu is 03:15 in UTC.
        self.assertEqual(fields.Datetime.to_string(first.start), "2027-01-04 03:15:00")
        self.assertEqual(fields.Datetime.to_string(first.stop), "2027-01-04 04:15:00")
        self.assertEqual(first.faculty_ids, self.faculty["F2"])

    def test_long_event_ends_with_its_last_period(self):
        meeting = self.meetings("E2")[0]
        self.assertEqual((meeting.hour_from, meeting.hour_to), (10.0, 12.0))

    def test_holiday_leaves_the_day_out(self):
        before = self.meetings("E5")
        holiday = self.env["timetable.holiday"].create(
            {"name": "Harvest", "date_start": MONDAY + timedelta(days=6)}
        )
        self.assertEqual(len(self.meetings("E5")), 4)
        holiday.date_end = MONDAY + timedelta(days=8)
        self.assertEqual(self.meetings("E5"), before - before[1])
        self.assertEqual(len(self.meetings("E3")), 4)

    def test_a_drop_in_the_calendar_asks_the_rules(self):
        """Tuesday's class dropped on Wednesday at 10:07 on the university's clock."""
        meeting = self.meeting("E1", MONDAY + timedelta(days=1))
        before = (meeting.date, meeting.timeslot_id)
        action = meeting.drag_to("2027-01-06 04:22:00")
        form = self.env["timetable.meeting.wizard"].with_user(self.officer)
        form = form.browse(action["res_id"])
        self.assertEqual(
            (form.kind, form.date, form.timeslot_id),
            ("move", MONDAY + timedelta(days=2), self.slot["T22"]),
        )
        self.assertEqual((meeting.date, meeting.timeslot_id), before)
        self.assertTrue(form.verdict)
        form.action_apply()
        self.assertEqual(meeting.status, "moved")
        # Where its teacher is, the form says so and nothing moves.
        other = self.meeting("E1", MONDAY + timedelta(days=8))
        form = form.browse(other.drag_to("2027-01-11 04:15:00")["res_id"])
        self.assertEqual(form.timeslot_id, self.slot["T02"])
        self.assertFalse(form.feasible)
        with self.assertRaises(UserError):
            form.action_apply()
        self.assertEqual(other.status, "planned")
        with self.assertRaisesRegex(UserError, "moment"):
            other.drag_to("soon")
        with self.assertRaises(AccessError):
            other.with_user(self.approver).drag_to("2027-01-11 04:15:00")

    def test_nothing_without_a_publication(self):
        self.variant.with_user(self.officer).action_archive()
        self.assertFalse(self.meetings("E5"))

    def test_term_without_dates_runs_from_publication(self):
        self.term.write({"date_start": False, "date_end": False})
        dates = self.meetings("E5").mapped("date")
        self.assertEqual(len(dates), 26)
        today = fields.Date.today()
        self.assertLessEqual(abs((dates[0] - today).days), 7)

    def test_undated_term_begins_in_the_week_of_its_own_clock(self):
        """Monday 02:00 in Kathmandu is Sunday in UTC."""
        self.term.write({"date_start": False, "date_end": False})
        self.variant.sudo()._guarded().published_at = "2027-01-10 20:15:00"
        self.env["timetable.meeting"].sudo()._lay_out(self.term)
        first = min(self.env["timetable.meeting"].search([]).mapped("date"))
        self.assertGreaterEqual(first, MONDAY + timedelta(days=7))

    def test_who_may_not_change_has_no_buttons_for_it(self):
        for user, count in ((self.officer, 2), (self.approver, 0)):
            views = (
                self.env["timetable.meeting"]
                .with_user(user)
                .get_views([(False, "list")])
            )
            header = etree.fromstring(views["views"]["list"]["arch"]).find("header")
            buttons = [] if header is None else header.findall("button")
            self.assertEqual(len(buttons), count, user.login)

    def test_id_survives_a_move(self):
        meeting = self.meeting("E5", MONDAY)
        wednesday = MONDAY + timedelta(days=2)
        change = meeting._move(wednesday, self.slot["T22"])
        moved = self.meeting("E5", wednesday)
        self.assertEqual(moved, meeting)
        self.assertEqual(moved.status, "moved")
        self.assertEqual(moved.origin_date, MONDAY)
        self.assertEqual(moved.change_id, change)
        self.assertFalse(self.meeting("E5", MONDAY))
        change.action_undo()
        self.assertEqual(self.meeting("E5", MONDAY).status, "planned")
        self.assertFalse(self.meeting("E5", wednesday))

    def test_cancel_and_undo(self):
        meeting = self.meeting("E5", MONDAY)
        meeting._cancel("Heavy rain")
        self.assertEqual((meeting.status, meeting.reason), ("cancelled", "Heavy rain"))
        self.assertEqual(self.meetings("E5").mapped("status").count("planned"), 3)
        meeting.action_undo()
        self.assertEqual(meeting.status, "planned")

    def test_steps_add_up_and_undo_one_by_one(self):
        meeting = self.meeting("E5", MONDAY)
        meeting._substitute(self.faculty["F3"])
        meeting._move_room(self.room["R1"])
        self.assertEqual(meeting.faculty_ids, self.faculty["F3"])
        self.assertEqual(meeting.room_id, self.room["R1"])
        self.assertEqual(meeting.change_ids.mapped("state"), ["active", "replaced"])
        meeting.action_undo()
        self.assertEqual(meeting.room_id, self.room["R3"])
        self.assertEqual(meeting.faculty_ids, self.faculty["F3"])
        meeting.action_undo()
        self.assertEqual(meeting.faculty_ids, self.faculty["F2"])
        with self.assertRaises(UserError):
            meeting.change_ids[0].action_undo()

    def test_change_that_lost_its_meeting(self):
        """After another publication a change may have nothing to change."""
        Change = self.env["timetable.meeting.change"].with_user(self.officer)
        lost = [("state", "=", "active"), ("has_effect", "=", False)]
        change = self.meeting("E5", MONDAY)._cancel()
        self.assertTrue(change.has_effect)
        self.assertFalse(Change.search(lost))
        move = self.env["timetable.assignment"]._with_pass(self.variant)
        placed = [("variant_id", "=", self.variant.id)]
        row = move.search([*placed, ("event_id", "=", self.event["E5"].id)])
        row.timeslot_id = self.slot["T12"]
        self.env["timetable.meeting"]._lay_out(self.term)
        change.invalidate_recordset()
        self.assertFalse(change.has_effect)
        self.assertEqual(Change.search(lost), change)

    def test_extra_class(self):
        friday = MONDAY + timedelta(days=2)
        change = (
            self.event["E5"]
            .with_user(self.officer)
            ._extra(friday, self.slot["T25"], reason="Revision")
        )
        extra = self.Meeting.search(
            [("date", "=", friday), ("event_id", "=", self.event["E5"].id)]
        )
        self.assertEqual(extra.status, "extra")
        self.assertFalse(extra.origin_date)
        self.assertEqual(len(self.meetings("E5")), 5)
        extra._cancel()
        self.assertEqual(extra.status, "cancelled")
        extra.action_undo()
        self.assertEqual(extra.status, "extra")
        extra.action_undo()
        self.assertFalse(extra.exists())
        self.assertEqual(change.state, "undone")

    # ---- The rules hold for a date as they do for the week
    def test_rules_of_a_date(self):
        meeting = self.meeting("E1", MONDAY + timedelta(days=1))  # F1
        with self.assertRaisesRegex(UserError, "not available"):
            meeting._move(MONDAY, self.slot["T01"])  # F1 cannot at T01
        wednesday = MONDAY + timedelta(days=2)
        with self.assertRaisesRegex(UserError, "weekday"):
            meeting._move(wednesday, self.slot["T11"])
        # R1 is the only classroom with a projector, and 25 seats are enough.
        other = self.meeting("E5", MONDAY)
        other._move(wednesday, self.slot["T22"], self.room["R1"])
        with self.assertRaisesRegex(UserError, "taken or closed|are in|has .* then"):
            meeting._move(wednesday, self.slot["T22"])
        # A week later nothing stands against it.
        later = self.meeting("E1", MONDAY + timedelta(days=8))
        later._move(MONDAY + timedelta(days=9), self.slot["T22"])
        self.assertEqual(later.room_id, self.room["R1"])

    def test_a_cancelled_meeting_frees_its_room_and_people(self):
        tuesday = MONDAY + timedelta(days=1)
        meeting = self.meeting("E3", MONDAY + timedelta(days=2))
        self.meeting("E1", tuesday)._cancel()
        meeting._move(tuesday, self.slot["T11"], self.room["R1"])
        self.assertEqual(meeting.room_id, self.room["R1"])

    def test_nothing_moves_onto_a_holiday(self):
        self.env["timetable.holiday"].create(
            {"name": "Harvest", "date_start": MONDAY + timedelta(days=2)}
        )
        with self.assertRaisesRegex(UserError, "Harvest"):
            self.meeting("E5", MONDAY)._move(
                MONDAY + timedelta(days=2), self.slot["T22"]
            )

    def test_substitutes_are_free_and_known_first(self):
        """F3 teaches the course; F1 has a meeting then and is not proposed."""
        meeting = self.meeting("E5", MONDAY)  # Mon T01: F1 cannot, F3 is free
        names = [row["faculty"].code for row in meeting._substitutes()]
        self.assertNotIn("F1", names)
        self.assertNotIn("F2", names)
        self.assertIn("F3", names)
        meeting = self.meeting("E1", MONDAY + timedelta(days=1))
        rows = {
            row["faculty"].code: row
            for row in meeting._substitutes()
            if row["faculty"] in self.faculty.values()
        }
        self.assertEqual(list(rows), ["F3", "F2"])
        self.assertTrue(rows["F3"]["same_course"])
        self.assertEqual((rows["F3"]["load"], rows["F2"]["load"]), (3, 1))
        with self.assertRaisesRegex(UserError, "not available"):
            self.meeting("E5", MONDAY)._substitute(self.faculty["F1"])

    def test_weekly_limit_of_a_substitute(self):
        meeting = self.meeting("E1", MONDAY + timedelta(days=1))
        self.faculty["F3"].max_periods_week = 3
        codes = [row["faculty"].code for row in meeting._substitutes()]
        self.assertNotIn("F3", codes)

    # ---- Somebody's own days
    def test_days_of_a_person(self):
        partner = self.student["S3"].partner_id
        week = (MONDAY, MONDAY + timedelta(days=6))
        rows = meetings_of(partner, *week)
        self.assertEqual([row["code"] for row in rows], ["AEC1-A"])
        self.assertEqual(rows[0]["clock_from"], "09:00")
        meeting = self.meeting("E5", MONDAY)
        meeting._move(MONDAY + timedelta(days=8), self.slot["T12"])
        rows = meetings_of(partner, *week)
        self.assertEqual([row["status"] for row in rows], ["moved_away"])
        self.assertEqual(rows[0]["moved_to"], MONDAY + timedelta(days=8))
        rows = meetings_of(
            partner, MONDAY + timedelta(days=7), MONDAY + timedelta(days=13)
        )
        self.assertEqual([row["status"] for row in rows], ["planned", "moved"])
        self.assertEqual(rows[1]["id"], meeting.id)

    def test_days_of_a_substitute(self):
        meeting = self.meeting("E5", MONDAY)
        meeting._substitute(self.faculty["F3"])
        week = (MONDAY, MONDAY)
        own = meetings_of(self.faculty["F2"].partner_id, *week)
        self.assertEqual([(r["covered"], r["teaches"]) for r in own], [(True, False)])
        stands_in = meetings_of(self.faculty["F3"].partner_id, *week)
        self.assertIn(("AEC1-A", True), [(r["code"], r["teaches"]) for r in stands_in])

    # ---- Rights
    def test_who_may(self):
        meeting = self.meeting("E1", MONDAY + timedelta(days=1))  # of Physics
        other = self.meeting("E5", MONDAY)  # of Hindi
        physics = self.event["E1"].department_id
        for user in (self.approver, self.coordinator):
            with self.assertRaises(AccessError):
                meeting.with_user(user)._cancel()
        for user in (self.portal, self.internal):
            with self.assertRaises(AccessError):
                meeting.with_user(user).read(["date"])
        physics.coordinator_ids = self.coordinator
        meeting.with_user(self.coordinator)._cancel()
        self.assertEqual(meeting.status, "cancelled")
        with self.assertRaises(AccessError):
            other.with_user(self.coordinator)._cancel()
        with self.assertRaises(AccessError):
            meeting.change_id.with_user(self.approver).action_undo()

    def test_coordinator_sees_all_days(self):
        """Meetings of other departments too, as a list and a calendar read them."""
        names = {"display_name": {}}
        specification = {
            "display_name": {},
            "start": {},
            "class_id": {"fields": names},
            "course_id": {"fields": names},
            "room_id": {"fields": names},
            "faculty_ids": {"fields": names},
        }
        rows = self.Meeting.with_user(self.coordinator).web_search_read(
            [("term_id", "=", self.term.id)], specification
        )
        self.assertEqual(rows["length"], 16)
        self.assertEqual(
            {row["class_id"]["display_name"] for row in rows["records"]},
            {"PHY101-A", "PHY101-B", "AEC1-A"},
        )
        pages = (
            self.env["timetable.week.page"]
            .with_user(self.coordinator)
            ._pages(
                self.variant.with_user(self.coordinator),
                "room",
                self.term.room_ids.with_user(self.coordinator),
            )
        )
        self.assertEqual(sum(page["count"] for page in pages), 4)

    def test_changes_are_not_written_directly(self):
        meeting = self.meeting("E5", MONDAY)
        change = meeting._cancel()
        for attempt in (
            lambda: change.with_user(self.admin).write({"cancelled": False}),
            lambda: change.sudo().write({"state": "undone"}),
            lambda: change.sudo().create(
                {"event_id": meeting.event_id.id, "date": MONDAY, "kind": "cancel"}
            ),
            lambda: change.with_user(self.officer).unlink(),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_other_university_sees_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self.officer.copy({"login": "tt_else"})
        user.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.meeting("E5", MONDAY)._cancel()
        for model in ("meeting", "meeting.change", "meeting.notice"):
            self.assertFalse(self.env[f"timetable.{model}"].with_user(user).search([]))


class TestMeetingWizard(MeetingCase):
    """The form behind the buttons."""

    def wizard(self, kind, meetings=None, **vals):
        return (
            self.env["timetable.meeting.wizard"]
            .with_user(self.officer)
            .create(
                {
                    "kind": kind,
                    "meeting_ids": [(6, 0, meetings.ids if meetings else [])],
                    **vals,
                }
            )
        )

    def test_says_before_what_holds(self):
        meeting = self.meeting("E1", MONDAY + timedelta(days=1))
        wizard = self.wizard(
            "move", meeting, date=MONDAY, timeslot_id=self.slot["T01"].id
        )
        self.assertFalse(wizard.feasible)
        self.assertIn("not available", wizard.verdict)
        with self.assertRaises(UserError):
            wizard.action_apply()
        wizard.write(
            {"date": MONDAY + timedelta(days=2), "timeslot_id": self.slot["T22"].id}
        )
        self.assertTrue(wizard.feasible)
        self.assertEqual(wizard.free_room_ids, self.room["R1"])
        wizard.action_apply()
        self.assertEqual(meeting.status, "moved")

    def test_choose_a_proposed_substitute(self):
        meeting = self.meeting("E1", MONDAY + timedelta(days=1))
        action = meeting.action_substitute()
        wizard = (
            self.env["timetable.meeting.wizard"]
            .with_user(self.officer)
            .browse(action["res_id"])
        )
        self.assertEqual(wizard.meeting_ids, meeting)
        best = wizard.candidate_ids[0]
        self.assertEqual(best.fit, "course")
        best.action_choose()
        self.assertEqual(meeting.faculty_ids, best.faculty_id)

    def test_extra(self):
        wizard = self.wizard(
            "extra",
            class_id=self.event["E5"].class_id.id,
            date=MONDAY + timedelta(days=2),
            timeslot_id=self.slot["T25"].id,
        )
        self.assertEqual(wizard.event_id, self.event["E5"])
        self.assertTrue(wizard.feasible)
        wizard.action_apply()
        self.assertEqual(len(self.meetings("E5")), 5)

    def test_several_at_once(self):
        meetings = self.meetings("E5")[:2]
        self.wizard("cancel", meetings, reason="Exams").action_apply()
        self.assertEqual(meetings.mapped("status"), ["cancelled"] * 2)

    def test_day_that_the_week_has_not(self):
        """A Sunday has the hours of the first day, and nothing of its classes."""
        sunday = MONDAY + timedelta(days=6)
        first = self.slot["T01"]
        self.assertNotIn(6, self.term.grid_id.timeslot_ids.mapped("day"))
        wizard = self.wizard("extra", class_id=self.event["E5"].class_id.id)
        wizard.date = sunday
        self.assertIn("Monday", wizard.day_note)
        self.assertEqual(wizard.day, 0)
        wizard.timeslot_id = self.slot["T02"]
        self.assertTrue(wizard.feasible, wizard.verdict)
        wizard.action_apply()
        extra = self.Meeting.search([("date", "=", sunday)])
        self.assertEqual((extra.event_id, extra.hour_from), (self.event["E5"], 10.0))
        # F1 cannot on Mondays at that time, which says nothing of a Sunday.
        self.event["E1"]._extra(sunday, first, self.room["R1"])
        other = self.meeting("E1", MONDAY + timedelta(days=1))
        with self.assertRaisesRegex(UserError, "has .* then"):
            other._move(sunday, self.slot["T02"])
        # Nor is the Monday of that week any fuller for it.
        verdict = self.event["E5"]._dated_verdict(
            MONDAY, first, self.meeting("E5", MONDAY)
        )
        self.assertTrue(verdict.feasible)
