import hashlib
from collections import defaultdict
from datetime import datetime, timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from ...const import READ_AT_ONCE
from ...tools import ical

KEEP_ENDED = timedelta(days=30)


class TimetableFeed(models.Model):
    """What a calendar application reads."""

    _inherit = "timetable.feed"

    def _content(self):
        """The feed as plain values, and a checksum of them: cheap to ask for.

        :return: ``(series, checksum)``
        """
        self.ensure_one()
        series = self._series()
        text = repr((self._title(), self._zone(), series))
        return series, hashlib.sha256(text.encode()).hexdigest()

    def _render(self, series):
        return ical.document(self._title(), self._zone(), series)

    def _title(self):
        return self.env._("Timetable: %s", self.display_name)

    def _zone(self):
        return self.sudo().company_id._timetable_timezone()

    # ---- Which classes
    def _series(self):
        """The meetings as weekly series: one for each place that a class has."""
        members = self._members()
        domain = self._meeting_domain(members)
        oldest = fields.Date.today() - KEEP_ENDED
        domain &= Domain("term_id.active", "=", True)
        domain &= Domain("term_id.date_end", "=", False) | Domain(
            "term_id.date_end", ">=", oldest
        )
        meetings = (
            self.env["timetable.meeting"]
            .sudo()
            .search_fetch(
                domain, [*READ_AT_ONCE, "write_date"], order="origin_date, id"
            )
        )
        stamps = self._stamps(meetings)
        at_home = set(self._at_home(meetings)._ids)
        weekly, dates = defaultdict(list), []
        for meeting in meetings:
            if meeting.origin_date and meeting.id in at_home:
                weekly[meeting.event_id].append(meeting)
            else:
                dates.append(meeting)
        series = []
        for event, rows in weekly.items():
            series += self._series_of(event, rows, stamps[event.id])
        for meeting in dates:
            if self._is_here(meeting):
                series.append(self._single(meeting, stamps[meeting.event_id.id]))
        return series

    def _stamps(self, meetings):
        """When each class last changed; undone changes count: SEQUENCE only rises."""
        stamps = defaultdict(lambda: datetime.min)
        for meeting in meetings:
            key = meeting.event_id.id
            stamps[key] = max(stamps[key], meeting.write_date)
        changes = (
            self.env["timetable.meeting.change"]
            .sudo()
            ._read_group(
                [("event_id", "in", meetings.event_id.ids)],
                ["event_id"],
                ["write_date:max"],
            )
        )
        for event, stamp in changes:
            stamps[event.id] = max(stamps[event.id], stamp)
        return stamps

    def _meeting_domain(self, members):
        """Meetings of this room, class or person, and what they have left."""
        if self.kind == "room":
            room = self.room_id.id
            return Domain("room_id", "=", room) | Domain("planned_room_id", "=", room)
        if self.kind == "class":
            return Domain("class_id", "=", self.class_id.id)
        events = self.env["timetable.assignment"]._events_of_partner(self.partner_id)
        none = self.env["timetable.faculty"]
        return self.env["timetable.week"]._domain_of(events, members or none)

    def _at_home(self, meetings):
        """Those that are planned here, and not guests for a date."""
        if self.kind == "room":
            return meetings.filtered(lambda row: row.planned_room_id == self.room_id)
        if self.kind == "class":
            return meetings
        own = self.env["timetable.assignment"]._events_of_partner(self.partner_id)
        own = set(own)
        return meetings.filtered(lambda row: row.event_id.id in own)

    def _members(self):
        return (
            self.env["timetable.faculty"]
            .sudo()
            .search([("partner_id", "=", self.partner_id.id)])
            if self.partner_id
            else None
        )

    # ---- As series of the calendar
    def _series_of(self, event, rows, stamp):
        """A weekly class: a series for each place that it has, one after the other."""
        places = []
        for meeting in rows:
            place = (meeting.planned_timeslot_id, meeting.planned_room_id)
            if not places or places[-1][0] != place:
                places.append((place, []))
            places[-1][1].append(meeting)
        series = []
        for number, (_place, held) in enumerate(places):
            goes_on = number + 1 == len(places)
            key = (
                event.id
                if goes_on
                else f"{event.id}-until-{held[-1].origin_date:%Y%m%d}"
            )
            series.append(self._weekly(key, held, stamp))
        return series

    def _weekly(self, key, held, stamp):
        """One place of a class: its dates, those left out, and those that differ."""
        first, last = held[0], held[-1]
        days = {meeting.origin_date for meeting in held}
        without, day = set(), first.origin_date
        while day <= last.origin_date:
            if day not in days:
                without.add(day)
            day += timedelta(days=7)
        changes = []
        for meeting in held:
            if not self._is_here(meeting):
                without.add(meeting.origin_date)
            elif meeting.change_id:
                changes.append((meeting.origin_date, self._occurrence(meeting)))
        return ical.Series(
            uid=self._uid(key),
            first=self._planned(first),
            stamp=stamp,
            until=last.origin_date,
            without=tuple(sorted(without)),
            changes=tuple(changes),
        )

    def _single(self, meeting, stamp):
        """A date of its own: an extra class, or a guest's."""
        series = ical.Series(
            uid=self._uid(f"{meeting.event_id.id}-{meeting.id}"),
            first=None,
            stamp=stamp,
        )
        return ical.single(series, self._occurrence(meeting))

    def _is_here(self, meeting):
        """A room's calendar leaves out what meets elsewhere that day."""
        return self.kind != "room" or meeting.room_id == self.room_id

    def _occurrence(self, meeting):
        """A meeting as it takes place."""
        values = meeting._as_dict()
        return self._entry(
            meeting,
            values,
            (meeting.date, meeting.hour_from, meeting.hour_to),
            summary=self._summary(meeting, values),
            note=values["reason"],
            cancelled=meeting.status == "cancelled" or self._let_off(meeting),
        )

    def _planned(self, meeting):
        """A meeting as its weekly plan has it: what the series repeats."""
        slot, event = meeting.planned_timeslot_id, meeting.event_id
        room = meeting.planned_room_id
        hours = meeting._hours_of(event, meeting.origin_date, slot)
        values = meeting._as_dict() | {
            "period": slot.period,
            "room": room.name or "",
            "building": room.building_id.name or "",
            "faculty": meeting._names_of(event.teacher_ids),
        }
        when = (meeting.origin_date, hours["hour_from"], hours["hour_to"])
        return self._entry(meeting, values, when)

    def _entry(self, meeting, values, when, summary="", note="", cancelled=False):
        """:param when: ``(date, from, to)`` in hours on the classrooms' clock"""
        week = self.env["timetable.week"]
        day, hour_from, hour_to = when
        words = [values["code"], values["faculty"], note]
        if not hour_to:
            words.insert(0, self.env._("Period %s", values["period"]))
        return ical.Occurrence(
            start=week._at(day, hour_from),
            end=week._at(day, hour_to),
            summary=summary or values["course"] or values["code"],
            location=", ".join(filter(None, [values["room"], values["building"]])),
            description="\n".join(filter(None, words)),
            cancelled=cancelled,
            all_day=not hour_to,
        )

    def _let_off(self, meeting):
        """Whether somebody else teaches it in place of this calendar's person."""
        if not (meeting.substituted and self.partner_id):
            return False
        members = self._members()
        if not members & meeting.event_id.teacher_ids:
            return False
        student = meeting.class_id.seat_ids.student_id.partner_id
        return not (members & meeting.faculty_ids or self.partner_id in student)

    def _summary(self, meeting, values):
        """The course, and what is different: a telephone shows no more than this."""
        course = values["course"] or values["code"]
        if self._let_off(meeting):
            return self.env._(
                "%(course)s (%(person)s teaches)",
                course=course,
                person=values["faculty"],
            )
        if meeting.status == "substituted":
            return self.env._(
                "%(course)s (substitute: %(person)s)",
                course=course,
                person=values["faculty"],
            )
        if meeting.status == "room" and values["room"]:
            return self.env._(
                "%(course)s (other room: %(room)s)", course=course, room=values["room"]
            )
        return course

    def _uid(self, event):
        return f"event-{event}@{self._uid_domain()}"

    @ormcache()
    def _uid_domain(self):
        """Stays what it is when the server moves to another address."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{uuid}.timetable"
