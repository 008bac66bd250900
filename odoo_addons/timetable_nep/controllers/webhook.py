import json
import logging

from odoo import http
from odoo.http import request
from odoo.tools import mute_logger

from ..const import (
    HEADER_EVENT_ID,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
    WEBHOOK_PATH,
)
from ..tools.signing import SignatureError, verify

_logger = logging.getLogger(__name__)

MAX_BODY = 256 * 1024


class TimetableWebhook(http.Controller):
    """Messages of the sidecar: progress, and the end of a job."""

    @http.route(
        WEBHOOK_PATH,
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BODY,
    )
    def receive(self, **_form):
        """Check first; only then read, look up and act.

        A form's fields are taken and dropped, so that they do not end up in the log.

        200 accepted or known already; 401 not believed; 404 no such run; 503 busy,
        send it again.
        """
        headers = request.httprequest.headers
        body = request.httprequest.get_data()
        event_id = headers.get(HEADER_EVENT_ID, "")
        try:
            secret = self._signed_by(headers, event_id, body)
        except SignatureError as error:
            # Nothing of the message goes to the log: it may be anybody's.
            _logger.info("A message to the webhook was refused: %s", error.code)
            return self._answer("refused", 401, code=error.code)
        try:
            event = json.loads(body)
            known = (event["event_id"], event["state"], event["sequence"])
        except (ValueError, KeyError, TypeError):
            return self._answer("not_understood", 422)
        if known[0] != event_id or not event_id:
            return self._answer("not_understood", 422)
        robot = request.env.ref("timetable_nep.user_robot").sudo()
        env = request.env(user=robot.id, su=False, context={})
        status, code = self._take(env, event, secret)
        return self._answer(status, code)

    def _signed_by(self, headers, event_id, body):
        """The secret of the university whose service signed the message.

        :raises SignatureError: if none did
        """
        refused = SignatureError("no_secret", "There is no signing secret.")
        for secret in request.env["res.company"]._timetable_secrets():
            try:
                verify(
                    secret,
                    headers.get(HEADER_TIMESTAMP),
                    event_id,
                    body,
                    headers.get(HEADER_SIGNATURE),
                )
            except SignatureError as error:
                refused = error
            else:
                return secret
        raise refused

    def _take(self, env, event, secret):
        """Apply the message as the robot, once.

        :param secret: what it was signed with; it speaks of that university's runs
        :return: word and HTTP status of the answer
        """
        Event = env["timetable.webhook.event"]
        Run = env["timetable.run"]
        if Event.search_count([("event_id", "=", event["event_id"])], limit=1):
            return "known", 200
        run = Run.search([("remote_id", "=", event.get("job_id"))], limit=1)
        if not run and event.get("reference"):
            run = Run.search(
                [
                    ("idempotency_key", "=", event["reference"]),
                    ("remote_id", "=", False),
                ],
                limit=1,
            )
        if not run or run.company_id._timetable_service()[2] != secret:
            return "unknown_run", 404
        with mute_logger("odoo.sql_db"):
            locked = run.try_lock_for_update()
        if not locked:
            return "busy", 503
        Event.create({"event_id": event["event_id"], "run_id": run.id})
        taken = locked._apply_event(event)
        return ("accepted" if taken else "older"), 200

    @staticmethod
    def _answer(word, status, **values):
        return request.make_json_response({"status": word, **values}, status=status)
