"""What is in force is never booked twice: one day, two terms, two grids."""

from datetime import timedelta

from odoo.exceptions import UserError

from ..tools.feasibility import Candidate, Feasibility, Grid, Room
from .common import make_variant
from .test_meeting import MONDAY, MeetingCase

TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)


class TestUndo(MeetingCase):
    """Going back is checked as going forth is."""

    def setUp(self):
        super().setUp()
        # E1 (R1, Tuesday at nine) is cancelled, and E3 takes its place.
        self.cancelled = self.meeting("E1", TUESDAY)
        self.cancelled._cancel("Ill")
        self.other = self.meeting("E3", WEDNESDAY)
        self.other._move(TUESDAY, self.slot["T11"], self.room["R1"])

    def test_undo_into_a_place_that_is_taken(self):
        change = self.cancelled.change_id
        with self.assertRaisesRegex(UserError, "PHY101-A cannot"):
            change.with_user(self.officer).action_undo()
        self.assertEqual(self.cancelled.status, "cancelled")
        self.assertEqual(change.state, "active")

    def test_the_form_offers_another_place(self):
        action = self.cancelled.action_undo()
        self.assertEqual(action["res_model"], "timetable.meeting.wizard")
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(self.officer)
        self.assertEqual(
            (wizard.kind, wizard.date, wizard.timeslot_id),
            ("move", TUESDAY, self.slot["T11"]),
        )
        self.assertIn("cannot go back", wizard.note)
        self.assertFalse(wizard.feasible)
        wizard.timeslot_id = self.slot["T12"]
        self.assertTrue(wizard.feasible, wizard.verdict)
        wizard.action_apply()
        self.assertEqual(self.cancelled.status, "moved")

    def test_undo_where_nothing_is_in_the_way(self):
        self.other.action_undo()
        self.cancelled.action_undo()
        self.assertEqual(self.cancelled.status, "planned")

    def test_undo_of_a_substitute_whose_predecessor_is_busy(self):
        """F2 was let off on Monday, and holds an extra class in the meantime."""
        meeting = self.meeting("E5", MONDAY)
        meeting._substitute(self.faculty["F3"])
        self.event["E5"].class_id.enrolment_ids.unlink()
        self.event["E3"].with_user(self.officer)._extra(
            MONDAY, self.slot["T01"], self.room["R1"], self.faculty["F2"]
        )
        with self.assertRaisesRegex(UserError, "teaches PHY101-B then"):
            meeting.change_id.with_user(self.officer).action_undo()
        self.assertEqual(meeting.faculty_ids, self.faculty["F3"])

    def test_a_substitute_does_not_bring_back_into_a_taken_room(self):
        with self.assertRaisesRegex(UserError, "cannot"):
            self.cancelled._substitute(self.faculty["F2"])
        self.assertEqual(self.cancelled.status, "cancelled")
        self.other.action_undo()
        self.cancelled._substitute(self.faculty["F2"])
        self.assertEqual(self.cancelled.status, "substituted")

    def test_another_room_is_another_one(self):
        meeting = self.meeting("E5", MONDAY)
        with self.assertRaisesRegex(UserError, "already"):
            meeting._move_room(self.room["R3"])
        wizard = (
            self.env["timetable.meeting.wizard"]
            .with_user(self.officer)
            .create({"kind": "room", "meeting_ids": [(6, 0, meeting.ids)]})
        )
        self.assertNotIn(self.room["R3"], wizard.free_room_ids)
        self.assertEqual(wizard.verdict, "Everybody is free, and one suitable room is.")


class TestOwnRoom(MeetingCase):
    """The room that a class has comes first, wherever it goes."""

    def test_own_room_is_best(self):
        rooms = [Room(1, 40), Room(2, 40), Room(3, 40)]
        need = Candidate(event=1, section=1, preferred_rooms=(3, 3))
        grid = Grid([(11, 0, 1)])
        self.assertEqual(
            Feasibility(grid, need, [], rooms).verdict(11).rooms, (3, 1, 2)
        )

    def test_a_move_keeps_the_room(self):
        draft = make_variant(
            self.term, [(self.event["E5"], self.slot["T01"], self.room["R3"])]
        )
        self.room["R1"].capacity = self.room["R3"].capacity
        card = draft.with_user(self.officer).board_move(
            self.event["E5"].id, self.slot["T21"].id
        )
        self.assertEqual(card["room_id"], self.room["R3"].id)


class TestTwoTerms(MeetingCase):
    """A second term with a grid of its own shares rooms, people and students."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grid = cls.env["timetable.grid"].create(
            {
                "name": "Half hours",
                "days": 5,
                "periods": 6,
                "first_hour": 8.5,
                "period_hours": 1.0,
                "break_after": 0,
            }
        )
        cls.grid.action_fill()
        cls.second = cls.env["timetable.term"].create(
            {
                "name": "Trimester",
                "grid_id": cls.grid.id,
                "date_start": MONDAY,
                "date_end": MONDAY + timedelta(days=27),
                "room_ids": [(6, 0, cls.term.room_ids.ids)],
            }
        )
        course = cls.env["timetable.course"].create({"code": "MBA1", "name": "Money"})
        cls.section = cls.env["timetable.class"].create(
            {
                "offering_id": cls.env["timetable.offering"]
                .create({"course_id": course.id, "term_id": cls.second.id})
                .id,
                "code": "MBA1-A",
                "limit": 20,
                "faculty_ids": [(6, 0, cls.faculty["F2"].ids)],
            }
        )
        cls.guest = cls.env["timetable.event"].create({"class_id": cls.section.id})
        cls.half_past = {
            (slot.day, slot.hour_from): slot for slot in cls.grid.timeslot_ids
        }

    def draft(self, day=None, hour=None, room=None, **values):
        places = []
        if day is not None:
            places = [(self.guest, self.half_past[day, hour], room)]
        return make_variant(self.second, places, **values)

    def test_board_sees_what_the_other_term_holds(self):
        """E5 is held by F2 on Monday from nine to ten, in R3."""
        cells = (
            self.draft()
            .with_user(self.officer)
            .board_feasibility(self.guest.id)["cells"]
        )
        for hour in (8.5, 9.5):
            cell = cells[self.half_past[0, hour].id]
            self.assertFalse(cell["ok"], hour)
            self.assertIn("teaches AEC1-A then", cell["reason"])
        self.assertTrue(cells[self.half_past[0, 10.5].id]["ok"])
        rooms = (
            self.draft()
            .with_user(self.officer)
            .board_rooms(self.guest.id, self.half_past[1, 8.5].id)
        )
        self.assertNotIn(self.room["R1"].id, [row["id"] for row in rooms])
        with self.assertRaisesRegex(UserError, "cannot be placed"):
            self.draft().with_user(self.officer).board_move(
                self.guest.id, self.half_past[0, 8.5].id
            )

    def test_another_term_at_another_time_of_the_year_is_not_in_the_way(self):
        self.second.write(
            {
                "date_start": MONDAY + timedelta(days=70),
                "date_end": MONDAY + timedelta(days=97),
            }
        )
        cells = (
            self.draft()
            .with_user(self.officer)
            .board_feasibility(self.guest.id)["cells"]
        )
        self.assertTrue(cells[self.half_past[0, 8.5].id]["ok"])

    def test_students_in_both_terms(self):
        self.section.faculty_ids = False
        self.env["timetable.enrolment"].create(
            {
                "student_id": self.student["S3"].id,
                "offering_id": self.section.offering_id.id,
                "class_id": self.section.id,
            }
        )
        cell = (
            self.draft()
            .with_user(self.officer)
            .board_feasibility(self.guest.id)["cells"][self.half_past[0, 8.5].id]
        )
        self.assertIn("One student is in AEC1-A then", cell["reason"])

    def test_conflicts_and_publish_form_say_so(self):
        draft = self.draft(0, 8.5, self.room["R3"])
        data = draft.with_user(self.officer).conflicts_data()
        self.assertEqual(
            {row["rule"] for row in data["rules"]},
            {"faculty_conflict", "room_conflict"},
        )
        item = next(r for r in data["rules"] if r["rule"] == "room_conflict")["items"]
        self.assertIn(self.term.name, item[0]["sentence"])
        form = self.env["timetable.publish.wizard"].with_user(self.officer)
        draft = self.draft(0, 8.5, self.room["R3"], state="approved")
        self.assertIn(
            "2 rules are broken", form.create({"variant_id": draft.id}).warning
        )

    def test_solver_is_told_that_the_hours_are_closed(self):
        rows = self.second._snapshot_rows()
        room = next(r for r in rows["rooms"] if r["id"] == self.room["R3"].id)
        self.assertIn(self.half_past[0, 8.5].id, room["unavailable"])
        self.assertNotIn(self.half_past[0, 10.5].id, room["unavailable"])
        person = next(r for r in rows["faculty"] if r["id"] == self.faculty["F2"].id)
        self.assertIn(self.half_past[0, 9.5].id, person["cannot"])

    def test_dated_changes_go_by_the_clock(self):
        """The other grid's class on Tuesday, 10:30, keeps its room and its person."""
        draft = self.draft(1, 10.5, self.room["R3"], state="approved")
        draft.with_user(self.approver).action_publish()
        meeting = self.meeting("E5", MONDAY)
        for slot in ("T12", "T13"):  # 10:00 and 11:00
            with self.assertRaisesRegex(UserError, "teaches MBA1-A then"):
                meeting._move(TUESDAY, self.slot[slot])
        with self.assertRaisesRegex(UserError, "taken, closed"):
            self.event["E3"].with_user(self.officer)._extra(
                TUESDAY, self.slot["T12"], self.room["R3"], self.faculty["F3"]
            )
        guest = self.Meeting.search(
            [("event_id", "=", self.guest.id), ("date", "=", TUESDAY)]
        )
        self.assertNotIn(
            self.faculty["F1"],
            [row["faculty"] for row in self.meeting("E1", TUESDAY)._substitutes()],
        )
        self.meeting("E1", TUESDAY)._move(TUESDAY, self.slot["T12"], self.room["R1"])
        self.assertNotIn(
            self.faculty["F1"], [row["faculty"] for row in guest._substitutes()]
        )


class TestMarks(MeetingCase):
    """What has another name is not what changed."""

    def test_names_do_not_mark(self):
        week = self.env["timetable.week"]
        partner = self.student["S3"].partner_id
        self.meeting("E5", MONDAY)._substitute(self.faculty["F3"])

        def marks():
            self.env.invalidate_all()
            shown = week._of_partner(partner, MONDAY)
            shown["coming"] = shown["meetings"]
            return {key: row[0] for key, row in week._marks(shown).items()}

        before = marks()
        self.assertEqual(len(before), 2)
        self.room["R3"].name = "Renamed"
        self.faculty["F2"].partner_id.name = "Renamed"
        self.faculty["F3"].partner_id.name = "Renamed"
        self.assertEqual(marks(), before)
        self.meeting("E5", MONDAY)._move_room(self.room["R1"])
        self.assertNotEqual(marks(), before)
