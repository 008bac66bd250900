"""Weekly classes as an iCalendar document (RFC 5545), without Odoo.

Times are those of the classroom's clock, with its zone: a series goes on at ten
o'clock when the clocks change.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

import pytz
import vobject

PRODUCT = "-//timetable_nep//Timetable//EN"
EPOCH = datetime(2020, 1, 1)
REFRESH = "PT1H"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One meeting: when, where, and what it is called."""

    start: datetime
    """Local and naive; midnight with ``all_day`` where a period has no hours."""
    end: datetime
    summary: str
    location: str = ""
    description: str = ""
    cancelled: bool = False
    all_day: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """A weekly class: its first meeting, its end, and the dates that differ."""

    uid: str
    first: Occurrence
    stamp: datetime
    """When it last changed, in UTC: makes SEQUENCE and DTSTAMP."""
    weekly: bool = True
    until: date | None = None
    """The last day; ``None`` goes on."""
    without: tuple[date, ...] = ()
    """Dates on which it does not meet: holidays."""
    changes: tuple[tuple[date, Occurrence], ...] = field(default=())
    """The date it was planned for, and what takes place instead."""


def sequence(stamp):
    """A number that rises with each change: minutes since 2020."""
    return max(0, int((stamp - EPOCH).total_seconds() // 60))


def document(name, zone, series):
    """The calendar as text.

    :param name: what a reader's calendar application shows
    :param zone: name of the time zone of the classrooms
    :param series: iterable of :class:`Series`
    """
    timezone = pytz.timezone(zone)
    calendar = vobject.iCalendar()
    calendar.add("prodid").value = PRODUCT
    calendar.add("method").value = "PUBLISH"
    calendar.add("x-wr-calname").value = name
    calendar.add("name").value = name
    calendar.add("x-wr-timezone").value = zone
    calendar.add("x-published-ttl").value = REFRESH
    refresh = calendar.add("refresh-interval")
    refresh.value = REFRESH
    refresh.params["VALUE"] = ["DURATION"]
    for item in series:
        _add_series(calendar, timezone, item)
    return calendar.serialize()


def _add_series(calendar, timezone, item):
    event = _add_event(calendar, timezone, item, item.first)
    if not item.weekly:
        return
    rule = "FREQ=WEEKLY"
    if item.until:
        rule += f";UNTIL={_until(timezone, item)}"
    event.add("rrule").value = rule
    planned = item.first.start
    if item.without:
        days = event.add("exdate")
        days.value = [
            _moment(timezone, datetime.combine(day, planned.time()), item.first.all_day)
            for day in sorted(item.without)
        ]
        if item.first.all_day:
            days.value_param = "DATE"
    for day, occurrence in item.changes:
        change = _add_event(calendar, timezone, item, occurrence)
        change.add("recurrence-id").value = _moment(
            timezone, datetime.combine(day, planned.time()), item.first.all_day
        )


def _add_event(calendar, timezone, item, occurrence):
    event = calendar.add("vevent")
    stamp = pytz.utc.localize(item.stamp.replace(microsecond=0))
    event.add("uid").value = item.uid
    event.add("dtstamp").value = stamp
    event.add("last-modified").value = stamp
    event.add("sequence").value = str(sequence(item.stamp))
    event.add("dtstart").value = _moment(timezone, occurrence.start, occurrence.all_day)
    end = occurrence.end
    if occurrence.all_day:
        end = occurrence.start + timedelta(days=1)
    event.add("dtend").value = _moment(timezone, end, occurrence.all_day)
    event.add("summary").value = occurrence.summary
    if occurrence.location:
        event.add("location").value = occurrence.location
    if occurrence.description:
        event.add("description").value = occurrence.description
    event.add("status").value = "CANCELLED" if occurrence.cancelled else "CONFIRMED"
    event.add("transp").value = "TRANSPARENT" if occurrence.cancelled else "OPAQUE"
    return event


def _moment(timezone, local, all_day):
    return local.date() if all_day else timezone.localize(local)


def _until(timezone, item):
    """UNTIL has the type of DTSTART: a date, or a moment in UTC."""
    if item.first.all_day:
        return item.until.strftime("%Y%m%d")
    end = timezone.localize(datetime.combine(item.until, time(23, 59, 59)))
    return end.astimezone(pytz.utc).strftime("%Y%m%dT%H%M%SZ")


def single(item, occurrence):
    """The same class once more, outside its series."""
    return replace(item, first=occurrence, weekly=False, without=(), changes=())
