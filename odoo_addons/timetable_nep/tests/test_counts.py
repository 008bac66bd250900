"""Counts of broken rules are never old, and matter when a timetable is published."""

from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import Form
from odoo.tools import mute_logger

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

    def test_one_that_cannot_be_counted_stops_no_other(self):
        other = make_variant(self.term)
        model = type(self.variant)
        count = model._recount_conflicts

        def broken(row):
            if row == self.variant:
                raise ValueError("unreadable")
            return count(row)

        (self.variant | other).sudo()._guarded().audited_revision = -2
        with (
            patch.object(model, "_recount_conflicts", broken),
            patch.object(model, "_rescore_one", lambda row: None),
            mute_logger("odoo.addons.timetable_nep.models.plan.timetable_rescore"),
        ):
            self.env["timetable.variant"]._cron_rescore()
        self.assertTrue(other.is_audited)
        self.assertIn("could not be counted", self.variant.rescore_message)

    # ---- A timetable that breaks rules: an approver and a reason, by every way in
    REASON = "The new building opens late."

    def _break(self, state):
        """The same timetable in a state, after all rooms became too small."""
        variant = make_variant(self.term, state=state)
        self.term.room_ids.write({"capacity": 1})
        broken = variant._broken_rules()
        self.assertGreater(broken, 0)
        return variant, broken

    def _by_form(self, action, button):
        form = Form.from_action(self.env(user=self.approver), action)
        self.assertTrue(form._get_modifier("reason", "required"))
        form.reason = self.REASON
        getattr(form.save(), button)()

    def test_approving_what_breaks_rules(self):
        self.env.company.timetable_skip_department_approval = True
        ways = {
            "remote": lambda row: row.action_approve(self.REASON),
            "button": lambda row: self._by_form(
                row.with_context(timetable_ask=True).action_approve(), "action_approve"
            ),
            "drag": lambda row: self._by_form(
                row.move_to("approved"), "action_approve"
            ),
        }
        for name, way in ways.items():
            with self.subTest(way=name):
                variant, _broken = self._break("submitted")
                variant = variant.with_user(self.approver)
                with self.assertRaisesRegex(UserError, "say why"):
                    variant.action_approve(" ")
                self.assertEqual(variant.state, "submitted")
                way(variant)
                self.assertEqual(variant.state, "approved")
                self.assertEqual(variant.broken_reason, self.REASON)

    def test_several_are_approved_or_none(self):
        self.env.company.timetable_skip_department_approval = True
        broken, _count = self._break("submitted")
        other = make_variant(self.term, [], state="submitted", total=0)
        both = (other | broken).with_user(self.approver)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            both.action_approve()
        both.invalidate_recordset()
        self.assertEqual(set(both.mapped("state")), {"submitted"})

    def test_publishing_what_breaks_rules(self):
        ways = {
            "remote": lambda row: row.action_publish(reason=self.REASON),
            "button": lambda row: self._by_form(
                row.action_ask_publish(), "action_publish"
            ),
            "drag": lambda row: self._by_form(
                row.move_to("published"), "action_publish"
            ),
        }
        for name, way in ways.items():
            with self.subTest(way=name):
                variant, broken = self._break("approved")
                with self.assertRaisesRegex(UserError, "Only an approver"):
                    variant.with_user(self.officer).action_publish(reason=self.REASON)
                variant = variant.with_user(self.approver)
                with self.assertRaisesRegex(UserError, "say why"):
                    variant.action_publish()
                self.assertEqual(variant.state, "approved")
                way(variant)
                self.assertEqual(variant.state, "published")
                self.assertEqual(variant.broken_when_published, broken)
                self.assertEqual(variant.broken_reason, self.REASON)

    def test_going_back_to_what_breaks_rules(self):
        self.variant.with_user(self.approver).action_publish(reason="As it is")
        other = make_variant(self.term, state="approved")
        other.with_user(self.approver).action_publish(reason="As it is")
        self.term.room_ids.write({"capacity": 1})
        with self.assertRaisesRegex(UserError, "say why"):
            self.variant.with_user(self.approver).action_publish()
        with self.assertRaisesRegex(UserError, "Only an approver"):
            self.variant.with_user(self.officer).action_publish(reason="x")
        self._by_form(
            other.with_user(self.approver).action_roll_back(), "action_publish"
        )
        self.assertEqual(self.variant.state, "published")

    def test_where_nobody_approves_broken_rules_are_looked_at(self):
        """Settings without the registrar: what breaks rules goes there all the same."""
        company = self.env.company
        company.timetable_skip_registrar_approval = True
        department = self.term.offering_ids.department_id[:1]
        department.coordinator_ids = self.coordinator
        agreed, _count = self._break("submitted")
        agreed.with_user(self.coordinator).action_department_approve()
        self.assertEqual(agreed.state, "department_approved")
        self.assertIn(self.approver, agreed.activity_ids.user_id)
        company.timetable_skip_department_approval = True
        submitted, _count = self._break("draft")
        submitted.with_user(self.officer).action_submit()
        self.assertEqual(submitted.state, "submitted")
        self.assertIn(self.approver, submitted.activity_ids.user_id)
        submitted.with_user(self.approver).action_approve(self.REASON)
        self.assertEqual(submitted.state, "approved")
        submitted.with_user(self.approver).action_reject("No")
        submitted.with_user(self.officer).action_back_to_draft()
        self.assertFalse(submitted.broken_reason)
