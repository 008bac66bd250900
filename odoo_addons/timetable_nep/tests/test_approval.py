import ast
from datetime import timedelta
from unittest.mock import patch

from lxml import etree
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, LockError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..const import (
    VARIANT_STATES,
    VARIANT_TRANSITIONS,
)
from .common import BECAUSE, TimetableCase, make_variant, small_problem


class TestApproval(TimetableCase):
    """From draft to in force, by who may, and by no way round."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.import_problem(small_problem() | {"previous": []})
        offering = cls.env["timetable.offering"].search(
            [("term_id", "=", cls.term.id)], limit=1
        )
        offering.department_id.coordinator_ids = cls.coordinator
        cls.variant = make_variant(cls.term)

    def to(self, state):
        variant = self.variant
        if state in ("submitted", "department_approved", "approved", "published"):
            variant.with_user(self.officer).action_submit()
        if state in ("department_approved", "approved", "published"):
            variant.with_user(self.coordinator).action_department_approve()
        if state in ("approved", "published"):
            variant.with_user(self.approver).action_approve(BECAUSE)
        if state == "published":
            variant.with_user(self.approver).action_publish(reason=BECAUSE)
        self.assertEqual(variant.state, state)
        return variant

    def test_kanban_begins_with_the_term_in_work(self):
        """Older terms are a click away; what waits for a decision never hides."""
        first = make_variant(self.term)
        newer = self.import_problem(small_problem() | {"previous": []}, again=True)
        second = make_variant(newer)
        self.assertTrue(newer.is_chosen)
        self.assertFalse(self.term.is_chosen)
        view = self.env["timetable.variant"].get_view(
            self.env.ref("timetable_nep.timetable_variant_view_search").id, "search"
        )
        node = etree.fromstring(view["arch"]).find(".//filter[@name='current']")
        domain = ast.literal_eval(node.get("domain"))
        Variant = self.env["timetable.variant"].with_user(self.approver)
        self.assertEqual(Variant.search(domain) & (first | second), second)
        first.with_user(self.officer).action_submit()
        self.assertEqual(Variant.search(domain) & (first | second), first | second)
        action = self.env.ref("timetable_nep.timetable_variant_action")
        self.assertIn("search_default_current", action.context)

    def test_whole_way(self):
        variant = self.to("published")
        self.assertEqual(self.term.published_variant_id, variant)
        self.assertEqual(variant.submitted_by_id, self.officer)
        self.assertEqual(variant.department_approved_by_id, self.coordinator)
        self.assertEqual(variant.approved_by_id, self.approver)
        self.assertEqual(variant.published_by_id, self.approver)
        self.assertTrue(variant.published_at)

    def test_steps_are_for_their_roles(self):
        steps = {
            "action_submit": ("draft", {"officer", "coordinator", "admin"}),
            "action_department_approve": (
                "submitted",
                {"coordinator", "approver", "admin"},
            ),
            "action_approve": ("department_approved", {"approver", "admin"}),
            "action_publish": ("approved", {"approver", "officer", "admin"}),
        }
        roles = ("officer", "coordinator", "approver", "admin", "internal", "portal")
        for method, (state, allowed) in steps.items():
            for role in roles:
                with self.subTest(method=method, role=role):
                    variant = make_variant(self.term, [], state=state, total=0)
                    call = getattr(variant.with_user(getattr(self, role)), method)
                    if role in allowed:
                        call()
                        self.assertNotEqual(variant.state, state)
                    else:
                        with self.assertRaises(AccessError):
                            call()
                        # Becoming superuser does not change who acts.
                        with self.assertRaises(AccessError):
                            getattr(
                                variant.with_user(getattr(self, role)).sudo(), method
                            )()

    def test_no_way_round_the_state(self):
        variant = self.variant
        for records in (
            variant.with_user(self.officer),
            variant.with_user(self.admin),
            variant.sudo(),
            variant.with_context(timetable_nep_guard=1),
        ):
            with self.assertRaises(AccessError):
                records.write({"state": "published"})
        with self.assertRaises(AccessError):
            self.env["timetable.variant"].with_user(self.officer).create(
                {"name": "x", "term_id": self.term.id, "state": "published"}
            )
        with self.assertRaises(AccessError):
            variant.with_user(self.officer).write({"score_soft": 0})

    def test_only_steps_of_the_table(self):
        for old, _label in VARIANT_STATES:
            for new, _label2 in VARIANT_STATES:
                if new == old or "published" in (old, new):
                    continue
                with self.subTest(old=old, new=new):
                    variant = make_variant(self.term, [], state=old)._guarded()
                    if new in VARIANT_TRANSITIONS[old]:
                        variant.write({"state": new})
                    else:
                        with self.assertRaisesRegex(UserError, "cannot become"):
                            variant.write({"state": new})

    def test_department_step_may_be_left_out(self):
        variant = self.to("submitted")
        with self.assertRaisesRegex(UserError, "department"):
            variant.with_user(self.approver).action_approve(BECAUSE)
        self.env.company.timetable_skip_department_approval = True
        variant.with_user(self.approver).action_approve(BECAUSE)
        self.assertEqual(variant.state, "approved")

    def test_without_the_registrar(self):
        """What the departments agreed to is approved; with nobody asked, at once."""
        company = self.env.company
        company.timetable_skip_registrar_approval = True
        self.variant = make_variant(self.term, [], total=0)
        variant = self.to("submitted")
        variant.with_user(self.coordinator).action_department_approve()
        self.assertEqual(variant.state, "approved")
        self.assertEqual(variant.activity_ids.user_id, self.officer)
        company.timetable_skip_department_approval = True
        other = make_variant(self.term, [], total=0)
        self.assertFalse(other.asks_departments or other.asks_registrar)
        with self.assertRaises(AccessError):
            other.with_user(self.internal).action_submit()
        other.with_user(self.officer).action_submit()
        self.assertEqual(
            (other.state, other.approved_by_id), ("approved", self.officer)
        )
        with self.assertRaisesRegex(UserError, "not asked"):
            make_variant(self.term, [], state="submitted").with_user(
                self.coordinator
            ).action_department_approve()

    def test_every_department_is_asked(self):
        """The last department takes it further; until then it says who is awaited."""
        physics = self.term.offering_ids.department_id.filtered("coordinator_ids")
        other = (self.term.offering_ids.department_id - physics)[:1]
        second = new_test_user(
            self.env, "tt_second", "timetable_nep.group_timetable_coordinator"
        )
        other.coordinator_ids = second
        variant = self.to("submitted")
        self.assertEqual(variant.activity_ids.user_id, self.coordinator | second)
        self.assertIn(other.display_name, variant.department_progress)
        variant.with_user(self.coordinator).action_department_approve()
        self.assertEqual(variant.state, "submitted")
        self.assertEqual(variant.department_ok_ids, physics)
        self.assertEqual(variant.activity_ids.user_id, second)
        self.assertTrue(variant.department_progress.startswith("1 of 2"))
        with self.assertRaisesRegex(UserError, "department"):
            variant.with_user(self.approver).action_approve(BECAUSE)
        with self.assertRaises(AccessError):
            variant.with_user(self.officer).write(
                {"department_ok_ids": [(4, other.id)]}
            )
        variant.with_user(second).action_department_approve()
        self.assertEqual(variant.state, "department_approved")
        # Sent back, everybody is asked anew.
        variant.with_user(self.approver).action_reject("No")
        variant.with_user(self.officer).action_back_to_draft()
        variant.with_user(self.officer).action_submit()
        self.assertFalse(variant.department_ok_ids)

    def test_what_was_submitted_is_taken_back(self):
        """By an officer, before it is decided; nobody is asked any more."""
        variant = self.to("submitted")
        with self.assertRaises(AccessError):
            variant.with_user(self.approver).action_back_to_draft()
        variant.with_user(self.officer).action_back_to_draft()
        self.assertEqual(variant.state, "draft")
        self.assertFalse(variant.activity_ids)
        self.assertFalse(variant.department_ok_ids)
        approved = self.to("approved")
        with self.assertRaisesRegex(UserError, "cannot become"):
            approved.with_user(self.officer).action_back_to_draft()

    def test_days_to_decide(self):
        self.env.company.timetable_decision_days = 7
        activity = self.to("submitted").activity_ids
        self.assertEqual(
            activity.date_deadline, fields.Date.today() + timedelta(days=7)
        )

    def test_settings(self):
        """Each step is a box in the settings."""
        settings = self.env["res.config.settings"].create(
            {
                "timetable_skip_department_approval": True,
                "timetable_skip_registrar_approval": True,
                "timetable_decision_days": 5,
            }
        )
        settings.execute()
        self.assertEqual(
            self.env["timetable.variant"]._approval_steps(), (False, False)
        )
        self.assertEqual(self.env.company.timetable_decision_days, 5)

    def test_coordinator_of_no_department_here(self):
        self.env["timetable.department"].search([]).coordinator_ids = False
        variant = self.to("submitted")
        with self.assertRaisesRegex(AccessError, "No department of yours"):
            variant.with_user(self.coordinator).action_department_approve()

    def test_next_in_line_has_an_activity(self):
        variant = self.to("submitted")
        self.assertEqual(variant.activity_ids.user_id, self.coordinator)
        variant.with_user(self.coordinator).action_department_approve()
        self.assertIn(self.approver, variant.activity_ids.user_id)
        self.assertNotIn(self.coordinator, variant.activity_ids.user_id)
        variant.with_user(self.approver).action_reject("Too many gaps")
        self.assertEqual(variant.activity_ids.user_id, self.officer)
        self.assertIn("Too many gaps", variant.activity_ids.summary)
        variant.with_user(self.officer).action_back_to_draft()
        self.assertFalse(variant.activity_ids)

    def test_reject_needs_a_reason(self):
        variant = self.to("submitted").with_user(self.approver)
        with self.assertRaises(UserError):
            variant.action_reject(" ")
        variant.action_reject("Too many gaps")
        self.assertEqual(
            (variant.state, variant.rejection_reason), ("rejected", "Too many gaps")
        )
        variant.with_user(self.officer).action_back_to_draft()
        self.assertEqual(variant.state, "draft")

    def test_reject_wizard(self):
        variant = self.to("submitted").with_user(self.approver)
        action = variant.with_context(timetable_ask=True).action_reject()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.approver)
            .with_context(**action["context"])
            .create({"reason": "No"})
        )
        wizard.action_reject()
        self.assertEqual(variant.rejection_reason, "No")

    def test_submitted_does_not_change(self):
        variant = self.to("submitted")
        row = variant.assignment_ids[0].with_user(self.officer)
        with self.assertRaises(UserError):
            row.pinned = True
        with self.assertRaises(UserError):
            row.unlink()
        with self.assertRaises(UserError):
            row.copy({"event_id": row.event_id.id})

    def test_one_published(self):
        first = self.to("published")
        second = make_variant(self.term, [], state="approved")
        second.with_user(self.approver).action_publish(reason=BECAUSE)
        self.assertEqual((first.state, second.state), ("archived", "published"))
        # Back again
        first.with_user(self.approver).action_publish(reason=BECAUSE)
        self.assertEqual((first.state, second.state), ("published", "archived"))

    def test_roll_back(self):
        """The form says what changes, asks, and notes it in both histories."""
        first = self.to("published")
        with self.assertRaisesRegex(UserError, "nothing to go back to"):
            first.with_user(self.approver).action_roll_back()
        slots = self.term.grid_id.timeslot_ids
        moved = [
            (row.event_id, slots[-1] if n == 0 else row.timeslot_id, row.room_id)
            for n, row in enumerate(first.sudo().assignment_ids)
        ]
        second = make_variant(self.term, moved, name="Second", state="approved")
        self._publish_by_form(second, "action_ask_publish", "move")
        self.assertEqual((first.state, second.state), ("archived", "published"))
        self.assertEqual(second.previous_publication_id, first)
        wizard = self._publish_by_form(second, "action_roll_back", "1 of 5 events move")
        self.assertTrue(wizard.is_return)
        self.assertEqual((first.state, second.state), ("published", "archived"))
        self.assertIn("Put back in force", first.message_ids[:1].body)
        self.assertIn("Replaced by", second.message_ids[:1].body)
        for user in (self.coordinator, self.internal):
            with self.assertRaises(AccessError):
                first.with_user(user).action_roll_back()

    def _publish_by_form(self, variant, button, words):
        variant = variant.with_user(self.approver)
        action = getattr(variant, button)()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.approver)
            .with_context(**action["context"])
            .create({"reason": "Because"})
        )
        self.assertIn(words, wizard.effect)
        wizard.action_publish()
        return wizard

    def test_two_publish_at_once(self):
        """Whoever comes second is told so, and nothing changes by their click."""
        first = self.to("published")
        second = make_variant(self.term, [], state="approved")
        locked = patch.object(
            type(self.term), "lock_for_update", side_effect=LockError("taken")
        )
        with locked, self.assertRaisesRegex(UserError, "Somebody is publishing"):
            second.with_user(self.approver).action_publish(reason=BECAUSE)
        self.assertEqual((first.state, second.state), ("published", "approved"))

    def test_database_refuses_two(self):
        self.to("published")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            make_variant(self.term, [], state="published")
            self.env.flush_all()

    def test_archive_was_never_published(self):
        variant = make_variant(self.term, [], state="archived")
        with self.assertRaisesRegex(UserError, "never in force"):
            variant.with_user(self.approver).action_publish(reason=BECAUSE)

    def test_history_is_not_deleted(self):
        variant = self.to("published")
        with self.assertRaises(UserError):
            variant.unlink()
        make_variant(self.term, []).unlink()

    def test_publishing_gives_classes_to_students(self):
        student = self.env["timetable.student"].search([("code", "=", "S1")])
        decided = self.env["timetable.student"].search([("code", "=", "S2")])
        sections = self.env["timetable.class"].search([("term_id", "=", self.term.id)])
        by_code = {section.code: section for section in sections}
        self.variant.sudo()._guarded().write(
            {
                "sectioning": self.variant._pack_sectioning(
                    {
                        str(student.id): [by_code["PHY101-2"].id, by_code["AEC1-1"].id],
                        str(decided.id): [by_code["PHY101-1"].id],
                    }
                )
            }
        )
        self.to("published")
        self.assertEqual(
            set(student.enrolment_ids.class_id.mapped("code")), {"PHY101-2", "AEC1-1"}
        )
        fixed = decided.enrolment_ids.filtered("fixed")
        self.assertEqual(fixed.class_id.code, "PHY101-2", "decided stays decided")
        self.assertEqual(by_code["PHY101-2"].student_count, 2)

    def test_queries_of_publishing_do_not_grow(self):
        rows = {
            str(i): [self.env["timetable.class"].search([], limit=1).id]
            for i in range(2000)
        }
        self.variant.sudo()._guarded().write(
            {"sectioning": self.variant._pack_sectioning(rows)}
        )
        self.to("approved")
        with self.assertQueryCount(75):
            self.variant.with_user(self.approver).action_publish(reason=BECAUSE)
