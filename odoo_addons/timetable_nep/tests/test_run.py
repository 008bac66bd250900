from datetime import timedelta
from unittest.mock import patch

import requests

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..catalogue import REASONS
from ..labels import CALLBACK_NOTES
from .common import RunCase, progress, webhook

NUMBERS = (
    "error",
    "exit_code",
    "fault",
    "left",
    "limit",
    "seconds",
    "signal",
    "times",
    "used",
)
"""Arguments of the reasons of jobs."""


class TestRun(RunCase):
    """A run's life, against a sidecar that checks what it gets."""

    def setUp(self):
        super().setUp()
        self.Run = self.env["timetable.run"]

    def tell(self, run, state, sequence, **values):
        return run._apply_event(webhook(run.remote_id, state, sequence, **values))

    # ---- Asking
    def test_generate_queues_and_sends_later(self):
        """The click itself talks to nobody."""
        run = self.generate(time_limit=4, variants=2)
        self.assertEqual(run.state, "queued")
        self.assertFalse(self.sidecar.requests)
        self.assertFalse(run.remote_id)
        self.Run._cron_sync()
        self.assertEqual(self.sidecar.requests, [("POST", "/v1/jobs")])
        request = self.sidecar.jobs[run.remote_id]["request"]
        self.assertEqual(request["options"]["time_limit_seconds"], 240)
        self.assertEqual([v["key"] for v in request["options"]["variants"]], ["A", "B"])
        self.assertEqual(request["callback"]["database"], self.env.cr.dbname)
        self.assertEqual(request["reference"], run.idempotency_key)

    def test_double_click_makes_one_run(self):
        wizard = (
            self.env["timetable.generate.wizard"]
            .with_user(self.officer)
            .create({"term_id": self.term.id})
        )
        first = wizard.action_generate()["res_id"]
        self.assertEqual(wizard.action_generate()["res_id"], first)
        self.assertEqual(len(self.term.run_ids), 1)

    def test_sent_twice_makes_one_job(self):
        """A lost answer: the same key again gives the same job."""
        run, job = self.sent()
        run._guarded().write({"remote_id": False})
        self.Run._cron_sync()
        self.assertEqual(run.remote_id, job["id"])
        self.assertEqual(len(self.sidecar.jobs), 1)

    def test_service_down_is_tried_again(self):
        self.sidecar.down = True
        run = self.generate()
        self.Run._cron_sync()
        self.assertEqual(run.state, "queued")
        self.assertIn("Trying again", run.message)
        [panel] = run._panel_payload()
        self.assertIn("not ready yet. Trying again", panel["message"])
        self.assertTrue(run.next_attempt_at)
        self.sidecar.down = False
        self.Run._cron_sync()
        self.assertFalse(run.remote_id, "not before its time")
        run._guarded().write({"next_attempt_at": fields.Datetime.now()})
        self.Run._cron_sync()
        self.assertTrue(run.remote_id)

    def test_slow_service_is_tried_again(self):
        """No answer in time: said, and sent again with the same key."""
        run = self.generate()
        with patch("requests.Session.request", side_effect=requests.Timeout):
            self.Run._cron_sync()
        self.assertEqual(run.state, "queued")
        self.assertIn("did not answer in time", run.message)
        run._guarded().write({"next_attempt_at": False})
        self.Run._cron_sync()
        self.assertEqual(len(self.sidecar.jobs), 1)

    def test_test_of_the_connection(self):
        """The settings say what is wrong, and what is only missing."""
        settings = self.env["res.config.settings"].create({})

        def told():
            return settings.action_timetable_test_connection()["params"]

        self.assertEqual(told()["type"], "success")
        self.sidecar.checks = [
            {"name": "redis", "ok": False, "detail": "Redis does not answer."}
        ]
        self.assertEqual(told()["type"], "warning")
        self.assertIn("has no Redis", told()["message"])
        self.assertNotIn("does not answer", told()["message"], "not its English")
        settings.timetable_sidecar_secret = "another"
        self.assertEqual(told()["type"], "danger")
        self.assertIn("signature", told()["message"])
        kept = self.env.company.timetable_sidecar_secret
        self.assertEqual(kept, "another", "what was typed is kept")
        settings.timetable_sidecar_token = "another"
        self.assertIn("token", told()["message"])
        self.sidecar.down = True
        self.assertEqual(told()["type"], "danger")

    def test_messages_to_this_server_are_tried(self):
        """As the service would send them; each way to fail has a sentence."""
        settings = self.env["res.config.settings"].create({})

        def told():
            return settings.action_timetable_test_connection()["params"]

        said = set()
        for code in CALLBACK_NOTES:
            self.sidecar.callback = code
            self.assertEqual(told()["type"], "warning")
            said.add(told()["message"])
        self.assertEqual(len(said), len(CALLBACK_NOTES))
        for code in ("ok", "to come", None):
            self.sidecar.callback = code
            self.assertEqual(told()["type"], "success")

    def test_something_else_at_the_address(self):
        settings = self.env["res.config.settings"].create({})
        answer = requests.Response()
        answer.status_code, answer._content = 404, b"not here"
        with patch("requests.Session.request", return_value=answer):
            told = settings.action_timetable_test_connection()["params"]
        self.assertIn("not the timetable service", told["message"])

    def test_wrong_secret_fails_with_a_sentence(self):
        run = self.generate()
        self.env["ir.config_parameter"].set_param(
            "timetable_nep.sidecar_secret", "wrong"
        )
        self.Run._cron_sync()
        self.assertEqual(run.state, "failed")
        self.assertIn("does not accept the token or the signature", run.reason)

    def test_unset_address_fails_with_a_sentence(self):
        run = self.generate()
        self.env["ir.config_parameter"].set_param("timetable_nep.sidecar_url", "")
        self.Run._cron_sync()
        self.assertEqual(run.state, "failed")
        self.assertIn("Settings", run.reason)

    # ---- Hearing
    def test_progress_never_goes_back(self):
        run, _job = self.sent()
        self.tell(run, "running", 1, progress=progress(40.0))
        self.assertEqual((run.state, run.overall_progress), ("running", 40.0))
        self.assertEqual((run.placed, run.total, run.soft), (3, 5, 10))
        self.tell(run, "running", 2, progress=progress(30.0))
        self.assertEqual(run.overall_progress, 40.0)

    def test_older_message_is_dropped(self):
        run, _job = self.sent()
        self.tell(run, "running", 5, progress=progress(40.0))
        self.assertFalse(self.tell(run, "paused", 4))
        self.assertEqual(run.state, "running")

    def test_lost_steps_are_walked(self):
        """queued → completed is no step; the messages between may be lost."""
        run, job = self.sent()
        self.sidecar.finish(job, self.sidecar.result_for(job, "AB"))
        self.tell(run, "completed", 9, result_digest=job["result_digest"])
        self.assertEqual(run.state, "queued", "not before the result is here")
        self.Run._cron_fetch()
        self.assertEqual(run.state, "completed")
        self.assertEqual(run.overall_progress, 100)
        self.assertEqual(run.variant_ids.mapped("key"), ["A", "B"])

    def test_ended_run_is_not_called_back(self):
        run, job = self.sent()
        job["state"] = "cancelled"
        self.tell(run, "cancelled", 3)
        self.assertEqual(run.state, "cancelled")
        self.tell(run, "running", 4)
        self.assertEqual(run.state, "cancelled")

    # ---- Results
    def test_result_is_stored_once(self):
        run, job = self.sent()
        self.sidecar.finish(job, self.sidecar.result_for(job))
        self.tell(run, "completed", 9, result_digest=job["result_digest"])
        self.Run._cron_fetch()
        variant = run.variant_ids
        self.assertEqual(len(variant), 1)
        self.assertEqual((variant.placed, variant.total), (4, 5))
        self.assertEqual(variant.unplaced_event_ids.code, "E5")
        self.assertEqual(len(variant.assignment_ids), 4)
        self.assertEqual(variant.score_hard, 1)
        for _again in range(2):
            self.Run._cron_fetch()
            run._store_result(self.sidecar.result_for(job))
        self.assertEqual(run.variant_ids, variant)
        self.assertEqual(len(variant.assignment_ids), 4)

    def test_result_is_acknowledged_afterwards(self):
        run, job = self.sent()
        self.sidecar.finish(job, self.sidecar.result_for(job))
        self.tell(run, "completed", 9, result_digest=job["result_digest"])
        self.Run._cron_fetch()
        path = f"/v1/jobs/{job['id']}/acknowledge"
        self.assertNotIn(("POST", path), self.sidecar.requests)
        self.Run._cron_sync()
        self.assertIn(("POST", path), self.sidecar.requests)
        self.assertFalse(run.pending_command)
        self.assertEqual(run.state, "completed")

    def test_fault_of_ours_ends_one_run_only(self):
        """A run that cannot be sent does not hold up those behind it."""
        broken, fine = self.generate(), self.generate()
        broken._guarded().write({"snapshot": False})
        with self.assertLogs("odoo.addons.timetable_nep", "ERROR"):
            self.Run._cron_sync()
        self.assertEqual(broken.state, "failed")
        self.assertIn("on our side", broken.reason)
        self.assertTrue(fine.remote_id)

    def test_sentences_have_names(self):
        run, job = self.sent()
        room = self.term.room_ids[0]
        result = self.sidecar.result_for(job)
        result["variants"][0]["violations"] = [
            {
                "constraint": "room_conflict",
                "hard": True,
                "sentence": f"[room:r{room.id}] is used twice <b>.",
            }
        ]
        self.sidecar.finish(job, result)
        self.tell(run, "completed", 9, result_digest=job["result_digest"])
        self.Run._cron_fetch()
        html = run.variant_ids.with_user(self.officer).violations_html
        self.assertIn(f"{room.name} is used twice &lt;b&gt;.", html)

    def test_why_a_job_ended_is_said_by_its_cause(self):
        """Each in the reader's language, whoever's language wrote it down."""
        self.env["res.lang"]._activate_lang("hi_IN")
        for code in REASONS:
            run, job = self.sent()
            job["state"] = "failed"
            why = {"code": code, "args": dict.fromkeys(NUMBERS, 3), "because": []}
            self.tell(run, "failed", 2, reason="In English.", why=why)
            hindi = run.with_context(lang="hi_IN").reason
            self.assertRegex(hindi, "[\u0900-\u097f]")
            self.assertNotIn("In English.", hindi)
            told = run._said_to_all()["hi_IN"]["reason"]
            self.assertEqual(told, hindi, "on the bus too")

    def test_pins_are_marked(self):
        run, job = self.sent()
        result = self.sidecar.result_for(job)
        self.sidecar.finish(job, result)
        self.tell(run, "completed", 9, result_digest=job["result_digest"])
        self.Run._cron_fetch()
        pinned = run.variant_ids.assignment_ids.filtered("pinned").event_id
        self.assertEqual(pinned.mapped("code"), ["E3"], "E5 has no place")

    def test_wrong_digest_is_not_stored(self):
        run, job = self.sent()
        self.sidecar.finish(job, self.sidecar.result_for(job))
        self.tell(run, "completed", 9, result_digest="0" * 64)
        self.Run._cron_fetch()
        self.assertFalse(run.variant_ids)
        self.assertEqual(run.state, "queued")
        self.assertIn("digest", run.message)
        run._guarded().write({"fetch_attempts": 7, "next_attempt_at": False})
        with mute_logger("odoo.addons.timetable_nep.models.run.timetable_run_result"):
            self.Run._cron_fetch()
        self.assertEqual(run.state, "failed")

    def test_result_of_another_term_is_refused(self):
        run, job = self.sent()
        result = self.sidecar.result_for(job)
        result["variants"][0]["assignments"][0]["timeslot"] = "t999999999"
        self.sidecar.finish(job, result)
        self.tell(run, "completed", 9, result_digest=job["result_digest"])
        self.Run._cron_fetch()
        self.assertFalse(run.variant_ids)
        self.assertIn("not as the contract says", run.message)

    # ---- Commands
    def test_cancel_before_sending(self):
        run = self.generate()
        run.with_user(self.officer).action_cancel()
        self.assertEqual(run.state, "cancelled")
        self.Run._cron_sync()
        self.assertFalse(self.sidecar.jobs)

    def test_cancel_keeps_the_best(self):
        run, job = self.sent()
        job["state"] = "running"
        self.tell(run, "running", 1)
        run.with_user(self.officer).action_cancel()
        self.assertFalse(run.can_cancel)
        self.Run._cron_sync()
        self.assertEqual(run.state, "cancelling")
        self.sidecar.finish(job, self.sidecar.result_for(job), "cancelled")
        self.tell(run, "cancelled", 2, result_digest=job["result_digest"])
        self.Run._cron_fetch()
        self.assertEqual(run.state, "cancelled")
        self.assertEqual(len(run.variant_ids), 1)

    def test_cancel_and_finish_at_once(self):
        """The job ends before the wish to cancel arrives: the result counts."""
        run, job = self.sent()
        self.tell(run, "running", 1)
        run.with_user(self.officer).action_cancel()
        self.sidecar.finish(job, self.sidecar.result_for(job))
        self.tell(run, "completed", 2, result_digest=job["result_digest"])
        self.Run._cron_fetch()
        self.assertEqual(run.state, "completed")

    def test_pause_and_resume(self):
        run, job = self.sent()
        job["state"] = "running"
        self.tell(run, "running", 1)
        run.with_user(self.officer).action_pause()
        self.Run._cron_sync()
        self.assertEqual(run.state, "paused")
        run.with_user(self.officer).action_resume()
        self.Run._cron_sync()
        self.assertEqual(run.state, "running")

    def test_retry_after_failure(self):
        run, job = self.sent()
        job["state"] = "failed"
        self.tell(run, "failed", 2, reason="Out of memory.")  # an older service
        self.assertEqual((run.state, run.reason), ("failed", "Out of memory."))
        run.with_user(self.officer).action_retry()
        self.assertEqual((run.state, run.attempt), ("queued", 2))
        self.Run._cron_sync()
        self.assertEqual(job["state"], "queued")
        self.sidecar.finish(job, self.sidecar.result_for(job))
        self.tell(run, "completed", 9, result_digest=job["result_digest"])
        self.Run._cron_fetch()
        self.assertEqual((run.state, run.variant_ids.attempt), ("completed", 2))

    def test_retry_of_forgotten_job_sends_anew(self):
        run, job = self.sent()
        self.tell(run, "failed", 2, reason="Lost.")
        del self.sidecar.jobs[job["id"]]
        run.with_user(self.officer).action_retry()
        self.Run._cron_sync()
        self.assertFalse(run.remote_id)
        self.Run._cron_sync()
        self.assertEqual(run.state, "queued")
        self.assertIn(run.remote_id, self.sidecar.jobs)

    # ---- Silence
    def test_reconcile_asks_the_silent(self):
        run, job = self.sent()
        job["state"] = "running"
        self.Run._cron_reconcile()
        self.assertEqual(run.state, "queued", "it was heard of a moment ago")
        self.silence(run)
        self.Run._cron_reconcile()
        self.assertEqual(run.state, "running")
        self.sidecar.finish(job, self.sidecar.result_for(job))
        self.silence(run)
        self.Run._cron_reconcile()
        self.Run._cron_fetch()
        self.assertEqual((run.state, run.variant_count), ("completed", 1))

    def test_asking_wakes_who_sends_and_who_fetches(self):
        """A wake-up may have been lost with a server; whoever looks makes up for it."""
        wakes = self.env["ir.cron.trigger"].sudo()
        sender = self.env.ref("timetable_nep.cron_sync")
        fetcher = self.env.ref("timetable_nep.cron_fetch")
        run = self.generate()
        wakes.search([]).unlink()
        self.Run.panel_data(refresh=True)
        self.assertEqual(wakes.search([]).cron_id, sender)
        run._sync_one()
        job = self.sidecar.jobs[run.remote_id]
        self.sidecar.finish(job, self.sidecar.result_for(job))
        self.silence(run)
        wakes.search([]).unlink()
        self.Run.panel_data(refresh=True)
        asker = self.env.ref("timetable_nep.cron_reconcile")
        self.assertEqual(wakes.search([]).cron_id, asker, "whoever looks does not wait")
        self.assertNotEqual(run.remote_state, "completed")
        self.Run._cron_reconcile()
        self.assertIn(fetcher, wakes.search([]).cron_id)
        self.Run._cron_fetch()
        wakes.search([]).unlink()
        self.Run.panel_data(refresh=True)
        self.assertFalse(wakes.search([]))

    def test_reconcile_unknown_job_fails(self):
        run, job = self.sent()
        del self.sidecar.jobs[job["id"]]
        self.silence(run)
        self.Run._cron_reconcile()
        self.assertEqual(run.state, "failed")
        self.assertIn("does not know this job", run.reason)

    def test_silent_for_a_day_fails(self):
        run, _job = self.sent()
        self.sidecar.down = True
        self.silence(run)
        self.Run._cron_reconcile()
        self.assertEqual(run.state, "queued")
        self.silence(run, timedelta(hours=25))
        self.Run._cron_reconcile()
        self.assertEqual(run.state, "failed")

    def silence(self, run, ago=timedelta(minutes=2)):
        run._guarded().write({"last_message_at": fields.Datetime.now() - ago})

    # ---- Guards
    def test_threads_are_those_of_the_settings(self):
        settings = self.env["res.config.settings"].create({"timetable_threads": 6})
        settings.execute()
        self.assertEqual(self.generate()._options()["threads"], 6)

    def test_progress_never_ends_a_run(self):
        """The last report may know of the end before the message that tells it."""
        run, job = self.sent()
        self.tell(run, "running", 1)
        self.tell(run, "completed", 2, type="job.progress", progress=progress(99))
        self.assertEqual((run.state, run.overall_progress), ("running", 99))
        self.sidecar.finish(job, self.sidecar.result_for(job))
        self.tell(run, "completed", 3, result_digest=job["result_digest"])
        run._cron_fetch()
        self.assertEqual(run.state, "completed")
        self.assertTrue(run.variant_ids)

    def test_no_end_without_a_result(self):
        """Done, but nothing to fetch: asked again, and at last said."""
        run, _job = self.sent()
        for sequence in range(1, 21):
            self.assertNotIn(run.state, ("completed", "failed"))
            self.tell(run, "completed", sequence)
        self.assertEqual(run.state, "failed")
        self.assertIn("no result", run.reason)

    def test_message_goes_when_its_time_is_over(self):
        """What is waited for no more is not said any more."""
        run = self.generate()
        self.assertIn("Waiting", run.message)
        run._cron_sync()
        self.assertEqual(run.state, "queued")
        self.assertIn("turn", run.message)
        self.sidecar.jobs[run.remote_id]["state"] = "running"
        run._poll_one()
        self.assertEqual((run.state, run.message), ("running", False))

    def test_giving_up_ends_it_here_and_there(self):
        """A service that is away for long holds nobody up; it is told later."""
        run = self.generate()
        run._cron_sync()
        run.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "press Cancel"):
            run.with_user(self.officer).action_give_up()
        self.sidecar.down = True
        run._guarded().last_message_at = fields.Datetime.now() - timedelta(minutes=5)
        run.invalidate_recordset(["can_give_up"])
        run.with_user(self.officer).action_give_up()
        self.assertEqual(run.state, "failed")
        self.assertIn("did not answer", run.reason)
        run._cron_sync()
        self.assertEqual(run.pending_command, "cancel")
        self.sidecar.down = False
        run._guarded().next_attempt_at = False
        run._cron_sync()
        self.assertFalse(run.pending_command)
        self.assertEqual(self.sidecar.jobs[run.remote_id]["state"], "cancelled")
        self.assertEqual(run.state, "failed", "an ended run stays as it is")

    def test_state_cannot_be_written(self):
        run = self.generate()
        for records in (run, run.sudo(), run.with_user(self.admin)):
            with self.assertRaises(AccessError):
                records.write({"state": "completed"})
        with self.assertRaises(AccessError):
            run.with_context(timetable_nep_guard=True).write({"state": "completed"})
        with self.assertRaises(AccessError):
            self.Run.create({"term_id": self.term.id, "state": "completed"})

    def test_transition_table_holds_for_our_own_code(self):
        run = self.generate()
        with self.assertRaisesRegex(UserError, "cannot become"):
            run._guarded().write({"state": "completed"})

    def test_active_run_is_not_deleted(self):
        run = self.generate()
        with self.assertRaises(UserError):
            run.unlink()
