import base64
import gzip
import logging
import time
from datetime import UTC, datetime, timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.tools.misc import formatLang

from ...const import (
    RUN_ACTIVE,
    RUN_TERMINAL,
    WEBHOOK_PATH,
)
from ...labels import said, said_error
from ...tools.sidecar_client import SidecarClient, SidecarError

_logger = logging.getLogger(__name__)

SEND_ATTEMPTS = 20
SILENCE = timedelta(seconds=8)
LOST_AFTER = timedelta(hours=24)
COMMANDS_AT_ONCE = 20
LOCK_ATTEMPTS = 20
LOCK_PAUSE = 0.05
"""Seconds between two looks at a row that somebody holds."""


class TimetableRun(models.Model):
    """Talk with the sidecar: always from a cron, after the commit."""

    _inherit = "timetable.run"

    # ---- Settings
    def _sidecar(self, company=None):
        """Client of the service in the settings of a university: that of these runs,
        unless another is named."""
        company = company or self.company_id or self.env.company
        url, token, secret, _callback = company._timetable_service()
        return SidecarClient(url, token, secret)

    def _callback(self, company=None):
        company = company or self.company_id or self.env.company
        _url, _token, _secret, url = company._timetable_service()
        if not url:
            get = self.env["ir.config_parameter"].sudo().get_param
            url = (get("web.base.url") or "").rstrip("/") + WEBHOOK_PATH
        return {"url": url, "database": self.env.cr.dbname}

    # ---- Crons
    @api.model
    def _trigger_sync(self):
        """Wake the sender as soon as this transaction is committed."""
        self.env.ref("timetable_nep.cron_sync").sudo()._trigger()

    @api.model
    def _trigger_reconcile(self):
        self.env.ref("timetable_nep.cron_reconcile").sudo()._trigger()

    @api.model
    def _trigger_fetch(self):
        self.env.ref("timetable_nep.cron_fetch").sudo()._trigger()

    @api.model
    def _cron_sync(self):
        """Send what waits: new runs first, then what users want of others."""
        now = fields.Datetime.now()
        due = ["|", ("next_attempt_at", "=", False), ("next_attempt_at", "<=", now)]
        waiting = self.search(
            [
                *due,
                "|",
                ("pending_command", "!=", False),
                "&",
                ("state", "=", "queued"),
                ("remote_id", "=", False),
            ],
            order="id",
            limit=COMMANDS_AT_ONCE,
        )
        self._each(waiting, "_sync_one", "cron_sync")

    @api.model
    def _cron_fetch(self):
        """Pull results that are ready."""
        now = fields.Datetime.now()
        ready = self.search(
            [
                ("state", "in", list(RUN_ACTIVE)),
                ("remote_state", "in", list(RUN_TERMINAL)),
                "|",
                ("next_attempt_at", "=", False),
                ("next_attempt_at", "<=", now),
            ],
            order="id",
            limit=COMMANDS_AT_ONCE,
        )
        self._each(ready, "_fetch_one", "cron_fetch")

    @api.model
    def _cron_reconcile(self):
        """Ask about runs that nobody spoke of for a while."""
        limit = fields.Datetime.now() - SILENCE
        silent = self.search(
            [
                ("state", "in", list(RUN_ACTIVE)),
                ("remote_id", "!=", False),
                ("pending_command", "=", False),
                "|",
                ("last_message_at", "=", False),
                ("last_message_at", "<", limit),
            ],
            order="last_message_at nulls first, id",
            limit=COMMANDS_AT_ONCE,
        )
        self._each(silent, "_poll_one", "cron_reconcile")

    @api.model
    def _each(self, runs, method, cron):
        """One run, one transaction: what was said to the sidecar is kept."""
        commit = self.env["ir.cron"]._commit_progress
        left = len(runs)
        for run_id in runs.ids:
            left -= 1
            try:
                run = self._locked(run_id, commit, left + 1)
                if run:
                    run._guard_one(method)
                else:
                    # Somebody is at it still: look again at once, not in a minute.
                    self.env.ref(f"timetable_nep.{cron}").sudo()._trigger()
                commit(1, remaining=left)
            except OperationalError:
                # A message about the same run was faster. Nothing is lost: what we
                # sent has a key that makes a repeat harmless.
                self.env.cr.rollback()
                self.env.ref(f"timetable_nep.{cron}")._trigger()
                commit(remaining=left)

    @api.model
    def _locked(self, run_id, commit, left):
        """The run, held; waits a little for a message that has it at this moment.

        A message of the solver holds the row for some milliseconds, and there is one
        every second: what a person wants must not wait for a quiet moment.
        """
        for attempt in range(LOCK_ATTEMPTS):
            commit(remaining=left)  # sees what others wrote meanwhile
            run = self.browse(run_id).try_lock_for_update()
            if run or not self.browse(run_id).exists():
                return run
            if attempt + 1 < LOCK_ATTEMPTS:
                time.sleep(LOCK_PAUSE)
        return self.browse()

    def _guard_one(self, method):
        """Call ``method``; a fault of ours ends this run, not those behind it."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                getattr(self, method)()
        except OperationalError:
            raise  # two transactions met
        except Exception as error:
            _logger.exception("Run %s stopped in %s", self.id, method)
            self._fail(said("our_fault", name=type(error).__name__))

    # ---- Sending
    def _sync_one(self):
        self.ensure_one()
        try:
            if self.pending_command and self.remote_id:
                self._send_command()
            elif self.state == "queued" and not self.remote_id:
                self._submit()
            elif self.pending_command:
                self._guarded().write({"pending_command": False})
        except SidecarError as error:
            self._sync_failed(error)
        self._notify_panel()

    def _submit(self):
        if self.pending_command == "cancel":
            # Asked for while it was on its way: find out first whether it arrived.
            self._guarded().write({"send_attempts": self.send_attempts + 1})
        packed = self.with_context(bin_size=False).snapshot
        status = self._sidecar().submit(
            gzip.decompress(base64.b64decode(packed)),
            self._options(),
            self.idempotency_key,
            self._callback(),
            self.idempotency_key,
        )
        self._guarded().write(
            {
                "remote_id": status["job_id"],
                "next_attempt_at": False,
                "send_attempts": self.send_attempts + 1,
            }
        )
        self._apply_status(status)
        if self.pending_command:
            self._trigger_sync()

    def _send_command(self):
        command = self.pending_command
        try:
            status = self._sidecar().command(self.remote_id, command)
        except SidecarError as error:
            if command == "acknowledge" and error.status in (404, 409):
                self._guarded().write({"pending_command": False})
                return
            if error.status == 404:
                self._unknown_job(command)
                return
            if error.status != 409:
                raise
            # It has moved on meanwhile: take it as it is.
            status = self._sidecar().status(self.remote_id)
        self._guarded().write({"pending_command": False, "next_attempt_at": False})
        if status.get("state"):
            self._apply_status(status)

    def _unknown_job(self, command=None):
        """The solver has no such job: start anew on a retry, end otherwise."""
        if command == "retry":
            vals = {"remote_id": False, "pending_command": False}
            self._guarded().write(vals)
            self._guarded().write(
                {key: self._prepare_retry()[key] for key in ("idempotency_key",)}
                | {"event_sequence": -1, "attempt": self.attempt}
            )
            self._trigger_sync()
            return
        self._guarded().write({"remote_id": False})
        self._fail(said("forgotten"))

    def _sync_failed(self, error):
        """Try again later, or end with the reason."""
        attempts = self.send_attempts + 1
        wait = min(300, 5 * 2 ** min(attempts - 1, 6))
        if error.retryable and attempts < SEND_ATTEMPTS:
            at = fields.Datetime.now() + timedelta(seconds=wait)
            self._guarded().write(
                {
                    "send_attempts": attempts,
                    "next_attempt_at": at,
                    "message_said": self._told(
                        said("trying_again", error=said_error(error))
                    ),
                }
            )
            self.env.ref("timetable_nep.cron_sync").sudo()._trigger(at=at)
            return
        if self.pending_command and self.remote_id:
            self._guarded().write(
                {
                    "pending_command": False,
                    "next_attempt_at": False,
                    "message_said": self._told(said_error(error)),
                }
            )
            return
        _logger.info("Run %s is refused: %s %s", self.id, error, error.errors[:5])
        self._fail(said_error(error))

    def _told(self, what):
        """A run that has ended has nothing more to say."""
        return False if self.state in RUN_TERMINAL else what

    # ---- Hearing
    def _poll_one(self):
        self.ensure_one()
        try:
            status = self._sidecar().status(self.remote_id)
        except SidecarError as error:
            if error.status == 404:
                self._unknown_job()
                return
            since = self.last_message_at or self.create_date
            if fields.Datetime.now() - since > LOST_AFTER:
                self._fail(said("lost", error=said_error(error)))
                return
            self._guarded().write({"message_said": said_error(error)})
            self._notify_panel()
            return
        self._apply_status(status)
        self._notify_panel()

    def _apply_status(self, status):
        """Take over the answer of ``GET /v1/jobs/{id}``."""
        self.ensure_one()
        progress = status.get("progress") or {}
        self._hear(
            state=status["state"],
            progress=progress,
            reason=self._said_reason(status),
            digest=status.get("result_digest"),
            sequence=progress.get("sequence"),
            started_at=status.get("started_at"),
        )

    def _apply_event(self, event):
        """Take over a webhook of the contract.

        :return: False when it is older than what is known already
        """
        self.ensure_one()
        if event["sequence"] <= self.event_sequence:
            return False
        self._guarded().write({"event_sequence": event["sequence"]})
        if not self.remote_id:
            # Faster than the answer to our own request.
            self._guarded().write({"remote_id": event["job_id"]})
        progress = event.get("progress") or {}
        state = event["state"]
        if event.get("type") == "job.progress" and state in RUN_TERMINAL:
            # The end comes with a message of its own, which has the digest.
            state = self.state
        self._hear(
            state=state,
            progress=progress,
            reason=self._said_reason(event),
            digest=event.get("result_digest"),
            sequence=None,
            started_at=progress.get("started_at"),
        )
        self._notify_panel()
        return True

    def _hear(self, state, progress, reason, digest, sequence, started_at):
        vals = {"last_message_at": fields.Datetime.now()}
        if self.state in RUN_TERMINAL:
            return
        vals |= self._progress_vals(progress)
        if started_at and not self.started_at:
            vals["started_at"] = _naive_utc(started_at)
        if state == "completed" and not digest:
            self._guarded().write(vals)
            self._miss_digest()
            return
        if state in RUN_TERMINAL:
            vals["remote_state"] = state
            vals["result_digest"] = digest or False
            vals["reason_said"] = reason
            vals["next_attempt_at"] = False
            if digest:
                vals["message_said"] = said("fetching")
            self._guarded().write(vals)
            if digest:
                self._trigger_fetch()
            else:
                self._end(state)
            return
        vals["remote_state"] = state
        if not self.pending_command:
            # What is not waited for any more is not said any more; the stage has words.
            vals["message_said"] = said("queued") if state == "queued" else False
        self._guarded().write(vals)
        self._follow(state)

    def _miss_digest(self):
        """A job is never complete without its result: ask again, but not for ever."""
        attempts = self.fetch_attempts + 1
        self._guarded().write({"fetch_attempts": attempts})
        if attempts >= SEND_ATTEMPTS:
            self._fail(said("done_without_result"))

    @api.model
    def _said_reason(self, told):
        """Why a job ended, from a status or a message of the service; in its own
        English where it is of before there were codes."""
        if not (told.get("why") or told.get("reason")):
            return False
        return {"message": told.get("why"), "sentence": told.get("reason") or ""}

    def _progress_vals(self, progress):
        """Columns from a progress report; the bar never goes back."""
        if not progress:
            return {}
        figures = progress.get("metadata") or {}
        vals = {
            "stage": progress.get("stage") or self.stage,
            "stage_progress": progress.get("stage_progress") or 0,
            "overall_progress": max(
                self.overall_progress, progress.get("overall_progress") or 0
            ),
            "eta_seconds": progress.get("eta_seconds") or 0,
            "placed": figures.get("placed") or 0,
            "total": figures.get("total") or self.total,
        }
        for name in ("hard", "soft"):
            if figures.get(name) is not None:
                vals[name] = figures[name]
        return vals

    def _end(self, state):
        """Terminal without anything to fetch (any more)."""
        self.ensure_one()
        if not self._follow(state):
            return
        vals = {
            "ended_at": fields.Datetime.now(),
            "message_said": False,
            "pending_command": False,
            "eta_seconds": 0,
        }
        if state == "completed":
            vals |= {"overall_progress": 100, "stage_progress": 100}
        self._guarded().write(vals)
        self._notify_end()
        self._notify_panel()

    def _summary(self):
        """One line for people: how far it is."""
        self.ensure_one()
        return self.env._(
            "%(placed)s of %(total)s events placed",
            placed=formatLang(self.env, self.placed, digits=0),
            total=formatLang(self.env, self.total, digits=0),
        )


def _naive_utc(text):
    """A date of the wire as Odoo keeps dates."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=0)
