from odoo.tests import TransactionCase, tagged
from odoo.tools import convert_file


@tagged("post_install", "-at_install")
class TestDemonstration(TransactionCase):
    """The demonstration data: every feature within five minutes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        if not cls.env.ref("timetable_nep.user_demo_officer", False):
            # Databases without demonstration data load it here.
            convert_file(
                cls.env, "timetable_nep", "demo/timetable_demo.xml", {}, mode="init"
            )
        officer = cls.env.ref("timetable_nep.user_demo_officer")
        cls.run_ = cls.env["timetable.run"].search(
            [("user_id", "=", officer.id)], order="id", limit=1
        )
        cls.term = cls.run_.term_id

    def test_a_user_for_each_role(self):
        for role in ("coordinator", "officer", "approver"):
            user = self.env.ref(f"timetable_nep.user_demo_{role}")
            self.assertTrue(user.has_group(f"timetable_nep.group_timetable_{role}"))
        for role in ("faculty", "student"):
            user = self.env.ref(f"timetable_nep.user_demo_{role}")
            self.assertTrue(user.has_group("base.group_portal"))
            self.assertTrue(
                self.env[f"timetable.{role}"].search(
                    [("partner_id", "=", user.partner_id.id)]
                )
            )
        admin = self.env.ref("base.user_admin")
        self.assertTrue(admin.has_group("timetable_nep.group_timetable_admin"))

    def test_timetables_on_their_way(self):
        """One in force, one to be decided, one to work on; all are complete."""
        self.assertEqual(self.run_.state, "completed")
        variants = self.run_.variant_ids.sorted("key")
        self.assertEqual(variants.mapped("state"), ["published", "submitted", "draft"])
        for variant in variants:
            self.assertEqual(variant.placed, self.term.event_count)
            self.assertEqual((variant.unplaced_count, variant.score_hard), (0, 0))
            self.assertEqual(variant.conflict_count, 0)

    def test_people_see_their_week(self):
        for role in ("faculty", "student"):
            user = self.env.ref(f"timetable_nep.user_demo_{role}")
            seen = self.env["timetable.assignment"].with_user(user).search([])
            self.assertGreater(len(seen), 3, role)

    def test_every_feature_has_something_to_show(self):
        term = self.term
        self.assertTrue(term.date_start and term.date_end)
        for field in ("batch", "basket", "offering", "class", "event", "enrolment"):
            self.assertTrue(term[f"{field}_count"], field)
        self.assertTrue(term.band_ids and term.relation_ids)
        events = term.offering_ids.class_ids.event_ids
        self.assertTrue(events.pin_timeslot_id)
        self.assertTrue(events.feature_ids)
        self.assertIn(2, events.mapped("duration"))
        self.assertTrue(
            self.env["timetable.faculty.availability"].search(
                [("timeslot_id.grid_id", "=", term.grid_id.id)], limit=1
            )
        )
        self.assertTrue(self.env["timetable.travel"].search([], limit=1))
        self.assertEqual(term._preference_window(), "open")
        companies = [("company_id", "=", term.company_id.id)]
        self.assertTrue(self.env["timetable.holiday"].search(companies))
        absence = self.env["timetable.absence"].search(companies, limit=1)
        self.assertTrue(absence.meeting_count)
        request = self.env["timetable.change.request"].search(
            [("term_id", "=", term.id)]
        )
        self.assertEqual((request.state, request.feasible), ("submitted", True))
        self.assertGreater(len(set(term.offering_ids.mapped("category"))), 5)
