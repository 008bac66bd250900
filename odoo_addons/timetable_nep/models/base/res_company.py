from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get

from ...const import PARAM_CALLBACK, PARAM_SECRET, PARAM_TOKEN, PARAM_URL

SETTINGS = "base.group_system,timetable_nep.group_timetable_admin"
"""Who reads how the service is reached: it is a way in."""


class ResCompany(models.Model):
    """What a university decides for itself: its clock, its service, its approval."""

    _inherit = "res.company"

    timetable_tz = fields.Selection(
        _tz_get,
        "Timezone of the university",
        default=lambda self: self._default_timetable_tz(),
        help="The clock that the weekly grid goes by.",
    )
    timetable_norm = fields.Integer(
        "Teaching norm, periods a week",
        default=16,
        help="What a full-time faculty member is expected to teach. 16 hours are the "
        "norm of the UGC for assistant professors, 14 for others.",
    )

    # ---- The service
    timetable_sidecar_url = fields.Char(
        "Address of the timetable service", groups=SETTINGS
    )
    timetable_sidecar_token = fields.Char("Access token", groups=SETTINGS)
    timetable_sidecar_secret = fields.Char("Signing secret", groups=SETTINGS)
    timetable_callback_url = fields.Char(
        "Address for messages",
        groups=SETTINGS,
        help="Where the service sends its messages. Empty: this server's own "
        "address with /timetable_nep/webhook.",
    )
    timetable_threads = fields.Integer("Threads of a run", default=2)

    # ---- Approval and news
    timetable_skip_department_approval = fields.Boolean("Departments need not approve")
    timetable_skip_registrar_approval = fields.Boolean("The registrar need not approve")
    timetable_publish_quietly = fields.Boolean(
        "Nobody is told when a timetable is published"
    )
    timetable_decision_days = fields.Integer(
        "Days to decide",
        default=3,
        help="Deadline of the activity of whoever has the next step.",
    )
    timetable_notice_minutes = fields.Integer(
        "Minutes until people are told",
        default=10,
        help="Several changes within these minutes become one message; what is undone "
        "in time is not told at all.",
    )

    _check_timetable_policy = models.Constraint(
        "CHECK (timetable_threads BETWEEN 1 AND 64"
        " AND timetable_decision_days BETWEEN 0 AND 365"
        " AND timetable_notice_minutes BETWEEN 0 AND 1440)",
        "Threads are from 1 to 64, days to decide from 0 to 365, and minutes until "
        "people are told from 0 to 1,440.",
    )

    @api.model
    def _default_timetable_tz(self):
        return self.env.company.partner_id.tz or self.env.user.tz or "Asia/Kolkata"

    def _timetable_timezone(self):
        """Name of the timezone that the grid of this university goes by."""
        self.ensure_one()
        return self.sudo().timetable_tz or "UTC"

    def _timetable_service(self):
        """How this university's service is reached: ``url, token, secret, callback``.

        Where it says nothing of its own, the database's parameters hold.
        """
        self.ensure_one()
        company = self.sudo()
        get = self.env["ir.config_parameter"].sudo().get_param
        return tuple(
            (value or get(parameter) or "").strip()
            for value, parameter in (
                (company.timetable_sidecar_url, PARAM_URL),
                (company.timetable_sidecar_token, PARAM_TOKEN),
                (company.timetable_sidecar_secret, PARAM_SECRET),
                (company.timetable_callback_url, PARAM_CALLBACK),
            )
        )

    @api.model
    def _timetable_secrets(self):
        """Every secret by which a message to this server may be signed."""
        # A database has a handful of companies.
        companies = self.sudo().search([])  # pylint: disable=no-search-all
        found = {company._timetable_service()[2] for company in companies}
        return sorted(found - {""})
