from odoo import models
from odoo.exceptions import UserError

from ...const import OFFICER
from ...tools import remote

KEPT = (
    *("key", "profile", "score_hard", "score_soft", "placed", "total", "breakdown"),
    *("metrics", "violations"),
)


class TimetableVariant(models.Model):
    """Changing what is in force by hand: in a copy, published from a week on."""

    _inherit = "timetable.variant"

    @remote.one
    def action_edit_copy(self):
        """A draft that stands as this timetable stands now, on the board.

        It is changed there like any draft, without a solver run, and takes the way of
        any timetable: submit, agree, publish from a week on. What is in force stays
        until then.
        """
        self._require(OFFICER)
        if self.state != "published":
            raise UserError(
                self.env._(
                    "%s is not in force. Open the board to change a draft.",
                    self.display_name,
                )
            )
        variant = self.sudo().with_context(bin_size=False)
        copy = (
            self.env["timetable.variant"]
            .sudo()
            ._guarded()
            .create(
                {
                    "name": self.env._("%s, changed by hand", variant.name),
                    "term_id": variant.term_id.id,
                    "sectioning": variant.sectioning,
                    "unplaced_event_ids": [(6, 0, variant.unplaced_event_ids.ids)],
                    **{name: variant[name] for name in KEPT},
                }
            )
        )
        self.env["timetable.assignment"]._with_pass(copy).create(
            [
                {
                    "variant_id": copy.id,
                    "event_id": row.event_id.id,
                    "timeslot_id": row.timeslot_id.id,
                    "room_id": row.room_id.id,
                    "week_pattern_id": row.week_pattern_id.id,
                    "pinned": row.pinned,
                }
                for row in variant.assignment_ids
            ]
        )
        copy.message_post(
            body=self.env._("Begun as a copy of %s, which is in force.", variant.name),
            subtype_xmlid="mail.mt_note",
        )
        return copy.with_env(self.env).action_open_board()
