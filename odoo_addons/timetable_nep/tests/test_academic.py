from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import TimetableCase, make_variant, sidecar, small_problem


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

    def test_a_grid_is_filled_again(self):
        """The shape may be mended; what is marked at a period stays with it."""
        grid = self.env["timetable.grid"].create(
            {"name": "G", "days": 2, "periods": 3, "break_after": 0}
        )
        grid.action_fill()
        first = grid.timeslot_ids[0]
        grid.write({"days": 3, "periods": 2, "first_hour": 9.5})
        grid.action_fill()
        self.assertEqual(grid.timeslot_ids[0], first)
        self.assertEqual(
            grid.timeslot_ids.mapped("display_name"),
            [
                f"{day} {hour}"
                for day in ("Mon", "Tue", "Wed")
                for hour in ("09:30", "10:30")
            ],
        )

    def test_a_period_in_use_is_not_filled_away(self):
        term = self.import_problem(small_problem())
        make_variant(term)
        grid = term.grid_id
        grid.write({"days": 1, "periods": 1})
        with self.assertRaisesRegex(UserError, "holds classes at"):
            grid.action_fill()

    def test_the_break_counts_in_the_day(self):
        values = {"name": "G", "periods": 15, "first_hour": 9, "break_after": 4}
        with self.assertRaisesRegex(ValidationError, "would end at 25:00"):
            self.env["timetable.grid"].create(values)

    def test_timeslots_by_hand(self):
        """Any day and period may be added in the form, several at once."""
        grid = self.env["timetable.grid"].create({"name": "G", "days": 5})
        grid.action_fill()
        with Form(grid.with_user(self.officer)) as form:
            for day, period, hour in (("6", 1, 9), ("1", 10, 19), ("3", 10, 19)):
                with form.timeslot_ids.new() as slot:
                    slot.weekday = day
                    slot.period = period
                    slot.hour_from = hour
                    slot.hour_to = hour + 1
        names = grid.timeslot_ids.mapped("display_name")
        for name in ("Sun 09:00", "Tue 19:00", "Thu 19:00"):
            self.assertIn(name, names)

    def test_timeslots_do_not_overlap(self):
        grid = self.env["timetable.grid"].create({"name": "Arts"})
        grid.action_fill()
        with self.assertRaisesRegex(
            ValidationError,
            "Monday 11:00–12:00 and Monday 11:30–12:30 overlap in the weekly grid",
        ):
            self.env["timetable.timeslot"].create(
                {
                    "grid_id": grid.id,
                    "weekday": "0",
                    "period": 20,
                    "hour_from": 11.5,
                    "hour_to": 12.5,
                }
            )

    def test_timeslots_are_found_as_they_are_shown(self):
        for lang in ("fr_FR", "hi_IN"):
            self.env["res.lang"]._activate_lang(lang)
        self.env.ref("base.module_timetable_nep")._update_translations(
            ["fr_FR", "hi_IN"]
        )
        grid, other = self.env["timetable.grid"].create(
            [{"name": "Arts", "days": 5}, {"name": "Law", "days": 5}]
        )
        grid.action_fill()
        other.action_fill()
        Slot = self.env["timetable.timeslot"].with_user(self.coordinator)
        mine = [("grid_id", "in", (grid + other).ids)]

        def names(text, **context):
            found = Slot.with_context(**context).name_search(text, mine, limit=None)
            return Slot.browse([row[0] for row in found])

        for text in (
            "Mon 09:00",
            "monday 9",
            "arts mon 9:00",
            "Lundi 09:00",
            "सोमवार 9",
        ):
            with self.subTest(text):
                slots = names(text)
                self.assertEqual(set(slots.mapped("display_name")), {"Mon 09:00"})
                self.assertEqual(len(slots), 1 if "arts" in text else 2)
        self.assertEqual(len(names("Fri")), 16)
        self.assertEqual(names("P3 arts").mapped("period"), [3] * 5)
        shown = names("Mon 09:00")[0].with_context(lang="hi_IN").display_name
        self.assertEqual(names(shown, lang="hi_IN"), names("Mon 09:00"))
        self.assertFalse(names("Mon 23:00"))
        exact = Slot.search([("display_name", "=", "Mon 09:00"), *mine])
        self.assertEqual(exact, names("Mon 09:00"))

    def test_classes_and_events_are_found_as_they_are_shown(self):
        term = self.import_problem(small_problem())
        for model in ("timetable.class", "timetable.event"):
            Model = self.env[model].with_user(self.coordinator)
            for record in Model.search([("term_id", "=", term.id)]):
                name = record.display_name
                found = [row[0] for row in Model.name_search(name, limit=None)]
                self.assertIn(record.id, found, name)
                exact = Model.search([("display_name", "=", name)])
                self.assertEqual(
                    exact.filtered(lambda one: one.term_id == term), record
                )

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
        with sidecar(self.env), self.assertRaisesRegex(UserError, "no classes"):
            wizard.action_generate()

    def test_time_limit_is_checked(self):
        term = self.import_problem(small_problem())
        for values in ({"time_limit": 2}, {"time_limit": 21}, {"variants": 9}):
            with self.assertRaises(ValidationError):
                self.env["timetable.generate.wizard"].create(
                    {"term_id": term.id, **values}
                )
