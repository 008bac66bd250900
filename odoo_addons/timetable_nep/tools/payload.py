"""Rows of the database as a problem of the contract.

Plain Python: takes dictionaries, gives dictionaries. Every id is a letter and a
number of the database; no name of anybody or anything is taken along.
"""

import hashlib
import json

CONTRACT_VERSION = "2.0"

LETTERS = {
    "department": "d",
    "building": "b",
    "room_type": "k",
    "feature": "q",
    "room": "r",
    "faculty": "f",
    "timeslot": "t",
    "offering": "o",
    "class": "c",
    "component": "h",
    "event": "e",
    "student": "s",
    "programme": "p",
    "batch": "g",
    "relation": "x",
    "week_pattern": "w",
    "joint": "j",
}
KINDS = {letter: kind for kind, letter in LETTERS.items()}


class UnknownIdError(ValueError):
    """An id in an answer that was never in the question."""


def wire_id(kind, number):
    """Opaque id of a record, or None."""
    return f"{LETTERS[kind]}{number}" if number else None


def wire_ids(kind, numbers):
    letter = LETTERS[kind]
    return [f"{letter}{number}" for number in numbers]


def record_id(kind, text):
    """Number of the record behind an opaque id.

    :raises UnknownIdError: if it is not one of that kind
    """
    letter = LETTERS[kind]
    if (
        isinstance(text, str)
        and text.startswith(letter)
        and text[1:].isascii()
        and text[1:].isdigit()
    ):
        return int(text[1:])
    raise UnknownIdError(f"'{text}' is not the id of a {kind}.")


def encode(problem):
    """Bytes of the problem, the same for equal problems, and their SHA-256."""
    content = json.dumps(problem, separators=(",", ":"), sort_keys=True).encode()
    return content, hashlib.sha256(content).hexdigest()


def build_problem(rows):
    """The problem of one term.

    :param dict rows: lists of dictionaries by kind, as ``timetable.term`` reads them
    """
    problem = {
        "version": CONTRACT_VERSION,
        "departments": [
            {"id": wire_id("department", number)} for number in rows["departments"]
        ],
        "buildings": [
            {"id": wire_id("building", number)} for number in rows["buildings"]
        ],
        "travel": [
            {
                "building_a": wire_id("building", row["a"]),
                "building_b": wire_id("building", row["b"]),
                "minutes": row["minutes"],
            }
            for row in rows["travel"]
        ],
        "faculty": [_faculty(row) for row in rows["faculty"]],
        "rooms": [_room(row) for row in rows["rooms"]],
        "timeslots": [_timeslot(row) for row in rows["timeslots"]],
        "bands": [
            {
                "category": row["category"],
                "timeslots": wire_ids("timeslot", row["timeslots"]),
            }
            for row in rows["bands"]
            if row["timeslots"]
        ],
        "offerings": [_offering(row) for row in rows["offerings"]],
        "classes": [_class(row) for row in rows["classes"]],
        "students": [_student(row) for row in rows["students"]],
        "curricula": [
            {
                "id": wire_id("batch", row["id"]),
                "classes": wire_ids("class", row["classes"]),
                "size": row["size"],
            }
            for row in rows["batches"]
        ],
        "relations": [_relation(row) for row in rows["relations"]],
        "pins": [placement(row) for row in rows["pins"]],
        "previous": [placement(row) for row in rows["previous"]],
    }
    if rows.get("joint"):
        problem["joint_classes"] = [
            {
                "id": wire_id("joint", row["id"]),
                "classes": wire_ids("class", row["classes"]),
            }
            for row in rows["joint"]
        ]
    if rows.get("weeks"):
        problem["weeks"] = rows["weeks"]
        problem["week_patterns"] = [
            {"id": wire_id("week_pattern", row["id"]), "weeks": row["weeks"]}
            for row in rows["week_patterns"]
        ]
    problem["student_max_consecutive"] = rows["student_max_consecutive"]
    if rows.get("profile"):
        problem["profile"] = rows["profile"]
    return problem


def placement(row):
    """Where an event is, or is pinned to."""
    weeks = row.get("weeks")
    return {
        "event": wire_id("event", row["event"]),
        "timeslot": wire_id("timeslot", row["timeslot"]),
        "room": wire_id("room", row["room"]),
        **({"weeks": wire_id("week_pattern", weeks)} if weeks else {}),
    }


def _faculty(row):
    return {
        "id": wire_id("faculty", row["id"]),
        "department": wire_id("department", row["department"]),
        "max_periods_week": row["max_week"] or None,
        "max_periods_day": row["max_day"] or None,
        "max_consecutive": row["max_consecutive"] or None,
        "unavailable": wire_ids("timeslot", row["cannot"]),
        "preferences": [
            {"timeslot": wire_id("timeslot", slot), "level": level}
            for level in ("avoid", "prefer")
            for slot in row[level]
        ],
    }


def _room(row):
    return {
        "id": wire_id("room", row["id"]),
        "department": wire_id("department", row["department"]),
        "building": wire_id("building", row["building"]),
        "type": wire_id("room_type", row["type"]),
        "capacity": row["capacity"],
        "features": wire_ids("feature", row["features"]),
        "unavailable": wire_ids("timeslot", row["unavailable"]),
    }


def _clock(hours):
    minutes = min(round(hours * 60), 23 * 60 + 59)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _timeslot(row):
    timed = row["to"] > row["from"]
    return {
        "id": wire_id("timeslot", row["id"]),
        "day": row["day"],
        "period": row["period"],
        "start": _clock(row["from"]) if timed else None,
        "end": _clock(row["to"]) if timed else None,
    }


def _offering(row):
    return {
        "id": wire_id("offering", row["id"]),
        "department": wire_id("department", row["department"]),
        "category": row["category"],
        "credits": row["credits"] or None,
        **_configurations(row),
    }


def _configurations(row):
    """Nothing where all classes of an offering are of one kind."""
    if not row.get("components"):
        return {}
    return {
        "configurations": [
            {
                "id": f"n{row['id']}",
                "components": [
                    {
                        "id": wire_id("component", component["id"]),
                        "kind": component["kind"],
                        "parent": wire_id("component", component["parent"]),
                    }
                    for component in row["components"]
                ],
            }
        ]
    }


def _class(row):
    place = {}
    if row.get("component"):
        place["component"] = wire_id("component", row["component"])
        place["parent"] = wire_id("class", row["parent"])
    return {
        **place,
        "id": wire_id("class", row["id"]),
        "offering": wire_id("offering", row["offering"]),
        "faculty": wire_ids("faculty", row["faculty"]),
        "limit": row["limit"],
        "events": [_event(event) for event in row["events"]],
        "one_event_per_day": row["one_event_per_day"],
        "min_days": row["min_days"] or None,
        "unavailable": wire_ids("timeslot", row["unavailable"]),
    }


def _event(row):
    return {
        "id": wire_id("event", row["id"]),
        "duration": row["duration"],
        "room_type": wire_id("room_type", row["room_type"]),
        "features": wire_ids("feature", row["features"]),
        "needs_room": row["needs_room"],
        "faculty": (
            wire_ids("faculty", row["faculty"]) if row["own_faculty"] else None
        ),
        "timeslots": wire_ids("timeslot", row["timeslots"]) or None,
        **_room_wishes(row),
        **(
            {"weeks": wire_ids("week_pattern", row["weeks"])}
            if row.get("weeks")
            else {}
        ),
    }


def _room_wishes(row):
    """Rooms an event may have, where some may not be used, and what is better."""
    found = {}
    if row.get("rooms") is not None:
        found["rooms"] = [{"room": wire_id("room", room)} for room in row["rooms"]]
    if row.get("room_wishes"):
        found["room_preferences"] = [
            {"level": level, target: wire_id(KIND_OF_TARGET.get(target, target), key)}
            for level, target, key in row["room_wishes"]
        ]
    return found


KIND_OF_TARGET = {"type": "room_type"}


def _student(row):
    return {
        "id": wire_id("student", row["id"]),
        "programme": wire_id("programme", row["programme"]),
        "offerings": wire_ids("offering", row["offerings"]),
        "classes": wire_ids("class", row["classes"]),
    }


RELATIONS = {
    "same_day": "same_days",
    "same_time": "same_start",
    "different_day": "different_days",
    "not_overlapping": "not_overlap",
    "minimum_gap": "min_gap",
    "maximum_days": "max_days",
}
"""Kind of relation in Odoo → its name in the contract, where the two differ."""


def _relation(row):
    return {
        "id": wire_id("relation", row["id"]),
        "type": RELATIONS.get(row["type"], row["type"]),
        "events": wire_ids("event", row["events"]),
        "hard": row["hard"],
        "weight": 0 if row["hard"] else row["weight"],
        "value": row["value"] or None,
    }
