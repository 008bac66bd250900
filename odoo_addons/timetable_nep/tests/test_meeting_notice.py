from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_meeting import MONDAY, MeetingCase


@tagged("post_install", "-at_install")
class TestMeetingNotice(MeetingCase):
    """People hear of changes: once, together, and as they like."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code, member in cls.faculty.items():
            member.partner_id.email = f"{code}@example.com"

    def send(self, daily=False):
        """Messages sent by the cron: ``{recipients: body}``."""
        old = self.env["mail.message"].search([], order="id desc", limit=1).id
        Cron = type(self.env["ir.cron"])
        with patch.object(Cron, "_commit_progress", return_value=60.0):
            self.env["timetable.meeting.notice"]._cron_send(daily=daily)
        messages = self.env["mail.message"].search([("id", ">", old)], order="id")
        self.on_term = messages.filtered(lambda m: m.model == "timetable.term")
        return {
            tuple(sorted(m.notified_partner_ids.ids)): str(m.body)
            for m in messages - self.on_term
        }

    def test_one_message_for_several_changes(self):
        first, second = self.meetings("E5")[:2]
        first._cancel("Heavy rain")
        second._substitute(self.faculty["F3"])
        sent = self.send()
        students = [self.student[c].partner_id.id for c in ("S1", "S2", "S3")]
        teacher = self.faculty["F2"].partner_id.id
        both = tuple(sorted([*students, teacher]))
        self.assertIn(both, sent)
        self.assertIn("cancelled", sent[both])
        self.assertIn("Heavy rain", sent[both])
        self.assertIn("Taught by", sent[both])
        stands_in = (self.faculty["F3"].partner_id.id,)
        self.assertNotIn("cancelled", sent[stands_in])
        self.assertFalse(self.send())

    def test_mail_says_what_it_is_about(self):
        self.meeting("E5", MONDAY)._cancel("Heavy rain")
        self.send()
        mail = self.env["mail.mail"].search([("subject", "like", "AEC1-A")], limit=1)
        self.assertIn("Your timetable", " ".join(mail.body_html.split()))
        self.assertIn("/my/timetable", mail.body_html)

    def test_undone_in_time_is_not_told(self):
        self.meeting("E5", MONDAY)._cancel()
        self.meeting("E5", MONDAY).action_undo()
        self.assertFalse(self.send())

    def test_undone_later_is_told_to_who_heard(self):
        self.meeting("E5", MONDAY)._cancel()
        self.send()
        self.meeting("E5", MONDAY).action_undo()
        (body,) = self.send().values()
        self.assertIn("as planned after all", body)

    def test_preferences(self):
        never, daily = (self.student[c].partner_id for c in ("S1", "S2"))
        never.timetable_notice = "never"
        daily.timetable_notice = "daily"
        self.meeting("E5", MONDAY)._cancel()
        told = {partner for group in self.send() for partner in group}
        self.assertNotIn(never.id, told)
        self.assertNotIn(daily.id, told)
        self.assertIn(self.student["S3"].partner_id.id, told)
        self.assertEqual(list(self.send(daily=True)), [(daily.id,)])

    def test_acting_person_is_not_told(self):
        self.faculty["F2"].partner_id = self.officer.partner_id
        self.meeting("E5", MONDAY)._cancel()
        told = {partner for group in self.send() for partner in group}
        self.assertNotIn(self.officer.partner_id.id, told)

    def test_followers_of_the_term(self):
        subtype = self.env.ref("timetable_nep.mail_subtype_dated")
        follower = self.approver.partner_id
        self.term.message_subscribe(follower.ids, subtype_ids=subtype.ids)
        self.meeting("E5", MONDAY)._cancel()
        self.send()
        self.assertEqual(self.on_term.subtype_id, subtype)
        self.assertEqual(self.on_term.notified_partner_ids, follower)
        self.send()
        self.assertFalse(self.on_term)

    def test_two_active_changes_are_impossible(self):
        change = self.meeting("E5", MONDAY)._cancel()
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            change.sudo()._guarded().copy({"state": "active"})
        self.assertIn("one_active", str(caught.exception))
