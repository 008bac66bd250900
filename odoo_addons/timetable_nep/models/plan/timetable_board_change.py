from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...const import BUS_SUBCHANNEL, OFFICER
from ...tools import remote

BOARD_BUS_TYPE = "timetable_nep.board"


class TimetableVariant(models.Model):
    """Changes by hand on the board: each checked against every hard rule."""

    _inherit = "timetable.variant"

    @remote.many
    def board_move(self, event_id, timeslot_id, room_id=False):
        """Place an event, or take it off the grid, if no hard rule breaks.

        :param timeslot_id: where it starts; ``False`` takes it off the grid
        :param room_id: the room; ``False`` chooses the best free one
        :return: its card as it stands now
        """
        event = self._board_start_change(event_id)
        # Nobody writes placements but these methods, which check every hard rule.
        rows = self._board_rows(event)
        self._check_unpinned(rows)
        if timeslot_id:
            self._board_timeslot(timeslot_id)
            room_id = self._board_checked_room(event, timeslot_id, room_id)
            weeks = self._weeks_of(event)[2]
            self._board_put(event, timeslot_id, room_id, weeks, rows)
        else:
            rows.unlink()
        self._board_finish_change(event, bool(timeslot_id))
        return self._board_cards(event)[0]

    def _board_rows(self, event):
        """Its placement, and those of the events that are held as one with it."""
        events = event.sudo() | event.sudo()._joint_events()
        return (
            self.env["timetable.assignment"]
            .sudo()
            .search([("variant_id", "=", self.id), ("event_id", "in", events.ids)])
        )

    def _board_put(self, event, timeslot_id, room_id, weeks, rows):
        """Write a place that was checked, of all events held as one with this one.

        :param rows: the placements that they have now, if any
        """
        rows = {row.event_id: row for row in rows}
        vals = {
            "timeslot_id": timeslot_id,
            "room_id": room_id,
            "week_pattern_id": weeks.id,
        }
        for one in event.sudo() | event.sudo()._joint_events():
            if one in rows:
                rows[one].write(vals)
            else:
                self.env["timetable.assignment"].sudo().create(
                    {"variant_id": self.id, "event_id": one.id, **vals}
                )

    def _check_unpinned(self, rows):
        pinned = rows.filtered("pinned")[:1]
        if pinned:
            raise UserError(
                self.env._(
                    "%s is pinned. Unpin it before moving it.",
                    pinned.event_id.class_id.display_name,
                )
            )

    def _board_checked_room(self, event, timeslot_id, room_id, insist=True):
        """The room to use; refuses with the sentence of each rule that would break.

        :param insist: refuse where the room named is not free; else the best free one
        """
        verdict = self._feasibility(event).verdict(timeslot_id)
        if not verdict.feasible:
            names = self._board_names([verdict])
            raise UserError(
                self.env._(
                    "%(class)s cannot be placed there. %(reasons)s",
                    **{
                        "class": event.class_id.display_name,
                        "reasons": self._board_sentence(verdict, names),
                    },
                )
            )
        if not event.needs_room:
            return False
        if room_id not in verdict.rooms and not insist:
            room_id = False
        if room_id and room_id not in verdict.rooms:
            room = self.env["timetable.room"].sudo().browse(room_id).exists()
            raise UserError(
                self.env._(
                    "%(room)s cannot be used for %(class)s then: it is taken, closed "
                    "or not suitable.",
                    **{
                        "room": room.display_name or self.env._("That room"),
                        "class": event.class_id.display_name,
                    },
                )
            )
        return room_id or verdict.rooms[0]

    @remote.one
    def board_pin(self, event_ids, pinned=True):
        """Pin placed events, so that neither people nor a repair run move them."""
        for event_id in event_ids:
            event = self._board_start_change(event_id)
            assignment = self._board_assignment(event)
            if not assignment:
                raise UserError(self.env._("Place the event before pinning it."))
            assignment.sudo().pinned = pinned
        self._ask_rescore()
        self._board_tell()
        return self._board_cards(self.env["timetable.event"].browse(event_ids))

    @remote.many
    def board_unpin(self, event_ids):
        return self.board_pin(event_ids, pinned=False)

    def _board_assignment(self, event):
        return self.env["timetable.assignment"].search(
            [("variant_id", "=", self.id), ("event_id", "=", event.id)]
        )

    def _board_start_change(self, event_id):
        """Refuse who may not, and let two changes at once follow each other."""
        self.ensure_one()
        self._require(OFFICER)
        self._check_editable()
        event = self._board_event(event_id)
        # The rules are checked against what this transaction sees. The row written
        # here makes a second one that began before our commit start again.
        self.env.cr.execute(
            """
            UPDATE timetable_variant
               SET board_revision = coalesce(board_revision, 0) + 1
             WHERE id = %s
            """,
            [self.id],
            # The loser of a race is run again, which is no error for the log.
            log_exceptions=False,
        )
        self.invalidate_recordset(["board_revision"])
        return event

    def _board_tell(self):
        """Boards that show this timetable elsewhere read it again."""
        self.env["bus.bus"]._sendone(
            (self.company_id, BUS_SUBCHANNEL),
            BOARD_BUS_TYPE,
            {
                "variant_id": self.id,
                "revision": self.board_revision,
                "scored_revision": self.scored_revision,
            },
        )

    def _board_finish_change(self, events, placed):
        """Keep the counts true that approval looks at."""
        self.invalidate_recordset(["assignment_count"])
        self._recount_placed()
        command = Command.unlink if placed else Command.link
        self.sudo()._guarded().with_context(tracking_disable=True).write(
            {"unplaced_event_ids": [command(event.id) for event in events]}
        )
        self._ask_rescore()
        self._board_tell()
