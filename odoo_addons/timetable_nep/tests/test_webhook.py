import json
import time
from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..const import PARAM_SECRET
from ..controllers import webhook as webhook_controller
from .common import (
    SECRET,
    import_problem,
    make_users,
    progress,
    signed_headers,
    small_problem,
    webhook,
)

PATH = "/timetable_nep/webhook"


@tagged("post_install", "-at_install")
class TestWebhook(HttpCase):
    """Nothing is believed before the signature."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_users(cls)
        cls.env["ir.config_parameter"].set_param(PARAM_SECRET, SECRET)
        cls.term = import_problem(cls.env(user=cls.officer), small_problem())
        cls.run_ = cls.env["timetable.run"].create(
            {"term_id": cls.term.id, "name": "Run of the webhook"}
        )
        cls.run_.action_generate()
        cls.run_._guarded().write({"remote_id": "job-1"})

    def post(self, event, headers=None, body=None):
        body = json.dumps(event).encode() if body is None else body
        if headers is None:
            headers = signed_headers(event["event_id"], body)
        return self.url_open(PATH, data=body, headers=headers)

    def refused(self, response, code):
        self.assertEqual(response.status_code, 401)
        self.assertEqual(response.json()["code"], code)
        self.run_.invalidate_recordset()
        self.assertEqual(self.run_.state, "queued")

    def test_accepts_and_applies(self):
        event = webhook("job-1", "running", 1, progress=progress(20.0))
        response = self.post(event)
        self.assertEqual(
            (response.status_code, response.json()["status"]), (200, "accepted")
        )
        self.assertFalse(response.cookies)
        self.run_.invalidate_recordset()
        self.assertEqual(
            (self.run_.state, self.run_.overall_progress), ("running", 20.0)
        )
        self.assertEqual(self.run_.write_uid, self.env.ref("timetable_nep.user_robot"))

    def test_repeat_is_answered_and_ignored(self):
        event = webhook("job-1", "running", 1)
        self.post(event)
        response = self.post(event)
        self.assertEqual(
            (response.status_code, response.json()["status"]), (200, "known")
        )
        found = self.env["timetable.webhook.event"].search(
            [("event_id", "=", event["event_id"])]
        )
        self.assertEqual(len(found), 1)

    def test_older_is_answered_and_ignored(self):
        self.post(webhook("job-1", "running", 5))
        response = self.post(webhook("job-1", "paused", 4))
        self.assertEqual(response.json()["status"], "older")

    def test_bad_signature(self):
        event = webhook("job-1", "running", 1)
        body = json.dumps(event).encode()
        with patch.object(webhook_controller, "_logger") as logger:
            self.refused(
                self.post(event, signed_headers(event["event_id"], body, "guess")),
                "bad_signature",
            )
        self.assertEqual([call[0] for call in logger.mock_calls], ["info"])
        self.assertNotIn(event["event_id"], str(logger.mock_calls))

    def test_changed_body(self):
        event = webhook("job-1", "running", 1)
        headers = signed_headers(event["event_id"], json.dumps(event).encode())
        event["state"] = "failed"
        self.refused(self.post(event, headers), "bad_signature")

    def test_event_id_is_signed(self):
        event = webhook("job-1", "running", 1)
        body = json.dumps(event).encode()
        headers = signed_headers("another", body)
        self.assertEqual(self.post(event, headers).status_code, 422)

    def test_old_message(self):
        event = webhook("job-1", "running", 1)
        body = json.dumps(event).encode()
        for stamp in (time.time() - 301, time.time() + 302):
            headers = signed_headers(event["event_id"], body, stamp=int(stamp))
            self.refused(self.post(event, headers), "too_old")

    def test_without_headers(self):
        event = webhook("job-1", "running", 1)
        self.refused(
            self.post(event, {"Content-Type": "application/json"}), "bad_timestamp"
        )

    def test_without_a_secret_nothing_is_taken(self):
        self.env["ir.config_parameter"].set_param(PARAM_SECRET, "")
        event = webhook("job-1", "running", 1)
        body = json.dumps(event).encode()
        headers = signed_headers(event["event_id"], body, "x")
        self.refused(self.post(event, headers), "no_secret")

    def test_form_body_is_refused(self):
        """A form's body is eaten by the framework: the signature cannot match."""
        event = webhook("job-1", "running", 1)
        body = json.dumps(event).encode()
        headers = signed_headers(event["event_id"], body)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.refused(self.post(event, headers), "bad_signature")

    def test_signed_rubbish(self):
        body = b"not json"
        response = self.post({"event_id": "e"}, signed_headers("e", body), body)
        self.assertEqual(response.status_code, 422)

    def test_unknown_run(self):
        response = self.post(webhook("job-2", "running", 1))
        self.assertEqual(response.status_code, 404)

    def test_faster_than_our_own_request(self):
        """The job id is not here yet: the reference finds the run."""
        self.run_._guarded().write({"remote_id": False})
        event = webhook("job-1", "running", 1, reference=self.run_.idempotency_key)
        self.assertEqual(self.post(event).status_code, 200)
        self.run_.invalidate_recordset()
        self.assertEqual(self.run_.remote_id, "job-1")

    def test_get_is_not_allowed(self):
        self.assertEqual(self.url_open(PATH).status_code, 405)
