from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...const import BOARD_VIEWS, CATEGORIES, OFFICER
from ...tools import remote

RESOURCES_SHOWN = 60
VARIANTS_SHOWN = 60
UNPLACED_SHOWN = 100
ROOMS_SHOWN = 80


class TimetableVariant(models.Model):
    """The board: one timetable as a week, changed by hand under the hard rules."""

    _inherit = "timetable.variant"

    board_revision = fields.Integer(
        "Changes by hand",
        readonly=True,
        copy=False,
        help="Placements changed on the board since the solver made this timetable. "
        "Two people changing it at once are told apart by it.",
    )

    @remote.one
    def action_open_board(self):
        """Look at this timetable as a week."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "timetable_nep.timetable_board_action"
        )
        action["params"] = {"variant_id": self.id}
        return action

    # ---- What the board shows
    @api.model
    @remote.asked
    def board_options(self, variant_id=False):
        """What the board needs once: the timetables to choose from, and the grid."""
        variants = self.search(
            [("state", "!=", "archived")], limit=VARIANTS_SHOWN, order="id desc"
        )
        variant = (
            self.browse(variant_id).exists()
            if variant_id
            else self._board_in_force() or variants[:1]
        )
        if not variant:
            return {"variants": [], "variant": False}
        variant.check_access("read")
        return {
            "variants": [
                {
                    "id": row.id,
                    "name": row.display_name,
                    "term": row.term_id.name,
                    "state": row.state,
                }
                for row in variants | variant
            ],
            "variant": variant._board_summary(variant._week_shown()),
            **variant._board_grid(),
            "categories": [
                {"key": key, "label": label} for key, label in self._board_categories()
            ],
        }

    @api.model
    def _board_in_force(self):
        """What holds in the term that the reader works on: the board opens with it."""
        terms = self.env["timetable.term"]._chosen()
        return self.search(
            [("state", "=", "published"), ("term_id", "in", terms.ids)], limit=1
        )

    def _board_categories(self):
        Offering = self.env["timetable.offering"]
        labels = dict(Offering._fields["category"]._description_selection(self.env))
        return [(key, labels[key]) for key, _label in CATEGORIES]

    def _board_summary(self, week=None):
        """Heading of the board.

        :param week: first day of the week shown, where weeks differ
        """
        self.ensure_one()
        states = dict(self._fields["state"]._description_selection(self.env))
        placed = self.assignment_count
        can_edit = self.state == "draft" and self.env.user.has_group(OFFICER)
        return {
            "id": self.id,
            "name": self.display_name,
            "term": self.term_id.name,
            "state": self.state,
            "state_label": states[self.state],
            "can_edit": can_edit,
            # What is in force is changed in a copy, and published from a week on.
            "can_copy": self.state == "published" and self.env.user.has_group(OFFICER),
            "read_only_reason": "" if can_edit else self._board_read_only_reason(),
            "placed": placed,
            "total": self.term_id.event_count,
            "hard": self.score_hard,
            "soft": self.score_soft,
            "revision": self.board_revision,
            "scored_revision": self.scored_revision,
            "stale": self.is_stale,
            "stale_reason": self.rescore_message or "",
            "week": str(week or ""),
        }

    def _board_read_only_reason(self):
        if self.state != "draft":
            states = dict(self._fields["state"]._description_selection(self.env))
            return self.env._(
                "This timetable is %s: only a draft can be changed.",
                states[self.state].lower(),
            )
        return self.env._("Only a timetable officer changes placements.")

    def _board_grid(self):
        slots = self.term_id.grid_id.timeslot_ids.sorted(
            lambda slot: (slot.day, slot.period)
        )
        days, periods = slots._days_and_periods()
        return {
            "days": days,
            "periods": periods,
            "timeslots": [
                {"id": slot.id, "day": slot.day, "period": slot.period}
                for slot in slots
            ],
        }

    @remote.one
    def board_resources(self, view_by, query=""):
        """Things of one kind to look at, by name: the board's search box."""
        self.check_access("read")
        domain = self._board_resource_domain(view_by)
        if query:
            domain &= Domain("display_name", "ilike", query)
        found = self.env[BOARD_VIEWS[view_by]].search(domain, limit=RESOURCES_SHOWN)
        return [{"id": row.id, "name": row.display_name} for row in found]

    def _board_resource_domain(self, view_by):
        term = self.term_id.id
        if view_by not in BOARD_VIEWS:
            raise UserError(self.env._("There is no such view of the board."))
        if view_by == "room":
            rooms = self.term_id.room_ids
            if rooms:
                return Domain("id", "in", rooms.ids)
            return Domain("company_id", "=", self.company_id.id)
        if view_by == "faculty":
            by_event = self.env["timetable.event"]._search(
                [("term_id", "=", term), ("own_faculty", "=", True)]
            )
            teaching = self.env["timetable.event"].browse(by_event).faculty_ids.ids
            return Domain("class_ids.term_id", "=", term) | Domain("id", "in", teaching)
        if view_by == "department":
            # Of classes, which coordinators read of other departments too.
            classes = self.env["timetable.class"]._read_group(
                [("term_id", "=", term)], ["department_id"]
            )
            return Domain("id", "in", [row.id for (row,) in classes if row])
        if view_by == "student":
            return Domain("enrolment_ids.term_id", "=", term)
        return Domain("term_id", "=", term)

    @remote.one
    def board_data(self, view_by, resource_id=False, week=False):
        """Cards of one resource's week, and what is not placed yet.

        :param week: any day of the week to show, where weeks differ; else this week
        """
        self.check_access("read")
        week = self._week_shown(fields.Date.to_date(week or None))
        domain = self._board_resource_domain(view_by)
        Resource = self.env[BOARD_VIEWS[view_by]]
        resource = Resource.browse(resource_id).exists() if resource_id else Resource
        if not resource:
            resource = Resource.search(domain, limit=1)
        if resource:
            resource.check_access("read")
        events = self._board_events(view_by, resource, week)
        unplaced, count = self._board_unplaced()
        cards = [
            card for card in self._board_cards(events, week) if card["timeslot_id"]
        ]
        marks = self._board_marks([card["id"] for card in cards])
        for card in cards:
            card["broken"] = marks.get(card["id"], [])
        waiting = [
            card
            for card in self._board_cards(unplaced, week)
            if not card["timeslot_id"]
        ]
        return {
            "view_by": view_by,
            "resource": {"id": resource.id, "name": resource.display_name}
            if resource
            else False,
            "hours": self._board_hours(view_by, resource),
            "events": cards,
            "unplaced": waiting,
            "week_patterns": self._board_weeks() if not week else [],
            "unplaced_count": count - len(unplaced) + len(waiting),
            "variant": self._board_summary(week),
        }

    def _board_hours(self, view_by, resource):
        """Timeslot → ``closed``, ``avoid`` or ``prefer``, as the owner has it."""
        if view_by == "faculty":
            Hours = self.env["timetable.faculty.availability"]
            levels = Hours._levels(resource.ids, self.term_id)
            return {
                slot: "closed" if level == "cannot" else level
                for (_person, slot), level in levels.items()
            }
        if view_by in ("room", "class"):
            closed = resource.sudo().unavailable_timeslot_ids
            return dict.fromkeys(closed.ids, "closed")
        return {}

    def _board_weeks(self):
        """Week patterns in use here, with their weeks: the board's switch."""
        rows = self.env["timetable.assignment"]._read_group(
            [("variant_id", "=", self.id), ("week_pattern_id", "!=", False)],
            ["week_pattern_id"],
        )
        term = self.sudo().term_id
        return [
            {"id": one.id, "name": one.name, "weeks": one._weeks_in(term)}
            for (one,) in rows
        ]

    def _board_events(self, view_by, resource, week=None):
        Event = self.env["timetable.event"]
        if not resource:
            return Event
        term = Domain("term_id", "=", self.term_id.id)
        if view_by == "room":
            placed = self._places(week, Domain("room_id", "=", resource.id))
            return Event.browse(row.event_id.id for row in placed)
        if view_by == "faculty":
            own = Domain("own_faculty", "=", True)
            domain = (own & Domain("faculty_ids", "in", resource.ids)) | (
                ~own & Domain("class_id.faculty_ids", "in", resource.ids)
            )
        elif view_by == "student":
            classes = [
                section
                for section, students in self.sudo()._students_by_class().items()
                if resource.id in students
            ]
            domain = Domain("class_id", "in", classes)
        else:
            path = {
                "class": "class_id",
                "batch": "class_id.batch_ids",
                "department": "department_id",
            }[view_by]
            domain = Domain(path, "in", resource.ids)
        return Event.search(term & domain)

    def _board_unplaced(self):
        """Events of the term without a place here: the first ones, and how many."""
        self.env["timetable.assignment"].flush_model(["variant_id", "event_id"])
        self.env["timetable.event"].flush_model(["term_id", "active"])
        self.env.cr.execute(
            """
            SELECT e.id, count(*) OVER ()
              FROM timetable_event e
             WHERE e.term_id = %s AND e.active
               AND NOT EXISTS (SELECT 1 FROM timetable_assignment a
                                WHERE a.variant_id = %s AND a.event_id = e.id)
             ORDER BY e.duration DESC, e.class_id, e.sequence, e.id
             LIMIT %s
            """,
            [self.term_id.id, self.id, UNPLACED_SHOWN],
        )
        rows = self.env.cr.fetchall()
        events = self.env["timetable.event"].browse(row[0] for row in rows)
        return events._filtered_access("read"), rows[0][1] if rows else 0

    def _board_cards(self, events, week=None):
        """One dict an event, in a number of queries that does not grow with them."""
        placed = {
            row.event_id.id: row
            for row in self._places(week, Domain("event_id", "in", events.ids))
        }
        students = self._students_by_class() if events else {}
        cards = []
        for event in events:
            section = event.class_id
            row = placed.get(event.id, self.env["timetable.assignment"])
            slot = row.timeslot_id
            cards.append(
                {
                    "id": event.id,
                    "class_id": section.id,
                    "class_name": section.display_name,
                    "course": section.course_id.name or "",
                    "category": section.category,
                    "duration": event.duration,
                    "faculty": [
                        {"id": person.id, "name": person.name or person.code}
                        for person in event.teacher_ids
                    ],
                    "students": len(students.get(section.id, ())) or section.limit,
                    "room_id": row.room_id.id,
                    "room": row.room_id.display_name or "",
                    "room_code": row.room_id.code or row.room_id.name or "",
                    "needs_room": event.needs_room,
                    "timeslot_id": slot.id,
                    "day": slot.day if slot else False,
                    "period": slot.period if slot else False,
                    "pinned": row.pinned,
                    "weeks": {
                        "id": row.week_pattern_id.id,
                        "name": row.week_pattern_id.name,
                    }
                    if row.week_pattern_id
                    else False,
                }
            )
        return cards

    # ---- Where an event can go
    @remote.one
    def board_feasibility(self, event_id):
        """For each timeslot: may the event start there, why not, and in which room."""
        self.check_access("read")
        event = self._board_event(event_id)
        feasibility = self._feasibility(event)
        verdicts = feasibility.verdicts()
        effects = self._effects(event, feasibility)
        names = self._board_names(verdicts.values())
        rooms = self.env["timetable.room"].sudo()
        best = rooms.browse(
            {verdict.rooms[0] for verdict in verdicts.values() if verdict.rooms}
        )
        room_names = {room.id: room.display_name for room in best}
        cells = {}
        for slot, verdict in verdicts.items():
            room = verdict.rooms[0] if verdict.rooms else False
            cells[slot] = {
                "ok": verdict.feasible,
                "short": self._board_short(verdict),
                "reason": self._board_sentence(verdict, names),
                "rooms": len(verdict.rooms),
                "room_id": room,
                "room": room_names.get(room, ""),
                "effect": effects.of(slot, room).shown() if verdict.feasible else {},
            }
        return {"event_id": event.id, "cells": cells}

    @remote.one
    def board_rooms(self, event_id, timeslot_id):
        """Suitable rooms that are free for the event at a timeslot, best first."""
        self.check_access("read")
        event = self._board_event(event_id)
        self._board_timeslot(timeslot_id)
        verdict = self._feasibility(event).verdict(timeslot_id)
        rooms = self.env["timetable.room"].sudo().browse(verdict.rooms[:ROOMS_SHOWN])
        return [
            {"id": room.id, "name": room.display_name, "capacity": room.capacity}
            for room in rooms
        ]

    def _board_event(self, event_id):
        event = self.env["timetable.event"].browse(event_id).exists()
        if not event or event.term_id != self.term_id:
            raise UserError(self.env._("That event is not of this timetable's term."))
        event.check_access("read")
        return event

    def _board_timeslot(self, timeslot_id):
        slot = self.env["timetable.timeslot"].browse(timeslot_id).exists()
        if not slot or slot.grid_id != self.term_id.grid_id:
            raise UserError(
                self.env._("That timeslot is not on this timetable's grid.")
            )
        return slot
