from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...const import DEFAULT_LIMIT
from ...tools.choice_rules import Offer, free_seats


class TimetableOffering(models.Model):
    """Seats, and what the rules of choice have to know."""

    _inherit = "timetable.offering"

    seats = fields.Integer(
        help="How many students may have it. 0: as many as its classes take."
    )
    smallest_group = fields.Integer(
        "Smallest group", help="With fewer students it is not held. 0: always held."
    )
    open_for_choice = fields.Boolean("May be chosen", default=True)
    reservation_ids = fields.One2many(
        "timetable.seat.reservation", "offering_id", "Reserved seats"
    )
    seat_turn = fields.Integer("Turns", readonly=True, copy=False)

    _check_seats = models.Constraint(
        "CHECK (seats >= 0 AND smallest_group >= 0)",
        "Seats and the smallest group are 0 or more.",
    )

    @api.constrains("seats", "reservation_ids", "smallest_group")
    def _check_reserved(self):
        for offering in self.sudo():
            seats = offering._seats()
            kept = sum(offering._reserved(seats).values())
            if kept > seats:
                raise ValidationError(
                    self.env._(
                        "%(offering)s has %(seats)s seats, and %(kept)s are reserved: "
                        "reserve fewer.",
                        offering=offering.display_name,
                        seats=seats,
                        kept=kept,
                    )
                )
            if offering.seats and offering.smallest_group > offering.seats:
                raise ValidationError(
                    self.env._(
                        "%(offering)s has %(seats)s seats: its smallest group cannot "
                        "be larger.",
                        offering=offering.display_name,
                        seats=seats,
                    )
                )

    def _seats(self):
        """Seats of all classes, or the number that was set."""
        self.ensure_one()
        if self.seats:
            return self.seats
        limits = self._first_classes().mapped("limit")
        return sum(limits) or self.section_limit or DEFAULT_LIMIT

    def _reserved(self, seats):
        """``{reservation id: seats}`` of those that hold today."""
        self.ensure_one()
        today = self.term_id._local_today()
        return {
            row.id: row.seats or int(seats * row.percent / 100)
            for row in self.reservation_ids
            if not row.until or row.until >= today
        }

    def _offers(self):
        """These as the rules see them: id → ``Offer``."""
        offers = {}
        for offering in self.sudo():
            course = offering.course_id
            needs, excludes = [], set()
            for rule in course.rule_ids:
                if rule.kind == "needs":
                    needs.append(frozenset(rule.other_ids.ids))
                else:
                    excludes.update(rule.other_ids.ids)
            offers[offering.id] = Offer(
                id=offering.id,
                course=course.id,
                credits=offering.credits,
                subject=offering.department_id.id or 0,
                programmes=frozenset(course.programme_ids.ids),
                needs=tuple(needs),
                excludes=frozenset(excludes),
                open=offering.open_for_choice,
            )
        return offers

    # ---- Live seats
    def _take_turns(self):
        """Whoever gives or takes a seat of these does so after all others.

        The row is *changed*, not only locked: a transaction that waited here begins
        anew and counts the seats again, instead of counting what it saw before. In the
        order of the ids, so that two never wait for each other.
        """
        if self.ids:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE timetable_offering o
                       SET seat_turn = coalesce(o.seat_turn, 0) + 1
                      FROM (SELECT id FROM timetable_offering WHERE id = ANY(%s)
                             ORDER BY id FOR UPDATE) AS mine
                     WHERE o.id = mine.id
                    """,
                    sorted(self.ids),
                )
            )
            self.invalidate_recordset(["seat_turn"])

    def _free_seats(self, person):
        """Seats left for a student, in a number of queries that does not grow.

        :return: offering id → seats left for this ``Person``
        """
        free = {}
        takers = self._takers()
        for offering in self.sudo():
            seats = offering._seats()
            reserved = offering._reserved(seats)
            rows = offering.reservation_ids.filtered(lambda r, k=reserved: r.id in k)
            kind = {row.id for row in rows if row._matches(person, offering.course_id)}
            free[offering.id] = free_seats(
                seats,
                reserved,
                offering._kinds(takers.get(offering.id, []), rows),
                kind,
            )
        return free

    def _takers(self):
        """Offering id → those who have a seat: (student, programme, year)."""
        self.env["timetable.enrolment"].flush_model(["student_id", "offering_id"])
        self.env["timetable.student"].flush_model(["programme_id", "year"])
        self.env.cr.execute(
            SQL(
                """
                SELECT e.offering_id, s.id, s.programme_id, s.year
                  FROM timetable_enrolment e
                  JOIN timetable_student s ON s.id = e.student_id
                 WHERE e.offering_id = ANY(%s)
                """,
                self.ids,
            )
        )
        takers = {}
        for offering, student, programme, year in self.env.cr.fetchall():
            takers.setdefault(offering, []).append((student, programme or 0, year or 0))
        return takers

    def _kinds(self, takers, reservations):
        """For each who has a seat, the reservations that they are meant by."""
        self.ensure_one()
        if not reservations:
            return [frozenset()] * len(takers)
        failed = set()
        if any(reservations.mapped("repeaters")):
            failed = self._repeaters([student for student, _p, _y in takers])
        rows = [
            (row.id, set(row.programme_ids.ids), row.year, row.repeaters)
            for row in reservations
        ]
        return [
            frozenset(
                number
                for number, programmes, of_year, repeaters in rows
                if (not programmes or programme in programmes)
                and (not of_year or year == of_year)
                and (not repeaters or student in failed)
            )
            for student, programme, year in takers
        ]

    def _repeaters(self, students):
        """Which of these students did not pass the course before."""
        self.ensure_one()
        history = self.env["timetable.enrolment"]._history(
            self.env["timetable.student"].browse(students), self.term_id
        )
        course = self.course_id.id
        return {
            student for student, (_p, failed) in history.items() if course in failed
        }
