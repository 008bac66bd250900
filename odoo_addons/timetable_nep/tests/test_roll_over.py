from odoo.exceptions import UserError
from odoo.fields import Date

from .common import TimetableCase, small_problem


class TestRollOver(TimetableCase):
    """The next term begins with what this one teaches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem()).with_user(cls.officer)
        cls.term.write({"date_start": "2026-07-01", "date_end": "2026-11-30"})
        cls.env["timetable.basket"].create(
            {
                "name": "Common courses",
                "term_id": cls.term.id,
                "max_choices": 2,
                "offering_ids": [(6, 0, cls.term.offering_ids[:2].ids)],
            }
        )

    def roll_over(self, **values):
        action = self.term.action_roll_over()
        self.assertEqual(action["res_model"], "timetable.roll.over.wizard")
        wizard = (
            self.env["timetable.roll.over.wizard"]
            .with_user(self.officer)
            .with_context(**action["context"])
            .create(values)
        )
        return self.term.browse(wizard.action_roll_over()["res_id"])

    def test_copies_what_is_taught(self):
        new = self.roll_over(name="Spring")
        self.assertEqual(new.name, "Spring")
        for field in ("offering_count", "class_count", "event_count", "batch_count"):
            self.assertEqual(new[field], self.term[field], field)
        self.assertEqual((new.enrolment_count, new.variant_count), (0, 0))
        self.assertEqual(new.band_ids.timeslot_ids, self.term.band_ids.timeslot_ids)
        self.assertEqual(
            new.relation_ids.line_ids.event_id.mapped("code"),
            self.term.relation_ids.line_ids.event_id.mapped("code"),
        )
        events = self.env["timetable.event"].search([("term_id", "=", new.id)])
        self.assertFalse(events.pin_timeslot_id or events.pin_room_id)
        self.assertEqual(
            new.offering_ids.class_ids.faculty_ids,
            self.term.offering_ids.class_ids.faculty_ids,
        )
        self.assertEqual(new.basket_ids.offering_ids, new.offering_ids[:2])

    def test_dates_are_proposed(self):
        new = self.roll_over()
        self.assertEqual(new.date_start, Date.to_date("2027-01-01"))
        self.assertEqual(new.date_end, Date.to_date("2027-05-30"))

    def test_without_people(self):
        new = self.roll_over(keep_faculty=False)
        classes = new.offering_ids.class_ids
        self.assertTrue(classes.event_ids)
        self.assertFalse(classes.faculty_ids | classes.event_ids.faculty_ids)

    def test_into_a_term_that_is_there(self):
        """Its own offerings stay, the missing ones come."""
        target = self.term.create(
            {"name": "Spring", "grid_id": self.term.grid_id.id, "auto_split": False}
        )
        kept = self.env["timetable.offering"].create(
            {"term_id": target.id, "course_id": self.term.offering_ids[0].course_id.id}
        )
        self.assertEqual(self.roll_over(target_id=target.id), target)
        self.assertEqual(target.offering_count, self.term.offering_count)
        self.assertFalse(kept.class_ids)
        again = self.roll_over(target_id=target.id)
        self.assertEqual(again.offering_count, self.term.offering_count)
        self.assertEqual(again.basket_count, 1)

    def test_not_into_itself(self):
        with self.assertRaisesRegex(UserError, "another term"):
            self.roll_over(target_id=self.term.id)
