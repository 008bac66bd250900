"""What only a view's filter kept apart is kept apart by the server."""

from odoo.exceptions import UserError, ValidationError

from .common import BECAUSE, TimetableCase, make_variant, small_problem


class TestConsistent(TimetableCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem() | {"previous": [], "pins": []})
        cls.next = cls.term.copy({"name": "Next"})
        cls.section = cls.term.offering_ids.class_ids[0]
        cls.company2 = cls.env["res.company"].create({"name": "Another university"})
        grid = cls.env["timetable.grid"].create(
            {"name": "Other", "company_id": cls.company2.id}
        )
        cls.strange_slot = cls.env["timetable.timeslot"].create(
            {"grid_id": grid.id, "day": 0, "period": 1, "hour_from": 9, "hour_to": 10}
        )

    def test_strangers_are_refused(self):
        env = self.env
        partner = env["res.partner"].create({"name": "Foreign student"})
        abroad = {"company_id": self.company2.id, "partner_id": partner.id}
        student = env["timetable.student"].create(abroad)
        member = env["timetable.faculty"].create(abroad)
        relation = env["timetable.relation"].create(
            {"term_id": self.next.id, "type": "same_time"}
        )
        slots = [(6, 0, self.strange_slot.ids)]
        calls = {
            "batch": lambda: env["timetable.batch"].create(
                {
                    **{"name": "B", "term_id": self.next.id},
                    "class_ids": [(6, 0, self.section.ids)],
                }
            ),
            "band": lambda: env["timetable.band"].create(
                {
                    **{"term_id": self.next.id, "category": "skill"},
                    "timeslot_ids": slots,
                }
            ),
            "class": lambda: self.section.write({"unavailable_timeslot_ids": slots}),
            "room": lambda: self.term.room_ids[0].write(
                {"unavailable_timeslot_ids": slots}
            ),
            "enrolment": lambda: env["timetable.enrolment"].create(
                {
                    "student_id": student.id,
                    "offering_id": self.section.offering_id.id,
                }
            ),
            "relation": lambda: relation.write(
                {"line_ids": [(0, 0, {"event_id": self.section.event_ids[0].id})]}
            ),
            "absence": lambda: env["timetable.absence"].create(
                {
                    **{"faculty_id": member.id, "date_start": "2027-01-04"},
                    "company_id": self.env.company.id,
                }
            ),
            "availability": lambda: env["timetable.faculty.availability"].create(
                {"faculty_id": member.id, "timeslot_id": self.any_slot().id}
            ),
        }
        for name, call in calls.items():
            with (
                self.subTest(name=name),
                self.assertRaises(UserError),
                self.cr.savepoint(),
            ):
                call()

    def any_slot(self):
        return self.term.grid_id.timeslot_ids[0]

    def test_codes_are_used_once(self):
        for model in ("student", "faculty", "course", "department", "room"):
            known = self.env[f"timetable.{model}"].search(
                [("code", "!=", False), ("company_id", "=", self.env.company.id)],
                limit=1,
            )
            vals = {"code": known.code, "name": "Another"}
            if model == "room":
                vals["building_id"] = known.building_id.id
            with self.subTest(model=model):
                with (
                    self.assertRaisesRegex(ValidationError, "code .* already"),
                    self.cr.savepoint(),
                ):
                    known.create(vals)
                vals["company_id"] = self.company2.id
                vals.pop("building_id", None)
                self.assertTrue(known.create(vals))

    def test_a_basket_keeps_its_limits_when_it_changes(self):
        student = self.env["timetable.student"].search([], limit=1)
        offerings = student.enrolment_ids.offering_id
        self.assertGreater(len(offerings), 1)
        basket = self.env["timetable.basket"].create(
            {"name": "One of", "term_id": offerings.term_id.id}
        )
        with self.assertRaisesRegex(ValidationError, "at most 1"), self.cr.savepoint():
            basket.offering_ids = offerings
        basket.write({"max_choices": 9, "offering_ids": [(6, 0, offerings.ids)]})
        with self.assertRaisesRegex(ValidationError, "at most 1"), self.cr.savepoint():
            basket.max_choices = 1

    def test_choices_of_one_student_wait_for_each_other(self):
        """A row is written that a second choice at the same time would write too:
        the database lets it begin anew."""
        student = self.env["timetable.student"].search([], limit=1)
        offering = student.enrolment_ids.offering_id[0]
        self.env["timetable.basket"].create(
            {
                **{"name": "B", "term_id": offering.term_id.id, "max_choices": 9},
                "offering_ids": [(6, 0, offering.ids)],
            }
        )
        row = student.enrolment_ids.filtered(lambda one: one.offering_id == offering)
        row.unlink()

        def place():
            self.cr.execute(
                "SELECT ctid FROM timetable_student WHERE id = %s", [student.id]
            )
            return self.cr.fetchone()

        before = place()
        self.env["timetable.enrolment"].create(
            {"student_id": student.id, "offering_id": offering.id}
        )
        self.assertNotEqual(place(), before)

    def test_no_class_appears_in_a_timetable_in_force(self):
        offering = self.section.offering_id
        make_variant(self.term, state="approved").with_user(
            self.approver
        ).action_publish(reason=BECAUSE)
        offering.section_limit = 1
        students = self.env["timetable.student"].search([])
        students -= offering.enrolment_ids.student_id
        count = offering.class_count
        self.assertTrue(students)
        self.env["timetable.enrolment"].create(
            [{"student_id": one.id, "offering_id": offering.id} for one in students]
        )
        offering.invalidate_recordset()
        self.assertEqual(offering.class_count, count)
        self.assertTrue(offering.needs_split)
