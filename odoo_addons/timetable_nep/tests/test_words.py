from psycopg2 import IntegrityError

from odoo.tools import mute_logger

from ..const import PROFILE_WEIGHTS
from ..wizard.timetable_roll_over_wizard import following_name
from .common import TimetableCase, small_problem


class TestWords(TimetableCase):
    """What is said where something is new, wrong or proposed."""

    def test_the_next_term_has_the_name_that_follows(self):
        for name, following in (
            ("Autumn 2026", "Spring 2027"),
            ("Spring 2027", "Autumn 2027"),
            ("Odd semester 2026–27", "Even semester 2026–27"),
            ("Even semester 2026–27", "Odd semester 2027–28"),
            ("even semester 2099-00", "odd semester 2100-01"),
            ("Monsoon semester", "Winter semester"),
            ("Summer school", None),
            ("Evening college 2026", None),
        ):
            with self.subTest(name):
                self.assertEqual(following_name(name), following)
        term = self.import_problem(small_problem())
        term.name = "Odd semester 2026–27"
        wizard = self.env["timetable.roll.over.wizard"].create({"term_id": term.id})
        self.assertEqual(wizard.name, "Even semester 2026–27")

    def test_new_records_are_not_called_false(self):
        for model in ("timetable.event", "timetable.enrolment", "timetable.class"):
            self.assertNotIn("False", self.env[model].new({}).display_name, model)

    def test_negative_periods_are_named(self):
        message = "weekly periods|check_periods"
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(IntegrityError, message),
        ):
            self.env["timetable.course"].create({"name": "A", "lecture_periods": -2})

    def test_the_importer_takes_what_is_there(self):
        """A second term of the same people and rooms doubles none of them."""
        Wizard = self.env["timetable.import.wizard"]
        defaults = Wizard.default_get(["reuse", "invent_names"])
        self.assertTrue(defaults["reuse"])
        self.assertFalse(defaults.get("invent_names"))

    def test_students_count_in_every_timetable(self):
        """What is kind to faculty is still publishable: students weigh a little."""
        for wish in (
            "student_gaps",
            "student_single",
            "student_long_run",
            "student_late",
        ):
            self.assertGreater(PROFILE_WEIGHTS["faculty_friendly"][wish], 0)
