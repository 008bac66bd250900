from odoo.exceptions import AccessError

from .common import make_variant
from .test_meeting import MeetingCase


class TestRepair(MeetingCase):
    """After publishing, something changes: what breaks, what moves, and why."""

    def wizard(self, user=None):
        action = self.variant.with_user(user or self.officer).action_repair()
        return (
            self.env["timetable.repair.wizard"]
            .with_user(user or self.officer)
            .with_context(**action["context"])
            .create({})
        )

    def test_says_what_does_not_hold(self):
        before = self.wizard().finding_count
        self.room["R3"].active = False
        self.slot_away("F1", "T11")
        self.faculty["F2"].active = False
        wizard = self.wizard()
        text = wizard.findings_html
        self.assertIn("R3 is not in use any more, and 2 events are there", text)
        self.assertIn("is not available when PHY101-A meets", text)
        self.assertIn("lost their faculty member: 1 (AEC1-A)", text)
        self.assertGreater(wizard.finding_count, before)

    def slot_away(self, faculty, slot):
        member = self.faculty[faculty]
        member.availability_ids.filtered(
            lambda row: row.timeslot_id == self.slot[slot]
        ).level = "cannot"

    def test_closed_room_does_not_spoil_the_problem(self):
        """The previous place is sent without the room that is gone."""
        self.room["R3"].active = False
        problem = self.term._snapshot_problem()
        rooms = {row["id"] for row in problem["rooms"]}
        self.assertNotIn(f"r{self.room['R3'].id}", rooms)
        previous = {row["event"]: row.get("room") for row in problem["previous"]}
        self.assertEqual(len(previous), 4)
        self.assertFalse(set(filter(None, previous.values())) - rooms)
        self.assertIn(None, previous.values())

    def test_starts_a_repair_of_the_published_one(self):
        action = self.wizard().action_repair()
        run = self.env["timetable.run"].browse(action["res_id"])
        self.assertEqual((run.mode, run.state), ("repair", "queued"))
        self.assertEqual(run.base_variant_id, self.variant)
        self.assertEqual(
            [row["profile"] for row in run.requested_variants], ["minimal_change"]
        )

    def test_lists_what_moves_and_why(self):
        self.room["R3"].active = False  # E3 and E5 have to go
        run = self.env["timetable.run"].create(
            {
                "term_id": self.term.id,
                "mode": "repair",
                "base_variant_id": self.variant.id,
            }
        )
        event, slot, room = self.event, self.slot, self.room
        repaired = make_variant(
            self.term,
            [
                (event["E1"], slot["T12"], room["R1"]),  # makes way for E5
                (event["E2"], slot["T02"], room["R2"]),  # stays
                (event["E3"], slot["T21"], room["R1"]),  # its room is gone
                (event["E5"], slot["T11"], room["R1"]),  # its room is gone
            ],
            run_id=run.id,
        ).with_user(self.officer)
        self.assertTrue(repaired.is_repair)
        moves = {row["name"]: row for row in repaired._repair_moves()}
        self.assertEqual(set(moves), {"PHY101-A", "PHY101-B", "AEC1-A"})
        self.assertIn("R3 is not in use any more", moves["AEC1-A"]["reason"])
        self.assertIn("To make way", moves["PHY101-A"]["reason"])
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.assertEqual(len(repaired._repair_moves()), 3)
        self.assertLess(self.env.cr.sql_log_count - before, 120)
        self.assertEqual(moves["AEC1-A"]["students"], 3)
        html = repaired.repair_html
        self.assertIn("<b>3</b> of 5 events move", html)
        repaired.action_submit()
        self.assertEqual(repaired.state, "submitted")

    def test_only_officers(self):
        for user in (self.coordinator, self.approver):
            with self.assertRaises(AccessError):
                self.variant.with_user(user).action_repair()
            with self.assertRaises(AccessError):
                self.env["timetable.repair.wizard"].with_user(user).create(
                    {"variant_id": self.variant.id}
                )
