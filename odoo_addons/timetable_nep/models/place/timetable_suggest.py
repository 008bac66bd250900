from odoo import models
from odoo.exceptions import UserError

from ...const import OFFICER
from ...tools import remote
from ...tools.effects import Effects

SUGGESTIONS = 5
CHAINS = 2
"""Suggestions that move another event as well, at most."""
CHAINS_TRIED = 6


class TimetableVariant(models.Model):
    """What a place means for people, the best places, and several moves at once."""

    _inherit = "timetable.variant"

    def _effects(self, event, feasibility):
        """Figures of each place for the event's people."""
        variant, event = self.sudo(), event.sudo()
        levels = {}
        teachers = (event | event._joint_events()).teacher_ids
        found = self.env["timetable.faculty.availability"]._levels(
            teachers.ids, variant.term_id
        )
        for (_member, slot), level in found.items():
            # One who would rather not outweighs one who would like to.
            if level != "cannot" and levels.get(slot) != "avoid":
                levels[slot] = level
        current = variant._board_assignment(event)
        return Effects(
            feasibility,
            variant._students_by_class(),
            levels,
            current.timeslot_id.id or None,
            current.room_id.id or None,
        )

    # ---- Suggestions
    @remote.one
    def board_suggestions(self, event_id):
        """The best places where the event breaks no rule, with what each means.

        Where few are free, places that another event would give up for one of its
        own, too. A simple order, not the solver's: see ``tools/effects.py``.
        """
        self.check_access("read")
        event = self._board_event(event_id)
        here = self._board_assignment(event).timeslot_id.id
        feasibility = self._feasibility(event)
        verdicts = feasibility.verdicts()
        effects = self._effects(event, feasibility)
        ranked = self._best_places(verdicts, effects, {here})
        chains = []
        if len(ranked) < SUGGESTIONS and not event.sudo()._joint_events():
            chains = self._best_chains(event, feasibility, verdicts, effects)
        return {
            "event_id": event.id,
            "free": len(ranked),
            "places": [
                self._suggested(slot, room, effect)
                for effect, slot, room in ranked[:SUGGESTIONS]
            ]
            + chains,
        }

    def _best_places(self, verdicts, effects, without=()):
        """``[(effect, timeslot id, room id)]`` of the possible places, best first."""
        found = []
        for slot, verdict in verdicts.items():
            if verdict.feasible and slot not in without:
                room = verdict.rooms[0] if verdict.rooms else False
                found.append((effects.of(slot, room), slot, room))
        place = effects.grid.place
        found.sort(key=lambda row: (row[0].cost, place[row[1]]))
        return found

    def _suggested(self, slot, room, effect):
        room = self.env["timetable.room"].sudo().browse(room or [])
        return {
            "timeslot_id": slot,
            "where": self.env["timetable.timeslot"].browse(slot).display_name,
            "room_id": room.id,
            "room": room.display_name or "",
            "effect": effect.shown(),
            "other": False,
        }

    def _best_chains(self, event, feasibility, verdicts, effects):
        """Places that one other event holds, with a place to which that one can go.

        The first that are possible, by what they mean for the event itself.
        """
        tried = sorted(
            self._only_blockers(event, verdicts),
            key=lambda row: (effects.of(row[0]).cost, row[0]),
        )
        found = []
        for slot, other in tried[:CHAINS_TRIED]:
            if len(found) == CHAINS:
                break
            verdict = feasibility.without(other.id).verdict(slot)
            if not verdict.feasible:
                continue
            room = verdict.rooms[0] if verdict.rooms else False
            its = self._feasibility(other, gone=event, arrived=(event, slot, room))
            beyond = self._effects(other, its)
            places = self._best_places(its.verdicts(), beyond, {beyond.here})
            if places:
                effect = effects.of(slot, room)
                cost = effect.cost + places[0][0].cost
                found.append((cost, slot, room, effect, other, places[0]))
        found.sort(key=lambda row: row[:2])
        chains = []
        for _cost, slot, room, effect, other, (moved, there, its_room) in found:
            chain = self._suggested(slot, room, effect)
            now = self.sudo()._board_assignment(other)
            chain["other"] = {
                **self._suggested(there, its_room, moved),
                "event_id": other.id,
                "class_name": other.class_id.display_name,
                "from_timeslot_id": now.timeslot_id.id,
                "from_room_id": now.room_id.id,
            }
            chains.append(chain)
        return chains

    def _only_blockers(self, event, verdicts):
        """``[(timeslot id, event)]``: starts that one other placed event alone, not
        pinned, keeps the event from."""
        only = {}
        for slot, verdict in verdicts.items():
            sections = {row.section for row in verdict.broken}
            # To change places with another meeting of its class changes nothing.
            if len(sections) == 1 and not sections & {None, event.class_id.id}:
                only[slot] = sections.pop()
        grid = self.term_id.sudo()._feasibility_grid()
        rows = (
            self.env["timetable.assignment"]
            .sudo()
            .search(
                [
                    ("variant_id", "=", self.id),
                    ("event_id.class_id", "in", list(set(only.values()))),
                    ("event_id", "!=", event.id),
                ]
            )
        )
        covers = {
            row: set(grid.span(row.timeslot_id.id, row.event_id.duration) or ())
            for row in rows
        }
        found = []
        for slot, section in only.items():
            span = grid.span(slot, event.duration) or ()
            there = rows.filtered(
                lambda row, section=section, span=span: (
                    row.event_id.class_id.id == section
                    and not covers[row].isdisjoint(span)
                )
            )
            bound = (
                there.pinned
                or there.event_id.pin_timeslot_id
                or there.event_id._joint_events()
                if len(there) == 1
                else True
            )
            if not bound:
                found.append((slot, there.event_id))
        return found

    # ---- Several events at once
    @remote.one
    def board_swap(self, event_id, other_id):
        """Let two placed events change places, if no hard rule breaks.

        Each takes the other's room where it suits, else the best free one.

        :return: both cards as they stand now
        """
        self._require(OFFICER)
        self._check_editable()
        one, two = self._check_swap(event_id, other_id)
        return self.board_arrange(
            [
                (event_id, two.timeslot_id.id, two.room_id.id),
                (other_id, one.timeslot_id.id, one.room_id.id),
            ]
        )

    @remote.one
    def board_swap_verdict(self, event_id, other_id):
        """Whether two events may change places, and why not."""
        self.check_access("read")
        try:
            one, two = self._check_swap(event_id, other_id)
        except UserError as error:
            return {"ok": False, "reason": str(error)}
        ok, reason = self._verdict_of_places(one.event_id, two.event_id, one, two)
        return {"ok": ok, "reason": "" if ok else reason}

    def _check_swap(self, event_id, other_id):
        """Both placements; refuses what cannot change places whatever the rules."""
        event, other = self._board_event(event_id), self._board_event(other_id)
        if event == other:
            raise UserError(self.env._("Choose another event to change places with."))
        if event.sudo()._joint_events() or other.sudo()._joint_events():
            raise UserError(
                self.env._(
                    "A class that is taught together with others is moved, not swapped."
                )
            )
        one, two = self._board_assignment(event), self._board_assignment(other)
        for row, what in ((one, event), (two, other)):
            if not row:
                raise UserError(
                    self.env._(
                        "%s is not on the grid: move it there instead.",
                        what.class_id.display_name,
                    )
                )
            self._check_unpinned(row)
        if one.timeslot_id == two.timeslot_id and one.room_id == two.room_id:
            raise UserError(self.env._("Both are at the same place already."))
        return one, two

    @remote.one
    def board_arrange(self, places):
        """Put several events at new places at once, if no hard rule breaks.

        All leave before any is placed: they may not be in each other's way. Each has
        the room named where that is free then, else the best that is.

        :param places: ``[(event id, timeslot id, room id)]``; no timeslot takes the
            event off the grid
        :return: their cards as they stand now
        """
        Event = self.env["timetable.event"]
        events, weeks, off = Event, {}, Event
        for event_id, slot, _room in places:
            event = self._board_start_change(event_id)
            weeks[event] = self._weeks_of(event)[2]
            events |= event
            if slot:
                self._board_timeslot(slot)
            else:
                off |= event
        with self.env.cr.savepoint():
            for event in events:
                rows = self._board_rows(event)
                self._check_unpinned(rows)
                rows.unlink()
            for event_id, slot, room in places:
                if slot:
                    event = events.browse(event_id)
                    room = self._board_checked_room(event, slot, room, insist=False)
                    self._board_put(
                        event, slot, room, weeks[event], self._board_rows(event)
                    )
        for changed, placed in ((events - off, True), (off, False)):
            if changed:
                self._board_finish_change(changed, placed)
        return self._board_cards(events)
