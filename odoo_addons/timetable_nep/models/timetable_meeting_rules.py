from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError

from ..tools.feasibility import Feasibility, Placed
from .timetable_meeting import READ_AT_ONCE

CANDIDATES_SHOWN = 20


class TimetableMeeting(models.Model):
    """Changes for a date, under the rules that the board goes by."""

    _inherit = "timetable.meeting"

    # ---- Steps
    def _change(self, kind, vals, reason=""):
        """One step for one meeting."""
        self.ensure_one()
        if not self.exists():
            raise UserError(
                self.env._("This meeting is not in the timetable any more.")
            )
        return self.env["timetable.meeting.change"]._step(
            self.event_id, self.origin_date, kind, vals, reason, self._before()
        )

    def _before(self):
        return None if self.origin_date else self.change_id

    def _cancel(self, reason=""):
        """It does not take place."""
        return self.env["timetable.meeting.change"].union(
            *(
                meeting._change("cancel", {"cancelled": True}, reason)
                for meeting in self
            )
        )

    def _move(self, date, timeslot, room=None, reason=""):
        """It takes place on another day or at another time, if no rule breaks.

        :param room: ``None`` takes the best free room
        """
        self.ensure_one()
        room = self.event_id._dated_room(date, timeslot, room, self)
        vals = {
            "new_date": date,
            "new_timeslot_id": timeslot.id,
            "room_changed": True,
            "new_room_id": room.id,
            "cancelled": False,
        }
        return self._change("move", vals, reason)

    def _move_room(self, room, reason=""):
        """It takes place in another room at the same time."""
        self.ensure_one()
        if room == self.room_id:
            raise UserError(
                self.env._(
                    "%(class)s is in %(room)s already.",
                    **{"class": self.class_id.display_name, "room": room.display_name},
                )
            )
        room = self.event_id._dated_room(self.date, self.timeslot_id, room, self)
        return self._change(
            "room", {"room_changed": True, "new_room_id": room.id}, reason
        )

    def _check_place(self, date, timeslot, room, members):
        """Refuse, with the reasons, what cannot be held there any more."""
        self.ensure_one()
        self.event_id._dated_room(
            date, timeslot, room if self.event_id.needs_room else None, self, members
        )

    def _substitute(self, members, reason=""):
        """Somebody else teaches it."""
        self.ensure_one()
        busy = self._why_not_teach(members)
        if busy:
            raise UserError("\n".join(busy.values()))
        vals = {"substituted": True, "substitute_ids": [(6, 0, members.ids)]}
        if self.status == "cancelled":
            # It comes back: to a room and to students who may be elsewhere by now.
            self._check_place(self.date, self.timeslot_id, self.room_id, members)
            vals["cancelled"] = False
        return self._change("substitute", vals, reason)

    # ---- Who could teach it
    def _why_not_teach(self, members):
        """Sentences why each of these people cannot take this meeting.

        :return: ``{faculty id: sentence}`` of those who cannot
        """
        self.ensure_one()
        week = self.event_id._dated_week(self.date, self)
        check = self.event_id._dated_feasibility(self.date, week, members)
        verdict = check.verdict(self.timeslot_id.id)
        variant = self.variant_id
        names = variant._board_names([verdict])
        reasons = {}
        for row in verdict.broken:
            if row.who in members._ids and (
                row.rule.startswith("faculty_")
                or (row.rule == "availability" and row.detail == "faculty")
            ):
                reasons.setdefault(row.who, variant._board_reason(row, names))
        return reasons

    def _substitutes(self, limit=CANDIDATES_SHOWN):
        """Faculty who are free then, the likeliest first.

        Those who teach the same course, then those of the department, then others;
        among them those with fewer periods that week.

        :return: list of ``{"faculty", "same_course", "same_department", "load"}``
        """
        self.ensure_one()
        Faculty = self.env["timetable.faculty"].sudo()
        members = Faculty.search([("company_id", "=", self.company_id.id)])
        members -= self.faculty_ids.sudo() | self.event_id.sudo()._teachers()
        week = self.event_id._dated_week(self.date, self)
        check = self.event_id._dated_feasibility(self.date, week, members)
        busy = {
            row.who
            for row in check.verdict(self.timeslot_id.id).broken
            if row.rule.startswith("faculty_")
            or (row.rule == "availability" and row.detail == "faculty")
        }
        load = defaultdict(int)
        for meeting, teachers in week:
            for teacher in teachers:
                load[teacher] += meeting.duration
        same = set(
            self.env["timetable.class"]
            .sudo()
            .search([("offering_id.course_id", "=", self.course_id.id)])
            .faculty_ids.ids
        )
        rows = [
            {
                "faculty": member,
                "same_course": member.id in same,
                "same_department": (
                    member.department_id == self.department_id.sudo()
                    and bool(member.department_id)
                ),
                "load": load[member.id],
            }
            for member in members
            if member.id not in busy
            and not (
                member.max_periods_week
                and load[member.id] + self.duration > member.max_periods_week
            )
        ]
        rows.sort(
            key=lambda row: (
                not row["same_course"],
                not row["same_department"],
                row["load"],
                row["faculty"].id,
            )
        )
        return rows[:limit]


class TimetableEvent(models.Model):
    """The hard rules for one date: the plan with the changes of its week."""

    _inherit = "timetable.event"

    def _extra(self, date, timeslot, room=None, members=None, reason=""):
        """One more meeting of the class, if no rule breaks."""
        self.ensure_one()
        room = self._dated_room(date, timeslot, room, members=members)
        vals = {
            "new_date": date,
            "new_timeslot_id": timeslot.id,
            "room_changed": True,
            "new_room_id": room.id,
        }
        if members and members != self.sudo()._teachers():
            vals |= {"substituted": True, "substitute_ids": [(6, 0, members.ids)]}
        return self.env["timetable.meeting.change"]._step(
            self, False, "extra", vals, reason
        )

    def _dated_week(self, date, without=None):
        """What takes place in the week of a date, each with who teaches it.

        In every term, on every grid and of every university that is in force: a room
        or a person is taken by whoever has it.

        :param without: a meeting to leave out, since it is the one to change
        :return: list of ``(meeting, faculty ids)``
        """
        monday = date - timedelta(days=date.weekday())
        Meeting = self.env["timetable.meeting"].sudo()
        meetings = Meeting.search_fetch(
            [
                ("date", ">=", monday),
                ("date", "<", monday + timedelta(days=7)),
                ("status", "!=", "cancelled"),
            ],
            READ_AT_ONCE,
        )
        if without:
            meetings -= without
        taught = defaultdict(frozenset)
        people = self.env["timetable.faculty"].sudo().with_context(active_test=False)
        everybody = people.search([])
        for variant in meetings.variant_id:
            for person, events in variant._events_of_teachers(everybody).items():
                for event in events:
                    taught[event] |= {person}
        return [
            (
                meeting,
                frozenset(meeting.change_id.substitute_ids.ids)
                if meeting.substituted
                else taught[meeting.event_id.id],
            )
            for meeting in meetings
        ]

    def _dated_pieces(self, date, meeting):
        """A meeting as timeslots of this event's grid.

        One on the same grid stands where it is; of another, and on a day whose hours
        are those of another one, the clock decides which timeslots it takes.

        :return: list of :class:`Placed`; ``event`` is a number of the piece's own
        """
        slots = self.grid_id._timeslots_of(date)
        if meeting.timeslot_id in slots:
            starts = [(meeting.timeslot_id.id, meeting.duration)]
        else:
            starts = [
                (slot.id, 1)
                for slot in slots
                if slot.hour_from < meeting.hour_to and meeting.hour_from < slot.hour_to
            ]
        return [
            Placed(
                (meeting.id, number),
                meeting.class_id.id,
                slot,
                periods,
                meeting.room_id.id or None,
            )
            for number, (slot, periods) in enumerate(starts)
        ]

    def _dated_feasibility(self, date, week, members=None):
        """The hard rules for this event in a week as it really is.

        Rules of the weekly plan alone (bands, pins, relations, one event a day) do
        not bind a single date; people, rooms and opening hours do. A day that the
        grid has not has the hours of another one, and nothing of the weekly plan.
        """
        self.ensure_one()
        event = self.sudo()
        variant = event.term_id.published_variant_id
        if not variant:
            raise UserError(
                self.env._("No timetable of %s is published.", event.term_id.name)
            )
        need = variant._feasibility_candidate(event)
        need.event = 0
        need.band = need.allowed = need.pinned_slot = need.pinned_room = None
        need.rules = ()
        need.one_event_per_day = False
        taught = event.grid_id._has_weekday(date)
        if not taught:
            need.unavailable = frozenset()
        if need.seats:
            need.seats = event.class_id.student_count or need.seats
        members = event._teachers() if members is None else members.sudo()
        need.teachers = frozenset(members.ids)
        need.teacher_day_limit = {row.id: row.max_periods_day for row in members}
        Availability = self.env["timetable.faculty.availability"]
        need.teacher_unavailable = variant._group_pairs(
            Availability._cannot(members.ids, variant.term_id) if taught else ()
        )
        away, closed = self.env["timetable.absence"]._on(event.company_id, date)
        day = frozenset(event.grid_id._timeslots_of(date).ids)
        for member in away & need.teachers:
            need.teacher_unavailable[member] |= day
        # Other dates of the week share timeslots with this one, but do not meet it.
        pieces = [
            (piece, teachers)
            for meeting, teachers in week
            if meeting.date == date
            for piece in event._dated_pieces(date, meeting)
        ]
        need.teacher_events = variant._group_pairs(
            (teacher, item.event)
            for item, teachers in pieces
            for teacher in teachers & need.teachers
        )
        elsewhere = {item.section for item, _teachers in pieces}
        need.shared_students = variant._shared_then(event.class_id, elsewhere)
        return Feasibility(
            variant._feasibility_grid(),
            need,
            [item for item, _teachers in pieces],
            [
                replace(
                    room,
                    unavailable=(room.unavailable if taught else frozenset())
                    | (day if room.id in closed else frozenset()),
                )
                for room in variant._feasibility_rooms(need)
            ],
        )

    def _dated_verdict(self, date, timeslot, without=None, members=None):
        """Broken rules and free rooms for a start on a date."""
        if timeslot not in self.sudo().grid_id._timeslots_of(date):
            raise UserError(
                self.env._("Choose a timeslot of that weekday on the term's grid.")
            )
        week = self._dated_week(date, without)
        check = self._dated_feasibility(date, week, members)
        return check.verdict(timeslot.id)

    def _dated_room(self, date, timeslot, room, without=None, members=None):
        """The room to use on a date; refuses with the reasons."""
        self.ensure_one()
        if members is None and without:
            members = without.faculty_ids
        verdict = self._dated_verdict(date, timeslot, without, members)
        variant = self.sudo().term_id.published_variant_id
        section = self.class_id.display_name
        holiday = self.env["timetable.holiday"]._between(self.company_id, date, date)
        if holiday:
            raise UserError(self.env._("%s is a holiday that day.", holiday[0].name))
        if not verdict.feasible:
            names = variant._board_names([verdict])
            raise UserError(
                self.env._(
                    "%(class)s cannot meet then. %(reasons)s",
                    **{
                        "class": section,
                        "reasons": variant._board_sentence(verdict, names),
                    },
                )
            )
        Room = self.env["timetable.room"]
        if not self.needs_room:
            return Room
        if room and room.id not in verdict.rooms:
            raise UserError(
                self.env._(
                    "%(room)s cannot be used for %(class)s then: it is taken, closed "
                    "or not suitable.",
                    **{"room": room.sudo().display_name, "class": section},
                )
            )
        return room or Room.browse(verdict.rooms[0])
