from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...labels import CALLBACK_NOTES, CHECK_TEXTS, say_error
from ...tools import remote
from ...tools.sidecar_client import SidecarError

ADMIN = "timetable_nep.group_timetable_admin"


class TimetableSettingsMixin(models.AbstractModel):
    """The settings of one university, on whatever page they are shown."""

    _name = "timetable.settings.mixin"
    _description = "Settings of a university"

    company_id = fields.Many2one(
        "res.company",
        "University",
        required=True,
        default=lambda self: self.env.company,
    )
    timetable_sidecar_url = fields.Char(
        related="company_id.timetable_sidecar_url", readonly=False
    )
    timetable_sidecar_token = fields.Char(
        related="company_id.timetable_sidecar_token", readonly=False
    )
    timetable_sidecar_secret = fields.Char(
        related="company_id.timetable_sidecar_secret", readonly=False
    )
    timetable_callback_url = fields.Char(
        related="company_id.timetable_callback_url", readonly=False
    )
    timetable_threads = fields.Integer(
        related="company_id.timetable_threads", readonly=False
    )
    timetable_tz = fields.Selection(related="company_id.timetable_tz", readonly=False)
    timetable_norm = fields.Integer(related="company_id.timetable_norm", readonly=False)
    timetable_skip_department_approval = fields.Boolean(
        related="company_id.timetable_skip_department_approval", readonly=False
    )
    timetable_skip_registrar_approval = fields.Boolean(
        related="company_id.timetable_skip_registrar_approval", readonly=False
    )
    timetable_publish_quietly = fields.Boolean(
        related="company_id.timetable_publish_quietly", readonly=False
    )
    timetable_decision_days = fields.Integer(
        related="company_id.timetable_decision_days", readonly=False
    )
    timetable_notice_minutes = fields.Integer(
        related="company_id.timetable_notice_minutes", readonly=False
    )

    @remote.one
    def action_timetable_test_connection(self):
        """Say whether the service answers and takes our token and secret.

        What was typed is saved by then: one press. What is wrong is told, not raised:
        it stays typed, to be mended.
        """
        user = self.env.user
        if not (user.has_group("base.group_system") or user.has_group(ADMIN)):
            raise UserError(self.env._("Only an administrator may test this."))
        try:
            missing = self.env["timetable.run"]._sidecar(self.company_id).check()
            # A check of a newer service is told by its name.
            notes = [self.env._(CHECK_TEXTS.get(name, name)) for name in missing]
            notes += self._callback_notes()
        except SidecarError as error:
            return self._tell_connection(
                self.env._("Saved, but the connection does not work"),
                say_error(self.env, error),
                "danger",
            )
        return self._tell_connection(
            self.env._("The timetable service answers"),
            " ".join([self.env._("Address, token and secret are right."), *notes]),
            "warning" if notes else "success",
        )

    def _callback_notes(self):
        """Why messages of the service would not arrive here, in a list.

        The service sends one, which another transaction receives: what was typed is
        saved before the button is pressed, so that it knows the secret.
        """
        run, company = self.env["timetable.run"], self.company_id
        code = run._sidecar(company).check_callback(run._callback(company))
        if code not in CALLBACK_NOTES:
            return []
        return [
            self.env._(CALLBACK_NOTES[code]),
            self.env._("Until then this server asks the service: that is slower."),
        ]

    @api.model
    def _tell_connection(self, title, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                "message": message,
                "type": kind,
                "sticky": kind != "success",
            },
        }


class TimetableSettings(models.TransientModel):  # pylint: disable=no-wizard-in-models
    """The settings as an administrator of timetables opens them, who need not be one
    of Odoo: nothing but the fields of the mixin can be written here."""

    _name = "timetable.settings"
    _description = "Timetable settings"
    _inherit = ["timetable.settings.mixin"]

    company_id = fields.Many2one(readonly=True)

    @api.depends("company_id")
    def _compute_display_name(self):
        for settings in self:
            settings.display_name = self.env._("Settings")

    def _as_administrator(self):
        if not self.env.user.has_group(ADMIN):
            raise AccessError(
                self.env._("Only an administrator of timetables opens the settings.")
            )
        return self.sudo()

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["company_id"] = self.env.company.id
        settings = super(TimetableSettings, self._as_administrator()).create(vals_list)
        return settings.sudo(self.env.su)

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name != "company_id"}
        return super(TimetableSettings, self._as_administrator()).write(vals)
