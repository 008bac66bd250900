"""Facts of a problem that can be named, explained and mended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One rule or record; ``kind`` says how it limits, ``id`` whose it is."""

    kind: str
    id: str


RESOURCE = {
    "event": "event",
    "event_slots": "event",
    "pin": "event",
    "faculty": "faculty",
    "faculty_closed": "faculty",
    "faculty_day": "faculty",
    "class": "class",
    "class_closed": "class",
    "class_day": "class",
    "curriculum": "curriculum",
    "relation": "relation",
    "choice": "offering",
}
"""Kind of the record behind a fact; bands and room sets have none of their own."""

WAY_OUT = {
    "event_slots": "Allow more timeslots for [event:{}].",
    "pin": "Unpin [event:{}].",
    "faculty": "Give an event of [faculty:{}] to somebody else.",
    "faculty_closed": "Open more timeslots for [faculty:{}].",
    "faculty_day": "Raise the daily limit of [faculty:{}].",
    "class_closed": "Open more timeslots for [class:{}].",
    "class_day": "Allow [class:{}] several events a day.",
    "curriculum": "Take a class out of [curriculum:{}].",
    "relation": "Drop [relation:{}] or make it soft.",
    "band": "Add timeslots to the band of category {}.",
    "rooms": "Add or open a suitable room.",
    "choice": "Drop [offering:{}] or add a class of it at another time.",
}

ORDER = list(WAY_OUT)
"""Ways out are offered in this order, at most three."""


def resource(fact: Fact) -> dict[str, str] | None:
    """The record that can mend a fact."""
    kind = RESOURCE.get(fact.kind)
    return None if kind is None else {"kind": kind, "id": fact.id}


def ways_out(facts: list[Fact]) -> list[str]:
    """Up to five ways to make a set of facts possible, without repeats."""
    known = [fact for fact in facts if fact.kind in WAY_OUT]
    known.sort(key=lambda fact: ORDER.index(fact.kind))
    return list(dict.fromkeys(WAY_OUT[f.kind].format(f.id) for f in known))[:5]
