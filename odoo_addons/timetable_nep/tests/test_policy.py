"""Each university has its own policy, and an administrator who sets it."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from ..models.run import timetable_run_sync
from .common import RunCase, make_variant
from .test_meeting import MONDAY, MeetingCase


class TestPolicy(RunCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["res.company"].create({"name": "Second university"})
        cls.second_officer = new_test_user(
            cls.env,
            "tt_policy",
            groups="timetable_nep.group_timetable_officer",
            company_id=cls.second.id,
            company_ids=[(6, 0, cls.second.ids)],
        )

    def second_term(self):
        env = self.env(user=self.second_officer)
        grid = env["timetable.grid"].create({"name": "G"})
        return env["timetable.term"].create({"name": "T", "grid_id": grid.id})

    def test_each_university_approves_in_its_own_way(self):
        first = self.term.sudo().company_id
        first.timetable_skip_department_approval = True
        first.timetable_skip_registrar_approval = True
        first.timetable_decision_days = 9
        ours = make_variant(self.term)
        theirs = make_variant(self.second_term())
        self.assertEqual(ours._approval_steps(), (False, False))
        self.assertEqual(theirs._approval_steps(), (True, True))
        self.assertFalse(ours.asks_registrar)
        self.assertTrue(theirs.asks_registrar)
        self.assertGreater(ours._deadline(), theirs._deadline())

    def test_each_university_has_its_own_service(self):
        self.second.write(
            {
                "timetable_sidecar_url": "http://127.0.0.1:9",
                "timetable_sidecar_secret": "theirs",
            }
        )
        _url, _token, secret, _callback = self.second._timetable_service()
        self.assertEqual(secret, "theirs")
        run, _job = self.sent()
        self.assertNotEqual(run.company_id._timetable_service()[2], "theirs")
        self.assertIn("theirs", self.env["res.company"]._timetable_secrets())

    def test_an_administrator_of_timetables_opens_the_settings(self):
        self.assertFalse(self.admin.has_group("base.group_system"))
        Settings = self.env["timetable.settings"].with_user(self.admin)
        with Form(Settings) as form:
            form.timetable_decision_days = 6
            form.timetable_sidecar_url = "http://127.0.0.1:8765"
        company = self.admin.company_id
        self.assertEqual(company.timetable_decision_days, 6)
        self.assertEqual(company.timetable_sidecar_url, "http://127.0.0.1:8765")
        name = company.name
        Settings.create({"company_id": self.second.id, "timetable_decision_days": 7})
        self.assertEqual(company.timetable_decision_days, 7)
        self.assertEqual(self.second.timetable_decision_days, 3)
        self.assertEqual(company.name, name)
        for role in ("coordinator", "officer", "approver", "internal", "portal"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                Settings.with_user(getattr(self, role)).create({})

    def test_timetables_can_be_told_apart(self):
        """By run, attempt, letter and own weights; costs under other weights are of
        another scale."""
        first, second = self.generate(), self.generate()
        names = {run._name_of_result("A", "Balanced") for run in (first, second)}
        first._guarded().requested_variants = [
            {"key": "A", "profile": "balanced", "weights": {"student_gaps": 50}}
        ]
        names.add(first._name_of_result("A", "Balanced"))
        first._guarded().attempt = 2
        names.add(first._name_of_result("A", "Balanced"))
        self.assertEqual(len(names), 4, names)
        pair = [
            make_variant(self.term, run_id=run.id, attempt=run.attempt, score_soft=soft)
            for run, soft in ((first, 10), (second, 20))
        ]
        figures = {row["key"]: row for row in pair[0]._compare_figures(*pair)}
        self.assertIsNone(figures["soft"]["better"])
        first._guarded().requested_variants = second.requested_variants
        figures = {row["key"]: row for row in pair[0]._compare_figures(*pair)}
        self.assertEqual(figures["soft"]["better"], 0)

    def test_how_the_service_is_reached_is_hidden(self):
        self.second.timetable_sidecar_token = "secret token"
        company = self.second.with_user(self.second_officer)
        for field in ("url", "token", "secret"):
            with self.subTest(field=field), self.assertRaises(AccessError):
                company.read([f"timetable_sidecar_{field}"])

    def test_a_pause_does_not_wait_for_a_quiet_moment(self):
        """The row is held by a message whenever one looks: another look at once."""
        run, _job = self.sent()
        self.tell(run, "running")
        run.with_user(self.officer).action_pause()
        self.assertIn("Pausing", run.message)
        self.assertTrue(run.can_cancel)
        Run, lock = type(run), type(run).try_lock_for_update
        looks = []

        def busy(records, **options):
            looks.append(records.id)
            return records.browse() if len(looks) < 3 else lock(records, **options)

        with (
            patch.object(Run, "try_lock_for_update", busy),
            patch.object(timetable_run_sync, "LOCK_PAUSE", 0),
        ):
            self.env["timetable.run"]._cron_sync()
        self.assertEqual(len(looks), 3)
        self.assertFalse(run.pending_command)

    def test_who_is_busy_for_long_is_asked_again_at_once(self):
        run, _job = self.sent()
        self.tell(run, "running")
        run.with_user(self.officer).action_pause()
        wakes = self.env["ir.cron.trigger"].sudo()
        wakes.search([]).unlink()
        with (
            patch.object(type(run), "try_lock_for_update", lambda self: self.browse()),
            patch.object(timetable_run_sync, "LOCK_PAUSE", 0),
        ):
            self.env["timetable.run"]._cron_sync()
        self.assertEqual(run.pending_command, "pause")
        self.assertIn(self.env.ref("timetable_nep.cron_sync"), wakes.search([]).cron_id)

    def tell(self, run, state):
        run._hear(state, {}, None, None, None, None)


class TestNews(MeetingCase):
    """Who is written to, when, and in which language."""

    def queue(self):
        self.env["timetable.meeting.notice"].search([]).unlink()
        self.meeting("E5", MONDAY)._cancel("Ill")
        notices = self.env["timetable.meeting.notice"].search([])
        return notices.partner_id

    def test_who_left_or_has_no_address_is_not_written_to(self):
        self.assertIn(self.student["S1"].partner_id, self.queue())
        self.student["S1"].active = False
        away = self.faculty["F2"]
        away.partner_id.email = False
        second = self.meetings("E5")[1]
        self.env["timetable.meeting.notice"].search([]).unlink()
        second._cancel("Ill")
        told = self.env["timetable.meeting.notice"].search([]).partner_id
        self.assertTrue(told)
        self.assertNotIn(self.student["S1"].partner_id, told)
        self.assertNotIn(away.partner_id, told)

    def test_once_a_day_holds_for_every_kind_of_news(self):
        person = self.student["S1"].partner_id
        person.timetable_notice = "daily"
        self.env["res.lang"]._activate_lang("fr_FR")
        person.lang = "fr_FR"
        Notice = self.env["timetable.meeting.notice"]
        Message = self.env["mail.message"]
        mine = [("notified_partner_ids", "in", person.ids)]
        self.term._tell_publication(person, {"first": True})
        Notice._queue_text(
            self.term, person, lambda lang: ("Title", f"<p>News in {lang}</p>")
        )
        self.no_commit()
        Notice._cron_send()
        self.assertFalse(Message.search(mine))
        Notice._cron_send(daily=True)
        [message] = Message.search(mine)
        self.assertIn("News in fr_FR", message.body)
        self.assertEqual(message.body.count("/my/timetable"), 1)
        Notice._cron_send(daily=True)
        self.assertEqual(Message.search_count(mine), 1)

    def test_the_preference_has_a_screen(self):
        with Form(self.student["S1"].partner_id.with_user(self.officer)) as form:
            form.timetable_notice = "never"
        self.assertEqual(self.student["S1"].notice, "never")
        self.assertNotIn(self.student["S1"].partner_id, self.queue())
