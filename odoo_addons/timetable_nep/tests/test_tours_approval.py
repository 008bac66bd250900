from unittest.mock import patch

from odoo.tests import HttpCase, new_test_user, tagged

from .common import BECAUSE, import_problem, make_variant
from .problems import small_problem


@tagged("post_install", "-at_install")
class TestApproverTour(HttpCase):
    """The registrar's day: compare, reject, approve, publish, roll back."""

    def setUp(self):
        super().setUp()
        officer = new_test_user(
            self.env,
            "tour_officer_2",
            "timetable_nep.group_timetable_officer,base.group_partner_manager",
        )
        approver = new_test_user(
            self.env, "tour_approver", "timetable_nep.group_timetable_approver"
        )
        self.term = import_problem(
            self.env(user=officer), small_problem() | {"previous": []}
        )
        self.first = self._plan("Plan A", 0, "approved")
        self.first.with_user(approver).action_publish(reason=BECAUSE)
        self.second = self._plan("Plan B", 1, "submitted")
        self.third = self._plan("Plan C", 2, "department_approved")

    def _plan(self, name, shift, state):
        slots, rooms = self.term.grid_id.timeslot_ids, self.term.room_ids
        events = self.env["timetable.event"].search([("term_id", "=", self.term.id)])
        return make_variant(
            self.term,
            [
                (event, slots[(n + shift) % len(slots)], rooms[n % len(rooms)])
                for n, event in enumerate(events)
            ],
            name=name,
            state=state,
            metrics={"rooms_used": 3.0 + shift, "seat_use_percent": 70.0 - shift},
        )

    def test_accessibility(self):
        """Our pages keep WCAG 2.2 AA where a machine can tell."""
        new_test_user(self.env, "tour_reader", "timetable_nep.group_timetable_officer")
        self.start_tour(
            f"/odoo/timetable-board?variant_id={self._plan('Draft', 3, 'draft').id}"
            "&view_by=department",
            "timetable_nep_accessibility",
            login="tour_reader",
            timeout=120,
        )

    def test_accessibility_in_the_dark(self):
        """With the dark bundle and the colours of a dark theme, as it is served where
        one is installed; Odoo's community edition brings the bundle without one."""
        self.env["ir.asset"].create(
            {
                "name": "Dark colours",
                "bundle": "web.assets_web_dark",
                "directive": "before",
                "target": "web/static/src/scss/primary_variables.scss",
                "path": "timetable_nep/static/tests/dark_palette.scss",
            }
        )
        new_test_user(self.env, "tour_reader", "timetable_nep.group_timetable_officer")
        served = type(self.env["ir.http"])
        with patch.object(served, "color_scheme", lambda self: "dark"):
            self.start_tour(
                "/odoo/timetable-board"
                f"?variant_id={self._plan('Draft', 3, 'draft').id}&view_by=department",
                "timetable_nep_accessibility_dark",
                login="tour_reader",
                cookies={"color_scheme": "dark"},
                timeout=120,
            )

    def test_approver(self):
        self.start_tour(
            "/odoo/timetables",
            "timetable_nep_approver",
            login="tour_approver",
            timeout=120,
        )
        self.env.invalidate_all()
        self.assertEqual(self.second.state, "rejected")
        self.assertEqual(self.second.rejection_reason, "Too many gaps on Friday")
        self.assertEqual(self.third.approved_by_id.login, "tour_approver")
        self.assertEqual(self.third.state, "archived")
        self.assertEqual(self.term.published_variant_id, self.first)
        told = " ".join(self.third.message_ids.mapped("body"))
        self.assertIn("Better for everybody", told)
        self.assertIn("Replaced by Plan A", told)
