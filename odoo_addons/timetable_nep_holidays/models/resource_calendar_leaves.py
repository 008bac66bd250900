from datetime import timedelta

from pytz import timezone, utc

from odoo import api, models

WHEN = frozenset(
    {"name", "date_from", "date_to", "calendar_id", "resource_id", "time_type"}
)
DAY_ENDS = 23.9


class ResourceCalendarLeaves(models.Model):
    """Public holidays are holidays; a closure of some hours closes the rooms.

    Those that hold for everybody: of no resource, and of all working hours or of the
    university's own.
    """

    _inherit = "resource.calendar.leaves"

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        leaves._tell_timetable()
        return leaves

    def write(self, vals):
        done = super().write(vals)
        if WHEN & vals.keys():
            self._tell_timetable()
        return done

    def unlink(self):
        # By hand: a row that the database takes away leaves its meetings missing.
        Holiday = self.env["timetable.holiday"].sudo()
        Holiday.search([("calendar_leave_id", "in", self.ids)]).unlink()
        return super().unlink()

    def _for_the_university(self):
        self.ensure_one()
        own = self.company_id.resource_calendar_id
        return (
            not self.resource_id
            and self.time_type == "leave"
            and bool(self.company_id)
            and (not self.calendar_id or self.calendar_id == own)
        )

    def _tell_timetable(self):
        """Make holidays and closed rooms agree with these rows."""
        leaves = self.sudo().filtered(lambda one: not one.resource_id)
        Holiday = self.env["timetable.holiday"].sudo()
        Absence = self.env["timetable.absence"].sudo()
        holidays = Holiday.search([("calendar_leave_id", "in", leaves.ids)])
        closures = Absence.search([("calendar_leave_id", "in", leaves.ids)])
        for leave in leaves:
            days, hours = leave._timetable_span()
            own = holidays.filtered(
                lambda one, leave=leave: one.calendar_leave_id == leave
            )
            if days:
                values = {
                    "name": leave.name or self.env._("Holiday"),
                    "company_id": leave.company_id.id,
                    "date_start": days[0],
                    "date_end": days[1],
                }
                if own:
                    own.write(values)
                else:
                    Holiday.create({**values, "calendar_leave_id": leave.id})
            else:
                own.unlink()
            closures.filtered(
                lambda one, leave=leave: one.calendar_leave_id == leave
            ).unlink()
            if hours:
                rooms = (
                    self.env["timetable.room"]
                    .sudo()
                    .search([("company_id", "=", leave.company_id.id)])
                )
                Absence.create(
                    [
                        {
                            "room_id": room.id,
                            "company_id": room.company_id.id,
                            "calendar_leave_id": leave.id,
                            "reason": leave.name,
                            **piece,
                        }
                        for room in rooms
                        for piece in hours
                    ]
                )

    def _timetable_span(self):
        """``(first and last whole day or None, closed hours of other days)``, on the
        university's clock."""
        self.ensure_one()
        if not self._for_the_university():
            return None, []
        zone = timezone(self.company_id._timetable_timezone())
        start = utc.localize(self.date_from).astimezone(zone)
        stop = utc.localize(self.date_to).astimezone(zone)
        first, last = start.date(), stop.date()
        begin = start.hour + start.minute / 60
        end = stop.hour + stop.minute / 60
        day_from, day_to = self._timetable_hours()
        # Working hours begin some time: a holiday from then on is a whole day.
        whole_from = first if begin <= day_from else first + timedelta(days=1)
        whole_to = last if end >= min(day_to, DAY_ENDS) else last - timedelta(days=1)
        days = (whole_from, whole_to) if whole_from <= whole_to else None
        pieces = []
        if first == last and not days:
            pieces.append((first, begin, end))
        elif first != last:
            if whole_from > first:
                pieces.append((first, begin, 24.0))
            if whole_to < last:
                pieces.append((last, 0.0, end))
        return days, [
            {"date_start": day, "date_end": day, "hour_from": low, "hour_to": high}
            for day, low, high in pieces
            if low < high
        ]

    def _timetable_hours(self):
        """When the university's first period begins and its last one ends."""
        slots = (
            self.env["timetable.timeslot"]
            .sudo()
            .search(
                [("grid_id.company_id", "=", self.company_id.id), ("hour_to", ">", 0)]
            )
        )
        return (
            min(slots.mapped("hour_from"), default=0.0),
            max(slots.mapped("hour_to"), default=24.0),
        )
