from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import TimetableCase, make_variant


class StructureCase(TimetableCase):
    """A course with lectures of 60, tutorials of 30 and practicals of 20."""

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
                "lecture_periods": 3,
                "tutorial_periods": 1,
                "practical_periods": 4,
                "section_limit": 60,
            }
        )
        cls.offering = cls.env["timetable.offering"].create(
            {"term_id": cls.term.id, "course_id": cls.course.id}
        )

    def enrol(self, count, offering=None):
        offering = offering or self.offering
        partners = self.env["res.partner"].create([{"name": "S"}] * count)
        students = self.env["timetable.student"].create(
            [{"partner_id": partner.id} for partner in partners]
        )
        rows = self.env["timetable.enrolment"].create(
            [{"student_id": s.id, "offering_id": offering.id} for s in students]
        )
        offering.invalidate_recordset()
        return rows

    def components(self, *rows):
        """``(kind, group size, meetings, periods each)``"""
        self.course.component_ids.unlink()
        self.course.component_ids = [
            (
                0,
                0,
                {
                    "sequence": number,
                    "kind": kind,
                    "group_size": size,
                    "meetings": meetings,
                    "duration": duration,
                },
            )
            for number, (kind, size, meetings, duration) in enumerate(rows)
        ]
        self.offering.section_limit = rows[0][1]

    def tree(self):
        """``{name: (component, parent, limit, durations)}``"""
        return {
            one.name: (
                one.component_id.kind,
                one.parent_id.name,
                one.limit,
                one.event_ids.mapped("duration"),
            )
            for one in self.offering.class_ids
        }

    def section(self, name):
        return self.offering.class_ids.filtered(lambda one: one.name == name)


class TestSplitTree(StructureCase):
    """Courses with groups of several sizes, and the classes made of them."""

    def test_components_from_the_periods(self):
        self.course.action_add_components()
        rows = [
            (c.kind, c.group_size, c.meetings, c.duration, c.room_type_id.code)
            for c in self.course.component_ids
        ]
        self.assertEqual(
            rows,
            [
                ("lecture", 60, 3, 1, "classroom"),
                ("tutorial", 30, 1, 1, "classroom"),
                ("practical", 20, 2, 2, "lab"),
            ],
        )
        self.course.action_add_components()
        self.assertEqual(len(self.course.component_ids), 3, "once")
        periods = ("lecture_periods", "tutorial_periods", "practical_periods")
        self.assertEqual([self.course[name] for name in periods], [3, 1, 4])
        self.assertEqual(self.course.credits, 6)

    def test_periods_follow_the_components(self):
        self.components(("lecture", 90, 4, 1), ("practical", 30, 1, 3))
        periods = ("lecture_periods", "tutorial_periods", "practical_periods")
        self.assertEqual([self.course[name] for name in periods], [4, 0, 3])
        self.assertEqual(
            (self.course.weekly_periods, self.course.section_limit), (7, 90)
        )

    def test_typed_in_the_form(self):
        with Form(self.env["timetable.course"]) as form:
            form.name = "Waves"
            with form.component_ids.new() as line:
                line.kind = "lecture"
                line.group_size = 80
                line.meetings = 3
            with form.component_ids.new() as line:
                line.kind = "practical"
                line.group_size = 25
                line.duration = 2
        course = form.record
        self.assertEqual(
            course.component_ids.mapped("room_type_id.code"), ["classroom", "lab"]
        )
        self.assertEqual((course.lecture_periods, course.practical_periods), (3, 2))
        self.assertEqual(course.section_limit, 80)

    def test_tree(self):
        self.components(("lecture", 60, 3, 1), ("practical", 20, 1, 2))
        self.enrol(100)
        self.assertTrue(self.offering.needs_split)
        self.assertEqual(self.offering.wanted_class_count, 8)
        self.offering.action_split()
        lecture, group = [1, 1, 1], [2]
        self.assertEqual(
            self.tree(),
            {
                "A": ("lecture", False, 60, lecture),
                "B": ("lecture", False, 60, lecture),
                **{
                    f"{letter}{n}": ("practical", letter, 20, group)
                    for letter in "AB"
                    for n in (1, 2, 3)
                },
            },
        )
        self.assertFalse(self.offering.needs_split)
        before = self.offering.class_ids
        self.offering.action_split()
        self.assertEqual(self.offering.class_ids, before, "once more changes nothing")

    def test_two_kinds_of_groups(self):
        """Tutorials and practicals of one lecture have names of their own."""
        self.components(
            ("lecture", 60, 3, 1), ("tutorial", 30, 1, 1), ("practical", 20, 1, 2)
        )
        self.enrol(60)
        self.offering.action_split()
        names = {"A", "AT1", "AT2", "AP1", "AP2", "AP3"}
        self.assertEqual(set(self.tree()), names)

    def test_groups_across_lectures(self):
        self.components(("lecture", 30, 3, 1), ("practical", 20, 1, 2))
        self.course.component_ids[1].nested = False
        self.enrol(50)
        self.offering.action_split()
        self.assertEqual(
            {name: row[1] for name, row in self.tree().items()},
            dict.fromkeys(("A", "B", "P1", "P2", "P3"), False),
        )

    def test_teachers_in_turn(self):
        self.components(("lecture", 60, 3, 1), ("practical", 20, 1, 2))
        members = self.env["timetable.faculty"].create(
            [
                {"partner_id": self.env["res.partner"].create({"name": n}).id}
                for n in "XY"
            ]
        )
        self.course.component_ids[1].faculty_ids = members
        self.enrol(60)
        self.offering.action_split()
        found = [self.section(name).faculty_ids for name in ("A1", "A2", "A3")]
        self.assertEqual(found, [members[0], members[1], members[0]])
        self.assertFalse(self.section("A").faculty_ids)

    def test_more_and_fewer_students(self):
        """Pins, decided students and their classes stay."""
        self.components(("lecture", 60, 3, 1), ("practical", 20, 1, 2))
        rows = self.enrol(50)
        self.offering.action_split()
        slot = self.grid.timeslot_ids[3]
        self.section("A3").event_ids.pin_timeslot_id = slot
        more = self.enrol(30)
        self.offering.action_split()
        # Two lectures of 40: two groups each, the pinned one among them.
        self.assertEqual(set(self.tree()), {"A", "A1", "A3", "B", "B1", "B2"})
        more.unlink()
        rows[20:].unlink()
        self.offering.invalidate_recordset()
        action = self.offering.action_split()
        self.assertEqual(set(self.tree()), {"A", "A3"})
        self.assertEqual(self.section("A3").event_ids.pin_timeslot_id, slot)
        self.assertIn("Taken away: 4", action["params"]["message"])

    def test_wanted_for_what_is_decided(self):
        """A lecture that is kept for its pin keeps groups for its students."""
        self.components(("lecture", 20, 3, 1), ("practical", 10, 1, 2))
        rows = self.enrol(60)
        self.offering.action_split()
        for name in "ABC":
            self.section(name).event_ids[0].pin_timeslot_id = self.grid.timeslot_ids[3]
        rows[40:].unlink()
        self.offering.invalidate_recordset()
        action = self.offering.action_split()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(
            {one.parent_id.name for one in self.offering.class_ids},
            {False, "A", "B", "C"},
        )

    def test_a_course_divided_later(self):
        """The class from before becomes the lecture; its practicals are groups' now."""
        rows = self.enrol(40)
        self.offering.action_split()
        old = self.section("A")
        self.assertEqual(old.event_ids.mapped("duration"), [1, 1, 1, 1, 2, 2])
        rows.write({"class_id": old.id})
        pin = self.grid.timeslot_ids[7]
        old.event_ids[1].pin_timeslot_id = pin
        self.components(("lecture", 60, 4, 1), ("practical", 20, 2, 2))
        self.assertTrue(self.offering.needs_split)
        self.offering.action_split()
        self.assertEqual(
            self.tree(),
            {
                "A": ("lecture", False, 60, [1, 1, 1, 1]),
                "A1": ("practical", "A", 20, [2, 2]),
                "A2": ("practical", "A", 20, [2, 2]),
            },
        )
        self.assertEqual(old.event_ids[1].pin_timeslot_id, pin)
        self.assertEqual(rows.class_id, old)

    def test_a_component_in_use_is_archived(self):
        self.components(("lecture", 60, 3, 1), ("practical", 20, 1, 2))
        self.offering.action_split()
        practical = self.course.component_ids[1]
        practical.unlink()
        self.assertTrue(practical.exists())
        self.assertFalse(practical.active)
        self.assertEqual(self.course.practical_periods, 0)
        self.offering.action_split()
        self.assertEqual(set(self.tree()), {"A"}, "its groups are not wanted any more")

    def test_wizard_shows_the_tree(self):
        self.components(("lecture", 60, 3, 1), ("practical", 20, 1, 2))
        self.enrol(50)
        action = self.offering.with_user(self.officer).action_ask_split()
        wizard = (
            self.env["timetable.split.wizard"]
            .with_user(self.officer)
            .with_context(**action["context"])
            .create({})
        )
        for text in ("OPT Optics", "A3", "Practical", "new", ">17<", ">16<"):
            self.assertIn(text, wizard.tree_html)
        self.assertFalse(self.offering.class_ids)
        fresh = wizard.new({"offering_ids": self.offering.ids}, origin=wizard)
        self.assertIn(">17<", fresh.tree_html, "as the form asks before it is saved")
        wizard.action_split()
        self.assertEqual(len(self.offering.class_ids), 4)

    def test_plain_courses_are_split_at_once(self):
        action = self.offering.action_ask_split()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(len(self.offering.class_ids), 1)

    def test_coordinator_of_another_department_cannot(self):
        department = self.env["timetable.department"].create({"name": "D"})
        self.course.department_id = department
        self.components(("lecture", 60, 3, 1))
        with self.assertRaises(UserError):
            self.course.component_ids.with_user(self.coordinator).group_size = 10
        department.coordinator_ids = self.coordinator
        self.course.component_ids.with_user(self.coordinator).group_size = 10
        self.assertEqual(self.course.section_limit, 10)

    def test_what_does_not_fit_is_refused(self):
        self.components(("lecture", 60, 3, 1), ("practical", 20, 1, 2))
        self.enrol(80)
        self.offering.action_split()
        strange = self.env["timetable.course"].create({"name": "Yoga", "credits": 2})
        strange.action_add_components()
        group, lecture = self.section("A1"), self.section("A")
        for write, words in (
            (
                lambda: setattr(group, "parent_id", self.section("A2")),
                "cannot be a group",
            ),
            (lambda: setattr(lecture, "parent_id", group), "cannot be a group"),
            (
                lambda: setattr(group, "component_id", strange.component_ids),
                "not a component",
            ),
            (lambda: setattr(group, "component_id", False), "of which component"),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                write()
            self.env.invalidate_all()

    def test_groups_are_archived_with_their_class(self):
        self.components(("lecture", 60, 3, 1), ("practical", 20, 1, 2))
        rows = self.enrol(40)
        self.offering.action_split()
        lecture, group = self.section("A"), self.section("A1")
        rows[0].write(
            {"class_id": lecture.id, "further_ids": [(0, 0, {"class_id": group.id})]}
        )
        lecture.action_archive()
        self.assertFalse(group.active or group.event_ids)
        self.assertFalse(rows[0].class_ids)
        lecture.action_unarchive()
        self.assertTrue(group.active)
        self.assertEqual(rows[0].class_ids, lecture | group)

    def test_roll_over(self):
        self.components(("lecture", 60, 3, 1), ("practical", 20, 1, 2))
        self.enrol(40)
        self.offering.action_split()
        new = self.env["timetable.term"].create(
            {"name": "Next", "grid_id": self.grid.id}
        )
        self.term._roll_over(new)
        copies = new.offering_ids.class_ids
        self.assertEqual(
            {one.name: one.parent_id.name for one in copies},
            {"A": False, "A1": "A", "A2": "A"},
        )
        self.assertEqual(copies.parent_id.term_id, new)


class TestPlaces(StructureCase):
    """One class of each component, in the snapshot and back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.course.component_ids = [
            (0, 0, {"sequence": 1, "kind": "lecture", "group_size": 60, "meetings": 3}),
            (
                0,
                0,
                {"sequence": 2, "kind": "practical", "group_size": 20, "duration": 2},
            ),
        ]

    def setUp(self):
        super().setUp()
        self.rows = self.enrol(80)
        self.offering.action_split()
        self.a, self.a1, self.b, self.b1 = (
            self.section(name) for name in ("A", "A1", "B", "B1")
        )

    def give(self, row, *sections, fixed=False):
        first, *others = sections
        row.write(
            {
                "class_id": first.id,
                "further_ids": [
                    (0, 0, {"class_id": one.id, "fixed": fixed}) for one in others
                ],
            }
        )

    def test_one_class_of_each_component(self):
        row = self.rows[0]
        self.give(row, self.a, self.a1)
        self.assertEqual(row.class_ids, self.a | self.a1)
        with self.assertRaisesRegex(ValidationError, "a student attends one class"):
            self.give(row, self.a, self.b)
        self.env.invalidate_all()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.give(row, self.a, self.section("A2"))
        with self.assertRaisesRegex(ValidationError, "is a group of OPT-B"):
            self.give(self.rows[1], self.a, self.b1)

    def test_a_class_of_another_offering(self):
        other = self.env["timetable.offering"].create(
            {
                "term_id": self.term.id,
                "course_id": self.env["timetable.course"]
                .create({"name": "Yoga", "credits": 2})
                .id,
            }
        )
        other.action_split()
        with self.assertRaisesRegex(ValidationError, "not a class of the chosen"):
            self.give(self.rows[0], self.a, other.class_ids)

    def test_groups_follow_the_lecture(self):
        """Another lecture chosen by hand: its group goes, a decided one objects."""
        row = self.rows[0]
        self.give(row, self.a, self.a1)
        row.class_id = self.b
        self.assertEqual(row.class_ids, self.b)
        self.give(row, self.b, self.b1, fixed=True)
        with self.assertRaisesRegex(ValidationError, "is a group of OPT-B"):
            row.class_id = self.a

    def test_counts_and_lists(self):
        self.give(self.rows[0], self.a, self.a1)
        self.give(self.rows[1], self.a, self.a1)
        self.assertEqual((self.a.student_count, self.a1.student_count), (2, 2))
        action = self.a1.action_open_students()
        found = self.env["timetable.enrolment"].search(action["domain"])
        self.assertEqual(found, self.rows[:2])
        self.assertEqual(self.offering.student_count, 80, "choices, not seats")

    def test_snapshot(self):
        self.give(self.rows[0], self.a, self.a1, fixed=True)
        problem = self.term._snapshot_problem()
        lecture, practical = (f"h{one.id}" for one in self.course.component_ids)
        (configuration,) = problem["offerings"][0]["configurations"]
        self.assertEqual(
            configuration["components"],
            [
                {"id": lecture, "kind": "lecture", "parent": None},
                {"id": practical, "kind": "practical", "parent": lecture},
            ],
        )
        classes = {row["id"]: row for row in problem["classes"]}
        self.assertEqual(classes[f"c{self.a1.id}"]["component"], practical)
        self.assertEqual(classes[f"c{self.a1.id}"]["parent"], f"c{self.a.id}")
        self.assertIsNone(classes[f"c{self.a.id}"]["parent"])
        people = {row["id"]: row for row in problem["students"]}
        student = people[f"s{self.rows[0].student_id.id}"]
        self.assertEqual(student["classes"], [f"c{self.a1.id}"])
        self.assertEqual(student["offerings"], [f"o{self.offering.id}"])

    def test_snapshot_of_plain_offerings_is_as_it_was(self):
        other = self.env["timetable.course"].create({"name": "Yoga", "credits": 2})
        offering = self.env["timetable.offering"].create(
            {"term_id": self.term.id, "course_id": other.id}
        )
        offering.action_split()
        problem = self.term._snapshot_problem()
        (mine,) = (
            row for row in problem["offerings"] if row["id"] == f"o{offering.id}"
        )
        self.assertNotIn("configurations", mine)
        section = f"c{offering.class_ids.id}"
        (mine,) = (row for row in problem["classes"] if row["id"] == section)
        self.assertNotIn("component", mine)

    def publish(self, given):
        variant = make_variant(self.term, [], state="approved")
        variant.sudo()._guarded().sectioning = variant._pack_sectioning(given)
        variant.sudo()._apply_sectioning()
        self.env.invalidate_all()
        return variant

    def test_published_classes_are_stored(self):
        rows = self.rows
        student = [row.student_id.id for row in rows]
        self.give(rows[1], self.a, self.a1)
        self.give(rows[2], self.b, self.b1, fixed=True)
        rows[2].fixed = True
        rows[3].class_id = self.a1  # by hand, in the place of the lecture
        given = {
            student[0]: [self.a1.id, self.a.id],
            student[1]: [self.b.id, self.b1.id],
            student[2]: [self.a.id, self.a1.id],
            student[3]: [self.b1.id, self.b.id],
        }
        self.publish(given)
        self.assertEqual(
            (rows[0].class_id, rows[0].class_ids), (self.a, self.a | self.a1)
        )
        self.assertEqual(rows[1].class_ids, self.b | self.b1)
        self.assertEqual(rows[2].class_ids, self.b | self.b1, "decided ones stay")
        self.assertEqual(rows[3].class_ids, self.b | self.b1)
        seats = self.env["timetable.seat"].search([("class_id", "=", self.b1.id)])
        self.assertEqual(seats.student_id.ids, sorted(student[1:4]))
        before = rows.further_ids.ids
        self.publish(given)
        self.assertEqual(rows.further_ids.ids, before, "once more changes nothing")
        rows._check_places()

    def test_audit(self):
        student = [row.student_id.id for row in self.rows]
        given = {
            **{s: [self.a.id, self.a1.id] for s in student},
            student[0]: [self.a.id],
            student[1]: [self.a.id, self.b1.id],
            student[2]: [self.a.id, self.a1.id, self.section("A2").id],
        }
        variant = make_variant(self.term, [])
        variant.sudo()._guarded().sectioning = variant._pack_sectioning(given)
        counts = {
            finding.broken.detail: finding.broken.count
            for finding in variant._audit_findings()
            if finding.broken.rule == "sectioning"
        }
        self.assertEqual(counts, {"missing": 1, "apart": 1, "twice": 1})

    def test_a_student_sees_both(self):
        """The week of a student has the lecture and the practical."""
        partner = self.portal.partner_id
        student = self.env["timetable.student"].create({"partner_id": partner.id})
        row = self.env["timetable.enrolment"].create(
            {"student_id": student.id, "offering_id": self.offering.id}
        )
        self.give(row, self.a, self.a1)
        events = self.env["timetable.assignment"]._events_of_partner(partner)
        self.assertEqual(set(events), set((self.a | self.a1).event_ids.ids))
        seen = self.env["timetable.seat"].with_user(self.portal).search([])
        self.assertEqual(seen.class_id, self.a | self.a1)
        further = self.env["timetable.enrolment.class"].with_user(self.portal)
        self.assertEqual(further.search([]), row.further_ids)
