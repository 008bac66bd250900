from datetime import timedelta

from odoo import api, fields, models

from ...const import BUS_SUBCHANNEL, RUN_ACTIVE, RUN_TERMINAL
from ...tools import remote
from .timetable_run_sync import SILENCE

BUS_TYPE = "timetable_nep.run"
SHOWN_FOR = timedelta(days=1)
SHOWN_AT_MOST = 40


class TimetableRun(models.Model):
    """What the progress panel shows, and how it hears of changes."""

    _inherit = "timetable.run"

    @api.model
    @remote.asked
    def panel_data(self, refresh=False):
        """Runs for the panel: those under way, and those that ended in the last day.

        :param bool refresh: ask the solver first about runs that were silent, for a
            browser that hears nothing over the bus
        """
        if not self.has_access("read"):
            return []
        since = fields.Datetime.now() - SHOWN_FOR
        runs = self.search(
            [
                "|",
                ("state", "in", tuple(RUN_ACTIVE)),
                "&",
                ("state", "in", tuple(RUN_TERMINAL)),
                ("ended_at", ">=", since),
            ],
            limit=SHOWN_AT_MOST,
        )
        if refresh:
            heard = fields.Datetime.now() - SILENCE
            runs.filtered(
                lambda run: (
                    run.state in RUN_ACTIVE
                    and (not run.last_message_at or run.last_message_at < heard)
                )
            ).action_refresh()
        return runs._panel_payload()

    def _panel_payload(self):
        """One dict a run: also the body of its bus messages."""
        return [
            {
                "id": run.id,
                "name": run.name,
                "term": run.term_id.name,
                "user_id": run.user_id.id,
                "state": run.state,
                "stage": run.stage or False,
                "stage_progress": run.stage_progress,
                "overall_progress": run.overall_progress,
                "eta_seconds": (run.state == "running" and run.eta_seconds) or False,
                "placed": run.placed,
                "total": run.total,
                "hard": run.hard,
                "soft": run.soft,
                "message": run._panel_message(),
                "reason": run.reason or "",
                "attempt": run.attempt,
                "sequence": run.event_sequence,
                "version": round(run.write_date.timestamp() * 1_000_000),
                "started_at": run.started_at,
                "ended_at": run.ended_at,
                "shortfall": run.shortfall or False,
                "variant_count": run.variant_count,
                "can_cancel": run.can_cancel,
                "can_pause": run.can_pause,
                "can_resume": run.can_resume,
                "can_retry": run.can_retry,
            }
            for run in self
        ]

    def _panel_message(self):
        """What a bar and a stage do not say: that a command is on its way, or that the
        service does not answer."""
        told = (self.message_said or {}).get("code") in ("waiting", "queued")
        return "" if told or self.state in RUN_TERMINAL else self.message or ""

    def _notify_panel(self):
        """Tell the browsers of everybody who may read these runs, after the commit."""
        bus = self.env["bus.bus"]
        # A run's readers may differ from the one who caused the change (the solver's
        # webhook, a cron): the payload is the same for all of them.
        runs = self.sudo()
        for run, payload in zip(runs, runs._panel_payload(), strict=True):
            payload["says"] = run._said_to_all()
            bus._sendone((run.company_id, BUS_SUBCHANNEL), BUS_TYPE, payload)
