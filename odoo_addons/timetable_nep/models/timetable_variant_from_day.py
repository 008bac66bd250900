from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import ON_DAY
from .timetable_assignment_past import PLACEMENTS, domain_on, holds_on


class TimetableVariant(models.Model):
    """Changes of the weekly plan from one week of the term on."""

    _inherit = "timetable.variant"

    def _week_shown(self, day=None):
        """First day of the week that documents show; ``None``: all weeks are alike.

        :param day: any day of it, the present one if not given; before the term it is
            its first week, after it its last
        """
        self.ensure_one()
        earlier = self.env["timetable.assignment.past"].sudo()
        if not earlier.search_count([("variant_id", "=", self.id)], limit=1):
            return None
        term = self.sudo().term_id
        day = min(filter(None, [day or term._local_today(), term.date_end]))
        day = max(filter(None, [day, term.date_start]))
        return day - timedelta(days=day.weekday())

    def _in_week(self, day=None):
        """This timetable as it stands in one week of its term (:meth:`_week_shown`)."""
        return self.with_context(**{ON_DAY: self._week_shown(day)})

    def _places(self, *conditions):
        """A row for the place of each event, those of :meth:`_in_week` where given.

        :param conditions: more domains on placements
        :return: list of placements, present and earlier ones: two models
        """
        self.ensure_one()
        domain = Domain.AND([Domain("variant_id", "=", self.id), *conditions])
        day = self.env.context.get(ON_DAY)
        if not day:
            return list(self.env["timetable.assignment"].search(domain))
        present, earlier = domain_on(day), domain_on(day, ends=True)
        return [
            *self.env["timetable.assignment"].search(domain & present),
            *self.env["timetable.assignment.past"].search(domain & earlier),
        ]

    def _place_on(self, event, day):
        """Where an event is by the weekly plan in force on a day."""
        domain = Domain("variant_id", "=", self.id) & Domain("event_id", "=", event.id)
        Past = self.env["timetable.assignment.past"].sudo()
        present = self.env["timetable.assignment"].sudo()
        return Past.search(
            domain & domain_on(day, ends=True), limit=1
        ) or present.search(domain & domain_on(day))

    def _places_before(self, day):
        """``(event, timeslot, room, from, until)`` by id of what held before a day."""
        self.ensure_one()
        self.env["timetable.assignment"].flush_model()
        self.env["timetable.assignment.past"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT event_id, timeslot_id, room_id, date_from,
                       least(date_until, %(day)s::date)
                  FROM (%(places)s) AS place
                 WHERE variant_id = %(variant)s
                   AND (date_from IS NULL OR date_from < %(day)s)
                 ORDER BY event_id, date_from NULLS FIRST
                """,
                day=day,
                places=SQL(PLACEMENTS),
                variant=self.id,
            )
        )

    def _follow(self, previous, day):
        """What held before a day was the plan of ``previous``; ``None``: nothing.

        Writes for this timetable what the other had then. Places that stay get no row.
        """
        variant = self.sudo()._guarded()
        Past = self.env["timetable.assignment.past"].sudo()
        Past.search([("variant_id", "=", variant.id)]).unlink()
        dated = variant.assignment_ids.filtered("date_from")
        dated.date_from = False
        if not previous or not day:
            return
        rows = {row.event_id.id: row for row in variant.assignment_ids}
        stays, kept, before = {}, [], set()
        for event, slot, room, begin, until in previous.sudo()._places_before(day):
            before.add(event)
            row = rows.get(event)
            same = row and (row.timeslot_id.id, row.room_id.id or None) == (slot, room)
            if same and until == day:
                stays[event] = begin
                continue
            kept.append(
                {
                    "variant_id": variant.id,
                    "event_id": event,
                    "timeslot_id": slot,
                    "room_id": room,
                    "date_from": begin,
                    "date_until": until,
                }
            )
        Past.create(kept)
        by_day = {}
        for event, row in rows.items():
            begin = stays.get(event, day)
            by_day.setdefault(begin, []).append(row.id)
        for begin, ids in by_day.items():
            if begin:
                variant.assignment_ids.browse(ids).date_from = begin

    def _change_from(self, day, events, change):
        """Make a change that holds from a day on; earlier meetings stay.

        :param day: its first day; ``None`` changes every week of the term
        :param events: the events that it moves
        :param change: makes the change in the weekly plan
        """
        self.ensure_one()
        Past = self.env["timetable.assignment.past"].sudo()
        mine = [("variant_id", "=", self.id), ("event_id", "in", events.ids)]
        before = {
            row.event_id: (row.timeslot_id, row.room_id, row.date_from)
            for row in self.env["timetable.assignment"].sudo().search(mine)
        }
        for event, (_slot, _room, begin) in before.items():
            if day and begin and begin > day:
                raise UserError(
                    self.env._(
                        "%(class)s has another place from %(day)s on already. Choose "
                        "that week or a later one.",
                        **{"class": event.class_id.display_name, "day": begin},
                    )
                )
        change()
        after = (
            self.env["timetable.assignment"]
            .with_env(self._guarded().sudo().env)
            .search(mine)
        )
        if not day:
            Past.search(mine).unlink()
            after.date_from = False
        for row in after if day else ():
            slot, room, begin = before[row.event_id]
            if begin != day:
                Past.create(
                    {
                        "variant_id": self.id,
                        "event_id": row.event_id.id,
                        "timeslot_id": slot.id,
                        "room_id": room.id,
                        "date_from": begin,
                        "date_until": day,
                    }
                )
                row.date_from = day
        self._check_weeks(after, day)

    def _days_that_differ(self, day):
        """Days from ``day`` on, one for each plan that holds before the last one."""
        today = self.env["timetable.term"]._clock_now(self.company_id).date()
        first = max(filter(None, [day, self.sudo().term_id.date_start, today]))
        ends = (
            self.env["timetable.assignment.past"]
            .sudo()
            .search([("variant_id", "=", self.id), ("date_until", ">", first)])
            .mapped("date_until")
        )
        days = sorted({first, *ends})
        return days[:-1]

    def _check_weeks(self, rows, day):
        """Refuse a place that is taken until somebody else moves away, later."""
        for number in self._days_that_differ(day):
            then = self.with_context(**{ON_DAY: number})
            for row in rows:
                event = row.event_id
                verdict = then._feasibility(event).verdict(row.timeslot_id.id)
                free = not row.room_id or row.room_id.id in verdict.rooms
                if verdict.feasible and free:
                    continue
                names = then._board_names([verdict])
                reason = then._board_sentence(verdict, names) or self.env._(
                    "%s is taken.", row.room_id.display_name
                )
                raise UserError(
                    self.env._(
                        "%(class)s cannot be there in the week of %(day)s: %(reason)s "
                        "Another change begins later; choose a later week.",
                        **{
                            "class": event.class_id.display_name,
                            "day": number,
                            "reason": reason,
                        },
                    )
                )

    def _feasibility_placed(self):
        """All placements, by one query: 8,000 rows without a record each."""
        day = self.env.context.get(ON_DAY)
        if not day:
            return super()._feasibility_placed()
        self.env["timetable.assignment.past"].flush_model()
        return self._placed_rows(
            SQL("(SELECT * FROM (%s) AS a WHERE %s)", SQL(PLACEMENTS), holds_on(day))
        )
