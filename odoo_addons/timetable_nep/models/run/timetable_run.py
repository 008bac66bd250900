import json
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import (
    RUN_ACTIVE,
    RUN_STATES,
    RUN_TERMINAL,
    RUN_TRANSITIONS_LOCAL,
    STAGES,
)
from ...labels import said
from ...tools import remote


class TimetableRun(models.Model):
    """One job of the solver: asked for here, done in the sidecar."""

    _name = "timetable.run"
    _description = "Generation run"
    _inherit = ["mail.thread", "timetable.guarded.mixin", "timetable.wire.mixin"]
    _order = "id desc"

    _state_transitions = RUN_TRANSITIONS_LOCAL
    _guarded_fields = frozenset(
        {
            "state",
            "stage",
            "stage_progress",
            "overall_progress",
            "eta_seconds",
            "placed",
            "total",
            "hard",
            "soft",
            "message_said",
            "reason_said",
            "remote_id",
            "remote_state",
            "idempotency_key",
            "snapshot",
            "snapshot_sha256",
            "result_digest",
            "shortfall",
            "notes",
            "started_at",
            "ended_at",
            "attempt",
            "event_sequence",
            "last_message_at",
            "send_attempts",
            "fetch_attempts",
            "next_attempt_at",
            "pending_command",
        }
    )

    name = fields.Char(required=True, default=lambda self: self.env._("New run"))
    term_id = fields.Many2one(
        "timetable.term", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="term_id.company_id", store=True, precompute=True, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Asked for by",
        required=True,
        default=lambda self: self.env.user,
        index=True,
    )

    # ---- What was asked
    request_key = fields.Char(
        index="btree_not_null",
        readonly=True,
        copy=False,
        help="Given by the form that asked: a double click makes one run.",
    )
    mode = fields.Selection(
        [("scratch", "From scratch"), ("repair", "Repair with least change")],
        default="scratch",
        required=True,
    )
    time_limit_seconds = fields.Float(default=300, required=True, aggregator=None)
    seed = fields.Integer(default=1, aggregator=None)
    threads = fields.Integer(
        default=lambda self: self._default_threads(),
        aggregator=None,
        help="Processors that the solver may use at once.",
    )
    deep_search = fields.Boolean("Thorough search")
    base_variant_id = fields.Many2one(
        "timetable.variant",
        "Timetable to start from",
        ondelete="set null",
        domain="[('term_id', '=', term_id)]",
    )
    department_ids = fields.Many2many(
        "timetable.department",
        "timetable_run_department_rel",
        "run_id",
        "department_id",
        "Only for",
        help="Departments to plan. What is outside and published stays where it is. "
        "Empty: the whole university.",
    )
    requested_variants = fields.Json(
        readonly=True, help="Key, profile and weights of each timetable wanted."
    )
    snapshot = fields.Binary(
        attachment=True,
        readonly=True,
        copy=False,
        groups="timetable_nep.group_timetable_officer",
        help="What was sent (JSON, gzip): opaque ids only.",
    )
    snapshot_name = fields.Char(compute="_compute_snapshot_name")
    snapshot_sha256 = fields.Char("SHA-256 of the snapshot", readonly=True, copy=False)

    # ---- How it goes
    state = fields.Selection(
        RUN_STATES,
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    stage = fields.Selection(STAGES, readonly=True, copy=False)
    stage_progress = fields.Float(readonly=True, copy=False, aggregator=None)
    overall_progress = fields.Float(
        "Progress", readonly=True, copy=False, aggregator=None
    )
    eta_seconds = fields.Float(readonly=True, copy=False, aggregator=None)
    placed = fields.Integer("Events placed", readonly=True, copy=False)
    total = fields.Integer("Events", readonly=True, copy=False)
    hard = fields.Integer("Rules broken", readonly=True, copy=False)
    soft = fields.Integer("Cost of wishes", readonly=True, copy=False)
    attempt = fields.Integer(default=1, readonly=True, copy=False, aggregator=None)
    started_at = fields.Datetime("Started", readonly=True, copy=False)
    ended_at = fields.Datetime("Ended", readonly=True, copy=False)

    # ---- The wire
    idempotency_key = fields.Char(readonly=True, copy=False)
    remote_id = fields.Char(
        "Job of the solver", readonly=True, copy=False, index="btree_not_null"
    )
    remote_state = fields.Selection(
        [state for state in RUN_STATES if state[0] != "draft"],
        "State at the solver",
        readonly=True,
        copy=False,
    )
    result_digest = fields.Char(readonly=True, copy=False)
    event_sequence = fields.Integer(default=-1, readonly=True, copy=False)
    last_message_at = fields.Datetime(readonly=True, copy=False)
    send_attempts = fields.Integer(readonly=True, copy=False)
    fetch_attempts = fields.Integer(readonly=True, copy=False)
    next_attempt_at = fields.Datetime(readonly=True, copy=False)
    pending_command = fields.Selection(
        [
            ("cancel", "Cancel"),
            ("pause", "Pause"),
            ("resume", "Resume"),
            ("retry", "Retry"),
            ("acknowledge", "Result received"),
        ],
        readonly=True,
        copy=False,
    )

    variant_ids = fields.One2many("timetable.variant", "run_id", "Timetables")
    variant_count = fields.Integer(compute="_compute_variant_count")
    can_cancel = fields.Boolean(compute="_compute_can")
    can_pause = fields.Boolean(compute="_compute_can")
    can_resume = fields.Boolean(compute="_compute_can")
    can_retry = fields.Boolean(compute="_compute_can")

    _unique_request = models.UniqueIndex(
        "(request_key) WHERE request_key IS NOT NULL",
        "This run was asked for already.",
    )
    _unique_remote = models.UniqueIndex(
        "(remote_id) WHERE remote_id IS NOT NULL",
        "Another run has this job of the solver.",
    )
    _unique_idempotency = models.UniqueIndex(
        "(idempotency_key) WHERE idempotency_key IS NOT NULL",
        "Another run has this key.",
    )
    _check_time = models.Constraint(
        "CHECK (time_limit_seconds BETWEEN 1 AND 86400)",
        "The time limit is between one second and one day.",
    )

    @api.model
    def _default_threads(self):
        """As many as the settings say; the service has a limit of its own."""
        return self.env.company.sudo().timetable_threads or 2

    # ---- Computes
    @api.depends("variant_ids")
    def _compute_variant_count(self):
        for run in self:
            run.variant_count = len(run.variant_ids)

    @api.depends("snapshot_sha256")
    def _compute_snapshot_name(self):
        for run in self:
            run.snapshot_name = f"problem-{(run.snapshot_sha256 or '')[:12]}.json.gz"

    @api.depends("state", "pending_command", "remote_id")
    def _compute_can(self):
        for run in self:
            idle = run.pending_command in (False, "acknowledge")
            # Whoever waits for a pause may still stop it.
            run.can_cancel = (
                run.state in RUN_ACTIVE - {"cancelling"}
                and run.pending_command != "cancel"
            )
            run.can_pause = (
                run.state in ("queued", "running") and bool(run.remote_id) and idle
            )
            run.can_resume = run.state == "paused" and idle
            run.can_retry = run.state in ("failed", "cancelled") and idle

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_active(self):
        if any(run.state in RUN_ACTIVE for run in self):
            raise UserError(
                self.env._("Cancel this run first: the solver still works on it.")
            )

    # ---- Actions
    @remote.many
    def action_generate(self):
        """Keep what is asked and queue it. It is sent after the commit."""
        for run in self:
            run.check_access("write")
            if run.state != "draft":
                continue
            content, digest = run.term_id._make_snapshot(run)
            run._guarded().write(
                {
                    "snapshot": content,
                    "snapshot_sha256": digest,
                    "idempotency_key": run.idempotency_key or uuid.uuid4().hex,
                    "state": "queued",
                    "stage": "loading",
                    "total": run.term_id.event_count,
                    "message_said": said("waiting"),
                }
            )
            run._notify_panel()
        self._trigger_sync()
        return True

    @remote.many
    def action_cancel(self):
        return self._ask("cancel")

    @remote.many
    def action_pause(self):
        return self._ask("pause")

    @remote.many
    def action_resume(self):
        return self._ask("resume")

    @remote.many
    def action_retry(self):
        return self._ask("retry")

    def _ask(self, command):
        """Note what the user wants of the job; it is sent after the commit."""
        for run in self:
            run.check_access("write")
            if not run[f"can_{command}"]:
                raise UserError(
                    self.env._(
                        "%(name)s is %(state)s: this is not possible now.",
                        name=run.name,
                        state=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[run.state],
                    )
                )
            run._guarded()._note_command(command)
            run._notify_panel()
        self._trigger_sync()
        return True

    def _note_command(self, command):
        self.ensure_one()
        now = fields.Datetime.now()
        if command == "cancel" and not self.remote_id and not self.send_attempts:
            self.write(
                {
                    "state": "cancelled",
                    "ended_at": now,
                    "reason_said": said("cancelled_unsent"),
                    "message_said": False,
                }
            )
            return
        vals = {"pending_command": command, "next_attempt_at": False}
        if command in ("cancel", "pause"):
            vals["message_said"] = said(f"{command}_asked")
        elif command == "retry":
            vals |= self._prepare_retry()
        self.write(vals)

    def _prepare_retry(self):
        """A run that the solver does not know (any more) is sent as a new job."""
        vals = {
            "state": "queued",
            "attempt": self.attempt + 1,
            "stage": "loading",
            "stage_progress": 0,
            "overall_progress": 0,
            "eta_seconds": 0,
            "placed": 0,
            "hard": 0,
            "soft": 0,
            "reason_said": False,
            "message_said": said("waiting"),
            "result_digest": False,
            "shortfall": False,
            "notes": False,
            "remote_state": False,
            "started_at": False,
            "ended_at": False,
            "send_attempts": 0,
            "fetch_attempts": 0,
            "last_message_at": False,
        }
        if not self.remote_id:
            vals |= {
                "pending_command": False,
                "idempotency_key": uuid.uuid4().hex,
                "event_sequence": -1,
            }
        return vals

    @remote.many
    def action_refresh(self):
        """Ask the solver how these runs go, for a page that hears nothing.

        A cron asks, at once: whoever looks does not wait for the service.
        """
        self.check_access("read")
        active = self.filtered(lambda run: run.remote_id and run.state in RUN_ACTIVE)
        if active:
            self._trigger_reconcile()
        # After a crash, Odoo's cron sleeps for a minute although something waits.
        if self.filtered(lambda run: run.state == "queued" and not run.remote_id):
            self._trigger_sync()
        if active.filtered(lambda run: run.remote_state in RUN_TERMINAL):
            self._trigger_fetch()
        return True

    @remote.one
    def action_open_variants(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_variant_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        action["context"] = {}
        return action

    # ---- State
    def _follow(self, state):
        """Take the state that the solver reports, by allowed steps only.

        Messages may be lost, so that a step is missing: the way is walked. A run
        that has ended, or is being cancelled, is not called back by a late message.

        :return: whether the run is in that state now
        """
        self.ensure_one()
        if state == self.state:
            return True
        path = self._path(self.state, state)
        for step in path:
            self._guarded().write({"state": step})
        return bool(path)

    @api.model
    def _path(self, old, new):
        """Shortest way from ``old`` to ``new`` that ends nowhere in between."""
        seen, ways = {old}, [(old, ())]
        if old in RUN_TERMINAL:
            return ()
        while ways:
            here, way = ways.pop(0)
            for step in sorted(RUN_TRANSITIONS_LOCAL[here]):
                if step == new:
                    return (*way, step)
                if step not in seen and step not in RUN_TERMINAL:
                    seen.add(step)
                    ways.append((step, (*way, step)))
        return ()

    def _fail(self, reason):
        """End the run and keep why, as :func:`..labels.said` gives it."""
        self.ensure_one()
        if self._follow("failed"):
            self._guarded().write(
                {
                    "reason_said": reason,
                    "message_said": False,
                    "pending_command": False,
                    "ended_at": fields.Datetime.now(),
                }
            )
            self._notify_end()
        self._notify_panel()

    def _notify_end(self):
        """Tell who asked and who follows, by their own preference (inbox or e-mail),
        each in their language."""
        self.ensure_one()
        run = self.sudo()
        template = self.env.ref(
            "timetable_nep.mail_template_run_ended", raise_if_not_found=False
        )
        if not template or run.state not in RUN_TERMINAL:
            return
        people = run.user_id.partner_id | run.message_partner_ids
        for lang, partners in people.grouped("lang").items():
            texts = {
                field: template.sudo()._render_field(
                    field, run.ids, set_lang=lang or self.env.lang
                )[run.id]
                for field in ("subject", "body_html")
            }
            run.with_context(lang=lang or self.env.lang).message_notify(
                partner_ids=partners.ids,
                # Whoever's click brought the news must hear it too.
                author_id=self.env.ref("base.partner_root").id,
                subject=texts["subject"],
                body=texts["body_html"],
                model=run._name,
                res_id=run.id,
                email_layout_xmlid="mail.mail_notification_light",
            )

    def _told_end(self):
        """The end in a few words, for a subject."""
        self.ensure_one()
        texts = {
            "completed": self.env._("%s: the timetables are ready", self.name),
            "failed": self.env._("%s: the run failed", self.name),
            "cancelled": self.env._("%s: the run was cancelled", self.name),
        }
        return texts.get(self.state, self.name)

    def _told_duration(self):
        """How long it took, as people say it."""
        self.ensure_one()
        if not (self.started_at and self.ended_at):
            return ""
        seconds = round((self.ended_at - self.started_at).total_seconds())
        if seconds < 90:
            return self.env._("%s seconds", seconds)
        return self.env._("%s minutes", round(seconds / 60))

    def _options(self):
        """Options of the job, as the contract has them."""
        self.ensure_one()
        options = {
            "seed": self.seed,
            "time_limit_seconds": self.time_limit_seconds,
            "threads": max(1, self.threads),
            "mode": self.mode,
            "deep_search": self.deep_search,
        }
        if self.requested_variants:
            options["variants"] = json.loads(json.dumps(self.requested_variants))
        return options
