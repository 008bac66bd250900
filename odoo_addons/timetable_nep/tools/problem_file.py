"""Checks of a problem file before anything of it is stored.

Plain Python. Says what is wrong, where, and how to mend it, in sentences.
"""

from itertools import islice

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
)
MOST = 20


def check_problem(data):
    """What is wrong with a problem, at most twenty sentences; empty if nothing is."""
    if not isinstance(data, dict):
        return ["The file is not a timetable problem: it must be one JSON object."]
    missing = [
        name
        for name in ("rooms", "timeslots", "offerings", "classes")
        if not isinstance(data.get(name), list)
    ]
    if missing:
        return [
            f"The list '{name}' is missing. Is this a problem file, as "
            "'timetable-nep generate' writes it?"
            for name in missing
        ]
    return list(islice(_faults(data), MOST))


def _faults(data):
    shapes = list(_shape_faults(data))
    if shapes:
        yield from shapes
        return
    events = [event for section in data["classes"] for event in section["events"]]
    ids = {name: {row["id"] for row in data.get(name) or []} for name in WITH_ID}
    ids["events"] = {event["id"] for event in events}
    yield from _repeated(data, events)
    yield from _dangling(data, events, ids)
    yield from _value_faults(data, events)


def _shape_faults(data):
    """Lists that are no lists, rows that are no objects, fields that are missing."""
    if not data["timeslots"]:
        yield "There are no timeslots: a week needs at least one."
    for name in LISTS:
        rows = data.get(name)
        if rows is None:
            continue
        if not isinstance(rows, list):
            yield f"'{name}' must be a list."
            continue
        needed = REQUIRED.get(name) or (("id",) if name in WITH_ID else ())
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                yield f"{name}[{number}] must be an object."
                continue
            for field in needed:
                if row.get(field) is None:
                    yield f"{name}[{number}] has no '{field}': add it."
            if name == "classes":
                yield from _event_shapes(number, row.get("events"))


def _event_shapes(number, events):
    if not isinstance(events, list):
        yield f"classes[{number}].events must be a list."
        return
    for place, event in enumerate(events):
        if not isinstance(event, dict) or not event.get("id"):
            yield f"classes[{number}].events[{place}] needs an 'id'."


def _repeated(data, events):
    sources = {name: data.get(name) or [] for name in WITH_ID} | {"events": events}
    for name, rows in sources.items():
        seen = set()
        for row in rows:
            if row["id"] in seen:
                yield f"The id '{row['id']}' is there twice in {name}: ids are unique."
            seen.add(row["id"])
    places = set()
    for slot in data["timeslots"]:
        place = (slot["day"], slot["period"])
        if place in places:
            yield (
                f"Timeslot '{slot['id']}': day {place[0]}, period {place[1]} is there "
                "twice."
            )
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
                    yield (
                        f"{name} '{label}': '{field}' names '{one}', which is not in "
                        f"{target}. Add it there or take it out here."
                    )
    for member in data.get("faculty") or []:
        for wish in member.get("preferences") or []:
            if wish.get("timeslot") not in ids["timeslots"]:
                yield (
                    f"faculty '{member['id']}': the preference for "
                    f"'{wish.get('timeslot')}' is not in timeslots."
                )


def _value_faults(data, events):
    run = data.get("student_max_consecutive", 3)
    if not isinstance(run, int) or not 1 <= run <= 16:
        yield "'student_max_consecutive' is a number from 1 to 16: correct it."
    for event in events:
        if event.get("timeslots") == []:
            yield (
                f"events '{event['id']}': no timeslot is allowed. Leave 'timeslots' "
                "out to allow all."
            )
        if not 1 <= event.get("duration", 1) <= 16:
            yield f"events '{event['id']}': 'duration' is between 1 and 16 periods."
    offering_of = {row["id"]: row["offering"] for row in data["classes"]}
    for student in data.get("students") or []:
        decided = [offering_of.get(one) for one in student.get("classes") or []]
        if len(set(decided)) != len(decided):
            yield (
                f"students '{student['id']}': two classes of one offering are decided. "
                "Keep one."
            )
    teaching = {
        member
        for row in (*data["classes"], *events)
        for member in row.get("faculty") or []
    }
    for member in data.get("faculty") or []:
        zero = 0 in (member.get("max_periods_week"), member.get("max_periods_day"))
        if zero and member["id"] in teaching:
            yield (
                f"faculty '{member['id']}': a limit of 0 periods, yet there are "
                "classes to teach. Leave the limit out, or give the classes to others."
            )
