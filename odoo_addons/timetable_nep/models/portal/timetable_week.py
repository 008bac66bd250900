from collections import defaultdict
from datetime import date, datetime, time, timedelta

from odoo import api, models
from odoo.fields import Domain

from ...const import READ_AT_ONCE

LOOK_AHEAD = timedelta(days=14)
NOT_HERE = ("cancelled", "moved_away")


class TimetableWeek(models.AbstractModel):
    """The week of a person, and the weekly pattern of a person, room or class.

    Read with all rights: who asks for which resource is checked by the caller, and of
    other people a row holds nothing but the names of who teaches.
    """

    _name = "timetable.week"
    _description = "Week of a person, a room or a class"

    # ---- The weekly pattern
    @api.model
    def _pattern(self, domain):
        """Placed events as plain rows, in a number of queries that does not grow.

        :param domain: placements to show
        :return: list of dictionaries, by term, day and time
        """
        found = self.env["timetable.assignment"].sudo().search(domain, order="id")
        ends = {
            (slot.grid_id.id, slot.day, slot.period): slot.hour_to
            for slot in found.timeslot_id.grid_id.timeslot_ids
        }
        rows = [self._pattern_row(row, ends) for row in found]
        rows.sort(key=lambda row: (row["term"].id, row["day"], row["period"]))
        return rows

    def _pattern_row(self, row, ends):
        event, slot = row.event_id, row.timeslot_id
        section = event.class_id
        last = ends.get((slot.grid_id.id, slot.day, slot.period + event.duration - 1))
        return {
            "event": event.id,
            "term": row.variant_id.term_id,
            "variant": row.variant_id,
            "valid_from": row.date_from,
            "day": slot.day,
            "period": slot.period,
            "periods": event.duration,
            "hour_from": slot.hour_from,
            "hour_to": (last or slot.hour_to) if slot.hour_to else 0.0,
            "course": section.course_id.name or "",
            "code": section.display_name or "",
            "slot": slot.display_name,
            "room_id": row.room_id.id,
            "room": row.room_id.display_name or "",
            "building": row.room_id.building_id.name or "",
            "category": section.category,
            "class_id": section.id,
            "teachers": event.teacher_ids,
            "faculty_ids": sorted(event.teacher_ids.ids),
            "faculty": ", ".join(
                member.name or member.code or "" for member in event.teacher_ids
            ),
        }

    # ---- One page of the portal
    @api.model
    def _of_partner(self, partner, monday=None):
        """A person's week, for the page.

        :param monday: first day of the week to show; ``None`` is the present week, or
            the first one of a term that has not begun
        :return: dictionary of what the page shows
        """
        Assignment = self.env["timetable.assignment"]
        events = Assignment._events_of_partner(partner)
        own = Assignment._domain_in_force() & Domain("event_id", "in", events)
        pattern = self._pattern(own)
        members = (
            self.env["timetable.faculty"]
            .sudo()
            .search([("partner_id", "=", partner.id)])
        )
        terms = self.env["timetable.term"].sudo()
        terms = terms.union(*[row["term"] for row in pattern])
        now = self._now_of(terms, partner)
        today = now.date()
        this_week = today - timedelta(days=today.weekday())
        if monday is None:
            monday = self._first_week(terms, this_week)
        sunday = monday + timedelta(days=6)
        found = self._meetings_between(
            self._domain_of(events, members),
            *(min(monday, today), max(sunday, today + LOOK_AHEAD)),
        )
        terms |= found.term_id
        rows = self._dated_rows(found, members, pattern)
        meetings = [row for row in rows if monday <= row["date"] <= sunday]
        coming = [row for row in rows if today <= row["date"] <= today + LOOK_AHEAD]
        undated = bool(terms) and not any(terms.mapped("date_start"))
        if not rows and undated:
            # Published long ago and never given dates: the weekly pattern itself.
            meetings = [
                self._undated(row, monday + timedelta(days=row["day"]), members)
                for row in pattern
            ]
            meetings.sort(key=lambda row: (row["date"], row["period"], row["id"]))
            coming = [row for row in meetings if row["date"] >= today]
        return {
            "pattern": pattern,
            "terms": terms,
            "undated": undated,
            "now": now,
            "today": today,
            "monday": monday,
            "this_week": this_week,
            "meetings": meetings,
            "coming": coming,
            "next": self._next_meeting(coming, now),
            "holidays": self._common_holidays(terms, monday, sunday),
            "begins": min(filter(None, terms.mapped("date_start")), default=None),
            "ends": self._end_of(terms),
        }

    # ---- Dates
    @api.model
    def _domain_of(self, events, members):
        """Meetings of these classes, and those that these people stand in for.

        One that somebody else takes over stays in the list of its own faculty.
        """
        domain = Domain("event_id", "in", events)
        if members:
            domain |= Domain("faculty_ids", "in", members.ids)
        return domain & Domain("term_id.active", "=", True)

    @api.model
    def _meetings_between(self, domain, first, last):
        """Rows that take place, or were planned, on these days, both included."""
        between = Domain("date", ">=", first) & Domain("date", "<=", last)
        left = Domain("status", "=", "moved")
        left &= Domain("origin_date", ">=", first) & Domain("origin_date", "<=", last)
        return (
            self.env["timetable.meeting"]
            .sudo()
            .search_fetch(domain & (between | left), READ_AT_ONCE)
        )

    @api.model
    def _dated_rows(self, meetings, members, pattern=()):
        """What a page shows of meetings, by time; one that moved is there twice."""
        since = {row["event"]: row["valid_from"] for row in pattern}
        rows = []
        for meeting in meetings:
            values = meeting._as_dict(members)
            begin = since.get(meeting.event_id.id)
            planned = meeting.origin_date
            # The place of earlier weeks, which has another one from some week on.
            values["ends"] = bool(begin and planned and planned < begin)
            rows.append(values)
            if meeting.status == "moved":
                rows.append(self._left(values, meeting))
        rows.sort(key=lambda row: (row["date"], row["hour_from"], row["id"]))
        return rows

    def _left(self, values, meeting):
        """The place that a moved meeting has left."""
        slot = meeting.planned_timeslot_id
        hours = meeting._hours_of(meeting.event_id, meeting.origin_date, slot)
        return {
            **values,
            "date": meeting.origin_date,
            "day": meeting.origin_date.weekday(),
            "period": slot.period,
            "hour_from": hours["hour_from"],
            "hour_to": hours["hour_to"],
            "clock_from": slot._clock(slot.hour_from) if slot.hour_to else "",
            "clock_to": slot._clock(hours["hour_to"]) if slot.hour_to else "",
            "status": "moved_away",
            "moved_to": values["date"],
        }

    def _undated(self, row, day, members):
        """A class of the weekly pattern, as if it met on a day."""
        slot = self.env["timetable.timeslot"]
        return {
            **row,
            "id": -row["event"],
            "event_id": row["event"],
            "date": day,
            "clock_from": slot._clock(row["hour_from"]) if row["hour_to"] else "",
            "clock_to": slot._clock(row["hour_to"]) if row["hour_to"] else "",
            "status": "planned",
            "reason": "",
            "teaches": bool(members & row["teachers"]),
            "covered": False,
            "planned_date": day,
            "ends": False,
        }

    @api.model
    def _holidays(self, terms, first, last):
        """Days without classes: ``{term id: {date: name}}``."""
        days = defaultdict(dict)
        found = {}
        for term in terms:
            company = term.company_id
            if company not in found:
                found[company] = self.env["timetable.holiday"]._between(
                    company, first, last
                )
            for holiday in found[company]:
                day = max(first, holiday.date_start)
                while day <= min(last, holiday.date_end):
                    days[term.id][day] = holiday.name
                    day += timedelta(days=1)
        return days

    @api.model
    def _common_holidays(self, terms, first, last):
        """``{date: name}`` of days that are holidays in every term shown."""
        by_term = self._holidays(terms, first, last)
        days = [by_term[term.id] for term in terms]
        if not days:
            return {}
        common = set(days[0]).intersection(*days[1:])
        return {day: days[0][day] for day in common}

    @api.model
    def _end_of(self, terms):
        """The last day of all terms; ``None`` where one has no end."""
        ends = terms.mapped("date_end")
        return max(ends) if ends and all(ends) else None

    @api.model
    def _now_of(self, terms, partner):
        """The clock of the classrooms."""
        company = terms[:1].company_id or partner.company_id or self.env.company
        return self.env["timetable.term"]._clock_now(company)

    @api.model
    def _first_week(self, terms, this_week):
        """This week, or the first one of the terms if none of them has begun."""
        starts = terms.mapped("date_start")
        if starts and all(starts):
            begin = min(starts)
            if begin > this_week + timedelta(days=6):
                return begin - timedelta(days=begin.weekday())
        return this_week

    @api.model
    def _next_meeting(self, coming, now):
        """The meeting under way, or the next one, that this person has to go to."""
        for row in coming:
            if row["status"] in NOT_HERE or row["covered"] or not row["hour_to"]:
                continue
            if self._at(row["date"], row["hour_to"]) > now:
                return row
        return None

    @api.model
    def _at(self, day: date, hours: float) -> datetime:
        """Hours of a day as a moment; 24:00 is the next midnight."""
        return datetime.combine(day, time()) + timedelta(minutes=round(hours * 60))

    # ---- What changed since the last look
    @api.model
    def _marks(self, week):
        """Key → ``[mark, words]`` of a week: see ``timetable.week.visit``.

        The weekly pattern, and what differs from it in the days to come. A mark holds
        ids: who or what gets another name is still the same.
        """
        marks = {
            f"e{row['event']}": [
                [row["day"], row["period"], row["room_id"], row["faculty_ids"]],
                self._words(row["code"], row["slot"], row["room"]),
            ]
            for row in week["pattern"]
        }
        for row in week["coming"]:
            if row["status"] not in ("planned", "moved_away"):
                marks[f"d{row['id']}"] = [
                    [
                        *(row["status"], str(row["date"]), row["clock_from"]),
                        *(row["room_id"], row["faculty_ids"]),
                    ],
                    self._words(row["code"], str(row["date"]), row["clock_from"]),
                ]
        return marks

    @api.model
    def _words(self, *parts):
        return " · ".join(part for part in parts if part)
