"""What is in force is never booked twice: one day, two terms, two grids."""

import ast
import re
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError

from ..tools.feasibility import Candidate, Feasibility, Grid, Room
from .common import BECAUSE, make_variant
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
        draft.with_user(self.approver).action_publish(reason=BECAUSE)
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


class TestOneChecker(MeetingCase):
    """Every way to put a class somewhere meets the same check."""

    WRITERS = {
        # what writes what holds for a meeting, and what asks before it does
        "_show": {
            "_hold": "_refuse_clashes",
            "_show_again": "changes that held before, for the rows of a new plan",
            "_take_back": "_hold, or a change that gives way to a new plan",
        },
        "_hold": {"_step": "", "_take_back": ""},
        "_step": {"_change": "", "_extra": "", "_step": "of classes held as one"},
        # what writes places of a timetable, and what asks
        "_board_checked_room": {"board_move": "", "board_arrange": ""},
    }

    def test_nothing_writes_meetings_by_another_way(self):
        """Read from the source: who calls what writes."""
        root = Path(__file__).resolve().parent.parent
        callers = {name: set() for name in self.WRITERS}
        statements = set()
        written = re.compile(r"(INSERT INTO|UPDATE) timetable_(meeting|assignment)\b")
        for file in [*root.glob("models/**/*.py"), *root.glob("wizard/*.py")]:
            for function in ast.walk(ast.parse(file.read_text())):
                if not isinstance(function, ast.FunctionDef):
                    continue
                for node in ast.walk(function):
                    if isinstance(node, ast.Call):
                        called = getattr(node.func, "attr", "")
                        if called in callers:
                            callers[called].add(function.name)
                    text = node.value if isinstance(node, ast.Constant) else None
                    if isinstance(text, str) and written.search(text):
                        statements.add(function.name)
        for name, allowed in self.WRITERS.items():
            self.assertEqual(callers[name], set(allowed), name)
        # The other two say when who teaches changed; the rows themselves stay.
        self.assertEqual(statements, {"_sql_write", "_sql_let_off", "_sql_teach"})

    def test_a_collision_through_each_way(self):
        """Tuesday at nine: E1 is in R1, taught by F1; nothing else gets there."""
        officer = self.officer
        wednesday = self.meeting("E3", WEDNESDAY)
        move = {"date": TUESDAY, "timeslot_id": self.slot["T11"].id}
        room = {"room_id": self.room["R1"].id}
        self.term.batch_ids.unlink()
        # Something in R3 on Tuesday at nine, which would like to be in R1.
        beside = self.event["E5"]
        beside.class_id.enrolment_ids.unlink()
        beside.with_user(officer)._extra(TUESDAY, self.slot["T11"], self.room["R3"])
        guest = self.Meeting.search(
            [("event_id", "=", beside.id), ("date", "=", TUESDAY)]
        )
        # A cancelled one whose place was given away.
        self.meeting("E2", MONDAY)._cancel("Ill")
        self.event["E3"].with_user(officer)._extra(
            MONDAY, self.slot["T03"], self.room["R2"]
        )
        draft = make_variant(
            self.term,
            [
                (self.event["E1"], self.slot["T11"], self.room["R1"]),
                (self.event["E3"], self.slot["T21"], self.room["R3"]),
                (self.event["E5"], self.slot["T12"], self.room["R1"]),
            ],
        ).with_user(officer)
        form = self.env["timetable.meeting.wizard"].with_user(officer)

        def by_form(kind, meetings=(), **values):
            keys = {"meeting_ids": [(6, 0, [row.id for row in meetings])]}
            return form.create({"kind": kind, **keys, **values}).action_apply

        extra = {"class_id": self.event["E3"].class_id.id, **move, **room}
        ways = {
            "move": by_form("move", wednesday, **move, **room),
            "extra class": by_form("extra", event_id=self.event["E3"].id, **extra),
            "other room": by_form("room", guest, **room),
            "substitute": by_form(
                "substitute", guest, faculty_id=self.faculty["F1"].id
            ),
            "undo": self.meeting("E2", MONDAY).change_id.action_undo,
            "board": lambda: draft.board_move(
                self.event["E3"].id, self.slot["T11"].id, self.room["R1"].id
            ),
            "request": lambda: self.variant.with_user(officer)._apply_change(
                self.event["E3"], "move", self.slot["T11"], self.room["R1"]
            ),
            "swap": lambda: draft.board_swap(self.event["E3"].id, self.event["E5"].id),
        }
        self.room["R3"].active = False  # nowhere else to go
        for name, way in ways.items():
            with self.subTest(name), self.assertRaises(UserError):
                way()
        self.assertFalse(
            [
                row
                for row in self.env["timetable.meeting"].search([])._clashes()
                if row["rule"] in ("room_conflict", "faculty_conflict")
            ]
        )

    def test_rows_are_compared_whoever_forgot_to_ask(self):
        """The last word: a step that asked nobody gets no further."""
        meeting = self.meeting("E3", WEDNESDAY)
        values = {
            "new_date": TUESDAY,
            "new_timeslot_id": self.slot["T11"].id,
            "room_changed": True,
            "new_room_id": self.room["R1"].id,
        }
        step = self.env["timetable.meeting.change"].with_user(self.officer)._step
        with self.assertRaisesRegex(UserError, "North 1 holds PHY101-A then"):
            step(meeting, "move", values)

    def test_a_new_plan_takes_back_what_is_in_its_way(self):
        """An extra class in R1, where the next timetable has E5 from then on."""
        self.event["E3"].with_user(self.officer)._extra(
            TUESDAY, self.slot["T12"], self.room["R1"]
        )
        extra = self.Meeting.search([("status", "=", "extra")])
        change = extra.change_id
        harmless = self.meeting("E3", WEDNESDAY)
        harmless._substitute(self.faculty["F2"])
        places = [
            (row.event_id, row.timeslot_id, row.room_id)
            for row in self.variant.assignment_ids
            if row.event_id != self.event["E5"]
        ]
        places.append((self.event["E5"], self.slot["T12"], self.room["R1"]))
        another = make_variant(self.term, places, state="approved")
        another.with_user(self.approver).action_publish(reason=BECAUSE)
        self.assertFalse(extra.exists())
        self.assertEqual(change.state, "undone")
        self.assertEqual(harmless.status, "substituted")
        self.assertEqual(self.meeting("E5", TUESDAY).room_id, self.room["R1"])


class TestRows(MeetingCase):
    """Rows follow the plan, and the past stays."""

    def test_a_new_teacher_teaches_from_today_on(self):
        """Weeks gone by keep who taught them."""
        day = MONDAY + timedelta(days=14)
        with patch.object(type(self.term), "_local_today", lambda _term: day):
            self.event["E5"].class_id.faculty_ids = self.faculty["F3"]
        taught = [row.faculty_ids for row in self.meetings("E5")]
        self.assertEqual(taught, [self.faculty["F2"]] * 2 + [self.faculty["F3"]] * 2)

    def test_a_holiday_that_goes_again(self):
        rows = self.meetings("E5")
        self.meeting("E5", MONDAY)._cancel("Rain")
        holiday = self.env["timetable.holiday"].create(
            {"name": "Harvest", "date_start": MONDAY}
        )
        self.assertEqual(self.meetings("E5"), rows[1:])
        holiday.unlink()
        self.assertEqual(len(self.meetings("E5")), 4)
        self.assertEqual(self.meeting("E5", MONDAY).status, "cancelled")

    def test_a_holiday_in_weeks_that_had_another_plan(self):
        """Without it the class is where its neighbours were."""
        holiday = self.env["timetable.holiday"].create(
            {"name": "Harvest", "date_start": MONDAY + timedelta(days=7)}
        )
        places = [
            (row.event_id, row.timeslot_id, row.room_id)
            for row in self.variant.assignment_ids
            if row.event_id != self.event["E5"]
        ]
        places.append((self.event["E5"], self.slot["T22"], self.room["R3"]))
        another = make_variant(self.term, places, state="approved")
        another.with_user(self.approver).action_publish(
            MONDAY + timedelta(days=14), reason=BECAUSE
        )
        holiday.unlink()
        self.assertEqual(
            self.meetings("E5").mapped("date"),
            [
                *(MONDAY, MONDAY + timedelta(days=7)),
                *(MONDAY + timedelta(days=16), MONDAY + timedelta(days=23)),
            ],
        )

    def test_a_longer_term_and_archived_classes(self):
        self.term.date_end += timedelta(days=7)
        self.assertEqual(len(self.meetings("E5")), 5)
        section = self.event["E5"].class_id
        section.enrolment_ids.unlink()
        section.with_context(timetable_nep_take_away=True).action_archive()
        self.assertFalse(self.meetings("E5"))
        section.action_unarchive()
        self.assertEqual(len(self.meetings("E5")), 5)

    def test_queries_of_laying_out_do_not_grow(self):
        counts = []
        for weeks in (1, 4):
            self.term.date_end = MONDAY + timedelta(days=7 * weeks - 1)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env["timetable.meeting"]._lay_out(self.term)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[0], 20)

    def test_queries_of_a_week_do_not_grow(self):
        week = self.env["timetable.week"]
        partner = self.student["S3"].partner_id
        counts = []
        for monday in (MONDAY, MONDAY + timedelta(days=7)):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(week._of_partner(partner, monday)["meetings"])
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLess(max(counts), 40)
