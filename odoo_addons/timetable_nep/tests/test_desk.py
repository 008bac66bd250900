"""The substitution desk, and changing by hand what is in force."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .test_meeting import MONDAY, MeetingCase

TUESDAY = MONDAY + timedelta(days=1)


class TestDesk(MeetingCase):
    """All gaps of two days on one page, one press each."""

    def setUp(self):
        super().setUp()
        self.env["timetable.absence"].create(
            [
                {"faculty_id": self.faculty["F2"].id, "date_start": MONDAY},
                {
                    "faculty_id": self.faculty["F1"].id,
                    "date_start": MONDAY,
                    "date_end": TUESDAY,
                },
            ]
        )
        self.desk = self.env["timetable.desk"].with_user(self.officer)

    def gaps(self, user=None):
        desk = self.desk.with_user(user or self.officer)
        return {
            row["id"]: row
            for day in desk.desk_data(str(MONDAY))["days"]
            for row in day["gaps"]
        }

    def test_all_gaps_of_two_days(self):
        expected = self.meeting("E5", MONDAY) | self.meeting("E2", MONDAY)
        expected |= self.meeting("E1", TUESDAY)
        self.assertEqual(set(self.gaps()), set(expected.ids))
        first = self.gaps()[self.meeting("E5", MONDAY).id]
        self.assertEqual((first["code"], first["hours"]), ("AEC1-A", "09:00–10:00"))
        names = [row["name"] for row in first["candidates"]]
        self.assertIn(self.faculty["F3"].name, names)
        self.assertNotIn(self.faculty["F1"].name, names, "away as well")

    def test_one_press_and_undo(self):
        meeting = self.meeting("E5", MONDAY)
        self.desk.desk_substitute(meeting.id, self.faculty["F3"].id)
        self.assertEqual(meeting.faculty_ids, self.faculty["F3"])
        self.assertTrue(meeting.change_id.notice_ids, "those concerned are told")
        data = self.desk.desk_data(str(MONDAY))["days"][0]
        self.assertNotIn(meeting.id, [row["id"] for row in data["gaps"]])
        self.assertEqual([row["id"] for row in data["done"]], meeting.ids)
        self.desk.desk_undo(meeting.id)
        self.assertIn(meeting.id, self.gaps())
        self.desk.desk_cancel(meeting.id)
        self.assertEqual(meeting.status, "cancelled")
        self.assertNotIn(meeting.id, self.gaps())

    def test_whoever_teaches_beside_stays(self):
        """E2 is taught by F1, who is away, and F3, who is not."""
        meeting = self.meeting("E2", MONDAY)
        self.env["timetable.absence"].search(
            [("faculty_id", "=", self.faculty["F2"].id)]
        ).unlink()
        self.desk.desk_substitute(meeting.id, self.faculty["F2"].id)
        self.assertEqual(meeting.faculty_ids, self.faculty["F2"] | self.faculty["F3"])

    def test_closed_room(self):
        self.env["timetable.absence"].search([]).unlink()
        self.env["timetable.absence"].create(
            {
                "room_id": self.room["R3"].id,
                "date_start": MONDAY,
                "hour_from": 8,
                "hour_to": 9.5,
            }
        )
        gaps = self.gaps()
        self.assertEqual(list(gaps), self.meeting("E5", MONDAY).ids)
        self.assertTrue(gaps[self.meeting("E5", MONDAY).id]["closed"])

    def test_who_may(self):
        meeting = self.meeting("E5", MONDAY)
        for user in (self.approver, self.internal, self.portal):
            with self.assertRaises(AccessError):
                self.desk.with_user(user).desk_data()
        gap = self.gaps(self.coordinator)[meeting.id]
        self.assertFalse(gap["can_change"])
        self.assertFalse(gap["candidates"])
        with self.assertRaises(AccessError):
            self.desk.with_user(self.coordinator).desk_cancel(meeting.id)
        meeting.department_id.coordinator_ids = self.coordinator
        self.assertTrue(self.gaps(self.coordinator)[meeting.id]["can_change"])

    def test_nonsense_is_refused_in_words(self):
        meeting = self.meeting("E5", MONDAY)
        with self.assertRaisesRegex(UserError, "not in the timetable"):
            self.desk.desk_cancel(10**7)
        with self.assertRaisesRegex(UserError, "Choose who"):
            self.desk.desk_substitute(meeting.id, 10**7)
        with self.assertRaisesRegex(UserError, "not available"):
            self.desk.desk_substitute(meeting.id, self.faculty["F1"].id)


class TestEditCopy(MeetingCase):
    """What is in force is dragged about in a copy, without a solver run."""

    def test_copy_change_publish_from_a_week_on(self):
        with self.assertRaises(AccessError):
            self.variant.with_user(self.coordinator).action_edit_copy()
        action = self.variant.with_user(self.officer).action_edit_copy()
        self.assertEqual(action["tag"], "timetable_nep.board")
        copy = self.env["timetable.variant"].browse(action["params"]["variant_id"])
        self.assertEqual(
            {(r.event_id, r.timeslot_id, r.room_id) for r in copy.assignment_ids},
            {
                (r.event_id, r.timeslot_id, r.room_id)
                for r in self.variant.assignment_ids
            },
        )
        self.assertEqual(copy._read_sectioning(), self.variant._read_sectioning())
        with self.assertRaisesRegex(UserError, "not in force"):
            copy.with_user(self.officer).action_edit_copy()
        board = copy.with_user(self.officer)
        board.board_move(self.event["E3"].id, self.slot["T22"].id)
        self.assertEqual(self.meetings("E3").timeslot_id, self.slot["T21"], "not yet")
        for state in ("submitted", "approved"):
            copy._guarded().state = state
        third = MONDAY + timedelta(days=14)
        wizard = (
            self.env["timetable.publish.wizard"]
            .with_user(self.approver)
            .create(
                {
                    "variant_id": copy.id,
                    "date_from": third,
                    # What was broken in force is so in the copy.
                    "reason": "Agreed with the department.",
                }
            )
        )
        self.assertIn("1 of 4 events move", wizard.effect)
        wizard.action_publish()
        self.assertEqual(
            [row.timeslot_id.code for row in self.meetings("E3")],
            ["T21", "T21", "T22", "T22"],
        )


@tagged("post_install", "-at_install")
class TestDeskPage(HttpCase, MeetingCase):
    """The page in a browser, on a morning with three absences."""

    def test_tour(self):
        for code, day in (("F2", MONDAY), ("F1", MONDAY), ("F1", TUESDAY)):
            self.env["timetable.absence"].create(
                {"faculty_id": self.faculty[code].id, "date_start": day}
            )
        self.start_tour(
            f"/odoo/timetable-desk?day={MONDAY}",
            "timetable_nep_desk",
            login=self.officer.login,
        )
        self.assertEqual(self.meeting("E5", MONDAY).status, "planned")
        self.assertEqual(self.meeting("E1", TUESDAY).status, "cancelled")
