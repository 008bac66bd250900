import json
import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import PROFILES, WEIGHTS
from ..models.timetable_wire_mixin import MODELS
from ..tools import payload
from ..tools.sidecar_client import SidecarError


class TimetableGenerateWizard(models.TransientModel):
    """What is wanted of a run. The form's own key makes a double click one run."""

    _name = "timetable.generate.wizard"
    _inherit = ["timetable.wire.mixin"]
    _description = "Generate timetables"

    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        default=lambda self: self.env["timetable.term"].search(
            [("company_id", "in", self.env.companies.ids)], limit=1
        ),
    )
    request_key = fields.Char(default=lambda self: uuid.uuid4().hex, readonly=True)
    time_limit = fields.Integer(
        "Minutes", default=5, required=True, help="Between 3 and 20 minutes."
    )
    time_limit_seconds = fields.Integer(
        "Seconds instead",
        help="For trials: overrules the minutes where it is set.",
    )
    mode = fields.Selection(
        [("scratch", "From scratch"), ("repair", "Repair: move as little as possible")],
        default="scratch",
        required=True,
    )
    base_variant_id = fields.Many2one(
        "timetable.variant",
        "Timetable to repair",
        domain="[('term_id', '=', term_id)]",
        help="Empty: the published one. Its pinned events stay in their places.",
    )
    deep_search = fields.Boolean(
        "Deep search",
        help="If a few events find no place, look for one at the cost of all wishes.",
    )
    seed = fields.Integer(default=1, help="Another number gives another timetable.")
    line_ids = fields.One2many(
        "timetable.generate.line",
        "wizard_id",
        "Timetables wanted",
        compute="_compute_lines",
        store=True,
        readonly=False,
    )
    variants = fields.Integer(
        "How many",
        default=3,
        required=True,
        help="How many timetables to choose from, each with another aim.",
    )
    problem_ids = fields.One2many("timetable.generate.problem", "wizard_id", "Problems")
    checked = fields.Boolean(readonly=True)
    check_message = fields.Char(readonly=True)
    class_count = fields.Integer(related="term_id.class_count")
    event_count = fields.Integer(related="term_id.event_count")
    enrolment_count = fields.Integer(related="term_id.enrolment_count")

    @api.depends("term_id", "variants", "mode")
    def _compute_lines(self):
        """A proposal, by what the term is and how many are wanted."""
        for wizard in self:
            names = ["balanced", "faculty_friendly", "student_friendly"]
            names += ["room_efficient", "balanced", "balanced", "balanced", "balanced"]
            if wizard.term_id.profile:
                names = [wizard.term_id.profile] * 8
            elif wizard.mode == "repair":
                names = ["minimal_change", *names[:7]]
            count = min(max(wizard.variants, 1), 8)
            wizard.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create({"key": "ABCDEFGH"[i], "profile": names[i]})
                    for i in range(count)
                ),
            ]

    @api.constrains("time_limit", "time_limit_seconds", "variants")
    def _check_limits(self):
        for wizard in self:
            if wizard.time_limit_seconds:
                if not 1 <= wizard.time_limit_seconds <= 86_400:
                    raise ValidationError(
                        self.env._("The time is between one second and one day.")
                    )
            elif not 3 <= wizard.time_limit <= 20:
                raise ValidationError(self.env._("Choose between 3 and 20 minutes."))
            if not 1 <= wizard.variants <= 8:
                raise ValidationError(self.env._("Choose between 1 and 8 timetables."))

    # ---- Actions
    def action_generate(self):
        """One run for this form, whatever how often it is sent."""
        self.ensure_one()
        Run = self.env["timetable.run"]
        run = Run.search([("request_key", "=", self.request_key)], limit=1)
        if not run:
            run = Run.create(self._prepare_run())
            run.action_generate()
        return {
            "type": "ir.actions.act_window",
            "res_model": "timetable.run",
            "res_id": run.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    def _prepare_run(self):
        keys = self.line_ids.mapped("key")
        if not keys or len(set(keys)) != len(keys):
            raise UserError(
                self.env._("Ask for at least one timetable, each with its own letter.")
            )
        return {
            "name": self.env._(
                "%(term)s, run %(number)s",
                term=self.term_id.name,
                number=self.term_id.run_count + 1,
            ),
            "term_id": self.term_id.id,
            "request_key": self.request_key,
            "mode": self.mode,
            "base_variant_id": (
                self.base_variant_id.id if self.mode == "repair" else False
            ),
            "time_limit_seconds": self.time_limit_seconds or self.time_limit * 60,
            "seed": self.seed,
            "deep_search": self.deep_search,
            "requested_variants": [line._request() for line in self.line_ids],
        }

    def action_check(self):
        """Ask the service what cannot work, before any time is spent."""
        self.ensure_one()
        content, _digest = payload.encode(self.term_id._snapshot_problem())
        try:
            diagnosis = self.env["timetable.run"]._sidecar().diagnose(content)
        except SidecarError as error:
            raise UserError(str(error)) from error
        items = diagnosis.get("items") or []
        self.write(
            {
                "checked": True,
                "check_message": (
                    self.env._("%s things to look at.", len(items))
                    if items
                    else self.env._("Nothing stands against a timetable.")
                ),
                "problem_ids": [
                    fields.Command.clear(),
                    *(
                        fields.Command.create(self._prepare_problem(item))
                        for item in items[:100]
                    ),
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _prepare_problem(self, item):
        model, res_id = False, 0
        for resource in item.get("resources") or []:
            kind = resource.get("kind")
            number = self._wire_number(kind, resource.get("id"))
            record = number and self._wire_records(kind, [number])
            if record:
                model, res_id = record._name, record.id
                break
        sentence, *suggestions = self._wire_sentences(
            [item.get("sentence") or "", *(item.get("suggestions") or [])]
        )
        return {
            "severity": "error" if item.get("severity") == "error" else "warning",
            "sentence": sentence,
            "suggestion": " ".join(suggestions),
            "model": model,
            "res_id": res_id,
        }


class TimetableGenerateLine(models.TransientModel):
    _name = "timetable.generate.line"
    _description = "Timetable wanted"
    _order = "key, id"

    wizard_id = fields.Many2one("timetable.generate.wizard", ondelete="cascade")
    key = fields.Char("Letter", required=True, default="A", size=8)
    profile = fields.Selection(PROFILES, "Aim", required=True, default="balanced")
    weight_ids = fields.One2many("timetable.generate.weight", "line_id", "Own weights")
    weight_count = fields.Integer("Weights", compute="_compute_weight_count")

    @api.depends("weight_ids")
    def _compute_weight_count(self):
        for line in self:
            line.weight_count = len(line.weight_ids)

    def _request(self):
        self.ensure_one()
        weights = {row.constraint: row.weight for row in self.weight_ids}
        return json.loads(
            json.dumps({"key": self.key, "profile": self.profile, "weights": weights})
        )


class TimetableGenerateWeight(models.TransientModel):
    _name = "timetable.generate.weight"
    _description = "Weight of a wish"

    line_id = fields.Many2one("timetable.generate.line", ondelete="cascade")
    constraint = fields.Selection(WEIGHTS, "Wish", required=True)
    weight = fields.Integer(required=True, default=10)

    _check_weight = models.Constraint(
        "CHECK (weight BETWEEN 0 AND 1000000)", "A weight is between 0 and 1,000,000."
    )
    _unique_constraint = models.UniqueIndex(
        '(line_id, "constraint")', "This wish has a weight already."
    )


class TimetableGenerateProblem(models.TransientModel):
    """Something that cannot work, found before solving."""

    _name = "timetable.generate.problem"
    _description = "Problem found"
    _order = "severity, id"

    wizard_id = fields.Many2one("timetable.generate.wizard", ondelete="cascade")
    severity = fields.Selection([("error", "Impossible"), ("warning", "Take care")])
    sentence = fields.Char()
    suggestion = fields.Char()
    model = fields.Char()
    res_id = fields.Integer(aggregator=None)

    def action_open(self):
        """The record that mends it."""
        self.ensure_one()
        if self.model not in MODELS.values() or not self.res_id:
            return False
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.res_id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }
