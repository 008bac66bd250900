from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import DEFAULT_WEIGHTS, PROFILE_WEIGHTS, PROFILES
from ..labels import WISH_GROUPS, WISHES

MAX_WEIGHT = 1_000_000


class TimetableGenerateLine(models.TransientModel):
    """One timetable wanted: its aim, and weights that differ from the aim's."""

    _name = "timetable.generate.line"
    _description = "Timetable wanted"
    _order = "key, id"

    wizard_id = fields.Many2one("timetable.generate.wizard", ondelete="cascade")
    key = fields.Char("Timetable", required=True, default="A", size=8)
    profile = fields.Selection(PROFILES, "Aim", required=True, default="balanced")
    wishes = fields.Json(
        "All wishes",
        compute="_compute_wishes",
        help="Each wish with its label and the weight that the aim gives it.",
    )
    weights = fields.Json(
        "Weights of wishes", help="Only those that differ from the aim's."
    )
    changes = fields.Char("Own weights", compute="_compute_changes")

    @api.depends("profile")
    @api.depends_context("lang")
    def _compute_wishes(self):
        for line in self:
            weights = DEFAULT_WEIGHTS | PROFILE_WEIGHTS.get(line.profile, {})
            line.wishes = [
                {
                    "name": name,
                    "group": line.env._(WISH_GROUPS[group]),
                    "label": line.env._(label),
                    "hint": line.env._(hint),
                    "weight": weights[name],
                }
                for name, (group, label, hint) in WISHES.items()
            ]

    @api.depends("weights", "profile")
    @api.depends_context("lang")
    def _compute_changes(self):
        for line in self:
            own = line._own_weights()
            line.changes = ", ".join(
                f"{line.env._(WISHES[name][1])}: {weight}"
                for name, weight in own.items()
            )

    @api.onchange("profile")
    def _onchange_profile(self):
        """Another aim starts from its own weights."""
        self.weights = {}

    @api.constrains("weights")
    def _check_weights(self):
        for line in self:
            for name, weight in (line.weights or {}).items():
                whole = isinstance(weight, int) and not isinstance(weight, bool)
                if name not in WISHES or not whole or not 0 <= weight <= MAX_WEIGHT:
                    raise ValidationError(
                        self.env._("A weight is a whole number up to 1,000,000.")
                    )

    def _own_weights(self):
        """Weights that differ from those of the aim."""
        self.ensure_one()
        aim = DEFAULT_WEIGHTS | PROFILE_WEIGHTS.get(self.profile, {})
        return {
            name: weight
            for name, weight in (self.weights or {}).items()
            if aim.get(name) != weight
        }

    def _request(self):
        self.ensure_one()
        return {
            "key": self.key,
            "profile": self.profile,
            "weights": self._own_weights(),
        }
