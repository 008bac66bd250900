import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import DEFAULT_WEIGHTS, PROFILE_WEIGHTS
from ..labels import WISHES, say_error
from ..models.base.timetable_wire_mixin import MODELS
from ..tools import payload, remote
from ..tools.sidecar_client import SidecarError

FINDINGS_SHOWN = 100
LINKS_SHOWN = 8
NAMED = 3
"""Administrators that are named."""
LETTERS = "ABCDEFGH"
MORE = 4
"""How much more a wish counts in a timetable that is proposed for its sake."""


class TimetableGenerateWizard(models.TransientModel):
    """What is wanted of a run. The form's own key makes a double click one run."""

    _name = "timetable.generate.wizard"
    _inherit = ["timetable.wire.mixin"]
    _description = "Generate timetables"

    term_id = fields.Many2one(
        "timetable.term",
        required=True,
        default=lambda self: self.env["timetable.term"]._chosen()[:1],
    )
    request_key = fields.Char(default=lambda self: uuid.uuid4().hex, readonly=True)
    time_limit = fields.Integer(
        "Minutes", default=5, required=True, help="Between 3 and 20 minutes."
    )
    time_limit_seconds = fields.Integer(
        "Seconds (for trials)",
        help="For trials: overrules the minutes where it is set.",
    )
    mode = fields.Selection(
        [("scratch", "From scratch"), ("repair", "Repair: move as little as possible")],
        default="scratch",
        required=True,
    )
    scope = fields.Selection(
        [
            ("university", "The whole university"),
            ("school", "One school"),
            ("department", "Some departments"),
        ],
        default="university",
        required=True,
        help="What is outside and published stays where it is.",
    )
    school = fields.Selection(selection="_selection_school")
    department_ids = fields.Many2many(
        "timetable.department",
        string="Departments",
        domain="[('company_id', '=', company_id)]",
    )
    company_id = fields.Many2one(related="term_id.company_id")
    scope_note = fields.Char(compute="_compute_scope_note")
    base_variant_id = fields.Many2one(
        "timetable.variant",
        "Timetable to repair",
        domain="[('term_id', '=', term_id)]",
        help="Empty: the published one. Its pinned events stay in their places.",
    )
    deep_search = fields.Boolean(
        "Thorough search",
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
        compute="_compute_variants",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        help="How many timetables to choose from, each with another aim.",
    )
    findings = fields.Json(
        "What was found",
        readonly=True,
        help="Sentences, ways out, and the records that mend it.",
    )
    checked = fields.Boolean(readonly=True)
    check_message = fields.Char(readonly=True)
    class_count = fields.Integer(related="term_id.class_count")
    event_count = fields.Integer(related="term_id.event_count")
    enrolment_count = fields.Integer(related="term_id.enrolment_count")

    @api.depends("term_id")
    def _compute_variants(self):
        """Three aims to choose from; one where the data has its own, as benchmarks."""
        for wizard in self:
            wizard.variants = 1 if wizard.term_id.profile else 3

    def _proposal(self):
        """Aims in the order in which they are proposed, with weights of their own.

        No two are alike: another seed of the same weights is no choice. Where the aims
        are used up, one wish after the other is made to count for four times as much.
        """
        first = self.term_id.profile or "balanced"
        aims = [first]
        if not self.term_id.profile:
            aims += ["faculty_friendly", "student_friendly", "room_efficient"]
            if self.mode == "repair":
                aims.insert(0, "minimal_change")
        weights = DEFAULT_WEIGHTS | PROFILE_WEIGHTS.get(first, {})
        heavy = [
            {name: MORE * weights[name]} for name in WISHES if weights.get(name, 0)
        ]
        return [*((aim, {}) for aim in aims), *((first, own) for own in heavy)]

    @api.depends("term_id", "variants", "mode")
    def _compute_lines(self):
        """A proposal, by what the term is and how many are wanted."""
        for wizard in self:
            count = min(max(wizard.variants, 1), 8)
            own = {(line.key, line.profile): line.weights for line in wizard.line_ids}
            wanted = wizard._proposal()
            wizard.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(
                        {
                            "key": key,
                            "profile": profile,
                            "weights": own.get((key, profile)) or weights,
                        }
                    )
                    for key, (profile, weights) in zip(
                        LETTERS[:count], wanted, strict=False
                    )
                ),
            ]

    @api.model
    def _selection_school(self):
        """Schools are names on departments."""
        schools = self.env["timetable.department"]._read_group(
            [("company_id", "in", self.env.companies.ids), ("school", "!=", False)],
            ["school"],
        )
        return sorted((school, school) for (school,) in schools)

    def _scope_departments(self):
        """Departments to plan; none is the whole university."""
        self.ensure_one()
        if self.scope == "department":
            return self.department_ids
        if self.scope == "school" and self.school:
            return self.env["timetable.department"].search(
                [
                    ("school", "=", self.school),
                    ("company_id", "=", self.term_id.company_id.id),
                ]
            )
        return self.env["timetable.department"]

    @api.depends("term_id", "scope", "school", "department_ids")
    def _compute_scope_note(self):
        for wizard in self:
            departments = wizard._scope_departments()
            if wizard.scope == "university" or not departments:
                wizard.scope_note = False
                continue
            outside = wizard.term_id._outside(departments.ids)
            fixed = wizard.env["timetable.assignment"].search_count(
                [
                    ("variant_id", "=", wizard.term_id.published_variant_id.id),
                    ("event_id", "any", outside),
                ]
            )
            events = wizard.env["timetable.event"].search_count(outside)
            wizard.scope_note = wizard.env._(
                "Of the %(events)s events outside, %(fixed)s are published and stay "
                "where they are; %(open)s are not and are planned too.",
                events=events,
                fixed=fixed,
                open=events - fixed,
            )

    @api.onchange("line_ids")
    def _onchange_lines(self):
        """A line that is added gets the next free letter."""
        seen = set()
        for line in self.line_ids:
            if line.key in seen:
                free = [
                    key for key in LETTERS if key not in self.line_ids.mapped("key")
                ]
                line.key = free[0] if free else line.key
            seen.add(line.key)

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
    @remote.one
    def action_generate(self):
        """One run for this form, whatever how often it is sent."""
        self._check_service()
        Run = self.env["timetable.run"]
        run = Run.search([("request_key", "=", self.request_key)], limit=1)
        if not run:
            run = Run.create(self._prepare_run())
            run.action_generate()
        return run.get_formview_action()

    def _check_service(self):
        """Say at once what an officer cannot mend, and who can.

        :raises UserError: if the service is not set up
        """
        if all(self.term_id.company_id._timetable_service()[:3]):
            return
        group = self.env.ref("timetable_nep.group_timetable_admin").sudo()
        names = group.all_user_ids.filtered("active").mapped("name")[:NAMED]
        raise UserError(
            self.env._(
                "The timetable service is not set up yet. An administrator fills it "
                "in under Settings → Timetable: %s.",
                ", ".join(names) or self.env._("nobody has this role yet"),
            )
        )

    def _prepare_run(self):
        keys = self.line_ids.mapped("key")
        if not keys or len(set(keys)) != len(keys):
            raise UserError(
                self.env._("Ask for at least one timetable, each with its own letter.")
            )
        departments = self._scope_departments()
        if self.scope != "university" and not departments:
            raise UserError(
                self.env._("Choose the school or the departments to plan for.")
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
            "department_ids": [fields.Command.set(departments.ids)],
            "base_variant_id": (
                self.base_variant_id.id if self.mode == "repair" else False
            ),
            "time_limit_seconds": self.time_limit_seconds or self.time_limit * 60,
            "seed": self.seed,
            "deep_search": self.deep_search,
            "requested_variants": [line._request() for line in self.line_ids],
        }

    @remote.one
    def action_check(self):
        """Ask the service what cannot work, before any time is spent."""
        self._check_service()
        run = self.env["timetable.run"].new(self._prepare_run())
        content, _digest = payload.encode(self.term_id._snapshot_problem(run))
        try:
            diagnosis = run._sidecar().diagnose(content)
        except SidecarError as error:
            raise UserError(say_error(self.env, error)) from error
        items = diagnosis.get("items") or []
        own = self._own_findings()
        self.write(
            {
                "checked": True,
                "check_message": self._check_sentence([*items, *own], diagnosis),
                "findings": [
                    *self._prepare_findings(items[:FINDINGS_SHOWN]),
                    *own,
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Generate timetables"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _own_findings(self):
        """What the service cannot know to be missing: it plans without it."""
        term = self.term_id
        found = []
        alone = self.env["timetable.class"].search(
            [
                ("term_id", "=", term.id),
                ("faculty_ids", "=", False),
                ("event_ids", "!=", False),
            ]
        )
        alone = alone.filtered(
            lambda section: any(not event.teacher_ids for event in section.event_ids)
        )
        if alone:
            names = ", ".join(alone[:LINKS_SHOWN].mapped("display_name"))
            found.append(
                self._own_finding(
                    self.env._(
                        "Nobody is named to teach: %(names)s%(more)s. They are planned "
                        "as if everybody were free.",
                        names=names,
                        more=" …" if len(alone) > LINKS_SHOWN else "",
                    ),
                    self.env._("Name who teaches them: Classes, column Faculty."),
                    alone[:LINKS_SHOWN],
                )
            )
        if not (term.date_start and term.date_end):
            found.append(
                self._own_finding(
                    self.env._(
                        "The term has no first or last day: meetings, absences and "
                        "calendars go by today's date once it is published."
                    ),
                    self.env._("Enter both days on the term."),
                    term,
                )
            )
        return found

    def _own_finding(self, sentence, way, records):
        return {
            "severity": "warning",
            "sentence": sentence,
            "suggestions": [way],
            "records": [self._link(record) for record in records],
            "rooms": False,
        }

    def _check_sentence(self, items, diagnosis):
        impossible = sum(item.get("severity") == "error" for item in items)
        if impossible:
            sentence = self.env._(
                "Points that make a complete timetable impossible: %s.", impossible
            )
            if len(items) > impossible:
                others = self.env._("%s more to take care of.", len(items) - impossible)
                sentence = f"{sentence} {others}"
        elif items:
            sentence = self.env._("%s things to take care of.", len(items))
        else:
            sentence = self.env._("No problem was found: a timetable is possible.")
        used = (diagnosis.get("figures") or {}).get("room_periods_used")
        if used:
            tight = self.env._("Rooms are in use for %.0f %% of the week.", 100 * used)
            sentence = f"{sentence} {tight}"
        return sentence

    def _prepare_findings(self, items):
        """Each problem with names for ids, and links to what mends it."""
        findings = []
        for item, (sentence, ways) in zip(items, self._wire_rows(items), strict=True):
            findings.append(
                {
                    "severity": (
                        "error" if item.get("severity") == "error" else "warning"
                    ),
                    "sentence": sentence,
                    "suggestions": ways,
                    "records": self._finding_records(item),
                    "rooms": str(item.get("code")).startswith("room"),
                }
            )
        return findings

    def _finding_records(self, item):
        """Links to the records that a finding names, those in its words too."""
        named = [
            (resource.get("kind"), resource.get("id"))
            for resource in item.get("resources") or []
        ]
        # Types of rooms and features are named as well, but there is nothing to mend.
        named += [
            (kind, text)
            for kind, text in self._wire_named(
                [*self._wire_said(item), *self._wire_ways(item)]
            )
            if kind not in ("room_type", "feature")
        ]
        found = [self._finding_band(item)]
        for kind, text in dict.fromkeys(named):
            number = self._wire_number(kind, text) if kind in MODELS else 0
            found.append(number and self._wire_records(kind, [number]))
        records = []
        for record in found:
            if record:
                records.append(self._link(record))
        return records[:LINKS_SHOWN]

    def _link(self, record):
        return {
            "model": record._name,
            "id": record.id,
            "kind": record._description,
            "name": record.display_name,
        }

    def _finding_band(self, item):
        """The common band that is too small: it has no id on the wire."""
        if item.get("code") != "band_too_small":
            return None
        category = ((item.get("message") or {}).get("args") or {}).get("category")
        return self.term_id.band_ids.filtered(lambda band: band.category == category)[
            :1
        ]
