from collections import defaultdict
from dataclasses import dataclass, field

from odoo import models
from odoo.tools import SQL

from ...const import OPEN_TERM_DAYS
from ...tools.feasibility import Grid, Placed


@dataclass(slots=True)
class Elsewhere:
    """Weekly classes of other terms that are in force at the same time.

    One piece for each timeslot of the asking term that shares time with a class, by
    the clock: another term may have another grid. A piece counts as an event of its
    own, with a number below zero.
    """

    placed: list = field(default_factory=list)
    """A :class:`Placed` for each piece."""
    event_of: dict = field(default_factory=dict)
    """Piece → the event it stands for."""
    teaching: dict = field(default_factory=dict)
    """Faculty member → pieces."""
    students: dict = field(default_factory=dict)
    """Class → students, for classes of ``placed`` that have any."""

    def restrict(self, need, students):
        """Let a candidate meet these classes too.

        :param students: class → students of the candidate's timetable
        """
        if not self.placed:
            return
        need.teacher_events = dict(need.teacher_events)
        for person in need.teachers & self.teaching.keys():
            own = need.teacher_events.get(person, frozenset())
            need.teacher_events[person] = own | self.teaching[person]
        mine = students.get(need.section, frozenset())
        shared = {key: len(mine & theirs) for key, theirs in self.students.items()}
        need.shared_students = dict(need.shared_students) | {
            key: count for key, count in shared.items() if count
        }


class TimetableVariant(models.Model):
    _inherit = "timetable.variant"

    def _held_elsewhere(self):
        """What other terms in force hold while this timetable's term lasts."""
        self.ensure_one()
        return self.sudo().term_id._held_elsewhere()


class TimetableTerm(models.Model):
    """Terms that share rooms and people see each other, whatever their grids."""

    _inherit = "timetable.term"

    def _feasibility_grid(self):
        slots = self.grid_id.timeslot_ids
        return Grid(
            ((slot.id, slot.day, slot.period) for slot in slots),
            {slot.id: (slot.hour_from, slot.hour_to) for slot in slots},
        )

    def _sql_elsewhere(self):
        """Places of other terms in force, with their hours."""
        for model, names in (
            ("assignment", ["variant_id", "event_id", "timeslot_id", "room_id"]),
            ("event", ["active", "class_id", "duration", "own_faculty", "faculty_ids"]),
            ("class", ["faculty_ids"]),
            ("term", ["active", "date_start", "date_end"]),
            ("timeslot", ["day", "period", "hour_from", "hour_to"]),
            ("variant", ["state", "term_id", "published_at"]),
        ):
            self.env[f"timetable.{model}"].flush_model(names)
        return SQL(
            """
            WITH span AS (
                SELECT t.id AS term_id, v.id AS variant_id, v.state,
                       coalesce(t.date_start,
                                date_trunc('week', v.published_at)::date) AS first,
                       coalesce(t.date_end, coalesce(
                           t.date_start,
                           date_trunc('week', v.published_at)::date) + %(open)s) AS last
                  FROM timetable_term t
                  JOIN timetable_variant v
                    ON v.term_id = t.id AND v.state = 'published'
                 WHERE t.active
            ),
            mine AS (
                SELECT coalesce(t.date_start, span.first, now()::date) AS first,
                       coalesce(t.date_end, span.last,
                                coalesce(t.date_start, now()::date) + %(open)s) AS last
                  FROM timetable_term t
                  LEFT JOIN span ON span.term_id = t.id
                 WHERE t.id = %(term)s
            )
            SELECT e.id, e.class_id, s.day, s.hour_from,
                   coalesce(ending.hour_to, s.hour_to) AS hour_to, a.room_id,
                   CASE WHEN e.own_faculty
                        THEN ARRAY(SELECT faculty_id FROM timetable_event_faculty_rel
                                    WHERE event_id = e.id)
                        ELSE ARRAY(SELECT faculty_id FROM timetable_class_faculty_rel
                                    WHERE class_id = e.class_id) END AS faculty
              FROM mine
              JOIN span ON span.term_id != %(term)s
               AND span.first <= mine.last AND span.last >= mine.first
              JOIN timetable_assignment a ON a.variant_id = span.variant_id
              JOIN timetable_event e ON e.id = a.event_id AND e.active
              JOIN timetable_timeslot s ON s.id = a.timeslot_id
              LEFT JOIN timetable_timeslot ending
                     ON ending.grid_id = s.grid_id AND ending.day = s.day
                    AND ending.period = s.period + e.duration - 1
             ORDER BY e.id
            """,
            term=self.id,
            open=OPEN_TERM_DAYS,
        )

    def _held_elsewhere(self):
        """:class:`Elsewhere` of this term: two queries, whatever its size.

        A class whose hours are not known cannot be compared with another grid.
        """
        self.ensure_one()
        found = Elsewhere()
        rows = self.env.execute_query(self._sql_elsewhere())
        if not rows:
            return found
        grid = self._feasibility_grid()
        sections = set()
        teaching = defaultdict(set)
        slots_of = {}
        for event, section, day, begin, end, room, faculty in rows:
            key = (day, begin, end)
            if key not in slots_of:
                slots_of[key] = grid.during(day, begin, end)
            for slot in slots_of[key]:
                piece = -1 - len(found.placed)
                found.placed.append(Placed(piece, section, slot, 1, room))
                found.event_of[piece] = event
                sections.add(section)
                for person in faculty:
                    teaching[person].add(piece)
        found.teaching = {key: frozenset(value) for key, value in teaching.items()}
        found.students = self._students_of(sections)
        return found

    def _students_of(self, sections):
        """Class → students enrolled in it, for classes that have any."""
        self.env["timetable.seat"]._flush_seats()
        return dict(
            self.env["timetable.variant"]._group_pairs(
                self.env.execute_query(
                    SQL(
                        "SELECT class_id, student_id FROM timetable_seat "
                        "WHERE class_id = ANY(%s)",
                        list(sections),
                    )
                )
            )
        )

    def _busy_elsewhere(self):
        """Timeslots at which rooms and people of this term are taken by others.

        :return: ``(room → timeslots, faculty member → timeslots)``
        """
        held = self._held_elsewhere()
        rooms, people = defaultdict(set), defaultdict(set)
        start = {}
        for item in held.placed:
            start[item.event] = item.start
            if item.room:
                rooms[item.room].add(item.start)
        for person, pieces in held.teaching.items():
            people[person].update(start[piece] for piece in pieces)
        return rooms, people
