"""Facts of a problem that can be named, explained and mended."""

from dataclasses import dataclass

from sidecar.contract.catalogue import Message, message, ref


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
    "event_slots": ("allow_slots", "event", "event"),
    "pin": ("unpin", "event", "event"),
    "faculty": ("give_event", "faculty", "faculty"),
    "faculty_closed": ("open_slots", "who", "faculty"),
    "faculty_day": ("raise_daily_limit", "faculty", "faculty"),
    "class_closed": ("open_slots", "who", "class"),
    "class_day": ("allow_several_a_day", "class", "class"),
    "curriculum": ("take_class_out", "curriculum", "curriculum"),
    "relation": ("drop_relation", "relation", "relation"),
    "band": ("widen_band", "category", None),
    "rooms": ("suitable_room", None, None),
    "choice": ("drop_choice", "offering", "offering"),
}
"""Kind of fact → code of the way out, its argument, and the kind of record that is."""

ORDER = list(WAY_OUT)
"""Ways out are offered in this order, at most five."""


def resource(fact: Fact) -> dict[str, str] | None:
    """The record that can mend a fact."""
    kind = RESOURCE.get(fact.kind)
    return None if kind is None else {"kind": kind, "id": fact.id}


def ways_out(facts: list[Fact]) -> list[Message]:
    """Up to five ways to make a set of facts possible, without repeats."""
    known = [fact for fact in facts if fact.kind in WAY_OUT]
    known.sort(key=lambda fact: ORDER.index(fact.kind))
    found: list[Message] = []
    for fact in known:
        code, argument, kind = WAY_OUT[fact.kind]
        value = fact.id if kind is None else ref(kind, fact.id)
        way = message(code, (), **({} if argument is None else {argument: value}))
        if way not in found:
            found.append(way)
    return found[:5]
