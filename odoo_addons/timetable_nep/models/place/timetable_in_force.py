"""Which records a timetable in force leans on, and what of them stays."""

from odoo import fields, models
from odoo.exceptions import UserError


class TimetableTerm(models.Model):
    _name = "timetable.term"
    _inherit = ["timetable.term", "timetable.in.force.mixin"]

    def _all_events(self):
        return (
            self.env["timetable.event"]
            .with_context(active_test=False)
            .search([("term_id", "in", self.ids)])
        )


class TimetableOffering(models.Model):
    _name = "timetable.offering"
    _inherit = ["timetable.offering", "timetable.in.force.mixin"]
    _fixed_when_placed = frozenset({"term_id"})

    def _all_events(self):
        return self.with_context(active_test=False).class_ids.event_ids

    def _follow_active(self, active):
        classes = self.with_context(active_test=False).class_ids
        classes.filtered(lambda one: one.active != active).write({"active": active})


class TimetableClass(models.Model):
    _name = "timetable.class"
    _inherit = ["timetable.class", "timetable.in.force.mixin"]
    _fixed_when_placed = frozenset({"offering_id"})
    _fixed_in_force = frozenset({"week_pattern_ids"})

    def _all_events(self):
        """Its own, and those of its groups, which are archived with it."""
        every = self.with_context(active_test=False)
        return (every | every._groups()).event_ids

    def write(self, vals):
        if not {"faculty_ids"} & vals.keys():
            return super().write(vals)
        with self.event_ids._teachers_checked():
            return super().write(vals)

    def _check_fixed(self, vals):
        if vals.get("active") is False and (decided := self._decided()):
            raise UserError(
                self.env._(
                    "%s has pinned events or decided students: take these away first.",
                    decided[0].display_name,
                )
            )
        return super()._check_fixed(vals)

    def _follow_active(self, active):
        """Its events go and come with it; its students choose anew, and have their
        seats again when it comes back."""
        events = self.with_context(active_test=False).event_ids
        events.filtered(lambda one: one.active != active).write({"active": active})
        groups = self.with_context(active_test=False).child_ids - self
        groups.filtered(lambda one: one.active != active).write({"active": active})
        self._further_follow(active)
        Enrolment = self.env["timetable.enrolment"].sudo()
        if not active:
            for section, rows in (
                Enrolment.search([("class_id", "in", self.ids)])
                .grouped("class_id")
                .items()
            ):
                rows.write({"class_id": False, "former_class_id": section.id})
            return
        former = Enrolment.search(
            [("former_class_id", "in", self.ids), ("class_id", "=", False)]
        )
        for section, rows in former.grouped("former_class_id").items():
            fitting = rows.filtered(
                lambda row, section=section: row.offering_id == section.offering_id
            )
            fitting.write({"class_id": section.id, "former_class_id": False})

    def _groups(self):
        """Groups of these classes, and of those."""
        groups = self.child_ids
        while below := groups.child_ids - groups:
            groups |= below
        return groups

    def _further_follow(self, active):
        rows = self.env["timetable.enrolment.class"].sudo()
        rows = rows.with_context(active_test=False).search(
            [("class_id", "in", self.ids), ("active", "=", not active)]
        )
        if active:
            # Who has another class of the component, or left the lecture, stays there.
            rows = rows.filtered(
                lambda row: all(
                    row.class_id._goes_with(other)
                    for other in row.enrolment_id.class_ids - row.class_id
                )
            )
        rows.write({"active": active})


class TimetableEnrolment(models.Model):
    _inherit = "timetable.enrolment"

    former_class_id = fields.Many2one(
        "timetable.class",
        "Class before it was archived",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )


class TimetableEvent(models.Model):
    _name = "timetable.event"
    _inherit = ["timetable.event", "timetable.in.force.mixin"]
    _fixed_when_placed = frozenset({"class_id"})
    _fixed_in_force = frozenset({"duration", "needs_room", "week_pattern_ids"})

    def _all_events(self):
        return self

    def write(self, vals):
        if not {"faculty_ids", "own_faculty"} & vals.keys():
            return super().write(vals)
        with self._teachers_checked():
            return super().write(vals)

    # ---- Who teaches
    def _teachers_checked(self):
        """Context of a change of teachers: those in force are checked and told."""
        return _Teachers(self)

    def _check_teachers(self):
        """The new teachers of an event in force are free where it is.

        :raises UserError: with the reasons
        """
        self.ensure_one()
        variant = self.term_id.published_variant_id
        slot = variant._board_assignment(self).timeslot_id
        verdict = variant._feasibility(self).verdict(slot.id)
        rows = [
            row
            for row in verdict.broken
            if row.rule.startswith("faculty_") or row.detail == "faculty"
        ]
        if rows:
            names = variant._board_names([verdict])
            raise UserError(
                self.env._(
                    "%(event)s is in the timetable in force, %(time)s. %(reasons)s",
                    event=self.display_name,
                    time=slot.display_name,
                    reasons=" ".join(variant._board_reason(r, names) for r in rows),
                )
            )

    def _tell_teachers(self, before):
        """Who taught it and who does now, and the timetable's record."""
        self.ensure_one()
        now = self.teacher_ids
        body = self.env._(
            "%(event)s is taught by %(now)s instead of %(before)s.",
            event=self.display_name,
            now=", ".join(now.mapped("name")) or self.env._("nobody"),
            before=", ".join(before.mapped("name")) or self.env._("nobody"),
        )
        variant = self.term_id.published_variant_id
        variant.message_post(body=body, subtype_xmlid="mail.mt_note")
        people = ((now | before) - (now & before)).partner_id._timetable_hearing()
        if people:
            variant.message_notify(
                partner_ids=people.ids,
                subject=self.env._("Your timetable has changed"),
                body=body,
            )


class _Teachers:
    """Compares who teaches before and after, and refuses or tells."""

    def __init__(self, events):
        self.events = events

    def __enter__(self):
        events = self.events.sudo()
        self.before = {
            event: event.teacher_ids
            for event in events._events_in_force()
            if event.active
        }

    def __exit__(self, kind, error, trace):
        if kind:
            return
        for event, before in self.before.items():
            if event.teacher_ids != before:
                event._check_teachers()
                event._tell_teachers(before)


class TimetableTimeslot(models.Model):
    _name = "timetable.timeslot"
    _inherit = ["timetable.timeslot", "timetable.in.force.mixin"]
    _fixed_in_force = frozenset(
        {"grid_id", "day", "weekday", "period", "hour_from", "hour_to"}
    )

    def _all_events(self):
        """Events that are held at these hours in a timetable in force."""
        rows = self.env["timetable.assignment"].search(
            [
                ("variant_id.state", "=", "published"),
                ("timeslot_id.grid_id", "in", self.grid_id.ids),
            ]
        )
        hours = {(slot.grid_id, slot.day, slot.period) for slot in self}
        return rows.filtered(
            lambda row: any(
                (row.timeslot_id.grid_id, row.timeslot_id.day, period) in hours
                for period in range(
                    row.timeslot_id.period,
                    row.timeslot_id.period + row.event_id.duration,
                )
            )
        ).event_id


class TimetableVariant(models.Model):
    _inherit = "timetable.variant"

    def write(self, vals):
        if "term_id" in vals and any(
            variant.term_id.id != vals["term_id"] for variant in self
        ):
            raise UserError(self.env._("A timetable stays in its term."))
        return super().write(vals)

    def _who_is_there(self, row):
        """Other events that a placement of this timetable shares its room with."""
        slot = row.timeslot_id
        others = (
            self.env["timetable.assignment"]
            .sudo()
            .search(
                [
                    ("variant_id", "=", self.id),
                    ("id", "!=", row.id),
                    ("event_id.active", "=", True),
                    ("room_id", "!=", False),
                    ("room_id", "=", row.room_id.id),
                    ("timeslot_id.day", "=", slot.day),
                ]
            )
        )
        return others.event_id.filtered(
            lambda event: any(
                other.timeslot_id.period < slot.period + row.event_id.duration
                and slot.period < other.timeslot_id.period + event.duration
                for other in others
                if other.event_id == event
            )
        )

    def _recount_placed(self):
        """Keep the counts true that approval looks at: active events only."""
        Assignment = self.env["timetable.assignment"].sudo()
        counts = dict(
            Assignment._read_group(
                [("variant_id", "in", self.ids), ("event_id.active", "=", True)],
                ["variant_id"],
                ["__count"],
            )
        )
        self.term_id.invalidate_recordset(["event_count"])
        for variant in self.sudo():
            vals = {
                "placed": counts.get(variant, 0),
                "total": variant.term_id.event_count,
            }
            variant._guarded().with_context(tracking_disable=True).write(vals)
