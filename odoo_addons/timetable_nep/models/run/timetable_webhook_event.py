from datetime import timedelta

from odoo import api, fields, models


class TimetableWebhookEvent(models.Model):
    """Messages received, so that a repeat is told from a new one."""

    _name = "timetable.webhook.event"
    _description = "Message received from the solver"
    _log_access = False
    _rec_name = "event_id"

    event_id = fields.Char(required=True)
    run_id = fields.Many2one("timetable.run", index=True, ondelete="cascade")
    received_at = fields.Datetime(required=True, default=fields.Datetime.now)

    _unique_event = models.UniqueIndex("(event_id)", "This message is here already.")

    @api.autovacuum
    def _gc_events(self):
        """Forget messages too old to be replayed."""
        limit = fields.Datetime.now() - timedelta(days=7)
        self.search([("received_at", "<", limit)], limit=10_000).unlink()
