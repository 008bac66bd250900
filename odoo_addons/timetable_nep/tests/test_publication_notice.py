from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import format_date

from .common import BECAUSE, make_variant
from .test_meeting import MeetingCase


@tagged("post_install", "-at_install")
class TestPublicationNotice(MeetingCase):
    """Those whose week changed hear of a publication, once and not at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for member in cls.faculty.values():
            member.partner_id.email = f"{member.code}@example.com"

    def send(self):
        """What the cron tells: ``{partner: subjects}``."""
        old = self.env["mail.message"].search([], order="id desc", limit=1).id
        Cron = type(self.env["ir.cron"])
        with patch.object(Cron, "_commit_progress", return_value=60.0):
            self.env["timetable.term"]._cron_tell_publication()
        told = {}
        for message in self.env["mail.message"].search([("id", ">", old)]):
            for partner in message.notified_partner_ids:
                told.setdefault(partner, []).append(message.subject)
        return told

    def publish(self, date_from=None, **places):
        """Put a second timetable in force, with some events elsewhere."""
        rows = [
            (self.event[code], self.slot[slot], self.room[room])
            for code, (slot, room) in {
                "E1": ("T11", "R1"),
                "E2": ("T02", "R2"),
                "E3": ("T21", "R3"),
                "E5": ("T01", "R3"),
                **places,
            }.items()
        ]
        variant = make_variant(self.term, rows, state="approved")
        variant.with_user(self.approver).action_publish(date_from, reason=BECAUSE)
        return variant

    def test_the_first_publication_reaches_all_with_a_week(self):
        told = self.send()
        for code in ("F1", "F2", "F3"):
            self.assertIn(self.faculty[code].partner_id, told)
        self.assertEqual({len(subjects) for subjects in told.values()}, {1})
        self.assertIn("is published", next(iter(told.values()))[0])
        self.assertFalse(self.send())

    def test_later_only_those_whose_week_changed(self):
        self.send()
        self.publish(E5=("T02", "R3"))
        told = self.send()
        self.assertIn(self.faculty["F2"].partner_id, told)
        self.assertNotIn(self.faculty["F1"].partner_id, told)
        self.assertIn(self.student["S1"].partner_id, told)
        self.assertIn("has changed", told[self.faculty["F2"].partner_id][0])

    def body(self):
        """Of the message sent last."""
        message = self.env["mail.message"].search(
            [("subject", "ilike", self.term.name)], order="id desc", limit=1
        )
        return message.body

    def test_the_first_week_that_is_new_is_named(self):
        self.send()
        self.assertNotIn("holds from", self.body())
        second = self.term._first_day(self.term.date_start + timedelta(days=14))
        third = second + timedelta(days=7)
        self.publish(third, E5=("T02", "R3"))
        self.assertIn(self.faculty["F2"].partner_id, self.send())
        self.assertIn(format_date(self.env, third), self.body())
        # Of two publications before anybody hears of them, the earlier week.
        self.publish(third, E5=("T01", "R3"))
        self.publish(second, E5=("T03", "R3"))
        self.send()
        self.assertIn(format_date(self.env, second), self.body())
        self.publish(third, E5=("T02", "R3"))
        self.publish(E5=("T01", "R3"))
        self.send()
        self.assertNotIn("holds from", self.body())

    def test_there_and_back_within_minutes_tells_nobody(self):
        self.send()
        self.publish(E5=("T02", "R3"))
        self.variant.with_user(self.approver).action_publish(reason=BECAUSE)
        self.assertFalse(self.send())

    def test_never_means_never(self):
        self.faculty["F2"].partner_id.timetable_notice = "never"
        self.assertNotIn(self.faculty["F2"].partner_id, self.send())

    def test_quietly(self):
        self.send()
        self.term.sudo().company_id.timetable_publish_quietly = True
        self.publish(E5=("T02", "R3"))
        self.assertFalse(self.send())

    def test_the_cron_comes_after_some_minutes(self):
        triggers = self.env["ir.cron.trigger"].search(
            [("cron_id", "=", self.env.ref("timetable_nep.cron_publication").id)]
        )
        self.assertTrue(triggers)
        self.assertGreater(min(triggers.mapped("call_at")), fields.Datetime.now())

    def test_parcels_are_not_sent_twice(self):
        path = "odoo.addons.timetable_nep.models.publish.timetable_publication_notice"
        with patch(f"{path}.RECIPIENTS_AT_ONCE", 2):
            told = self.send()
        self.assertGreater(len(told), 2)
        self.assertEqual({len(subjects) for subjects in told.values()}, {1})
        self.assertFalse(self.term.publication_pending)
