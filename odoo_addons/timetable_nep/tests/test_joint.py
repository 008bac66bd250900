from contextlib import contextmanager
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import TimetableCase, make_variant


class TestJoint(TimetableCase):
    """Two codes, one lecture: one time, one room, one teacher."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grid = cls.env["timetable.grid"].create({"name": "G"})
        cls.grid.action_fill()
        cls.hall, cls.room = cls.env["timetable.room"].create(
            [{"name": "Hall", "capacity": 100}, {"name": "Room", "capacity": 60}]
        )
        today = fields.Date.today()
        cls.monday = today + timedelta(days=7 - today.weekday())
        cls.term = cls.env["timetable.term"].create(
            {
                "name": "T",
                "grid_id": cls.grid.id,
                "auto_split": False,
                "date_start": cls.monday,
                "date_end": cls.monday + timedelta(days=13),
                "room_ids": [(6, 0, (cls.hall | cls.room).ids)],
            }
        )
        cls.member = cls.env["timetable.faculty"].create(
            {"partner_id": cls.env["res.partner"].create({"name": "F"}).id}
        )
        cls.one, cls.two, cls.three = (cls.make(name) for name in ("ONE", "TWO", "THR"))
        cls.one.write({"faculty_ids": cls.member.ids, "limit": 60})
        cls.two.limit = 30

    @classmethod
    def make(cls, code):
        course = cls.env["timetable.course"].create(
            {"name": code, "code": code, "credits": 2}
        )
        offering = cls.env["timetable.offering"].create(
            {"term_id": cls.term.id, "course_id": course.id}
        )
        offering.action_split()
        return offering.class_ids

    def join(self):
        self.one.with_user(self.officer).together_ids = self.two
        return self.one.joint_ids

    def slots(self, *places):
        return [
            self.grid.timeslot_ids.filtered(
                lambda s, place=place: (s.day, s.period) == place
            )
            for place in places
        ]

    def place(self, *places, room=None, **values):
        """Both events of the first two classes, in the hall."""
        slots = self.slots(*places)
        return make_variant(
            self.term,
            [
                (event, slot, room or self.hall)
                for section in (self.one, self.two)
                for event, slot in zip(section.event_ids, slots, strict=True)
            ],
            **values,
        )

    @contextmanager
    def refused(self, words):
        """What is tried inside is refused, and nothing of it stays."""
        with (
            self.assertRaisesRegex(UserError, words),
            self.env.cr.savepoint(),
        ):
            yield
        self.env.invalidate_all()

    # ---- Entering
    def test_entered_on_the_class(self):
        joint = self.join()
        self.assertEqual(joint.class_ids, self.one | self.two)
        self.assertEqual(joint.limit, 90)
        self.assertEqual(joint.display_name, "ONE-A + TWO-A")
        self.assertEqual(self.two.together_ids, self.one)
        self.assertEqual(self.two.faculty_ids, self.member, "the same teacher")
        self.two.faculty_ids = False
        self.assertFalse(self.one.faculty_ids, "who teaches one teaches both")
        self.one.together_ids = self.two | self.three
        self.assertEqual(joint.class_ids, self.one | self.two | self.three)
        self.three.together_ids = False
        self.assertEqual(joint.class_ids, self.one | self.two)
        self.two.together_ids = False
        self.assertFalse(joint.exists())

    def test_what_does_not_fit_is_refused(self):
        Joint = self.env["timetable.joint.class"]
        self.three.event_ids[0].duration = 2
        with self.refused("not the same weekly events"):
            self.one.together_ids = self.three
        self.three.event_ids[0].duration = 1
        other = self.env["timetable.faculty"].create(
            {"partner_id": self.env["res.partner"].create({"name": "G"}).id}
        )
        self.three.faculty_ids = other
        with self.refused("have other faculty"):
            self.one.together_ids = self.three
        self.three.faculty_ids = self.member
        joint = self.join()
        with self.refused("with others already"):
            Joint.create(
                {
                    "term_id": self.term.id,
                    "class_ids": [(6, 0, (self.one | self.three).ids)],
                }
            )
        with self.refused("at least two"):
            joint.class_ids = self.one
        with self.refused("not the same weekly events"):
            self.two.event_ids[0].duration = 3

    def test_nobody_takes_both_codes(self):
        partner = self.env["res.partner"].create({"name": "S"})
        student = self.env["timetable.student"].create({"partner_id": partner.id})
        joint = self.join()

        def choose(section):
            self.env["timetable.enrolment"].create(
                {"student_id": student.id, "offering_id": section.offering_id.id}
            )

        choose(self.one)
        with self.refused("keep one of the two"):
            choose(self.two)
        joint.unlink()
        choose(self.two)
        with self.refused("keep one of the two"):
            self.join()

    def test_coordinators_read_only(self):
        self.join()
        with self.assertRaises(AccessError):
            self.one.joint_ids.with_user(self.coordinator).unlink()

    def test_not_while_in_force(self):
        variant = self.place((0, 1), (1, 1), state="approved")
        self.two.event_ids.action_archive()
        self.three.faculty_ids = self.member
        variant.with_user(self.approver).action_publish(reason="Test")
        with self.refused("in the timetable in force"):
            self.env["timetable.joint.class"].create(
                {
                    "term_id": self.term.id,
                    "class_ids": [(6, 0, (self.one | self.three).ids)],
                }
            )

    # ---- Planning
    def test_snapshot(self):
        self.assertNotIn("joint_classes", self.term._snapshot_problem())
        joint = self.join()
        self.assertEqual(
            self.term._snapshot_problem()["joint_classes"],
            [{"id": f"j{joint.id}", "classes": [f"c{self.one.id}", f"c{self.two.id}"]}],
        )

    def rules(self, variant):
        return sorted({finding.broken.rule for finding in variant._audit_findings()})

    def test_together_is_no_conflict(self):
        self.join()
        self.three.event_ids.action_archive()
        together = self.place((0, 1), (1, 1))
        self.assertEqual(self.rules(together), [])
        small = self.place((0, 1), (1, 1), room=self.room)
        self.assertEqual(self.rules(small), ["room_suitability"], "90 in 60 seats")
        rows = together.assignment_ids.with_env(together.sudo()._guarded().env)
        rows[0].timeslot_id = self.slots((3, 1))[0]
        self.assertEqual(self.rules(together), ["joint"])
        self.one.joint_ids.unlink()
        apart = self.place((0, 1), (1, 1))
        self.assertEqual(self.rules(apart), ["faculty_conflict", "room_conflict"])

    def test_moved_as_one(self):
        self.join()
        variant = self.place((0, 1), (1, 1)).with_user(self.officer)
        event, other = self.one.event_ids[0], self.two.event_ids[0]
        (slot,) = self.slots((3, 2))
        variant.board_move(event.id, slot.id)
        for one in (event, other):
            row = variant._board_assignment(one)
            self.assertEqual((row.timeslot_id, row.room_id), (slot, self.hall))
        # What the other code's batch has counts as well.
        batch = self.env["timetable.batch"].create(
            {
                "name": "B",
                "term_id": self.term.id,
                "class_ids": [(6, 0, (self.two | self.three).ids)],
            }
        )
        free, busy = self.slots((4, 1), (4, 2))
        variant.board_move(self.three.event_ids[0].id, busy.id)
        with self.refused(f"{batch.name} has THR-A then"):
            variant.board_move(event.id, busy.id)
        variant.board_pin([other.id])
        with self.refused("is pinned"):
            variant.board_move(event.id, free.id)
        variant.board_unpin([other.id])
        variant.board_move(event.id, False)
        self.assertFalse(variant._board_assignment(other))

    # ---- In force
    def test_meetings_go_together(self):
        self.join()
        self.three.event_ids.action_archive()
        variant = self.place((0, 1), (1, 1), state="approved")
        variant.with_user(self.approver).action_publish()
        Meeting = self.env["timetable.meeting"]
        both = Meeting.search(
            [("term_id", "=", self.term.id), ("date", "=", self.monday)]
        )
        self.assertEqual(both.class_id, self.one | self.two)
        self.assertEqual(both.room_id, self.hall)
        self.assertEqual(both.faculty_ids, self.member)
        self.assertFalse(both._clashes())
        Change = self.env["timetable.meeting.change"].with_user(self.officer)
        change = Change._step(
            both[0].with_user(self.officer), "cancel", {"cancelled": True}
        )
        self.assertEqual(set(both.mapped("status")), {"cancelled"})
        change.action_undo()
        self.assertEqual(set(both.mapped("status")), {"planned"})
