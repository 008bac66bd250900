"""A calendar application reads a faculty member's week from its address."""

import html
import re
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import icalendar
import pytest

from scripts.journey import Journey
from scripts.web import Session

from .conftest import Trip

pytestmark = [pytest.mark.odoo, pytest.mark.slow, pytest.mark.timeout(420)]
PAGE = "/my/timetable/calendar"


@pytest.fixture(scope="module")
def address(journey: Journey, published: Trip) -> str:
    """The address that the faculty member makes in the portal."""
    session = Session(journey.instance.url)
    session.login(published.account["login"], published.account["password"])
    page = session.post(f"{PAGE}/renew", PAGE)
    found = re.search(r'value="(http[^"]+\.ics)"', page)
    assert found
    path = html.unescape(found[1]).split("/timetable_nep/", 1)[1]
    return f"{journey.instance.url}/timetable_nep/{path}"


def fetch(address: str, **headers: str) -> Any:
    """The answer to somebody who is not logged in."""
    request = urllib.request.Request(address, headers=headers)
    return urllib.request.urlopen(request, timeout=60)


@pytest.fixture(scope="module")
def calendar(address: str) -> icalendar.Calendar:
    """The document as the icalendar library reads it."""
    with fetch(address) as answer:
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        text = answer.read()
    assert b"\r\n" in text
    assert max(len(line) for line in text.split(b"\r\n")) <= 75
    calendars = icalendar.Calendar.from_ical(text, multiple=True)
    assert len(calendars) == 1
    return calendars[0]


def test_calendar_is_valid(calendar: icalendar.Calendar) -> None:
    """What RFC 5545 requires is there, and nothing is broken."""
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    for component in calendar.walk():
        assert component.errors == []
    zones = [zone["TZID"] for zone in calendar.walk("VTIMEZONE")]
    assert len(zones) == 1
    for event in calendar.walk("VEVENT"):
        assert not {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE"} - event.keys()
        assert event["DTSTART"].params["TZID"] == zones[0]
        assert event.decoded("DTEND") > event.decoded("DTSTART")
        until = event["RRULE"]["UNTIL"][0]
        assert until.utcoffset() == timedelta(0)
        assert until > event.decoded("DTSTART")


def test_calendar_has_the_published_week(
    journey: Journey, published: Trip, calendar: icalendar.Calendar
) -> None:
    """One series for each placed class, on its weekday, in its room."""
    week = journey.week_of(published.member["id"], published.published)
    officer = journey.client("officer")
    slots = {
        row["id"]: row
        for row in officer.search_read("timetable.timeslot", [], ["day", "hour_from"])
    }
    expected = sorted(
        (
            slots[row["timeslot_id"][0]]["day"],
            slots[row["timeslot_id"][0]]["hour_from"],
            row["room_id"] and row["room_id"][1],
        )
        for row in week
    )
    events = calendar.walk("VEVENT")
    shown = sorted(
        (
            event.decoded("DTSTART").weekday(),
            event.decoded("DTSTART").hour + event.decoded("DTSTART").minute / 60,
            str(event["LOCATION"]).split(",")[0] if "LOCATION" in event else False,
        )
        for event in events
    )
    assert shown == expected
    assert len({event["UID"] for event in events}) == len(week)


def test_reading_again_costs_nothing(address: str) -> None:
    """The same document is not sent twice, and a wrong address has none."""
    with fetch(address) as answer:
        etag = answer.headers["ETag"]
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        fetch(address, **{"If-None-Match": etag})
    assert unchanged.value.code == 304
    with pytest.raises(urllib.error.HTTPError) as unknown:
        fetch(address.replace(".ics", "0.ics"))
    assert unknown.value.code == 404
