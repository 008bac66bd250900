"""Does a problem agree with itself? Every fault has its place and a mend.

Works on any objects with the contract's attributes: the service decodes a large body to
lighter structs than the models, and both must meet the same rules.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .objective import PROFILES

KINDS = (
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


MAX_PERIODS_A_DAY = 16

Names = dict[str, set[str]]


def names_of(problem: Any) -> Names:
    """Collect the ids that each list of a problem defines."""
    names = {kind: {item.id for item in getattr(problem, kind)} for kind in KINDS}
    names["events"] = {event.id for item in problem.classes for event in item.events}
    return names


def find_faults(problem: Any) -> Iterator[tuple[str, str]]:
    """(place, message) of ids given twice or naming nothing, and of contradictions."""
    names = names_of(problem)
    if problem.profile is not None and problem.profile not in PROFILES:
        yield (
            "profile",
            f"There is no profile '{problem.profile[:40]}'; choose one of "
            f"{', '.join(PROFILES)}.",
        )
    yield from _duplicates(problem, names)
    yield from _of_resources(problem, names)
    yield from _of_classes(problem, names)
    yield from _of_rules(problem, names)
    yield from _of_people(problem, names)


def _duplicates(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        items = getattr(problem, kind)
        if len(items) != len(names[kind]):
            seen: set[str] = set()
            for index, item in enumerate(items):
                if item.id in seen:
                    yield (
                        f"{kind}[{index}].id",
                        f"'{item.id}' stands in {kind} twice; give one another id.",
                    )
                seen.add(item.id)
    if sum(len(item.events) for item in problem.classes) != len(names["events"]):
        seen = set()
        for index, item in enumerate(problem.classes):
            for position, event in enumerate(item.events):
                if event.id in seen:
                    yield (
                        f"classes[{index}].events[{position}].id",
                        f"Event '{event.id}' exists twice; give one another id.",
                    )
                seen.add(event.id)


def _unknown(kind: str, key: str) -> str:
    return f"There is no {kind} '{key}'; add it or correct the id."


def _missing(
    ids: list[str] | None, known: set[str], path: str, kind: str
) -> Iterator[tuple[str, str]]:
    if ids and not known.issuperset(ids):
        for index, item in enumerate(ids):
            if item not in known:
                yield f"{path}[{index}]", _unknown(kind, item)


def _one(
    item: str | None, known: set[str], path: str, kind: str
) -> Iterator[tuple[str, str]]:
    if item is not None and item not in known:
        yield path, _unknown(kind, item)


def _of_resources(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    slots = names["timeslots"]
    departments = names["departments"]
    taken: dict[tuple[int, int], str] = {}
    for i, slot in enumerate(problem.timeslots):
        place = (slot.day, slot.period)
        if place in taken:
            yield (
                f"timeslots[{i}]",
                f"Day {slot.day}, period {slot.period} is already timeslot "
                f"'{taken[place]}'; each place in the week has one timeslot.",
            )
        taken[place] = slot.id
        if slot.start is not None and slot.end is not None and slot.end <= slot.start:
            yield (
                f"timeslots[{i}].end",
                f"Timeslot '{slot.id}' ends at {slot.end}, before it has begun; "
                "correct its times.",
            )
    for day, count in Counter(slot.day for slot in problem.timeslots).items():
        if count > MAX_PERIODS_A_DAY:
            yield (
                "timeslots",
                f"Day {day} has {count} periods; at most {MAX_PERIODS_A_DAY} are "
                "possible, so make them longer or fewer.",
            )
    for i, offering in enumerate(problem.offerings):
        yield from _one(
            offering.department, departments, f"offerings[{i}].department", "department"
        )
    for i, room in enumerate(problem.rooms):
        yield from _one(
            room.department, departments, f"rooms[{i}].department", "department"
        )
        yield from _missing(
            room.unavailable, slots, f"rooms[{i}].unavailable", "timeslot"
        )
        yield from _one(
            room.building, names["buildings"], f"rooms[{i}].building", "building"
        )
    for i, person in enumerate(problem.faculty):
        path = f"faculty[{i}]"
        yield from _one(
            person.department, departments, f"{path}.department", "department"
        )
        yield from _missing(
            person.unavailable, slots, f"{path}.unavailable", "timeslot"
        )
        for k, preference in enumerate(person.preferences):
            yield from _one(
                preference.timeslot,
                slots,
                f"{path}.preferences[{k}].timeslot",
                "timeslot",
            )
    minutes: dict[frozenset[str], int] = {}
    for i, walk in enumerate(problem.travel):
        if walk.building_a == walk.building_b:
            yield (
                f"travel[{i}]",
                f"It leads from '{walk.building_a}' to itself; remove it.",
            )
        way = frozenset((walk.building_a, walk.building_b))
        if minutes.setdefault(way, walk.minutes) != walk.minutes:
            yield (
                f"travel[{i}].minutes",
                "The same way has other minutes above; keep one of the two.",
            )
        for name in ("building_a", "building_b"):
            yield from _one(
                getattr(walk, name),
                names["buildings"],
                f"travel[{i}].{name}",
                "building",
            )
    for i, band in enumerate(problem.bands):
        yield from _missing(band.timeslots, slots, f"bands[{i}].timeslots", "timeslot")


def _of_classes(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    slots, faculty = names["timeslots"], names["faculty"]
    for i, item in enumerate(problem.classes):
        path = f"classes[{i}]"
        yield from _one(
            item.offering, names["offerings"], f"{path}.offering", "offering"
        )
        yield from _missing(item.faculty, faculty, f"{path}.faculty", "faculty")
        yield from _missing(item.unavailable, slots, f"{path}.unavailable", "timeslot")
        for k, event in enumerate(item.events):
            if event.faculty or event.timeslots:
                inner = f"{path}.events[{k}]"
                yield from _missing(
                    event.faculty, faculty, f"{inner}.faculty", "faculty"
                )
                yield from _missing(
                    event.timeslots, slots, f"{inner}.timeslots", "timeslot"
                )


def _of_rules(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    slots, events = names["timeslots"], names["events"]
    for i, relation in enumerate(problem.relations):
        path = f"relations[{i}]"
        yield from _missing(relation.events, events, f"{path}.events", "event")
        if len(set(relation.events)) < len(relation.events):
            yield f"{path}.events", f"Relation '{relation.id}' names an event twice."
        needs_value = relation.type in ("minimum_gap", "maximum_days")
        if needs_value and relation.value is None:
            yield f"{path}.value", f"A relation '{relation.type}' needs a value."
    pinned: set[str] = set()
    for i, pin in enumerate(problem.pins):
        if pin.event in pinned:
            yield f"pins[{i}].event", f"Event '{pin.event}' is pinned twice."
        pinned.add(pin.event)
    for kind in ("pins", "previous"):
        for i, item in enumerate(getattr(problem, kind)):
            path = f"{kind}[{i}]"
            yield from _one(item.event, events, f"{path}.event", "event")
            yield from _one(item.timeslot, slots, f"{path}.timeslot", "timeslot")
            yield from _one(item.room, names["rooms"], f"{path}.room", "room")


def _of_people(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    offerings, classes = names["offerings"], names["classes"]
    offering_of = {item.id: item.offering for item in problem.classes}
    taught = set(offering_of.values())
    for i, student in enumerate(problem.students):
        path = f"students[{i}]"
        if not taught.issuperset(student.offerings):
            yield from _missing(
                student.offerings, offerings, f"{path}.offerings", "offering"
            )
            for k, offering in enumerate(student.offerings):
                if offering in offerings and offering not in taught:
                    yield (
                        f"{path}.offerings[{k}]",
                        f"Offering '{offering}' has no class; add one or drop it.",
                    )
        if student.classes:
            yield from _missing(student.classes, classes, f"{path}.classes", "class")
            decided = [offering_of.get(item) for item in student.classes]
            if len(set(decided)) < len(decided):
                yield (
                    f"{path}.classes",
                    f"Student '{student.id}' is in two classes of one offering; "
                    "keep one of them.",
                )
    for i, curriculum in enumerate(problem.curricula):
        yield from _missing(
            curriculum.classes, classes, f"curricula[{i}].classes", "class"
        )
