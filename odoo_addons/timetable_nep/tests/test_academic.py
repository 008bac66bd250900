from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import TimetableCase, small_problem


class TestAcademic(TimetableCase):
    """Grid, course, offering, class."""

    def test_fill_grid_skips_a_number_at_the_break(self):
        grid = self.env["timetable.grid"].create(
            {"name": "G", "days": 2, "periods": 4, "break_after": 2}
        )
        grid.action_fill()
        monday = grid.timeslot_ids.filtered(lambda slot: slot.day == 0)
        self.assertEqual(monday.mapped("period"), [1, 2, 4, 5])
        self.assertEqual(monday.mapped("hour_from"), [9, 10, 12, 13])
        self.assertEqual(len(grid.timeslot_ids), 8)
        with self.assertRaises(UserError):
            grid.action_fill()

    def test_grid_shape_is_checked(self):
        for values in ({"days": 8}, {"periods": 17}, {"first_hour": 20}):
            with self.assertRaises(ValidationError):
                self.env["timetable.grid"].create({"name": "G", **values})

    def test_timeslot_names(self):
        grid = self.env["timetable.grid"].create({"name": "G"})
        slot = self.env["timetable.timeslot"].create(
            {"grid_id": grid.id, "weekday": "2", "hour_from": 9.5, "hour_to": 10}
        )
        self.assertEqual((slot.day, slot.display_name), (2, "Wed 09:30"))

    def test_timeslot_is_unique(self):
        grid = self.env["timetable.grid"].create({"name": "G"})
        values = {"grid_id": grid.id, "day": 1, "period": 1}
        self.env["timetable.timeslot"].create(values)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["timetable.timeslot"].create(values)

    def test_enrolment_keeps_to_its_offering(self):
        term = self.import_problem(small_problem())
        row = self.env["timetable.enrolment"].search(
            [("term_id", "=", term.id)], limit=1
        )
        other = self.env["timetable.class"].search(
            [("term_id", "=", term.id), ("offering_id", "!=", row.offering_id.id)],
            limit=1,
        )
        with self.assertRaises(ValidationError):
            row.class_id = other

    def test_pin_is_of_the_term_grid(self):
        term = self.import_problem(small_problem())
        grid = self.env["timetable.grid"].create({"name": "Other"})
        grid.action_fill()
        event = self.env["timetable.event"].search([("term_id", "=", term.id)], limit=1)
        with self.assertRaises(ValidationError):
            event.pin_timeslot_id = grid.timeslot_ids[0]

    def test_empty_term_is_not_generated(self):
        grid = self.env["timetable.grid"].create({"name": "G"})
        term = self.env["timetable.term"].create({"name": "T", "grid_id": grid.id})
        wizard = self.env["timetable.generate.wizard"].create({"term_id": term.id})
        with self.assertRaisesRegex(UserError, "no classes"):
            wizard.action_generate()

    def test_time_limit_is_checked(self):
        term = self.import_problem(small_problem())
        for values in ({"time_limit": 2}, {"time_limit": 21}, {"variants": 9}):
            with self.assertRaises(ValidationError):
                self.env["timetable.generate.wizard"].create(
                    {"term_id": term.id, **values}
                )
