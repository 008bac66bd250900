from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged

from .common import TimetableCase, small_problem
from .test_meeting import MeetingCase


class TestHours(TimetableCase):
    """Hours as they are painted on a week."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem())
        cls.slots = cls.term.grid_id.timeslot_ids

    def test_weeks_to_paint_on(self):
        """Each grid by its name, with its own periods; an empty one is no week."""
        self.env["timetable.grid"].create({"name": "Empty"})
        Grid = self.env["timetable.grid"].with_user(self.coordinator)
        names = [shape["name"] for shape in Grid.week_shapes()]
        self.assertIn(self.term.grid_id.name, names)
        self.assertNotIn("Empty", names)
        [shape] = Grid.week_shapes(self.term.grid_id.ids)
        self.assertEqual({slot["id"] for slot in shape["slots"]}, set(self.slots.ids))
        days = {day["day"] for day in shape["days"]}
        self.assertEqual(days, set(self.slots.mapped("day")))
        with self.assertRaises(AccessError):
            self.env["timetable.grid"].with_user(self.internal).week_shapes()

    def test_levels_become_rows(self):
        """What did not change keeps its row; what was wiped out loses it."""
        member = self.term.offering_ids.class_ids.faculty_ids[0]
        member.availability_ids.unlink()
        first, second, third = self.slots[:3]
        with Form(member.with_user(self.officer)) as form:
            form.availability_week = {str(first.id): "cannot", str(second.id): "avoid"}
        kept = member.availability_ids.filtered(lambda row: row.timeslot_id == first)
        self.assertEqual(kept.level, "cannot")
        with Form(member.with_user(self.officer)) as form:
            self.assertEqual(
                form.availability_week,
                {str(first.id): "cannot", str(second.id): "avoid"},
            )
            form.availability_week = {str(first.id): "cannot", str(third.id): "prefer"}
        rows = {row.timeslot_id: row.level for row in member.availability_ids}
        self.assertEqual(rows, {first: "cannot", third: "prefer"})
        self.assertTrue(kept.exists())

    def test_a_shift_is_painted(self):
        """A shift may leave out a day: hours alone cannot say that."""
        section = self.term.offering_ids.class_ids[0]
        wizard = (
            self.env["timetable.shift.wizard"]
            .with_user(self.officer)
            .with_context(active_model=section._name, active_ids=section.ids)
        )
        inside = self.slots.filtered(lambda slot: slot.day == 0)
        wizard.create({"timeslot_ids": [Command.set(inside.ids)]}).action_apply()
        self.assertEqual(section.unavailable_timeslot_ids, self.slots - inside)


@tagged("post_install", "-at_install")
class TestHoursTour(HttpCase, MeetingCase):
    def test_a_coordinator_paints_availability(self):
        member = self.faculty["F1"]
        member.availability_ids.unlink()
        member.department_id.coordinator_ids = self.coordinator
        member.partner_id.name = "AAA First of the list"
        self.start_tour(
            "/odoo/action-timetable_nep.timetable_faculty_action",
            "timetable_nep_hours",
            login="tt_coordinator",
        )
        rows = {row.timeslot_id: row.level for row in member.availability_ids}
        tuesday = self.term.grid_id.timeslot_ids.filtered(lambda slot: slot.day == 1)
        self.assertEqual(rows.pop(self.slot["T01"]), "prefer")
        self.assertEqual(rows.pop(self.slot["T02"]), "avoid")
        self.assertEqual(rows, dict.fromkeys(tuesday, "cannot"))
