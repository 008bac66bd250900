from collections import defaultdict
from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, models


class TimetableAbsence(models.Model):
    """Busy hours of a calendar, for those who want them to count."""

    _inherit = "timetable.absence"

    @api.model
    def _on(self, date, grid):
        away, closed = super()._on(date, grid)
        busy = self._busy_on(date, grid)
        if busy:
            away = defaultdict(frozenset, away)
            for member, slots in busy.items():
                away[member] |= slots
        return away, closed

    @api.model
    def _busy_on(self, date, grid):
        """Faculty id → timeslots of a date in which their calendar says busy.

        Classes that stand in a calendar do not count: the timetable knows them.
        """
        members = (
            self.env["timetable.faculty"]
            .sudo()
            .search([("partner_id.timetable_busy_counts", "=", True)])
            .grouped("partner_id")
        )
        if not members:
            return {}
        company = grid.sudo().company_id
        zone = timezone(company._timetable_timezone())
        start = zone.localize(datetime.combine(date, time())).astimezone(utc)
        stop = start + timedelta(days=1)
        partners = self.env["res.partner"].union(*members)
        events = (
            self.env["calendar.event"]
            .sudo()
            .search(
                [
                    ("timetable_owner_id", "=", False),
                    ("show_as", "=", "busy"),
                    (
                        "attendee_ids",
                        "any",
                        [
                            ("partner_id", "in", partners.ids),
                            ("state", "!=", "declined"),
                        ],
                    ),
                    ("start", "<", stop.replace(tzinfo=None)),
                    ("stop", ">", start.replace(tzinfo=None)),
                ]
            )
        )
        slots = grid.sudo()._timeslots_of(date)
        busy = defaultdict(frozenset)
        for event in events:
            if event.allday:
                first, last = event.start_date, event.stop_date
                if not first <= date <= last:
                    continue
                low, high = 0.0, 24.0
            else:
                low, high = (
                    (utc.localize(moment) - start).total_seconds() / 3600
                    for moment in (event.start, event.stop)
                )
            hit = frozenset(
                slot.id
                for slot in slots
                if not slot.hour_to or (slot.hour_from < high and low < slot.hour_to)
            )
            here = event.attendee_ids.filtered(lambda one: one.state != "declined")
            for partner in here.partner_id & partners:
                for member in members[partner]:
                    busy[member.id] |= hit
        return busy
