from odoo import models
from odoo.exceptions import UserError

from ...tools import remote

TAKE_AWAY = "timetable_nep_take_away"
"""Context: the person has read what archiving takes out of a timetable in force. It is
a confirmation and no right: whoever may archive may also confirm."""


class TimetableInForceMixin(models.AbstractModel):
    """What gives placements their meaning does not change behind a timetable's back.

    The checks are in ``write``, so that an import or a remote call meets them too.
    """

    _name = "timetable.in.force.mixin"
    _description = "Kept while a timetable is in force"

    _fixed_in_force = frozenset()
    """Fields that stay while an event of theirs is in a timetable in force."""
    _fixed_when_placed = frozenset()
    """Fields that stay while any timetable has a place for an event of theirs."""

    def _all_events(self):
        """Weekly events of these records, archived ones too."""
        raise NotImplementedError

    def _placed_events(self, states=None):
        """Those of their events that timetables of these states (all) have a place
        for."""
        domain = [("event_id", "in", self.sudo()._all_events().ids)]
        if states:
            domain.append(("variant_id.state", "in", states))
        rows = self.env["timetable.assignment"].sudo()._read_group(domain, ["event_id"])
        return self.env["timetable.event"].sudo().union(*(event for (event,) in rows))

    def _events_in_force(self):
        return self._placed_events(["published"])

    def _changed_by(self, vals, names):
        """Those of these records that would get another value in one of the fields,
        and the fields."""
        names = [name for name in vals if name in names]
        changed, fields_changed = self.browse(), set()
        for record in self:
            for name in names:
                field = self._fields[name]
                new = field.convert_to_cache(vals[name], record, validate=False)
                old = field.convert_to_cache(record[name], record, validate=False)
                if (new or False) != (old or False):
                    changed |= record
                    fields_changed.add(name)
        return changed, fields_changed

    def write(self, vals):
        self._check_fixed(vals)
        if "active" not in vals or self._name == "timetable.term":
            return super().write(vals)
        return self._write_active(vals)

    def _check_fixed(self, vals):
        changed, names = self._changed_by(vals, self._fixed_when_placed)
        if changed and (events := changed._placed_events()):
            raise UserError(
                self.env._(
                    "%(event)s has a place in a timetable: %(fields)s of %(record)s "
                    "cannot change. Make a new one instead.",
                    event=events[0].display_name,
                    fields=self._labels(names),
                    record=changed[0].display_name,
                )
            )
        changed, names = self._changed_by(vals, self._fixed_in_force)
        if changed and (events := changed._events_in_force()):
            raise UserError(
                self.env._(
                    "%(event)s is in the timetable in force: %(fields)s of %(record)s "
                    "cannot change now. Add another one for the next timetable, and "
                    "archive this one when that comes into force.",
                    event=events[0].display_name,
                    fields=self._labels(names),
                    record=changed[0].display_name,
                )
            )
        if vals.get("active") is False and not self.env.context.get(TAKE_AWAY):
            leaving = self.filtered("active")
            if leaving._events_in_force():
                raise UserError(leaving._what_is_lost())

    def _labels(self, names):
        return ", ".join(sorted(self._fields[name].string for name in names))

    # ---- Archiving
    def _what_is_lost(self):
        """What archiving takes out of the timetable in force, in words."""
        events = self._events_in_force()
        text = self.env._(
            "%(record)s is in the timetable in force: %(count)s weekly meetings would "
            "not take place any more.",
            record=", ".join(self.mapped("display_name")[:3]),
            count=len(events),
        )
        seats = self.env["timetable.seat"].sudo()
        count = seats.search_count([("class_id", "in", events.class_id.ids)])
        if count and self._name != "timetable.event":
            text += " " + self.env._(
                "%s students lose their class; they get it back when you unarchive it.",
                count,
            )
        return text

    @remote.many
    def action_archive(self):
        """Archive, after a question where a timetable in force loses by it."""
        if "active" not in self._fields:
            raise UserError(self.env._("%s: this is not archived.", self._description))
        if not self.env.context.get(TAKE_AWAY) and self._events_in_force():
            self.check_access("write")
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "timetable_nep.timetable_archive_wizard_action"
            )
            action["context"] = {
                "default_res_model": self._name,
                "default_res_ids": self.ids,
            }
            return action
        return super().action_archive()

    def _write_active(self, vals):
        """Archived or back: what hangs on them follows, timetables count anew."""
        changed = self.filtered(lambda one: one.active != bool(vals["active"]))
        done = super().write(vals)  # pylint: disable=super-method-mismatch
        if changed:
            changed._follow_active(bool(vals["active"]))
            if vals["active"]:
                changed._check_places()
            changed._recount_placed()
        return done

    def _follow_active(self, active):
        """What hangs on these records is archived with them, or comes back."""

    def _check_places(self):
        """What comes back into a timetable in force must have its place still.

        Its room and its teachers, that is: other rules it may have broken before.

        :raises UserError: where one of them is taken meanwhile
        """
        for event in self._events_in_force().filtered("active"):
            variant = event.term_id.published_variant_id
            row = variant._board_assignment(event)
            verdict = variant._feasibility(event).verdict(row.timeslot_id.id)
            names = variant._board_names([verdict])
            reasons = [
                variant._board_reason(broken, names)
                for broken in verdict.broken
                if broken.rule == "faculty_conflict"
            ]
            taken = variant._who_is_there(row)
            if taken:
                reasons.append(
                    self.env._(
                        "%(other)s is in %(room)s then.",
                        other=taken[0].class_id.display_name,
                        room=row.room_id.display_name,
                    )
                )
            if reasons:
                raise UserError(
                    self.env._(
                        "%(event)s cannot go back to its place in the timetable in "
                        "force, %(time)s: %(reasons)s Move what is there first.",
                        event=event.display_name,
                        time=row.timeslot_id.display_name,
                        reasons=" ".join(reasons),
                    )
                )

    def _recount_placed(self):
        terms = self.sudo()._all_events().term_id
        variants = self.env["timetable.variant"].sudo()
        variants.search(
            [("term_id", "in", terms.ids), ("state", "!=", "archived")]
        )._recount_placed()
