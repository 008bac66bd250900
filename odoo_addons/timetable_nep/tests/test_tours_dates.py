from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .test_meeting import MeetingCase


@tagged("post_install", "-at_install")
class TestToursDates(HttpCase, MeetingCase):
    """Dated meetings and figures, as people click through them."""

    def test_substitute_and_undo(self):
        today = fields.Date.today()
        monday = today - timedelta(days=today.weekday())
        self.term.write({"date_start": monday, "date_end": monday + timedelta(days=6)})
        self.start_tour(
            "/odoo/timetable-meetings", "timetable_nep_meeting", login="tt_officer"
        )
        changes = self.env["timetable.meeting.change"].search(
            [("event_id", "=", self.event["E5"].id)]
        )
        self.assertEqual(changes.mapped("state"), ["undone"])
        self.assertEqual(changes.reason, "At a conference")

    def test_figures_on_a_phone(self):
        self.browser_size = "390x844"
        self.touch_enabled = True
        self.start_tour(
            "/odoo/timetable-figures", "timetable_nep_figures", login="tt_approver"
        )
