from odoo import models


class ResConfigSettings(models.TransientModel):  # pylint: disable=no-wizard-in-models
    """The same settings among those of all of Odoo, for its administrators."""

    _name = "res.config.settings"
    _inherit = ["res.config.settings", "timetable.settings.mixin"]
