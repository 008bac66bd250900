from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError

from .common import TimetableCase, make_variant, small_problem


class TestTeachingTimes(TimetableCase):
    """What somebody says for one term holds there, and nowhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem() | {"previous": [], "pins": []})
        cls.member = cls.term.offering_ids.class_ids.faculty_ids[0]
        cls.env["timetable.faculty.availability"].search(
            [("faculty_id", "=", cls.member.id)]
        ).unlink()
        cls.slot, cls.other = cls.term.grid_id.timeslot_ids[:2]
        cls.next = cls.term.copy({"name": "Next term"})
        # Some days around: the university's clock is not the server's.
        now, days = fields.Date.today(), timedelta(days=3)
        (cls.term + cls.next).write(
            {
                **{"preference_open": now - days, "preference_close": now + days},
                "preference_max_cannot": 1,
            }
        )

    def levels(self, term):
        found = self.env["timetable.faculty.availability"]._levels(
            self.member.ids, term
        )
        return {slot: level for (_member, slot), level in found.items()}

    def test_wishes_for_the_next_term_leave_this_one_alone(self):
        event = self.term.offering_ids.class_ids.event_ids.filtered(
            lambda one: self.member in one.teacher_ids
        )[0]
        variant = make_variant(self.term)
        self.member._save_wishes(self.next, {self.slot.id: "cannot"})
        self.assertEqual(self.levels(self.next), {self.slot.id: "cannot"})
        self.assertEqual(self.levels(self.term), {})
        self.assertNotIn(
            self.slot.id,
            variant._feasibility_candidate(event).teacher_unavailable[self.member.id],
        )
        rows = self.term._snapshot_rows()["faculty"]
        [row] = [row for row in rows if row["id"] == self.member.id]
        self.assertFalse(row["cannot"])
        self.member._save_wishes(self.term, {self.other.id: "prefer"})
        self.assertEqual(self.member._wish_levels(self.next), {self.slot.id: "cannot"})
        self.assertEqual(self.member._wish_levels(self.term), {self.other.id: "prefer"})

    def test_what_is_said_in_general_holds_until_a_term_is_spoken_of(self):
        self.member.availability_ids.create(
            {"faculty_id": self.member.id, "timeslot_id": self.slot.id}
        )
        self.assertEqual(self.member._wish_levels(self.term), {self.slot.id: "cannot"})
        self.member._save_wishes(self.term, {})
        self.assertEqual(self.levels(self.term), {})
        self.assertEqual(self.levels(self.next), {self.slot.id: "cannot"})

    def test_somebody_on_a_shift_can_save_wishes(self):
        """Hours outside the shift are not counted, and not taken away."""
        outside = self.term.grid_id.timeslot_ids - self.slot
        self.env["timetable.faculty.availability"].create(
            [
                {
                    **{"faculty_id": self.member.id, "timeslot_id": slot.id},
                    "source": "shift",
                }
                for slot in outside
            ]
        )
        shown = self.member._wish_levels(self.term)
        self.assertFalse(shown)
        self.member._save_wishes(self.term, shown | {self.slot.id: "prefer"})
        wanted = dict.fromkeys(outside.ids, "cannot") | {self.slot.id: "prefer"}
        self.assertEqual(self.levels(self.term), wanted)
        with self.assertRaisesRegex(UserError, "at most 1"):
            self.member._save_wishes(
                self.term, dict.fromkeys((self.slot + self.other).ids, "cannot")
            )

    def test_hours_of_another_grid_are_refused(self):
        grid = self.term.grid_id.copy({"name": "Another"})
        strange = self.slot.copy({"grid_id": grid.id})
        with self.assertRaisesRegex(ValidationError, "not in the weekly grid"):
            self.env["timetable.faculty.availability"].create(
                {
                    **{"faculty_id": self.member.id, "timeslot_id": strange.id},
                    "term_id": self.term.id,
                }
            )
