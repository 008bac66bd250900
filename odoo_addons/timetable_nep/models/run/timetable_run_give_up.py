from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from ...const import RUN_ACTIVE
from ...labels import said
from ...tools import remote

SILENT_FOR = timedelta(minutes=2)


class TimetableRun(models.Model):
    """The way on when the service does not answer: end the run on this side."""

    _inherit = "timetable.run"

    can_give_up = fields.Boolean(compute="_compute_can_give_up")

    def _compute_can_give_up(self):
        limit = fields.Datetime.now() - SILENT_FOR
        for run in self:
            heard = run.last_message_at or run.write_date or limit
            run.can_give_up = run.state in RUN_ACTIVE and (
                bool(run.send_attempts > 1 and run.next_attempt_at) or heard < limit
            )

    @remote.many
    def action_give_up(self):
        """End runs of which nothing is heard. The service is told when it is back."""
        for run in self:
            run.check_access("write")
            if not run.can_give_up:
                raise UserError(
                    self.env._(
                        "The service was heard of just now: press Cancel instead."
                    )
                )
            run._fail(said("given_up", person=self.env.user.name))
            if run.remote_id:
                vals = {"pending_command": "cancel", "next_attempt_at": False}
                run._guarded().write(vals | {"send_attempts": 0})
        self._trigger_sync()
        return True
