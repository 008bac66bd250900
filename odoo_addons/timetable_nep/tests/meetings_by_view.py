"""A person's days by the view of meetings: slow, and a second way to the same rows.

The portal spreads the weekly pattern over the dates by itself; tests hold it to what
the database says.
"""

from odoo.fields import Domain

from ..models.timetable_meeting import READ_AT_ONCE


def meetings_of(partner, date_from, date_to):
    """A person's meetings between two dates, both included, in time order.

    :return: rows of ``timetable.meeting._as_dict``; a meeting that leaves the days
        asked for is there too, as ``moved_away``
    """
    env = partner.sudo().env
    members = env["timetable.faculty"].search([("partner_id", "=", partner.id)])
    between = Domain("date", ">=", date_from) & Domain("date", "<=", date_to)
    origin = Domain("origin_date", ">=", date_from)
    origin &= Domain("origin_date", "<=", date_to)
    moved = Domain("status", "=", "moved") & origin
    found = env["timetable.meeting"].search_fetch(
        _domain_of(partner, members) & (between | moved), READ_AT_ONCE
    )
    rows = []
    for meeting in found:
        row = meeting._as_dict(members)
        if date_from <= meeting.date <= date_to:
            rows.append(row)
        if meeting.status == "moved" and date_from <= meeting.origin_date <= date_to:
            rows.append(_moved_away(meeting, row))
    rows.sort(key=lambda row: (row["date"], row["hour_from"], row["id"]))
    return rows


def _domain_of(partner, members):
    """Meetings that a person teaches, attends or stands in for.

    One that somebody else takes over stays in the list of its own faculty.
    """
    env = partner.sudo().env
    Assignment = env["timetable.assignment"]
    placed = Assignment.search(Assignment._domain_of_partner(partner))
    covers = env["timetable.meeting.change"].search(
        [("substitute_ids", "in", members.ids), ("state", "=", "active")]
    )
    return Domain("event_id", "in", placed.event_id.ids) | Domain(
        "change_id", "in", covers.ids
    )


def _moved_away(meeting, row):
    """The same meeting, at the place that it left."""
    placed = meeting.env["timetable.assignment"].search(
        [
            ("variant_id", "=", meeting.variant_id.id),
            ("event_id", "=", meeting.event_id.id),
        ]
    )
    slot = placed.timeslot_id
    return {
        **row,
        "date": meeting.origin_date,
        "day": meeting.origin_date.weekday(),
        "period": slot.period,
        "hour_from": slot.hour_from,
        "hour_to": slot.hour_to,
        "clock_from": slot._clock(slot.hour_from) if slot.hour_to else "",
        "clock_to": slot._clock(slot.hour_to) if slot.hour_to else "",
        "status": "moved_away",
        "moved_to": meeting.date,
    }
