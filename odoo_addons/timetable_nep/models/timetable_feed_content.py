import hashlib
from dataclasses import replace
from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import ormcache

from ..tools import ical

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
        Assignment, week = self.env["timetable.assignment"], self.env["timetable.week"]
        own = Assignment._domain_in_force() & self._placed_domain()
        # A place that held in earlier weeks is a series of its own, which ended.
        pattern = self._current(week._pattern(own) + week._earlier(own))
        changes = week._changes(
            {row["event"] for row in pattern}, self._members(), self.room_id
        )
        guests = set(changes.event_id.ids) - {
            row["event"] for row in pattern if not row["valid_until"]
        }
        others = []
        if guests:
            # A class that comes only for a date: a substitute's, or a room's.
            others = self._current(
                week._pattern(
                    Assignment._domain_in_force()
                    & Domain("event_id", "in", sorted(guests))
                )
            )
        meetings = {}
        for meeting in week._changed_meetings(changes):
            meetings.setdefault(meeting.event_id.id, []).append(meeting)
        self._stamp_changes(pattern + others)
        series = []
        for row in pattern:
            series += self._series_of(row, meetings.get(row["event"], []))
        for row in others:
            series += self._guest_series(row, meetings.get(row["event"], []))
        return series

    def _stamp_changes(self, pattern):
        """When each class last changed; undone changes count: SEQUENCE only rises."""
        found = dict(
            self.env["timetable.meeting.change"]
            .sudo()
            ._read_group(
                [("event_id", "in", [row["event"] for row in pattern])],
                ["event_id"],
                ["write_date:max"],
            )
        )
        latest = {event.id: stamp for event, stamp in found.items()}
        for row in pattern:
            row["stamp"] = max(row["stamp"], latest.get(row["event"], row["stamp"]))

    def _placed_domain(self):
        """Placements of this room or class, or of this person's classes."""
        if self.kind == "room":
            return Domain("room_id", "=", self.room_id.id)
        if self.kind == "class":
            return Domain("event_id.class_id", "=", self.class_id.id)
        events = self.env["timetable.assignment"]._events_of_partner(self.partner_id)
        return Domain("event_id", "in", events)

    def _current(self, pattern):
        """Without terms that ended a while ago."""
        day = fields.Date.today() - KEEP_ENDED
        return [
            row
            for row in pattern
            if not row["term"].date_end or row["term"].date_end >= day
        ]

    def _members(self):
        return (
            self.env["timetable.faculty"]
            .sudo()
            .search([("partner_id", "=", self.partner_id.id)])
            if self.partner_id
            else None
        )

    # ---- As series of the calendar
    def _series_of(self, row, meetings):
        """A weekly class, with what differs on single dates."""
        begin, last = self.env["timetable.week"]._span(row)
        first = begin + timedelta(days=(row["day"] - begin.weekday()) % 7)
        if first > last:
            return []
        holidays = self.env["timetable.week"]._holidays({row["term"]}, first, last)
        without = {
            day
            for day in holidays[row["term"].id]
            if day.weekday() == row["day"] and first <= day <= last
        }
        changes, extra = [], []
        for meeting in meetings:
            planned = meeting.origin_date
            if not planned:
                # With the series that goes on.
                if self._is_here(meeting) and not row["valid_until"]:
                    extra.append(meeting)
            elif not first <= planned <= last:
                continue
            elif not self._is_here(meeting):
                without.add(planned)
            else:
                changes.append((planned, self._changed(row, meeting)))
        item = ical.Series(
            uid=self._uid(self._series_key(row)),
            first=self._occurrence(row, first, row["hour_from"], row["hour_to"]),
            stamp=row["stamp"],
            until=last,
            without=tuple(sorted(without.difference(day for day, _what in changes))),
            changes=tuple(sorted(changes, key=lambda change: change[0])),
        )
        return [item, *(self._single(row, meeting, item) for meeting in extra)]

    def _series_key(self, row):
        """The series that goes on keeps its name when the place changes."""
        until = row["valid_until"]
        return f"{row['event']}-until-{until:%Y%m%d}" if until else row["event"]

    def _guest_series(self, row, meetings):
        """Dates of a class that is not this person's or room's every week."""
        # Each date brings a UID and times of its own.
        base = ical.Series(uid="", first=None, stamp=row["stamp"])
        return [
            self._single(row, meeting, base)
            for meeting in meetings
            if self._is_here(meeting)
            and self.env["timetable.week"]._holds(
                row, meeting.origin_date or meeting.date
            )
        ]

    def _single(self, row, meeting, item):
        return ical.single(
            replace(item, uid=self._uid(f"{row['event']}-{meeting.id}")),
            self._changed(row, meeting),
        )

    def _is_here(self, meeting):
        """A room's calendar leaves out what meets elsewhere that day."""
        return self.kind != "room" or meeting.room_id == self.room_id

    def _changed(self, row, meeting):
        values = meeting._as_dict()
        occurrence = self._occurrence(
            row | {key: values[key] for key in ("room", "building", "faculty")},
            meeting.date,
            meeting.hour_from,
            meeting.hour_to,
            values["reason"],
        )
        return replace(
            occurrence,
            summary=self._summary(occurrence.summary, meeting, values),
            cancelled=meeting.status == "cancelled" or self._let_off(meeting),
        )

    def _let_off(self, meeting):
        """Whether somebody else teaches it in place of this calendar's person."""
        if not (meeting.substituted and self.partner_id):
            return False
        members = self._members()
        student = meeting.class_id.enrolment_ids.student_id.partner_id
        return not (members & meeting.faculty_ids or self.partner_id in student)

    def _summary(self, course, meeting, values):
        """The course, and what is different: a telephone shows no more than this."""
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

    def _occurrence(self, row, day, hour_from, hour_to, note=""):
        week = self.env["timetable.week"]
        place = ", ".join(filter(None, [row["room"], row["building"]]))
        words = [row["code"], row["faculty"], note]
        if not hour_to:
            words.insert(0, self.env._("Period %s", row["period"]))
        return ical.Occurrence(
            start=week._at(day, hour_from),
            end=week._at(day, hour_to),
            summary=row["course"] or row["code"],
            location=place,
            description="\n".join(filter(None, words)),
            all_day=not hour_to,
        )

    def _uid(self, event):
        return f"event-{event}@{self._uid_domain()}"

    @ormcache()
    def _uid_domain(self):
        """Stays what it is when the server moves to another address."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{uuid}.timetable"
