from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...const import READ_AT_ONCE
from ...tools.feasibility import Feasibility, Placed

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
        return self.env["timetable.meeting.change"]._step(self, kind, vals, reason)

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
    def _why_not_teach(self, members, teaching_only=False):
        """Sentences why each of these people cannot take this meeting.

        :param teaching_only: whether only what they teach at that time counts
        :return: ``{faculty id: sentence}`` of those who cannot
        """
        self.ensure_one()
        verdict = self.event_id._dated_verdict(
            self.date, self.timeslot_id, self, members
        )
        variant = self.sudo().term_id.published_variant_id
        names = variant._board_names([verdict])
        reasons = {}
        for row in verdict.broken:
            away = row.rule == "availability" and row.detail == "faculty"
            if row.who in members._ids and (
                row.rule == "faculty_conflict"
                or (not teaching_only and (away or row.rule.startswith("faculty_")))
            ):
                reasons.setdefault(row.who, variant._board_reason(row, names))
        return reasons

    def _load_of_week(self):
        """Faculty member → periods taught in this meeting's week, itself left out."""
        self.flush_model()
        monday = self.date - timedelta(days=self.date.weekday())
        rows = self.env.execute_query(
            SQL(
                """
                SELECT f.faculty_id, sum(m.duration)
                  FROM timetable_meeting m
                  JOIN timetable_meeting_faculty_rel f ON f.meeting_id = m.id
                 WHERE m.date BETWEEN %s AND %s AND m.status != 'cancelled'
                   AND m.id != %s
                 GROUP BY f.faculty_id
                """,
                monday,
                monday + timedelta(days=6),
                self.id,
            )
        )
        return defaultdict(int, rows)

    def _substitutes(self, limit=CANDIDATES_SHOWN):
        """Faculty who are free then, the likeliest first.

        Those who teach the same course, then those of the department, then others;
        among them those with fewer periods that week.

        :return: list of ``{"faculty", "same_course", "same_department", "load"}``
        """
        self.ensure_one()
        Faculty = self.env["timetable.faculty"].sudo()
        members = Faculty.search([("company_id", "=", self.company_id.id)])
        members -= self.faculty_ids.sudo() | self.event_id.sudo().teacher_ids
        same = (
            self.env["timetable.class"]
            .sudo()
            .search([("offering_id.course_id", "=", self.course_id.id)])
            .faculty_ids
        )
        department = self.department_id.sudo()
        near = members.filtered(
            lambda member: (
                member in same or (department and member.department_id == department)
            )
        )
        rows = self._free_among(near, same)
        if len(rows) < limit:
            # A university has thousands: the others only where these are too few.
            rows += self._free_among(members - near, same)
        return rows[:limit]

    def _free_among(self, members, same):
        """Those of these people who are free, in the order of :meth:`_substitutes`.

        :param same: who teaches the course
        """
        verdict = self.event_id._dated_verdict(
            self.date, self.timeslot_id, self, members
        )
        busy = {
            row.who
            for row in verdict.broken
            if row.rule.startswith("faculty_")
            or (row.rule == "availability" and row.detail == "faculty")
        }
        load = self._load_of_week()
        department = self.department_id.sudo()
        rows = [
            {
                "faculty": member,
                "same_course": member in same,
                "same_department": (
                    member.department_id == department and bool(member.department_id)
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
        return rows


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
        if members and members != self.sudo().teacher_ids:
            vals |= {"substituted": True, "substitute_ids": [(6, 0, members.ids)]}
        Change = self.env["timetable.meeting.change"]
        Change._check_may_change(self)
        # The row that the step is of; nobody sees it without the step.
        meeting = (
            self.env["timetable.meeting"]
            .sudo()
            .create(
                {
                    "event_id": self.id,
                    "date": date,
                    "timeslot_id": timeslot.id,
                    "status": "extra",
                }
            )
        )
        return Change._step(meeting, "extra", vals, reason)

    def _dated_day(self, date, without=None):
        """What takes place on a date.

        In every term, on every grid and of every university that is in force: a room
        or a person is taken by whoever has it.

        :param without: a meeting to leave out, since it is the one to change
        """
        meetings = (
            self.env["timetable.meeting"]
            .sudo()
            .search_fetch(
                [("date", "=", date), ("status", "!=", "cancelled")], READ_AT_ONCE
            )
        )
        return meetings - without if without else meetings

    def _dated_pieces(self, slots, meeting):
        """A meeting as timeslots of this event's grid.

        One on the same grid stands where it is; of another, and on a day whose hours
        are those of another one, the clock decides which timeslots it takes.

        :param slots: the date's timeslots on this event's grid
        :return: list of :class:`Placed`; ``event`` is a number of the piece's own
        """
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

    def _dated_feasibility(self, date, day, members=None):
        """The hard rules for this event on a day as it really is.

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
        need = variant._feasibility_candidate(event, dated=True)
        need.event = 0
        need.band = need.allowed = need.pinned_slot = need.pinned_room = None
        need.one_event_per_day = False
        taught = event.grid_id._has_weekday(date)
        if not taught:
            need.unavailable = frozenset()
        if need.seats:
            sections = event.class_id | event.class_id.browse(need.joint)
            need.seats = sum(sections.mapped("student_count")) or need.seats
        members = event.teacher_ids if members is None else members.sudo()
        need.teachers = frozenset(members.ids)
        need.teacher_day_limit = {row.id: row.max_periods_day for row in members}
        Availability = self.env["timetable.faculty.availability"]
        need.teacher_unavailable = variant._group_pairs(
            Availability._cannot(members.ids, variant.term_id) if taught else ()
        )
        away, closed = self.env["timetable.absence"]._on(date, event.grid_id)
        for member in away.keys() & need.teachers:
            need.teacher_unavailable[member] |= away[member]
        slots = event.grid_id._timeslots_of(date)
        pieces = [
            (piece, frozenset(meeting.faculty_ids._ids))
            for meeting in day
            for piece in event._dated_pieces(slots, meeting)
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
                    | closed.get(room.id, frozenset()),
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
        day = self._dated_day(date, without)
        return self._dated_feasibility(date, day, members).verdict(timeslot.id)

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
