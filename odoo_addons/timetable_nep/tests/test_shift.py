from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TimetableCase, small_problem


@tagged("post_install", "-at_install")
class TestShift(TimetableCase):
    """Hours of a shift become times at which somebody or something is not available."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem())
        cls.slots = cls.term.grid_id.timeslot_ids
        for slot in cls.slots:
            hour = 8.0 + slot.period
            slot.write({"hour_from": hour, "hour_to": hour + 1})
        cls.noon = sorted(set(cls.slots.mapped("hour_from")))[1]
        cls.morning = cls.slots.filtered(lambda slot: slot.hour_to <= cls.noon)
        cls.rest = cls.slots - cls.morning

    def shift(self, records, hours, **values):
        wizard = (
            self.env["timetable.shift.wizard"]
            .with_user(self.officer)
            .with_context(active_model=records._name, active_ids=records.ids)
            .create({"hour_from": hours[0], "hour_to": hours[1], **values})
        )
        self.assertEqual(wizard.grid_id, self.term.grid_id)
        wizard.action_apply()

    def test_classes_and_rooms(self):
        """Another shift takes the place of the one before, and the snapshot has it."""
        self.assertTrue(self.morning and self.rest)
        section = self.term.offering_ids.class_ids[0]
        for records in (section, self.term.room_ids[0]):
            with self.subTest(records=records):
                self.shift(records, (0, self.noon))
                self.assertEqual(records.unavailable_timeslot_ids, self.rest)
                self.shift(records, (self.noon, 24), reopen=False)
                self.assertEqual(records.unavailable_timeslot_ids, self.slots)
                self.shift(records, (self.noon, 24))
                self.assertEqual(records.unavailable_timeslot_ids, self.morning)
        rows = self.term._snapshot_rows()
        [row] = [row for row in rows["classes"] if row["id"] == section.id]
        self.assertEqual(set(row["unavailable"]), set(self.morning.ids))

    def test_faculty_keep_wishes_within_the_shift(self):
        faculty = self.term.offering_ids.class_ids.faculty_ids[0]
        faculty.availability_ids.unlink()
        early, late = self.morning[0], self.rest[0]
        faculty.availability_ids.create(
            [
                {"faculty_id": faculty.id, "timeslot_id": early.id, "level": "prefer"},
                {"faculty_id": faculty.id, "timeslot_id": late.id, "level": "avoid"},
            ]
        )
        own = {early: "prefer", late: "avoid"}
        for hours, closed in (
            ((0, self.noon), self.rest),
            ((self.noon, 24), self.morning),
        ):
            self.shift(faculty, hours)
            found = faculty.availability_ids._levels(faculty.ids, self.term)
            levels = {slot: level for (_member, slot), level in found.items()}
            wanted = own | dict.fromkeys(closed, "cannot")
            self.assertEqual(levels, {slot.id: level for slot, level in wanted.items()})
            said = {row.timeslot_id: row.level for row in faculty.availability_ids}
            self.assertEqual(said, own, "what the person says stays the person's")

    def test_what_makes_no_sense_is_refused(self):
        section = self.term.offering_ids.class_ids[0]
        with self.assertRaisesRegex(UserError, "Mark at least one hour"):
            self.shift(section, (3, 4))
        with self.assertRaisesRegex(UserError, "Mark whom"):
            self.shift(section.browse(), (0, 24))
        other = self.term.grid_id.copy({"name": "Another"})
        self.slots[0].copy({"grid_id": other.id})
        with self.assertRaisesRegex(UserError, "another weekly grid"):
            self.env["timetable.shift.wizard"].with_context(
                active_model=section._name, active_ids=section.ids
            ).create(
                {"grid_id": other.id, "hour_from": 0, "hour_to": 24}
            ).action_apply()
        self.assertFalse(section.unavailable_timeslot_ids)

    def test_begins_with_the_whole_day(self):
        section = self.term.offering_ids.class_ids[0]
        wizard = (
            self.env["timetable.shift.wizard"]
            .with_context(active_model=section._name, active_ids=section.ids)
            .create({})
        )
        self.assertEqual(wizard.hour_from, min(self.slots.mapped("hour_from")))
        self.assertEqual(wizard.hour_to, max(self.slots.mapped("hour_to")))

    def test_only_for_those_who_may_change_them(self):
        room = self.term.room_ids[0]
        Wizard = self.env["timetable.shift.wizard"].with_context(
            active_model=room._name, active_ids=room.ids
        )
        hours = {"hour_from": 0, "hour_to": self.noon}
        for role in ("approver", "internal", "portal"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                Wizard.with_user(getattr(self, role)).create(hours)
        wizard = Wizard.with_user(self.coordinator).create(
            {"grid_id": self.term.grid_id.id, **hours}
        )
        with self.assertRaises(AccessError):
            wizard.action_apply()
