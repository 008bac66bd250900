"""Counts of broken rules are never old, and matter when a timetable is published."""

from odoo.exceptions import UserError

from .common import TimetableCase, make_variant, small_problem


class TestCounts(TimetableCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem() | {"previous": [], "pins": []})
        cls.variant = make_variant(cls.term, state="approved")

    def setUp(self):
        super().setUp()
        self.no_commit()
        self.variant._recount_conflicts()

    def test_whatever_a_rule_looks_at_makes_it_old(self):
        term = self.term
        event = self.variant.assignment_ids[0].event_id
        section, slot = event.class_id, term.grid_id.timeslot_ids[0]
        member = term.offering_ids.class_ids.faculty_ids[0]
        room = self.variant.assignment_ids.room_id[0]
        changes = {
            "room": lambda: room.write({"unavailable_timeslot_ids": [(4, slot.id)]}),
            "seats": lambda: room.write({"capacity": 1}),
            "wish": lambda: self.env["timetable.faculty.availability"].create(
                {
                    **{"faculty_id": member.id, "timeslot_id": slot.id},
                    "source": "leave",
                }
            ),
            "load": lambda: member.write({"max_periods_day": 1}),
            "teacher": lambda: section.write({"faculty_ids": [(4, member.id)]}),
            "length": lambda: event.write({"duration": 3}),
            "band": lambda: term.band_ids.create(
                {
                    **{"term_id": term.id, "category": "other"},
                    "timeslot_ids": [(6, 0, slot.ids)],
                }
            ),
            "relation": lambda: term.relation_ids[:1].write({"hard": False}),
        }
        for name, change in changes.items():
            with self.subTest(name=name):
                self.variant._recount_conflicts()
                self.assertTrue(self.variant.is_audited)
                change()
                self.assertFalse(self.variant.is_audited)
        self.env["timetable.variant"]._cron_rescore()
        self.variant.invalidate_recordset()
        self.assertTrue(self.variant.is_audited)
        found = len(self.variant._audit_findings())
        self.assertEqual(self.variant.conflict_count, found)
        room.name = "Another name"
        self.assertTrue(self.variant.is_audited, "no rule looks at a name")

    def test_one_that_breaks_rules_needs_an_approver_and_a_reason(self):
        self.term.room_ids.write({"capacity": 1})
        broken = self.variant._broken_rules()
        self.assertGreater(broken, 0)
        with self.assertRaisesRegex(UserError, "Only an approver"):
            self.variant.with_user(self.officer).action_publish()
        Wizard = self.env["timetable.publish.wizard"].with_user(self.approver)
        wizard = Wizard.create({"variant_id": self.variant.id})
        self.assertEqual(wizard.broken, broken)
        with self.assertRaisesRegex(UserError, "say why"):
            wizard.action_publish()
        wizard.reason = "The new building opens late."
        wizard.action_publish()
        self.assertEqual(self.variant.state, "published")
        self.assertEqual(self.variant.broken_when_published, broken)
        notes = "".join(self.variant.message_ids.mapped("body"))
        self.assertIn("The new building opens late.", notes)
