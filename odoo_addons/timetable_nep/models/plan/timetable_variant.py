from odoo import api, fields, models
from odoo.exceptions import UserError

from ...const import (
    METRICS,
    PROFILES,
    VARIANT_STATES,
    VARIANT_TRANSITIONS,
)
from ...labels import METRIC_TEXTS, RULE_LABELS, WISHES
from ...tools import remote

SENTENCES_SHOWN = 100
AXES = {
    "students": ("student_gaps_per_student", False),
    "faculty": ("faculty_gaps_per_person", False),
    "rooms": ("seat_use_percent", True),
}
"""Axis of comparison → the figure it goes by, and whether more is better."""


class TimetableVariant(models.Model):
    """One complete timetable of a term, on its way to approval."""

    _name = "timetable.variant"
    _description = "Timetable"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "timetable.guarded.mixin",
        "timetable.wire.mixin",
    ]
    _order = "term_id, score_hard, unplaced_count, key, id"
    _rec_names_search = ["name", "term_id"]
    # Approvers and coordinators take part in the discussion without changing it.
    _mail_post_access = "read"

    _state_transitions = VARIANT_TRANSITIONS
    _guarded_fields = frozenset(
        {
            "state",
            "run_id",
            "attempt",
            "key",
            "profile",
            "score_hard",
            "score_soft",
            "placed",
            "total",
            "breakdown",
            "metrics",
            "violations",
            "trace",
            "unplaced_event_ids",
            "sectioning",
            "stored_digest",
            "board_revision",
            "scored_revision",
            "rescore_said",
            "conflict_count",
            "rejection_reason",
            "department_ok_ids",
            "audited_revision",
            "submitted_by_id",
            "department_approved_by_id",
            "approved_by_id",
            "published_by_id",
            "published_at",
            "broken_when_published",
            "broken_reason",
        }
    )

    name = fields.Char(required=True, tracking=True)
    term_id = fields.Many2one(
        "timetable.term", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="term_id.company_id", store=True, precompute=True, index=True
    )
    state = fields.Selection(
        VARIANT_STATES,
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    run_id = fields.Many2one(
        "timetable.run", readonly=True, index=True, copy=False, ondelete="set null"
    )
    attempt = fields.Integer(readonly=True, copy=False, aggregator=None)
    key = fields.Char(readonly=True, copy=False)
    profile = fields.Selection(PROFILES, "Objective", readonly=True, copy=False)
    score_hard = fields.Integer("Rules broken", readonly=True, copy=False)
    score_soft = fields.Integer("Cost of wishes", readonly=True, copy=False)
    placed = fields.Integer("Events placed", readonly=True, copy=False)
    total = fields.Integer("Events", readonly=True, copy=False)
    unplaced_count = fields.Integer(
        "Not placed", compute="_compute_unplaced_count", store=True
    )
    breakdown = fields.Json(readonly=True, copy=False)
    metrics = fields.Json(readonly=True, copy=False)
    violations = fields.Json(readonly=True, copy=False)
    trace = fields.Json(
        "How it was found",
        readonly=True,
        copy=False,
        help="Seconds of work, rules broken and cost of the best so far.",
    )
    metrics_text = fields.Char("Figures", compute="_compute_metrics_text")
    axes = fields.Json("Strengths", compute="_compute_axes")
    metrics_short = fields.Char("Main figures", compute="_compute_metrics_text")
    breakdown_html = fields.Html("What it costs", compute="_compute_breakdown_html")
    violations_html = fields.Html("What is broken", compute="_compute_violations_html")
    unplaced_event_ids = fields.Many2many(
        "timetable.event", string="Events not placed", readonly=True, copy=False
    )
    assignment_ids = fields.One2many(
        "timetable.assignment", "variant_id", "Placed events", copy=False
    )
    assignment_count = fields.Integer(compute="_compute_assignment_count")
    sectioning = fields.Binary(
        attachment=True,
        readonly=True,
        copy=False,
        # All students of the university at once: for the addon's own methods only.
        groups=fields.NO_ACCESS,
        help="Which student goes to which classes (JSON, gzip).",
    )
    stored_digest = fields.Char(readonly=True, copy=False)
    rejection_reason = fields.Text(readonly=True, copy=False, tracking=True)
    submitted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    department_approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    published_at = fields.Datetime(readonly=True, copy=False)

    _one_published = models.UniqueIndex(
        "(term_id) WHERE state = 'published'",
        "Another timetable of this term is published already.",
    )
    _once_per_run = models.UniqueIndex(
        "(run_id, attempt, key) WHERE run_id IS NOT NULL",
        "This result is stored already.",
    )

    # ---- Computes
    @api.depends("placed", "total")
    def _compute_unplaced_count(self):
        for variant in self:
            variant.unplaced_count = max(0, variant.total - variant.placed)

    def _compute_assignment_count(self):
        counts = dict(
            self.env["timetable.assignment"]._read_group(
                [("variant_id", "in", self.ids)], ["variant_id"], ["__count"]
            )
        )
        for variant in self:
            variant.assignment_count = counts.get(variant, 0)

    @api.depends("metrics")
    @api.depends_context("lang")
    def _compute_metrics_text(self):
        formats = {name: self.env._(text) for name, text in METRIC_TEXTS.items()}
        for variant in self:
            figures = variant.metrics or {}
            texts = [
                (formats[name] % figures[name]).replace(" %", "\u00a0%")
                for name in METRICS
                if name in figures
            ]
            variant.metrics_text = " · ".join(texts)
            variant.metrics_short = " · ".join(texts[:3])

    @api.depends("metrics", "term_id")
    @api.depends_context("lang")
    def _compute_axes(self):
        """For students, faculty and rooms: how near to the best of the term's
        timetables this one comes, in percent."""
        terms = self.term_id
        rows = self.search_fetch([("term_id", "in", terms.ids)], ["term_id", "metrics"])
        labels = {
            "students": self.env._("Students"),
            "faculty": self.env._("Faculty"),
            "rooms": self.env._("Rooms"),
        }
        best = {}
        for row in rows:
            for axis, (name, higher) in AXES.items():
                value = (row.metrics or {}).get(name)
                if value is not None:
                    key = (row.term_id, axis)
                    choose = max if higher else min
                    best[key] = choose(best.get(key, value), value)
        for variant in self:
            axes = []
            for axis, (name, higher) in AXES.items():
                value = (variant.metrics or {}).get(name)
                top = best.get((variant.term_id, axis))
                if value is None or top is None:
                    continue
                over, under = (value, top) if higher else (top, value)
                share = 100 if value == top or not under else 100 * over / under
                axes.append(
                    {"key": axis, "label": labels[axis], "percent": round(share)}
                )
            variant.axes = axes

    @api.depends("breakdown")
    @api.depends_context("lang")
    def _compute_breakdown_html(self):
        for variant in self:
            rows = [row for row in variant.breakdown or [] if row["violations"]]
            variant.breakdown_html = self.env["ir.qweb"]._render(
                "timetable_nep.timetable_variant_breakdown",
                {"rows": rows, "label": self._constraint_label},
            )

    @api.depends("violations")
    @api.depends_context("uid", "lang")
    def _compute_violations_html(self):
        """What the solver found broken, with the names that the reader may see."""
        for variant in self:
            rows = (variant.violations or [])[:SENTENCES_SHOWN]
            said = self._wire_rows(rows)
            variant.violations_html = rows and self.env["ir.qweb"]._render(
                "timetable_nep.timetable_variant_violations",
                {
                    "rows": [
                        {"hard": row["hard"], "sentence": sentence}
                        for row, (sentence, _ways) in zip(rows, said, strict=True)
                    ],
                    "more": len(variant.violations) - len(rows),
                },
            )

    @api.model
    def _constraint_label(self, name):
        """Name of a constraint as people read it."""
        if name in WISHES:
            return self.env._(WISHES[name][1])
        if name in RULE_LABELS:
            return self.env._(RULE_LABELS[name])
        return name.replace("_", " ").capitalize()

    def _check_editable(self):
        """Refuse a change of placements once a timetable was submitted."""
        if self._has_pass():  # a result being stored
            return
        locked = self.filtered(lambda variant: variant.state != "draft")
        if locked:
            raise UserError(
                self.env._(
                    "%(name)s is %(state)s: its placements do not change. "
                    "Set it back to draft, or generate a new one.",
                    name=locked[0].display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        locked[0].state
                    ],
                )
            )

    # ---- CRUD
    @api.ondelete(at_uninstall=False)
    def _unlink_unless_history(self):
        for variant in self:
            if variant.state not in ("draft", "rejected"):
                raise UserError(
                    self.env._(
                        "%s has a history: archive it instead of deleting it.",
                        variant.display_name,
                    )
                )

    @remote.one
    def action_open_assignments(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "timetable_nep.timetable_assignment_action"
        )
        action["domain"] = [("variant_id", "=", self.id)]
        return action
