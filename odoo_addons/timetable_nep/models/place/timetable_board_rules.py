from collections import defaultdict
from types import MappingProxyType

from odoo import models
from odoo.tools import SQL
from odoo.tools.lru import LRU

from ...tools.feasibility import (
    Candidate,
    Feasibility,
    Placed,
    Room,
    Rule,
    Together,
)
from ...tools.weeks import EVERY

_STUDENTS = LRU(4)
"""Class → students of the timetables looked at last, by database and checksum: what
a checksum stands for never changes, so that nothing has to be invalidated."""


class TimetableVariant(models.Model):
    """What the hard rules need to know of a timetable, in few queries."""

    _inherit = "timetable.variant"

    def _feasibility(self, event, gone=None, arrived=None):
        """The hard rules for one event of this timetable.

        Reads with all rights: a rule also holds where a shared room or person is
        taken by a department that the acting user may not see into.

        :param gone: an event to look past, as if it had left the grid
        :param arrived: ``(event, timeslot id, room id)`` to count as placed
        """
        self.ensure_one()
        joint = event.sudo()._joint_events()
        if joint and not (gone or arrived):
            return Together([self._feasibility_of(one) for one in event | joint])
        return self._feasibility_of(event, gone, arrived)

    def _feasibility_of(self, event, gone=None, arrived=None):
        """The same for one event by itself."""
        variant, event = self.sudo(), event.sudo()
        candidate = variant._feasibility_candidate(event)
        elsewhere = variant._held_elsewhere()
        elsewhere.restrict(candidate, variant._students_by_class())
        placed = variant._feasibility_placed() + elsewhere.placed
        if gone:
            placed = [item for item in placed if item.event != gone.id]
        if arrived:
            other, slot, room = arrived
            weeks = variant._weeks_of(other)[0]
            placed.append(
                Placed(other.id, other.class_id.id, slot, other.duration, room, weeks)
            )
        return Feasibility(
            variant._feasibility_grid(),
            candidate,
            placed,
            variant._feasibility_rooms(candidate),
        )

    def _feasibility_grid(self):
        return self.term_id._feasibility_grid()

    def _feasibility_placed(self):
        """All placements, by one query: 8,000 rows without a record each."""
        return self._placed_rows(SQL("timetable_assignment"))

    def _placed_rows(self, places):
        self.env["timetable.assignment"].flush_model()
        self.env["timetable.event"].flush_model(["class_id", "duration", "active"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.event_id, e.class_id, a.timeslot_id, e.duration, a.room_id,
                       coalesce(a.week_pattern_id, %s)
                  FROM %s AS a
                  JOIN timetable_event e ON e.id = a.event_id
                 WHERE a.variant_id = %s AND e.active
                """,
                EVERY,
                places,
                self.id,
            )
        )
        patterns = {row[5] for row in rows} - {EVERY}
        if not patterns:
            return list(map(Placed._make, rows))
        masks = {EVERY: EVERY, **self.term_id._week_masks(patterns)}
        return [Placed(*row[:5], masks[row[5]]) for row in rows]

    def _weeks_of(self, event):
        """``(weeks, whether allowed, pattern)`` of an event: those it has here, else
        the first that its class may have.

        :return: weeks as one number, whether its class may be held in them, and their
            pattern, empty for every week
        """
        row = self.env["timetable.assignment"].search(
            [("variant_id", "=", self.id), ("event_id", "=", event.id)]
        )
        choice = event.week_pattern_ids or event.class_id.week_pattern_ids
        pattern = row.week_pattern_id if row else choice[:1]
        if not pattern:
            return EVERY, not choice, pattern
        return (
            self.term_id._week_masks(pattern.ids)[pattern.id],
            pattern in choice,
            (pattern),
        )

    def _feasibility_rooms(self, candidate):
        if not candidate.needs_room:
            return []
        Rooms = self.env["timetable.room"]
        Rooms.flush_model()
        self.env["timetable.term"].flush_model(["room_ids"])
        features = Rooms._fields["feature_ids"]
        rows = self.env.execute_query(
            SQL(
                """
                WITH named AS (
                    SELECT r.id FROM timetable_term_room_rel t
                      JOIN timetable_room r ON r.id = t.room_id AND r.active
                     WHERE t.term_id = %(term)s
                )
                SELECT r.id, r.capacity, r.type_id,
                       ARRAY(SELECT %(feature)s FROM %(features)s f
                              WHERE f.%(of_room)s = r.id),
                       ARRAY(SELECT timeslot_id FROM timetable_room_unavailable_rel c
                              WHERE c.room_id = r.id)
                  FROM timetable_room r
                 WHERE CASE WHEN EXISTS (SELECT 1 FROM named)
                            THEN r.id IN (SELECT id FROM named)
                            ELSE r.active AND r.company_id = %(company)s END
                   AND (%(type)s IS NULL OR r.type_id = %(type)s)
                """,
                term=self.term_id.id,
                company=self.company_id.id,
                type=candidate.room_type,
                feature=SQL.identifier(features.column2),
                features=SQL.identifier(features.relation),
                of_room=SQL.identifier(features.column1),
            )
        )
        return [
            Room(number, seats, kind, frozenset(features), frozenset(closed))
            for number, seats, kind, features, closed in rows
        ]

    def _feasibility_candidate(self, event, dated=False):
        """The event with all that restricts it.

        :param dated: for one date: without what binds the weekly plan alone, and
            without the students, whom the caller counts by their seats
        """
        section = event.class_id
        term = self.term_id
        teachers = event.teacher_ids
        band = term.band_ids.filtered(lambda row: row.category == section.category)
        assignment = self.env["timetable.assignment"].search(
            [("variant_id", "=", self.id), ("event_id", "=", event.id)]
        )
        cannot = self.env["timetable.faculty.availability"]._cannot(teachers.ids, term)
        weeks, weeks_allowed, _pattern = self._weeks_of(event)
        joint = section.joint_ids.class_ids.filtered("active") or section
        return Candidate(
            weeks=EVERY if dated else weeks,
            weeks_allowed=dated or weeks_allowed,
            joint=frozenset((joint - section).ids),
            closed_rooms=term._closed_rooms(section.ids).get(section.id, frozenset()),
            event=event.id,
            section=section.id,
            duration=event.duration,
            teachers=frozenset(teachers.ids),
            needs_room=event.needs_room,
            room_type=event.room_type_id.id or None,
            features=frozenset(event.feature_ids.ids),
            seats=0 if self._seats_are_soft() else sum(joint.mapped("limit")),
            one_event_per_day=section.one_event_per_day,
            allowed=frozenset(event.timeslot_ids.ids) or None,
            band=frozenset(band.timeslot_ids.ids) if band else None,
            unavailable=frozenset(section.unavailable_timeslot_ids.ids),
            pinned_slot=event.pin_timeslot_id.id or None,
            pinned_room=event.pin_room_id.id or None,
            teacher_unavailable=self._group_pairs(cannot),
            teacher_events=self._events_of_teachers(teachers),
            teacher_day_limit={row.id: row.max_periods_day for row in teachers},
            shared_students={} if dated else self._shared_students(section),
            batch_of=self._batch_mates(section),
            rules=() if dated else self._rules_of(event),
            preferred_rooms=tuple(
                filter(None, [assignment.room_id.id, *self._rooms_of_class(section)])
            ),
        )

    def _seats_are_soft(self):
        """Whether the objective lets students stand, as one benchmark does."""
        self.ensure_one()
        wanted = self.run_id.requested_variants or []
        weights = next(
            (row.get("weights") or {} for row in wanted if row.get("key") == self.key),
            {},
        )
        profile = self.term_id.profile or self.profile
        return bool(weights.get("room_overflow", profile == "itc2007_curriculum"))

    def _events_of_teachers(self, teachers):
        if not teachers:
            return {}
        self.env["timetable.event"].flush_model(
            ["class_id", "term_id", "own_faculty", "faculty_ids"]
        )
        self.env["timetable.class"].flush_model(["faculty_ids"])
        self.env.cr.execute(
            """
            SELECT r.faculty_id, e.id
              FROM timetable_event e
              JOIN timetable_class_faculty_rel r ON r.class_id = e.class_id
             WHERE e.term_id = %(term)s AND e.own_faculty IS NOT TRUE
               AND r.faculty_id = ANY(%(teachers)s)
             UNION
            SELECT r.faculty_id, e.id
              FROM timetable_event e
              JOIN timetable_event_faculty_rel r ON r.event_id = e.id
             WHERE e.term_id = %(term)s AND e.own_faculty
               AND r.faculty_id = ANY(%(teachers)s)
            """,
            {"term": self.term_id.id, "teachers": teachers.ids},
        )
        return self._group_pairs(self.env.cr.fetchall())

    def _batch_mates(self, section):
        self.env["timetable.batch"].flush_model(["class_ids"])
        self.env.cr.execute(
            """
            SELECT other.class_id, min(other.batch_id)
              FROM timetable_batch_class_rel mine
              JOIN timetable_batch_class_rel other ON other.batch_id = mine.batch_id
             WHERE mine.class_id = %(section)s AND other.class_id != %(section)s
             GROUP BY other.class_id
            """,
            {"section": section.id},
        )
        return dict(self.env.cr.fetchall())

    def _rooms_of_class(self, section):
        self.env.cr.execute(
            """
            SELECT a.room_id
              FROM timetable_assignment a
              JOIN timetable_event e ON e.id = a.event_id
             WHERE a.variant_id = %s AND e.class_id = %s AND a.room_id IS NOT NULL
             GROUP BY a.room_id
             ORDER BY count(*) DESC, a.room_id
            """,
            [self.id, section.id],
        )
        return [room for (room,) in self.env.cr.fetchall()]

    def _rules_of(self, event):
        lines = self.env["timetable.relation.line"].search(
            [("event_id", "=", event.id), ("relation_id.hard", "=", True)]
        )
        return tuple(
            Rule(
                relation.id,
                relation.type,
                tuple(relation.line_ids.event_id.ids),
                relation.value,
            )
            for relation in lines.relation_id
        )

    def _shared_students(self, section):
        students = self._students_by_class()
        mine = students.get(section.id)
        if not mine:
            return {}
        shared = {
            other: len(mine & theirs)
            for other, theirs in students.items()
            if other != section.id
        }
        return {other: count for other, count in shared.items() if count}

    def _shared_then(self, section, others):
        """Of these classes, of any term, how many students are in this one, too.

        By the seats as they are: what is in force is what students were given.
        """
        self.env["timetable.seat"]._flush_seats()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT b.class_id, count(*)
                      FROM timetable_seat a
                      JOIN timetable_seat b ON b.student_id = a.student_id
                     WHERE a.class_id = %s AND b.class_id != %s
                       AND b.class_id = ANY(%s)
                     GROUP BY b.class_id
                    """,
                    section.id,
                    section.id,
                    list(others),
                )
            )
        )

    def _students_by_class(self):
        """Class → students, by this timetable's own sectioning."""
        checksum = self._sectioning_checksum()
        if not checksum:
            return self._students_by_enrolment()
        key = (self.env.cr.dbname, checksum)
        students = _STUDENTS.get(key)
        if students is None:
            students = self._group_pairs(
                (section, student)
                for student, sections in self._read_sectioning().items()
                for section in sections
            )
            # Shared by all threads, so that nobody may add to it.
            _STUDENTS[key] = students = MappingProxyType(dict(students))
        return students

    def _sectioning_checksum(self):
        """What tells one sectioning from another; empty if there is none."""
        self.ensure_one()
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .search_fetch(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "sectioning"),
                    ("res_id", "=", self.id),
                ],
                ["checksum"],
                limit=1,
            )
        )
        return attachment.checksum

    def _students_by_enrolment(self):
        """The classes already decided, for a timetable made by hand."""
        self.env["timetable.seat"]._flush_seats()
        self.env.cr.execute(
            """
            SELECT class_id, student_id FROM timetable_seat
             WHERE term_id = %s
            """,
            [self.term_id.id],
        )
        return self._group_pairs(self.env.cr.fetchall())

    def _group_pairs(self, pairs):
        groups = defaultdict(set)
        for key, value in pairs:
            groups[key].add(value)
        return defaultdict(
            frozenset, {key: frozenset(values) for key, values in groups.items()}
        )
