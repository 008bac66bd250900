from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

SWAP_PARTNERS = 200


class TimetableVariant(models.Model):
    """Whether a change that somebody asks for is possible: the board's own rules."""

    _inherit = "timetable.variant"

    def _change_verdict(self, event, kind, timeslot=None, room=None, other=None):
        """Judge a change without making it.

        Reads with all rights: the rules hold for what others have, too.

        :param kind: ``move``, ``room`` or ``swap``
        :return: ``(possible, sentence)``
        """
        variant = self.sudo()
        event = event.sudo()
        if variant._board_assignment(event).pinned:
            return False, self.env._(
                "%s is pinned: it stays where it is.", event.class_id.display_name
            )
        if kind == "move":
            return variant._verdict_of_move(event, timeslot)
        if kind == "room":
            return variant._verdict_of_room(event, room)
        return variant._verdict_of_swap(event, other.sudo())

    def _verdict_of_move(self, event, timeslot):
        verdict = self._feasibility(event).verdict(timeslot.id)
        if not verdict.feasible:
            names = self._board_names([verdict])
            return False, self._board_sentence(verdict, names)
        if not verdict.rooms:
            return True, self.env._("Possible.")
        room = self.env["timetable.room"].browse(verdict.rooms[0])
        return True, self.env._("Possible, in %s.", room.display_name)

    def _verdict_of_room(self, event, room):
        start = self._board_assignment(event).timeslot_id
        if not start:
            return False, self.env._("This class has no time yet.")
        verdict = self._feasibility(event).verdict(start.id)
        if room.id in verdict.rooms:
            return True, self.env._("Possible.")
        return False, self.env._(
            "%s is taken, closed or not suitable at that time.", room.display_name
        )

    def _verdict_of_swap(self, event, other):
        """Both are judged with the other one gone from its place."""
        if event._joint_events() or other._joint_events():
            return False, self.env._(
                "A class that is taught together with others is moved, not swapped."
            )
        one, two = self._board_assignment(event), self._board_assignment(other)
        if not one or not two:
            return False, self.env._("One of the two has no time yet.")
        if two.pinned:
            return False, self.env._(
                "%s is pinned: it stays where it is.", other.class_id.display_name
            )
        if one.timeslot_id == two.timeslot_id:
            return False, self.env._("Both are at the same time already.")
        return self._verdict_of_places(event, other, one, two)

    def _verdict_of_places(self, event, other, one, two):
        """Whether two events may have each other's place (``one`` is of the first)."""
        # Each is judged with both off the grid, then with the first at its new place.
        verdict = self._feasibility(event, gone=other).verdict(two.timeslot_id.id)
        room = self._swap_choice(event, verdict, two.room_id.id)
        verdicts = [
            (event, verdict),
            (
                other,
                self._feasibility(
                    other, gone=event, arrived=(event, two.timeslot_id.id, room)
                ).verdict(one.timeslot_id.id),
            ),
        ]
        broken = [(what, row) for what, row in verdicts if not row.feasible]
        if not broken:
            return True, self.env._("Possible.")
        names = self._board_names([row for _what, row in broken])
        return False, " ".join(
            f"{what.class_id.display_name}: {self._board_sentence(row, names)}"
            for what, row in broken
        )

    def _swap_choice(self, event, verdict, room):
        """The room that the event would get at the other's time."""
        if room in verdict.rooms and event.needs_room:
            return room
        return verdict.rooms[0] if verdict.rooms else None

    def _apply_change(
        self, event, kind, timeslot=None, room=None, other=None, day=None
    ):
        """Make a change in a timetable in force, by the board's own guarded moves.

        Who may, and every hard rule, is checked there again.

        :param day: the first day it holds; ``None`` is every week of the term
        """
        self.ensure_one()
        if self.state != "published":
            raise UserError(
                self.env._("Only a timetable in force can be changed in this way.")
            )
        variant = self._guarded()
        if kind == "swap":
            return variant._change_from(
                day, event | other, lambda: variant.board_swap(event.id, other.id)
            )
        if kind == "room":
            timeslot = self._board_assignment(event).timeslot_id
        place = (event.id, timeslot.id, room.id if room else False)
        return variant._change_from(
            day,
            event | event.sudo()._joint_events(),
            lambda: variant.board_move(*place),
        )

    def _swap_partners(self, event):
        """Placed events of the same length that it could change places with: of the
        same batch, of the same teachers or of the same department."""
        self.ensure_one()
        event = event.sudo()
        section = event.class_id
        teachers = event.teacher_ids.ids
        near = (
            Domain("class_id.batch_ids", "in", section.batch_ids.ids)
            | Domain("class_id.faculty_ids", "in", teachers)
            | Domain("faculty_ids", "in", teachers)
            | Domain("class_id", "=", section.id)
        )
        if section.department_id:
            near |= Domain("department_id", "=", section.department_id.id)
        events = (
            self.env["timetable.event"]
            .sudo()
            ._search(
                Domain("term_id", "=", self.term_id.id)
                & Domain("duration", "=", event.duration)
                & Domain("id", "!=", event.id)
                & near
            )
        )
        return (
            self.env["timetable.assignment"]
            .sudo()
            .search(
                [
                    ("variant_id", "=", self.id),
                    ("event_id", "in", events),
                    ("pinned", "=", False),
                ],
                limit=SWAP_PARTNERS,
            )
        )
