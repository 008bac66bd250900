from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client whether this user has jobs to follow, so that nobody
        else's browser asks for them."""
        info = super().session_info()
        if self.env.user._is_internal():
            Run = self.env["timetable.run"]
            info["timetable_nep"] = {
                "follow": Run.has_access("read"),
                "act": Run.has_access("write"),
            }
        return info
