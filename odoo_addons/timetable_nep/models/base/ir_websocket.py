from odoo import models

from ...const import BUS_SUBCHANNEL, PANEL_GROUPS


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Planners hear of the runs of their companies.

        The channel is made here from records, never from what the client sends, so
        that nobody can subscribe to another company's runs.
        """
        channels = super()._build_bus_channel_list(channels)
        user = self.env.user
        if any(user.has_group(group) for group in PANEL_GROUPS):
            channels.extend((company, BUS_SUBCHANNEL) for company in user.company_ids)
        return channels
