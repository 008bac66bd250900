from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import OFFICER
from ..tools import remote

REPAIR_SECONDS = 180
SENTENCES_SHOWN = 50


class TimetableRepairWizard(models.TransientModel):
    """What does not hold any more, and a run that mends it with few moves."""

    _name = "timetable.repair.wizard"
    _description = "Repair a timetable"

    variant_id = fields.Many2one("timetable.variant", required=True, readonly=True)
    time_limit_seconds = fields.Integer(
        "Seconds",
        default=REPAIR_SECONDS,
        required=True,
        help="It may end sooner.",
    )
    findings_html = fields.Html("What is broken now", compute="_compute_findings")
    finding_count = fields.Integer(compute="_compute_findings")

    def _compute_findings(self):
        for wizard in self:
            sentences = wizard.variant_id._repair_findings()
            wizard.finding_count = len(sentences)
            shown = [
                Markup("<li>%s</li>") % text for text in sentences[:SENTENCES_SHOWN]
            ]
            if len(sentences) > SENTENCES_SHOWN:
                shown.append(
                    Markup("<li>%s</li>")
                    % self.env._("… and %s more.", len(sentences) - SENTENCES_SHOWN)
                )
            wizard.findings_html = Markup("<ul>%s</ul>") % Markup("").join(shown)

    @remote.one
    def action_repair(self):
        """Ask for one timetable that moves as little as possible."""
        variant = self.variant_id
        variant._require(OFFICER)
        if not 1 <= self.time_limit_seconds <= 3600:
            raise UserError(self.env._("Choose between one second and one hour."))
        run = self.env["timetable.run"].create(
            {
                "name": self.env._("%s, repair", variant.term_id.name),
                "term_id": variant.term_id.id,
                "mode": "repair",
                "base_variant_id": variant.id,
                "time_limit_seconds": self.time_limit_seconds,
                "requested_variants": [
                    {"key": "A", "profile": "minimal_change", "weights": {}}
                ],
            }
        )
        run.action_generate()
        return run.get_formview_action()
