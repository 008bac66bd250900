from odoo.exceptions import UserError, ValidationError

from .common import TimetableCase, make_variant, small_problem


class TestCourses(TimetableCase):
    """Courses, their credits and hours, and classes made from enrolments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grid = cls.env["timetable.grid"].create({"name": "G"})
        cls.grid.action_fill()
        cls.term = cls.env["timetable.term"].create(
            {"name": "T", "grid_id": cls.grid.id, "auto_split": False}
        )
        cls.course = cls.env["timetable.course"].create(
            {
                "name": "Optics",
                "code": "OPT",
                "lecture_periods": 2,
                "practical_periods": 3,
                "section_limit": 2,
            }
        )
        cls.offering = cls.env["timetable.offering"].create(
            {"term_id": cls.term.id, "course_id": cls.course.id}
        )

    def enrol(self, offering, count):
        partners = self.env["res.partner"].create([{"name": "S"}] * count)
        students = self.env["timetable.student"].create(
            [{"partner_id": partner.id} for partner in partners]
        )
        rows = self.env["timetable.enrolment"].create(
            [{"student_id": s.id, "offering_id": offering.id} for s in students]
        )
        offering.invalidate_recordset()
        return rows

    def names(self):
        return self.offering.class_ids.sorted("name").mapped("name")

    # ---- Credits and hours
    def test_hours_from_lectures_tutorials_practicals(self):
        course = self.env["timetable.course"].create(
            {
                "name": "Waves",
                "lecture_periods": 3,
                "tutorial_periods": 1,
                "practical_periods": 2,
            }
        )
        self.assertEqual((course.weekly_periods, course.credits), (6, 5.0))
        course.practical_periods = 4
        self.assertEqual((course.weekly_periods, course.credits), (8, 6.0))

    def test_credits_may_be_typed(self):
        course = self.env["timetable.course"].create(
            {"name": "Waves", "lecture_periods": 3, "credits": 4}
        )
        self.assertEqual((course.weekly_periods, course.credits), (3, 4.0))

    def test_hours_from_credits_alone(self):
        """A course that comes with credits only is taught in lectures."""
        course = self.env["timetable.course"].create({"name": "Yoga", "credits": 2})
        self.assertEqual(course.weekly_periods, 2)
        offering = self.env["timetable.offering"].create(
            {"term_id": self.term.id, "course_id": course.id}
        )
        offering.action_split()
        self.assertEqual(offering.class_ids.event_ids.mapped("duration"), [1, 1])

    # ---- Splitting
    def test_split_makes_classes_and_keeps_pins(self):
        self.assertEqual((self.offering.code, self.offering.section_limit), ("OPT", 2))
        self.enrol(self.offering, 2)
        self.offering.action_split()
        self.assertEqual(self.names(), ["A"])
        events = self.offering.class_ids.event_ids
        self.assertEqual(events.mapped("duration"), [1, 1, 2, 1])
        self.assertEqual(events.mapped("room_type_id.code"), ["classroom", "lab"])
        events[0].pin_timeslot_id = self.grid.timeslot_ids[5]
        self.enrol(self.offering, 3)
        self.assertTrue(self.offering.needs_split)
        self.assertIn(self.offering, self.offering.search([("needs_split", "=", True)]))
        self.offering.action_split()
        self.assertFalse(self.offering.needs_split)
        self.assertEqual(self.names(), ["A", "B", "C"])
        self.assertEqual(events[0].pin_timeslot_id, self.grid.timeslot_ids[5])

    def test_split_again_with_fewer_students(self):
        """Classes that are not needed go; what was decided stays."""
        rows = self.enrol(self.offering, 6)
        self.offering.action_split()
        last = self.offering.class_ids.filtered(lambda s: s.name == "C")
        last.event_ids[1].pin_room_id = self.env["timetable.room"].create({"name": "R"})
        rows[2:].unlink()
        self.offering.invalidate_recordset()
        action = self.offering.action_split()
        self.assertEqual(self.names(), ["C"], "the pinned class is the one that stays")
        self.assertTrue(last.event_ids[1].pin_room_id)
        self.assertEqual(action["params"]["type"], "success")
        self.enrol(self.offering, 1)
        self.offering.action_split()
        self.assertEqual(self.names(), ["A", "C"], "a free letter is used first")

    def test_split_says_what_it_could_not_take_away(self):
        rows = self.enrol(self.offering, 4)
        self.offering.action_split()
        for row, section in zip(rows[:2], self.offering.class_ids, strict=True):
            row.write({"class_id": section.id, "fixed": True})
        rows[2:].unlink()
        self.offering.invalidate_recordset()
        action = self.offering.action_split()
        self.assertEqual(self.names(), ["A", "B"])
        self.assertEqual(action["params"]["type"], "warning")

    def test_class_with_a_history_is_archived(self):
        rows = self.enrol(self.offering, 4)
        self.offering.action_split()
        self.term.room_ids = self.env["timetable.room"].create({"name": "R"})
        variant = make_variant(self.term)
        section = self.offering.class_ids.filtered(lambda s: s.name == "B")
        with self.assertRaisesRegex(UserError, "archive it"):
            section.unlink()
        rows[2:].unlink()
        self.offering.invalidate_recordset()
        self.offering.action_split()
        self.assertEqual(self.names(), ["A"])
        self.assertTrue(section.exists())
        self.assertFalse(section.active or section.event_ids)
        self.assertEqual(len(variant.assignment_ids), 8, "the timetable tells it still")
        problem = self.term._snapshot_problem()
        self.assertEqual(len(problem["classes"]), 1)
        section.action_unarchive()
        self.assertEqual(len(section.event_ids), 4)

    def test_split_needs_hours(self):
        self.course.write({"lecture_periods": 0, "practical_periods": 0, "credits": 0})
        with self.assertRaisesRegex(UserError, "weekly periods"):
            self.offering.action_split()

    def test_another_limit_holds_for_the_classes(self):
        self.enrol(self.offering, 4)
        self.offering.action_split()
        self.offering.class_ids[0].limit = 7
        self.offering.section_limit = 3
        self.assertEqual(self.offering.class_ids.mapped("limit"), [7, 3])

    def test_classes_come_by_themselves(self):
        """Where the term says so, each full class is followed by another."""
        self.term.auto_split = True
        self.enrol(self.offering, 3)
        self.assertEqual(self.names(), ["A", "B"])
        self.enrol(self.offering, 1)
        self.assertEqual(self.names(), ["A", "B"])
        self.enrol(self.offering, 1)
        self.assertEqual(self.names(), ["A", "B", "C"])

    def test_whole_term(self):
        self.enrol(self.offering, 4)
        self.assertIn("Classes made: 2.", self.term.action_split()["params"]["message"])

    # ---- Archive
    def test_archived_offering_is_not_planned(self):
        rows = self.enrol(self.offering, 2)
        self.offering.action_split()
        self.offering.action_archive()
        other = self.env["timetable.course"].create({"name": "Yoga", "credits": 2})
        offering = self.env["timetable.offering"].create(
            {"term_id": self.term.id, "course_id": other.id}
        )
        offering.action_split()
        problem = self.term._snapshot_problem()
        self.assertEqual(len(problem["offerings"]), 1)
        self.assertEqual(len(problem["classes"]), 1)
        self.assertFalse(problem["students"])
        self.offering.action_unarchive()
        self.assertEqual(len(self.term._snapshot_problem()["students"]), len(rows))

    def test_what_is_in_use_is_not_deleted(self):
        term = self.import_problem(small_problem())
        placed = term.published_variant_id.assignment_ids.event_id
        classes = placed.class_id
        for record in (
            term,
            term.grid_id,
            classes.offering_id[0],
            classes.offering_id[0].course_id,
            term.offering_ids.department_id[0],
            classes[0],
            placed[0],
            classes.faculty_ids[0],
            term.published_variant_id.assignment_ids.room_id[0],
            term.offering_ids.enrolment_ids.student_id[0],
        ):
            with (
                self.subTest(model=record._name),
                self.assertRaisesRegex(UserError, "archive it"),
            ):
                record.unlink()
            self.assertTrue(record.exists())

    def test_what_is_not_in_use_is_deleted(self):
        for model, values in (
            ("room", {"name": "R"}),
            ("department", {"name": "D"}),
            ("building", {"name": "B"}),
            ("grid", {"name": "G"}),
        ):
            record = self.env[f"timetable.{model}"].create(values)
            record.unlink()
            self.assertFalse(record.exists())
        self.term.unlink()
        self.assertFalse(self.offering.exists())

    # ---- Companies
    def test_companies_do_not_mix(self):
        other = self.env["res.company"].create({"name": "Second university"})
        grid = self.env["timetable.grid"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        department = self.env["timetable.department"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        course = self.env["timetable.course"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        room = self.env["timetable.room"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        self.offering.action_split()
        event = self.offering.class_ids.event_ids[0]
        for write in (
            lambda: setattr(self.term, "grid_id", grid),
            lambda: setattr(self.term, "room_ids", room),
            lambda: setattr(self.course, "department_id", department),
            lambda: setattr(self.offering, "course_id", course),
            lambda: setattr(event, "pin_room_id", room),
        ):
            with self.assertRaisesRegex(UserError, "Second university|Theirs"):
                write()
                self.env.flush_all()
            self.env.invalidate_all()


class TestBaskets(TimetableCase):
    """Electives: how many of a basket a student chooses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem() | {"previous": []})
        cls.offerings = cls.term.offering_ids
        cls.basket = cls.env["timetable.basket"].create(
            {
                "name": "Common courses",
                "term_id": cls.term.id,
                "offering_ids": [(6, 0, cls.offerings[:2].ids)],
                "min_choices": 1,
                "max_choices": 2,
            }
        )
        partner = cls.env["res.partner"].create({"name": "New student"})
        cls.student = cls.env["timetable.student"].create({"partner_id": partner.id})

    def choose(self, *offerings):
        return self.env["timetable.enrolment"].create(
            [
                {"student_id": self.student.id, "offering_id": offering.id}
                for offering in offerings
            ]
        )

    def test_counts(self):
        chosen = sum(self.offerings[:2].mapped("student_count"))
        self.assertEqual(self.basket.choice_count, chosen)
        self.assertEqual(self.basket.offering_count, 2)
        self.assertEqual(self.basket.credits, min(self.offerings[:2].mapped("credits")))
        action = self.basket.action_open_choices()
        rows = self.env["timetable.enrolment"].search(action["domain"])
        self.assertEqual(len(rows), chosen)

    def test_too_many_choices_are_refused(self):
        self.offerings[:2].enrolment_ids.unlink()
        self.basket.max_choices = 1
        self.choose(self.offerings[0])
        with self.assertRaisesRegex(ValidationError, "at most 1"):
            self.choose(self.offerings[1])

    def test_a_coordinator_is_held_to_baskets_too(self):
        self.offerings[:2].enrolment_ids.unlink()
        self.basket.max_choices = 1
        self.offerings.department_id.coordinator_ids = self.coordinator
        self.choose(self.offerings[0])
        with self.assertRaisesRegex(ValidationError, "at most 1"):
            self.env["timetable.enrolment"].with_user(self.coordinator).create(
                {"student_id": self.student.id, "offering_id": self.offerings[1].id}
            )

    def test_who_still_has_to_choose(self):
        self.basket.offering_ids = self.offerings[0]
        before = self.basket.missing_count
        self.choose(self.offerings[1])
        self.basket.invalidate_recordset()
        self.assertEqual(self.basket.missing_count, before + 1)
        found = self.student.search(self.basket.action_open_missing()["domain"])
        self.assertIn(self.student, found)
        self.choose(self.offerings[0])
        self.basket.invalidate_recordset()
        self.assertEqual(self.basket.missing_count, before)

    def test_offerings_are_of_the_term(self):
        strange = self.import_problem(small_problem(), again=True).offering_ids[0]
        with self.assertRaisesRegex(ValidationError, "not offered"):
            self.basket.offering_ids = strange
