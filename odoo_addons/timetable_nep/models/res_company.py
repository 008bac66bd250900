from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get


class ResCompany(models.Model):
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

    @api.model
    def _default_timetable_tz(self):
        return self.env.company.partner_id.tz or self.env.user.tz or "Asia/Kolkata"

    def _timetable_timezone(self):
        """Name of the timezone that the grid of this university goes by."""
        self.ensure_one()
        return self.sudo().timetable_tz or "UTC"
