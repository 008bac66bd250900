"""Classes in calendars: updated and never doubled; busy hours that count."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import new_test_user

from odoo.addons.timetable_nep.tests.test_meeting import MONDAY, MeetingCase


@freeze_time("2027-01-01 06:00:00")
class CalendarCase(MeetingCase):
    """F2 teaches E5 on four Mondays, F3 could; both log in to Odoo."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {}
        for code in ("F2", "F3"):
            user = new_test_user(cls.env, f"tt_{code}", groups="base.group_user")
            cls.faculty[code].partner_id = user.partner_id
            cls.users[code] = user
        cls.users["F2"].partner_id.timetable_in_calendar = True

    def setUp(self):
        super().setUp()
        self.no_commit()

    def sync(self):
        self.env["timetable.meeting"]._cron_calendar()

    def events(self, code="F2"):
        return self.env["calendar.event"].search(
            [("timetable_owner_id", "=", self.users[code].partner_id.id)], order="start"
        )


@freeze_time("2027-01-01 06:00:00")
class TestCalendar(CalendarCase):
    def test_once_each_and_only_for_who_wants(self):
        self.sync()
        events = self.events()
        self.assertEqual(len(events), 4)
        self.assertFalse(self.events("F3"))
        first = events[0]
        meeting = self.meeting("E5", MONDAY)
        self.assertEqual((first.start, first.stop), (meeting.start, meeting.stop))
        self.assertEqual(first.location, self.room["R3"].name)
        self.assertEqual(first.user_id, self.users["F2"])
        self.assertEqual(first.partner_ids, self.users["F2"].partner_id)
        with self.assertQueryCount(40):
            self.sync()
        self.assertEqual(self.events(), events)

    def test_follows_a_move_a_substitute_and_a_cancelled_class(self):
        self.users["F3"].partner_id.timetable_in_calendar = True
        self.sync()
        events = self.events()
        before = len(self.events("F3"))
        moved, given, dropped = self.meetings("E5")[:3]
        wednesday = MONDAY + timedelta(days=2)
        moved._move(wednesday, self.slot["T22"])
        given._substitute(self.faculty["F3"])
        dropped._cancel("Rain")
        self.sync()
        self.assertEqual(events[0].start, moved.start)
        self.assertEqual(events[0].start.date(), wednesday)
        self.assertFalse((events[1] | events[2]).exists())
        self.assertEqual(len(self.events("F3")), before + 1)
        dropped.action_undo()
        self.sync()
        self.assertEqual(len(self.events()), 3)

    def test_nobody_is_written_to(self):
        before = self.env["mail.mail"].search_count([])
        self.sync()
        self.meeting("E5", MONDAY)._move_room(self.room["R1"])
        self.sync()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        self.assertIn(self.room["R1"].name, self.events()[0].location)

    def test_put_away_by_hand_stays_away(self):
        self.sync()
        self.events()[0].active = False
        self.sync()
        self.assertEqual(len(self.events()), 3)

    def test_students_too(self):
        student = self.student["S3"]
        student.partner_id = self.internal.partner_id
        student.partner_id.timetable_in_calendar = True
        self.sync()
        own = self.env["calendar.event"].search(
            [("timetable_owner_id", "=", student.partner_id.id)]
        )
        self.assertEqual(len(own), 4)
        self.assertEqual(own.user_id, self.internal)

    def test_who_does_not_want_it_any_more(self):
        self.sync()
        self.users["F2"].with_user(self.users["F2"]).timetable_in_calendar = False
        self.sync()
        self.assertFalse(self.events())

    def test_not_in_force_any_more(self):
        self.sync()
        self.variant.with_user(self.officer).action_archive()
        self.sync()
        self.assertFalse(self.events())


@freeze_time("2027-01-01 06:00:00")
class TestBusy(CalendarCase):
    def busy(self, **values):
        meeting = self.meeting("E5", MONDAY)
        person = self.users["F3"].partner_id
        return self.env["calendar.event"].create(
            {
                "name": "Senate",
                "start": meeting.start,
                "stop": meeting.stop,
                "partner_ids": [(6, 0, person.ids)],
                "user_id": self.users["F3"].id,
                **values,
            }
        )

    def proposed(self):
        rows = self.meeting("E5", MONDAY)._substitutes()
        return [row["faculty"] for row in rows]

    def test_busy_hours_count_for_who_wants(self):
        third = self.faculty["F3"]
        senate = self.busy()
        self.assertIn(third, self.proposed())
        third.partner_id.timetable_busy_counts = True
        self.assertNotIn(third, self.proposed())
        with self.assertRaisesRegex(UserError, "not available"):
            self.meeting("E5", MONDAY)._substitute(third)
        senate.show_as = "free"
        self.assertIn(third, self.proposed())

    def test_all_day(self):
        self.faculty["F3"].partner_id.timetable_busy_counts = True
        self.busy(allday=True, start_date=MONDAY, stop_date=MONDAY)
        self.assertNotIn(self.faculty["F3"], self.proposed())

    def test_own_classes_do_not_count(self):
        person = self.users["F3"].partner_id
        person.write({"timetable_busy_counts": True, "timetable_in_calendar": True})
        self.sync()
        self.assertTrue(self.events("F3"))
        self.assertIn(self.faculty["F3"], self.proposed())
