"""Urgent changes by SMS: to whom, when, in which language."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.addons.timetable_nep.tests.test_meeting import MONDAY, MeetingCase


@freeze_time("2027-01-04 01:15:00")  # Monday 07:00 in Kathmandu, two hours before E5
class TestSms(MeetingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.np")
        cls.member = cls.faculty["F2"].partner_id
        cls.member.write(
            {
                "phone": "+9779851234567",
                "timetable_sms": True,
                "email": "teacher@example.com",
            }
        )

    def setUp(self):
        super().setUp()
        self.no_commit()

    def sent(self, daily=False):
        self.env["timetable.meeting.notice"]._cron_send(daily)
        return self.env["sms.sms"].search([])

    def test_urgent_change_is_sent_once(self):
        self.meeting("E5", MONDAY)._cancel("Heavy rain")
        sms = self.sent()
        self.assertEqual(sms.partner_id, self.member)
        self.assertEqual(sms.number, "+9779851234567")
        self.assertIn("cancelled", sms.body)
        self.assertIn("Heavy rain", sms.body)
        self.assertIn(self.env.company.name, sms.body)
        self.assertEqual(self.sent(), sms)

    def test_not_what_can_wait(self):
        self.meeting("E5", MONDAY + timedelta(days=7))._cancel()
        self.assertFalse(self.sent())

    def test_moved_to_soon_is_urgent(self):
        later = self.meeting("E5", MONDAY + timedelta(days=7))
        self.meeting("E2", MONDAY)._cancel()  # its room and students are free then
        later._move(MONDAY, self.slot["T03"])
        self.assertEqual(len(self.sent()), 1)

    def test_undone_in_time_is_not_told(self):
        meeting = self.meeting("E5", MONDAY)
        meeting._cancel()
        meeting.action_undo()
        self.assertFalse(self.sent())

    def test_once_a_day_does_not_delay_it(self):
        self.member.timetable_notice = "daily"
        self.meeting("E5", MONDAY)._cancel()
        self.assertEqual(len(self.sent()), 1)
        notice = self.env["timetable.meeting.notice"].search(
            [("partner_id", "=", self.member.id)]
        )
        self.assertFalse(notice.sent_at, "the message itself waits for the evening")

    def test_who_gets_none(self):
        self.env.company.timetable_sms_hours = 0
        self.meeting("E5", MONDAY)._cancel()
        self.assertFalse(self.sent())
        self.env.company.timetable_sms_hours = 24
        for change in (
            {"timetable_notice": "never"},
            {"timetable_sms": False},
            {"phone": False},
            {"active": False},
        ):
            before = {name: self.member[name] for name in change}
            self.member.write(change)
            meeting = self.meeting("E5", MONDAY)
            meeting.action_undo()
            meeting._cancel()
            with self.subTest(change=change):
                self.assertFalse(self.sent())
            self.member.write(before)
        self.env["phone.blacklist"].add("+9779851234567")
        self.meeting("E5", MONDAY).action_undo()
        self.meeting("E5", MONDAY)._cancel()
        self.assertFalse(self.sent())

    def test_in_the_language_of_the_person(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.env["ir.module.module"]._load_module_terms(["timetable_nep"], ["fr_FR"])
        self.member.lang = "fr_FR"
        self.meeting("E5", MONDAY)._cancel()
        self.assertIn("annulé", self.sent().body)

    def test_chosen_in_the_portal(self):
        self.member._timetable_choose({"timetable_notice": "daily", "email": "x@y.z"})
        self.assertEqual(self.member.timetable_notice, "daily")
        self.assertFalse(self.member.timetable_sms, "a box that is not ticked")
        self.assertEqual(self.member.email, "teacher@example.com")
        self.member._timetable_choose(
            {"timetable_notice": "nonsense", "timetable_sms": "1"}
        )
        self.assertEqual(self.member.timetable_notice, "daily")
        self.assertTrue(self.member.timetable_sms)
