from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .test_meeting import MONDAY, MeetingCase


class TestAbsence(MeetingCase):
    """Who is away, or what is closed, on some days."""

    def absence(self, **values):
        return (
            self.env["timetable.absence"]
            .with_user(self.officer)
            .create({"date_start": MONDAY, **values})
        )

    def test_lists_what_is_concerned(self):
        away = self.absence(faculty_id=self.faculty["F2"].id)
        self.assertEqual(away.date_end, MONDAY)
        self.assertEqual(away.meeting_count, 1)
        away.date_end = MONDAY + timedelta(days=7)
        self.assertEqual(away.meeting_count, 2)
        action = away.action_open_meetings()
        self.assertEqual(self.Meeting.search(action["domain"]), self.meetings("E5")[:2])
        self.meeting("E5", MONDAY)._substitute(self.faculty["F3"])
        away.invalidate_recordset()
        self.assertEqual(away.meeting_count, 1)

    def test_who_is_away_is_not_proposed(self):
        meeting, later = self.meetings("E5")[:2]
        third = self.faculty["F3"]
        self.absence(faculty_id=third.id)
        self.assertNotIn(third, [row["faculty"] for row in meeting._substitutes()])
        self.assertIn(third, [row["faculty"] for row in later._substitutes()])
        with self.assertRaisesRegex(UserError, "not available"):
            meeting._substitute(third)

    def test_half_a_day(self):
        """Away until ten on a Monday: E5 is at nine, E2 from ten to twelve."""
        third = self.faculty["F3"]
        away = self.absence(faculty_id=third.id, hour_from=8, hour_to=10)
        self.assertEqual(away.meeting_count, 0)
        self.assertNotIn(
            third,
            [row["faculty"] for row in self.meeting("E5", MONDAY)._substitutes()],
        )
        away.write({"hour_from": 11, "hour_to": 24})
        self.assertEqual(away.meeting_count, 1)
        action = away.action_open_meetings()
        self.assertEqual(
            self.Meeting.search(action["domain"]), self.meeting("E2", MONDAY)
        )
        self.meeting("E5", MONDAY)._substitute(third)

    def test_closed_room_is_not_used(self):
        wednesday = MONDAY + timedelta(days=2)
        closed = self.absence(room_id=self.room["R1"].id, date_start=wednesday)
        meeting = self.meeting("E1", MONDAY + timedelta(days=1))
        with self.assertRaisesRegex(UserError, "taken or closed"):
            meeting._move(wednesday, self.slot["T22"])
        closed.unlink()
        meeting._move(wednesday, self.slot["T22"])
        self.assertEqual(meeting.room_id, self.room["R1"])

    def test_one_of_both(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self.absence()
        self.assertIn("check_one", str(caught.exception))
