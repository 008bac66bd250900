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

    def test_course_hours(self):
        course = self.env["timetable.course"].create(
            {
                "name": "Optics",
                "lecture_periods": 3,
                "tutorial_periods": 1,
                "practical_periods": 3,
            }
        )
        self.assertEqual(course.weekly_periods, 7)

    def test_split_makes_classes_and_keeps_pins(self):
        grid = self.env["timetable.grid"].create({"name": "G"})
        grid.action_fill()
        term = self.env["timetable.term"].create({"name": "T", "grid_id": grid.id})
        course = self.env["timetable.course"].create(
            {
                "name": "Optics",
                "code": "OPT",
                "lecture_periods": 2,
                "practical_periods": 3,
                "section_limit": 2,
            }
        )
        offering = self.env["timetable.offering"].create(
            {"term_id": term.id, "course_id": course.id}
        )
        self.assertEqual((offering.code, offering.section_limit), ("OPT", 2))
        self.enrol(offering, 2)
        offering.action_split()
        self.assertEqual(offering.class_ids.mapped("name"), ["A"])
        events = offering.class_ids.event_ids
        self.assertEqual(events.mapped("duration"), [1, 1, 2, 1])
        self.assertEqual(events.mapped("room_type_id.code"), ["classroom", "lab"])
        events[0].pin_timeslot_id = grid.timeslot_ids[5]
        self.enrol(offering, 3)
        offering.action_split()
        self.assertEqual(sorted(offering.class_ids.mapped("name")), ["A", "B", "C"])
        self.assertEqual(events[0].pin_timeslot_id, grid.timeslot_ids[5])

    def enrol(self, offering, count):
        partners = self.env["res.partner"].create([{"name": "S"}] * count)
        students = self.env["timetable.student"].create(
            [{"partner_id": partner.id} for partner in partners]
        )
        self.env["timetable.enrolment"].create(
            [{"student_id": s.id, "offering_id": offering.id} for s in students]
        )
        offering.invalidate_recordset()

    def test_split_needs_hours(self):
        term = self.import_problem(small_problem())
        term.offering_ids[0].course_id.write(
            {"lecture_periods": 0, "practical_periods": 0}
        )
        with self.assertRaisesRegex(UserError, "weekly periods"):
            term.offering_ids[0].action_split()

    def test_roll_over_copies_what_is_taught(self):
        term = self.import_problem(small_problem()).with_user(self.officer)
        new = term.browse(term.action_roll_over()["res_id"])
        for field in ("offering_count", "class_count", "event_count", "batch_count"):
            self.assertEqual(new[field], term[field], field)
        self.assertEqual((new.enrolment_count, new.variant_count), (0, 0))
        self.assertEqual(new.band_ids.timeslot_ids, term.band_ids.timeslot_ids)
        self.assertEqual(
            new.relation_ids.line_ids.event_id.mapped("code"),
            term.relation_ids.line_ids.event_id.mapped("code"),
        )
        events = self.env["timetable.event"].search([("term_id", "=", new.id)])
        self.assertFalse(events.pin_timeslot_id)
        self.assertFalse(events.pin_room_id)
        self.assertEqual(events.class_id.term_id, new)
        self.assertEqual(new.batch_ids.class_ids.term_id, new)
        self.assertEqual(
            events.mapped("duration"),
            self.env["timetable.event"]
            .search([("term_id", "=", term.id)])
            .mapped("duration"),
        )

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
