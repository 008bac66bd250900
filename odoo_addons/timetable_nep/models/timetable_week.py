from collections import defaultdict
from datetime import date, datetime, time, timedelta

from odoo import api, models
from odoo.fields import Domain

from .timetable_meeting import DAY_SPACE, EPOCH, OPEN_TERM_DAYS, READ_AT_ONCE

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
        return self._rows(self.env["timetable.assignment"], domain)

    @api.model
    def _earlier(self, domain):
        """The same for the places that held in earlier weeks of the term only."""
        return self._rows(self.env["timetable.assignment.past"], domain)

    @api.model
    def _rows(self, model, domain):
        found = model.sudo().search(domain, order="id")
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
            "valid_until": "date_until" in row and row.date_until,
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
            "teachers": event._teachers(),
            "faculty_ids": sorted(event._teachers().ids),
            "faculty": ", ".join(
                member.name or member.code or "" for member in event._teachers()
            ),
            "stamp": max(filter(None, [row.write_date, row.variant_id.published_at])),
        }

    # ---- One page of the portal
    @api.model
    def _of_partner(self, partner, monday=None):
        """A person's week, for the page.

        :param monday: first day of the week to show; ``None`` is the present week, or
            the first one of a term that has not begun
        :return: dictionary of what the page shows
        """
        own = self.env["timetable.assignment"]._domain_of_partner(partner)
        pattern, earlier = self._pattern(own), self._earlier(own)
        members = (
            self.env["timetable.faculty"]
            .sudo()
            .search([("partner_id", "=", partner.id)])
        )
        places = pattern + earlier
        changes = self._changes({row["event"] for row in places}, members)
        changed = self._changed_meetings(changes)
        terms = self.env["timetable.term"].sudo()
        terms = terms.union(*[row["term"] for row in places], changed.term_id)
        now = self._now_of(terms, partner)
        today = now.date()
        this_week = today - timedelta(days=today.weekday())
        if monday is None:
            monday = self._first_week(terms, this_week)
        sunday = monday + timedelta(days=6)
        meetings = self._meetings(places, changed, members, monday, sunday)
        coming = self._meetings(places, changed, members, today, today + LOOK_AHEAD)
        undated = bool(terms) and not any(terms.mapped("date_start"))
        if not meetings and undated and not coming:
            # Published long ago and never given dates: the weekly pattern itself.
            meetings = [
                self._planned(row, monday + timedelta(days=row["day"]), members)
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

    # ---- The pattern as dates
    @api.model
    def _span(self, row):
        """First and last day of a class's term at this place.

        A term without dates counts from the week of its publication, for half a year.
        """
        term, published = row["term"], row["variant"].published_at.date()
        begin = term.date_start or published - timedelta(days=published.weekday())
        end = term.date_end or begin + timedelta(days=OPEN_TERM_DAYS)
        if row["valid_from"]:
            begin = max(begin, row["valid_from"])
        if row["valid_until"]:
            end = min(end, row["valid_until"] - timedelta(days=1))
        return begin, end

    @api.model
    def _holds(self, row, day):
        """Whether a place of a class is the one in force on a day."""
        begin, until = row["valid_from"], row["valid_until"]
        return (not begin or begin <= day) and (not until or until > day)

    @api.model
    def _changes(self, events, members=None, room=None):
        """Changes for a date of these classes, and those that bring somebody or some
        room a class that is not theirs every week."""
        domain = Domain("event_id", "in", sorted(events))
        if members:
            domain |= Domain("substitute_ids", "in", members.ids)
        if room:
            domain |= Domain("new_room_id", "=", room.id)
        return (
            self.env["timetable.meeting.change"]
            .sudo()
            .search(domain & Domain("state", "=", "active"))
        )

    @api.model
    def _changed_meetings(self, changes):
        Meeting = self.env["timetable.meeting"].sudo()
        if not changes:
            return Meeting
        # The events narrow the view down before it looks at changes.
        return Meeting.search_fetch(
            [
                ("event_id", "in", changes.event_id.ids),
                ("change_id", "in", changes.ids),
            ],
            READ_AT_ONCE,
        )

    @api.model
    def _meetings(self, pattern, changed, members, first, last):
        """What takes place from one day to another, both included, by time.

        The weekly pattern is spread over the dates here: asking the view of all
        meetings for two weeks of one person takes fifty times as long.

        :param changed: meetings that differ from the pattern
        :return: rows as :meth:`timetable.meeting._as_dict` gives them
        """
        holidays = self._holidays({row["term"] for row in pattern}, first, last)
        differ = {(row.event_id.id, row.origin_date) for row in changed}
        plan = defaultdict(list)
        for row in pattern:
            plan[row["event"]].append(row)
        rows = []
        for row in pattern:
            begin, end = self._span(row)
            day = max(first, begin)
            day += timedelta(days=(row["day"] - day.weekday()) % 7)
            while day <= min(last, end):
                known = (row["event"], day) in differ
                if not known and day not in holidays[row["term"].id]:
                    rows.append(self._planned(row, day, members))
                day += timedelta(days=7)
        for meeting in changed:
            values = meeting._as_dict(members)
            if first <= meeting.date <= last:
                rows.append(values)
            was = meeting.origin_date
            if meeting.status == "moved" and first <= was <= last:
                rows += [
                    self._left(values, row)
                    for row in plan[meeting.event_id.id]
                    if self._holds(row, was)
                ]
        rows.sort(key=lambda row: (row["date"], row["hour_from"], row["id"]))
        return rows

    def _planned(self, row, day, members):
        slot = self.env["timetable.timeslot"]
        mine = bool(members and members & row["teachers"])
        return {
            **row,
            "id": row["event"] * DAY_SPACE + (day - EPOCH).days,
            "event_id": row["event"],
            "date": day,
            "clock_from": slot._clock(row["hour_from"]) if row["hour_to"] else "",
            "clock_to": slot._clock(row["hour_to"]) if row["hour_to"] else "",
            "status": "planned",
            "reason": "",
            "teaches": mine,
            "covered": False,
            "planned_date": day,
        }

    def _left(self, values, row):
        """The place that a moved meeting has left."""
        plan = self._planned(row, values["planned_date"], None)
        return {
            **values,
            **{key: plan[key] for key in ("date", "day", "period", "hour_from")},
            **{key: plan[key] for key in ("hour_to", "clock_from", "clock_to")},
            "status": "moved_away",
            "moved_to": values["date"],
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
