from odoo import fields, models
from odoo.exceptions import UserError

from ..const import (
    PARAM_CALLBACK,
    PARAM_DECISION_DAYS,
    PARAM_DEPARTMENT_APPROVAL,
    PARAM_PUBLISH_QUIETLY,
    PARAM_REGISTRAR_APPROVAL,
    PARAM_SECRET,
    PARAM_THREADS,
    PARAM_TOKEN,
    PARAM_URL,
)
from ..labels import CALLBACK_NOTES, say_error
from ..tools.sidecar_client import SidecarError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    timetable_sidecar_url = fields.Char(
        "Address of the timetable service", config_parameter=PARAM_URL
    )
    timetable_sidecar_token = fields.Char("Access token", config_parameter=PARAM_TOKEN)
    timetable_sidecar_secret = fields.Char(
        "Signing secret", config_parameter=PARAM_SECRET
    )
    timetable_callback_url = fields.Char(
        "Address for messages",
        config_parameter=PARAM_CALLBACK,
        help="Where the service sends its messages. Empty: this server's own "
        "address with /timetable_nep/webhook.",
    )
    timetable_tz = fields.Selection(related="company_id.timetable_tz", readonly=False)
    timetable_norm = fields.Integer(related="company_id.timetable_norm", readonly=False)
    timetable_threads = fields.Integer(
        "Threads of a run", config_parameter=PARAM_THREADS, default=2
    )
    timetable_skip_department_approval = fields.Boolean(
        "Departments need not approve", config_parameter=PARAM_DEPARTMENT_APPROVAL
    )
    timetable_skip_registrar_approval = fields.Boolean(
        "The registrar need not approve", config_parameter=PARAM_REGISTRAR_APPROVAL
    )
    timetable_publish_quietly = fields.Boolean(
        "Nobody is told when a timetable is published",
        config_parameter=PARAM_PUBLISH_QUIETLY,
    )
    timetable_decision_days = fields.Integer(
        "Days to decide",
        config_parameter=PARAM_DECISION_DAYS,
        default=3,
        help="Deadline of the activity of whoever has the next step.",
    )

    def action_timetable_test_connection(self):
        """Keep what was typed, then say whether the service answers and takes our
        token and secret: one press. What is wrong is told, not raised: it stays
        typed, to be mended."""
        self.ensure_one()
        if not self.env.user.has_group("base.group_system"):
            raise UserError(self.env._("Only an administrator may test this."))
        get = self.env["ir.config_parameter"].sudo().get_param
        secret = get(PARAM_SECRET)
        self.set_values()
        try:
            notes = self.env["timetable.run"]._sidecar().check()
            notes += self._callback_notes(secret == get(PARAM_SECRET))
        except SidecarError as error:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "title": self.env._("Saved, but the connection does not work"),
                    "message": say_error(self.env, error),
                    "type": "danger",
                    "sticky": True,
                },
            }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("The timetable service answers"),
                "message": " ".join(
                    [self.env._("Address, token and secret are right."), *notes]
                ),
                "type": "warning" if notes else "success",
                "sticky": bool(notes),
            },
        }

    def _callback_notes(self, secret_is_known):
        """Why messages of the service would not arrive here, in a list.

        The service sends one, which another transaction receives: a secret that was
        typed a moment ago is not known to that one yet.
        """
        Run = self.env["timetable.run"]
        code = Run._sidecar().check_callback(Run._callback())
        if code == "unauthorised" and not secret_is_known:
            return [
                self.env._("Press once more to see whether its messages arrive here.")
            ]
        if code not in CALLBACK_NOTES:
            return []
        return [
            self.env._(CALLBACK_NOTES[code]),
            self.env._("Until then this server asks the service: that is slower."),
        ]
