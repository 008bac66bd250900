from odoo import models
from odoo.exceptions import UserError

from ...tools import remote

SUGGESTIONS = 5
COST_AVOID = 20
COST_LAST_PERIOD = 4
COST_OTHER_ROOM = 2
COST_EMPTY_SEATS = 3
GAIN_PREFERRED = 6
GAIN_NEXT_TO_BATCH = 5
GAIN_SAME_TIME_OF_DAY = 1


class TimetableVariant(models.Model):
    """Ways out: the best free places of an event, and changing places with another."""

    _inherit = "timetable.variant"

    @remote.one
    def board_suggestions(self, event_id):
        """The best places where the event breaks no rule, each with why.

        A simple order, not the solver's: wishes of the faculty, no gap for the batch,
        not the last period, the room that it had.
        """
        self.check_access("read")
        event = self._board_event(event_id)
        current = self._board_assignment(event)
        free = {
            slot: verdict.rooms[0] if verdict.rooms else False
            for slot, verdict in self._feasibility(event).verdicts().items()
            if verdict.feasible and slot != current.timeslot_id.id
        }
        slots = self.env["timetable.timeslot"].browse(free)
        rooms = self.env["timetable.room"].sudo().browse(set(free.values()) - {False})
        rooms = {room.id: room for room in rooms}
        facts = self._suggest_facts(event)
        ranked = []
        for slot in slots:
            room = rooms.get(free[slot.id])
            cost, reasons = self._suggest_cost(slot, room, event, current, facts)
            ranked.append((cost, slot.day, slot.period, slot, room, reasons))
        ranked.sort(key=lambda row: row[:3])
        return {
            "event_id": event.id,
            "free": len(ranked),
            "places": [
                {
                    "timeslot_id": slot.id,
                    "where": slot.display_name,
                    "room_id": room.id if room else False,
                    "room": room.display_name if room else "",
                    "reasons": reasons,
                }
                for _cost, _day, _period, slot, room, reasons in ranked[:SUGGESTIONS]
            ],
        }

    def _suggest_facts(self, event):
        """Wishes of the teachers, and when the batches have class."""
        variant, event = self.sudo(), event.sudo()
        levels = {}
        found = self.env["timetable.faculty.availability"]._levels(
            event.teacher_ids.ids, variant.term_id
        )
        for (_member, slot), level in found.items():
            # One who would rather not outweighs one who would like to.
            if level != "cannot" and levels.get(slot) != "avoid":
                levels[slot] = level
        mates = set(variant._batch_mates(event.class_id)) | {event.class_id.id}
        grid = variant._feasibility_grid()
        busy = set()
        for item in variant._feasibility_placed():
            if item.section in mates and item.event != event.id:
                day, first, last = grid.interval(item.start, item.duration)
                busy.update((day, period) for period in range(first, last + 1))
        last = {}
        for day, period in grid.place.values():
            last[day] = max(period, last.get(day, period))
        return {"levels": levels, "busy": busy, "last": last}

    def _suggest_cost(self, slot, room, event, current, facts):
        cost, reasons = 0.0, []
        level = facts["levels"].get(slot.id)
        if level == "prefer":
            cost -= GAIN_PREFERRED
            reasons.append(self.env._("the faculty's wish"))
        elif level == "avoid":
            cost += COST_AVOID
            reasons.append(self.env._("against the faculty's wish"))
        end = slot.period + event.duration
        if {(slot.day, slot.period - 1), (slot.day, end)} & facts["busy"]:
            cost -= GAIN_NEXT_TO_BATCH
            reasons.append(self.env._("no gap for the students"))
        if end > facts["last"][slot.day]:
            cost += COST_LAST_PERIOD
            reasons.append(self.env._("last period"))
        if current.room_id and room:
            if current.room_id.id == room.id:
                reasons.append(self.env._("same room"))
            else:
                cost += COST_OTHER_ROOM
        if room and room.capacity:
            empty = max(0, room.capacity - event.class_id.limit) / room.capacity
            cost += COST_EMPTY_SEATS * empty
        if current.timeslot_id.period == slot.period:
            cost -= GAIN_SAME_TIME_OF_DAY
            reasons.append(self.env._("same time of day"))
        return cost, reasons

    @remote.many
    def board_swap(self, event_id, other_id):
        """Let two placed events change places, if no hard rule breaks.

        :return: both cards as they stand now
        """
        event = self._board_start_change(event_id)
        other = self._board_event(other_id)
        if event == other:
            raise UserError(self.env._("Choose another event to change places with."))
        one, two = self._board_assignment(event), self._board_assignment(other)
        for row, what in ((one, event), (two, other)):
            if not row:
                raise UserError(
                    self.env._(
                        "%s is not on the grid: move it there instead.",
                        what.class_id.display_name,
                    )
                )
            if row.pinned:
                raise UserError(
                    self.env._(
                        "%s is pinned. Unpin it before moving it.",
                        what.class_id.display_name,
                    )
                )
        if one.timeslot_id == two.timeslot_id and one.room_id == two.room_id:
            raise UserError(self.env._("Both are at the same place already."))
        # Both leave before either is asked for: they may not be in each other's way.
        place_one = (one.timeslot_id.id, one.room_id.id)
        place_two = (two.timeslot_id.id, two.room_id.id)
        pairs = ((event, place_two), (other, place_one))
        with self.env.cr.savepoint():
            (one | two).sudo().unlink()
            for what, (slot, room) in pairs:
                room = self._swap_room(what, slot, room)
                self.env["timetable.assignment"].sudo().create(
                    {
                        "variant_id": self.id,
                        "event_id": what.id,
                        "timeslot_id": slot,
                        "room_id": room,
                    }
                )
        self._board_finish_change(event, placed=True)
        return self._board_cards(event | other)

    def _swap_room(self, event, slot, room):
        """The other's room where it suits, else the best free one."""
        verdict = self._feasibility(event).verdict(slot)
        suits = event.needs_room and room in verdict.rooms
        return self._board_checked_room(event, slot, room if suits else False)
