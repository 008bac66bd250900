"""Checks of a problem file before anything of it is stored.

Plain Python. Says what is wrong and where; ``labels.FAULT_TEXTS`` has the sentences,
which also say how to mend it.
"""

from itertools import islice
from typing import NamedTuple

LISTS = (
    "departments",
    "buildings",
    "travel",
    "faculty",
    "rooms",
    "timeslots",
    "bands",
    "offerings",
    "classes",
    "students",
    "curricula",
    "relations",
    "pins",
    "previous",
    "week_patterns",
    "joint_classes",
)
WITH_ID = (
    "departments",
    "buildings",
    "faculty",
    "rooms",
    "timeslots",
    "offerings",
    "classes",
    "students",
    "curricula",
    "relations",
    "week_patterns",
)
REQUIRED = {
    "travel": ("building_a", "building_b", "minutes"),
    "rooms": ("id", "capacity"),
    "timeslots": ("id", "day", "period"),
    "bands": ("category", "timeslots"),
    "classes": ("id", "offering", "limit", "events"),
    "curricula": ("id", "classes"),
    "relations": ("id", "type", "events"),
    "pins": ("event",),
    "previous": ("event", "timeslot"),
    "week_patterns": ("id", "weeks"),
    "joint_classes": ("classes",),
}
# list, field of the row, list that it points into
REFERENCES = (
    ("faculty", "department", "departments"),
    ("faculty", "unavailable", "timeslots"),
    ("rooms", "department", "departments"),
    ("rooms", "building", "buildings"),
    ("rooms", "unavailable", "timeslots"),
    ("travel", "building_a", "buildings"),
    ("travel", "building_b", "buildings"),
    ("bands", "timeslots", "timeslots"),
    ("offerings", "department", "departments"),
    ("classes", "offering", "offerings"),
    ("classes", "faculty", "faculty"),
    ("classes", "unavailable", "timeslots"),
    ("students", "offerings", "offerings"),
    ("students", "classes", "classes"),
    ("curricula", "classes", "classes"),
    ("relations", "events", "events"),
    ("pins", "event", "events"),
    ("pins", "timeslot", "timeslots"),
    ("pins", "room", "rooms"),
    ("previous", "event", "events"),
    ("previous", "timeslot", "timeslots"),
    ("previous", "room", "rooms"),
    ("events", "faculty", "faculty"),
    ("events", "timeslots", "timeslots"),
    ("classes", "component", "components"),
    ("classes", "parent", "classes"),
    ("events", "weeks", "week_patterns"),
    ("previous", "weeks", "week_patterns"),
    ("joint_classes", "classes", "classes"),
)
MOST = 20


class Fault(NamedTuple):
    """Something wrong with a file: its sentence, and what that speaks of."""

    name: str
    about: dict


def _fault(name, **about):
    return Fault(name, about)


def check_problem(data):
    """What is wrong with a problem, at most twenty faults; empty if nothing is."""
    if not isinstance(data, dict):
        return [_fault("no_object")]
    missing = [
        name
        for name in ("rooms", "timeslots", "offerings", "classes")
        if not isinstance(data.get(name), list)
    ]
    if missing:
        return [_fault("no_list", list=name) for name in missing]
    return list(islice(_faults(data), MOST))


def _faults(data):
    shapes = list(_shape_faults(data))
    if shapes:
        yield from shapes
        return
    events = [event for section in data["classes"] for event in section["events"]]
    ids = {name: {row["id"] for row in data.get(name) or []} for name in WITH_ID}
    ids["events"] = {event["id"] for event in events}
    ids["components"] = {
        component.get("id")
        for offering in data["offerings"]
        for configuration in offering.get("configurations") or []
        for component in configuration.get("components") or []
    }
    yield from _repeated(data, events)
    yield from _dangling(data, events, ids)
    yield from _value_faults(data, events)


def _shape_faults(data):
    """Lists that are no lists, rows that are no objects, fields that are missing."""
    if not data["timeslots"]:
        yield _fault("no_timeslots")
    for name in LISTS:
        rows = data.get(name)
        if rows is None:
            continue
        if not isinstance(rows, list):
            yield _fault("not_a_list", list=name)
            continue
        needed = REQUIRED.get(name) or (("id",) if name in WITH_ID else ())
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                yield _fault("not_an_object", place=f"{name}[{number}]")
                continue
            for field in needed:
                if row.get(field) is None:
                    yield _fault("no_field", place=f"{name}[{number}]", field=field)
            if name == "classes":
                yield from _event_shapes(number, row.get("events"))


def _event_shapes(number, events):
    if not isinstance(events, list):
        yield _fault("not_a_list", list=f"classes[{number}].events")
        return
    for place, event in enumerate(events):
        if not isinstance(event, dict) or not event.get("id"):
            yield _fault("no_id", place=f"classes[{number}].events[{place}]")


def _repeated(data, events):
    sources = {name: data.get(name) or [] for name in WITH_ID} | {"events": events}
    for name, rows in sources.items():
        seen = set()
        for row in rows:
            if row["id"] in seen:
                yield _fault("id_twice", id=row["id"], list=name)
            seen.add(row["id"])
    places = set()
    for slot in data["timeslots"]:
        place = (slot["day"], slot["period"])
        if place in places:
            yield _fault("time_twice", id=slot["id"], day=place[0], period=place[1])
        places.add(place)


def _dangling(data, events, ids):
    for name, field, target in REFERENCES:
        rows = events if name == "events" else data.get(name) or []
        for number, row in enumerate(rows):
            value = row.get(field)
            if value is None:
                continue
            for one in value if isinstance(value, list) else [value]:
                if one not in ids[target]:
                    label = row.get("id", number)
                    yield _fault(
                        "unknown",
                        list=name,
                        id=label,
                        field=field,
                        value=one,
                        target=target,
                    )
    for event in events:
        named = [*(event.get("rooms") or []), *(event.get("room_preferences") or [])]
        for wish in named:
            for field, target in (("room", "rooms"), ("building", "buildings")):
                if wish.get(field) is not None and wish[field] not in ids[target]:
                    yield _fault(
                        "unknown",
                        list="events",
                        id=event["id"],
                        field=field,
                        value=wish[field],
                        target=target,
                    )
    for member in data.get("faculty") or []:
        for wish in member.get("preferences") or []:
            if wish.get("timeslot") not in ids["timeslots"]:
                yield _fault(
                    "unknown",
                    list="faculty",
                    id=member["id"],
                    field="preferences",
                    value=wish.get("timeslot"),
                    target="timeslots",
                )


def _value_faults(data, events):
    run = data.get("student_max_consecutive", 3)
    if not isinstance(run, int) or not 1 <= run <= 16:
        yield _fault("run_length")
    for event in events:
        if event.get("timeslots") == []:
            yield _fault("no_time_allowed", id=event["id"])
        if not 1 <= event.get("duration", 1) <= 16:
            yield _fault("duration", id=event["id"])
    place_of = {
        row["id"]: (row["offering"], row.get("component")) for row in data["classes"]
    }
    for student in data.get("students") or []:
        decided = [place_of.get(one) for one in student.get("classes") or []]
        if len(set(decided)) != len(decided):
            yield _fault("decided_twice", id=student["id"])
    teaching = {
        member
        for row in (*data["classes"], *events)
        for member in row.get("faculty") or []
    }
    for member in data.get("faculty") or []:
        zero = 0 in (member.get("max_periods_week"), member.get("max_periods_day"))
        if zero and member["id"] in teaching:
            yield _fault("limit_of_zero", id=member["id"])
