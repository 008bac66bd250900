from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.weeks import week_number


class TimetableVariant(models.Model):
    """Changes of the weekly plan from one week of the term on."""

    _inherit = "timetable.variant"

    date_from = fields.Date(
        "Other places before",
        readonly=True,
        copy=False,
        help="Meetings before this day may be elsewhere than the weekly plan says: it "
        "was published, or changed, from that week on.",
    )

    def _week_shown(self, day=None):
        """First day of the week that documents show; ``None``: all weeks are alike.

        :param day: any day of it, the present one if not given; before the term it is
            its first week, after it its last
        """
        self.ensure_one()
        if self.state != "published" or not (self.date_from or self._board_weeks()):
            return None
        term = self.sudo().term_id
        day = min(filter(None, [day or term._local_today(), term.date_end]))
        day = max(filter(None, [day, term.date_start]))
        return day - timedelta(days=day.weekday())

    def _places(self, day, *conditions):
        """A placement of each event, as the weekly plan is in one week.

        :param day: first day of the week (:meth:`_week_shown`); ``None``: all alike
        :param conditions: more domains on placements
        :return: placements; those of earlier weeks are in memory only
        """
        self.ensure_one()
        Assignment = self.env["timetable.assignment"]
        domain = Domain.AND([Domain("variant_id", "=", self.id), *conditions])
        if not day:
            return Assignment.search(domain)
        patterns = {
            row.event_id.id: row.week_pattern_id.id
            for row in Assignment.search(
                [("variant_id", "=", self.id), ("week_pattern_id", "!=", False)]
            )
        }
        begun = Domain("date_from", "=", False) | Domain("date_from", "<=", day)
        earlier = Assignment.union(
            *(
                Assignment.new(
                    {
                        "variant_id": self.id,
                        "event_id": event,
                        "timeslot_id": slot,
                        "room_id": room,
                        "week_pattern_id": patterns.get(event),
                    }
                )
                for event, slot, room in (
                    self._places_before(day) if self.date_from else ()
                )
            )
        )
        rows = Assignment.search(domain & begun) | earlier.filtered_domain(domain)
        if not patterns:
            return rows
        term = self.sudo().term_id
        week = week_number(day, term.date_start)
        masks = term._week_masks(set(patterns.values()))
        return rows.filtered(
            lambda row: (
                not row.week_pattern_id or masks[row.week_pattern_id.id] >> week & 1
            )
        )

    def _places_before(self, day):
        """``(event, timeslot, room)`` by id of classes that were elsewhere in a week.

        Of each the meeting that is nearest to it, before its place changed.
        """
        self.env["timetable.assignment"].flush_model()
        self.env["timetable.meeting"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (m.event_id)
                       m.event_id, m.planned_timeslot_id, m.planned_room_id
                  FROM timetable_meeting m
                  LEFT JOIN timetable_assignment a
                         ON a.variant_id = %(variant)s AND a.event_id = m.event_id
                 WHERE m.term_id = %(term)s
                   AND m.origin_date < coalesce(a.date_from, %(since)s)
                   AND (a.id IS NULL OR a.date_from > %(day)s)
                   AND %(day)s < %(since)s
                 ORDER BY m.event_id, abs(m.origin_date - %(day)s::date),
                          m.origin_date
                """,
                variant=self.id,
                term=self.sudo().term_id.id,
                since=self.date_from,
                day=day,
            )
        )

    def _follow(self, previous, day):
        """What held before a day was the plan of ``previous``; ``None``: nothing."""
        variant = self.sudo()._guarded()
        since = day if previous else False
        held = {
            row.event_id: row
            for row in (previous.sudo().assignment_ids if since else ())
        }
        by_day = {}
        for row in variant.assignment_ids:
            before, begin = held.get(row.event_id), since
            stays = before and (
                *(before.timeslot_id, before.room_id, before.week_pattern_id),
            ) == (row.timeslot_id, row.room_id, row.week_pattern_id)
            if stays and (not before.date_from or before.date_from < day):
                begin = before.date_from  # since whenever that was
            if row.date_from != begin:
                by_day.setdefault(begin, []).append(row.id)
        for begin, ids in by_day.items():
            variant.assignment_ids.browse(ids).date_from = begin
        variant.date_from = since

    def _change_from(self, day, events, change):
        """Make a change that holds from a day on; earlier meetings stay.

        :param day: its first day; ``None`` changes every week of the term
        :param events: the events that it moves
        :param change: makes the change in the weekly plan
        """
        self.ensure_one()
        mine = [("variant_id", "=", self.id), ("event_id", "in", events.ids)]
        for row in self.env["timetable.assignment"].sudo().search(mine):
            if day and row.date_from and row.date_from > day:
                raise UserError(
                    self.env._(
                        "%(class)s has another place from %(day)s on already. Choose "
                        "that week or a later one.",
                        **{
                            "class": row.event_id.class_id.display_name,
                            "day": row.date_from,
                        },
                    )
                )
        change()
        variant = self.sudo()._guarded()
        after = self.env["timetable.assignment"].with_env(variant.env).search(mine)
        after.date_from = day or False
        if day:
            variant.date_from = max(filter(None, [variant.date_from, day]))
        Meeting = self.env["timetable.meeting"].sudo()
        term = variant.term_id
        Meeting._lay_out(term, day)
        today = term._local_today()
        Meeting.search(
            [
                ("event_id", "in", events.ids),
                ("date", ">=", max(filter(None, [day, today]))),
                ("change_id", "=", False),
            ],
            order="date, id",
        )._refuse_clashes(advice=self.env._("Choose a later week, or another place."))
