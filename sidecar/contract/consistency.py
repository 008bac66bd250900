"""Does a problem agree with itself? Every fault has its place and a mend.

Works on any objects with the contract's attributes: the service decodes a large body to
lighter structs than the models, and both must meet the same rules.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from .objective import PROFILES
from .structure import (
    components_of,
    find_structure_faults,
    missing,
    one,
)
from .version import RELATIONS_OF_1, relation_kind

KINDS = (
    "departments",
    "sites",
    "buildings",
    "faculty",
    "rooms",
    "week_patterns",
    "grids",
    "timeslots",
    "patterns",
    "offerings",
    "classes",
    "joint_classes",
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
    yield from find_structure_faults(problem, names)


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


def _of_timeslots(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    taken: dict[tuple[str | None, int, int], str] = {}
    for i, slot in enumerate(problem.timeslots):
        yield from one(slot.grid, names["grids"], f"timeslots[{i}].grid", "grid")
        place = (slot.grid, slot.day, slot.period)
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
    per_day = Counter((slot.grid, slot.day) for slot in problem.timeslots)
    for (grid, day), count in per_day.items():
        if count > MAX_PERIODS_A_DAY:
            where = "" if grid is None else f" of grid '{grid}'"
            yield (
                "timeslots",
                f"Day {day}{where} has {count} periods; at most {MAX_PERIODS_A_DAY} "
                "are possible, so make them longer or fewer.",
            )


def _of_travel(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    minutes: dict[tuple[str, frozenset[str]], int] = {}
    for i, walk in enumerate(problem.travel):
        path = f"travel[{i}]"
        given = [
            (kind, getattr(walk, f"{kind}_a"), getattr(walk, f"{kind}_b"))
            for kind in ("building", "room", "site")
            if getattr(walk, f"{kind}_a") is not None
            or getattr(walk, f"{kind}_b") is not None
        ]
        if len(given) != 1 or None in given[0]:
            yield path, "Give two buildings, or two rooms, or two sites."
            continue
        kind, a, b = given[0]
        if a == b:
            yield path, f"It leads from '{a}' to itself; remove it."
        way = (kind, frozenset((a, b)))
        if minutes.setdefault(way, walk.minutes) != walk.minutes:
            yield (
                f"{path}.minutes",
                "The same way has other minutes above; keep one of the two.",
            )
        for end, item in (("a", a), ("b", b)):
            yield from one(item, names[f"{kind}s"], f"{path}.{kind}_{end}", kind)


def _of_resources(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    slots = names["timeslots"]
    departments = names["departments"]
    yield from _of_timeslots(problem, names)
    yield from _of_travel(problem, names)
    for i, offering in enumerate(problem.offerings):
        yield from one(
            offering.department, departments, f"offerings[{i}].department", "department"
        )
    for i, room in enumerate(problem.rooms):
        yield from one(
            room.department, departments, f"rooms[{i}].department", "department"
        )
        yield from missing(
            room.unavailable, slots, f"rooms[{i}].unavailable", "timeslot"
        )
        yield from one(
            room.building, names["buildings"], f"rooms[{i}].building", "building"
        )
    for i, person in enumerate(problem.faculty):
        path = f"faculty[{i}]"
        yield from one(
            person.department, departments, f"{path}.department", "department"
        )
        yield from missing(person.unavailable, slots, f"{path}.unavailable", "timeslot")
        for k, preference in enumerate(person.preferences):
            yield from one(
                preference.timeslot,
                slots,
                f"{path}.preferences[{k}].timeslot",
                "timeslot",
            )
    for i, band in enumerate(problem.bands):
        yield from missing(band.timeslots, slots, f"bands[{i}].timeslots", "timeslot")


def _of_classes(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    slots, faculty = names["timeslots"], names["faculty"]
    for i, item in enumerate(problem.classes):
        path = f"classes[{i}]"
        yield from one(
            item.offering, names["offerings"], f"{path}.offering", "offering"
        )
        yield from missing(item.faculty, faculty, f"{path}.faculty", "faculty")
        yield from missing(item.unavailable, slots, f"{path}.unavailable", "timeslot")
        for k, event in enumerate(item.events):
            if event.faculty or event.timeslots:
                inner = f"{path}.events[{k}]"
                yield from missing(
                    event.faculty, faculty, f"{inner}.faculty", "faculty"
                )
                yield from missing(
                    event.timeslots, slots, f"{inner}.timeslots", "timeslot"
                )


PARAMETERS = {
    "min_gap": (("value", "minutes"), ()),
    "max_days": (("value",), ()),
    "max_day_load": (("value", "minutes"), ()),
    "work_day": (("value", "minutes"), ()),
    "max_breaks": (("value",), ("pause",)),
    "max_block": (("minutes",), ("pause",)),
}
"""Relation → the parameters of which one is needed, and what is needed beside them."""


def _of_relation(relation: Any, path: str, version: str) -> Iterator[tuple[str, str]]:
    kind = relation_kind(relation.type, version)
    old = RELATIONS_OF_1.keys() - {"same_time"}
    if kind == relation.type and relation.type in old:
        yield (
            f"{path}.type",
            f"'{relation.type}' is a name of contract 1; write "
            f"'{relation_kind(kind, '1.0')}'.",
        )
    either, beside = PARAMETERS.get(kind, ((), ()))
    if either and sum(getattr(relation, name) is not None for name in either) != 1:
        shown = " or ".join(f"'{name}'" for name in either)
        yield (
            f"{path}.{either[0]}",
            f"A relation '{relation.type}' needs {shown}, and one of them only."
            if len(either) > 1
            else f"A relation '{relation.type}' needs a {either[0]}.",
        )
    for name in beside:
        if getattr(relation, name) is None:
            yield f"{path}.{name}", f"A relation '{relation.type}' needs a {name}."
    of_events = bool(relation.events)
    if of_events == bool(relation.classes):
        yield path, "Give either the events or the classes that it speaks of."
    elif len(relation.events if of_events else relation.classes) < 2:
        yield (
            f"{path}.{'events' if of_events else 'classes'}",
            "It needs at least 2 item(s); add them.",
        )


def _of_rules(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    slots, events = names["timeslots"], names["events"]
    for i, relation in enumerate(problem.relations):
        path = f"relations[{i}]"
        yield from missing(relation.events, events, f"{path}.events", "event")
        yield from missing(
            relation.classes, names["classes"], f"{path}.classes", "class"
        )
        if len(set(relation.events)) < len(relation.events):
            yield f"{path}.events", f"Relation '{relation.id}' names an event twice."
        if len(set(relation.classes)) < len(relation.classes):
            yield f"{path}.classes", f"Relation '{relation.id}' names a class twice."
        yield from _of_relation(relation, path, problem.version)
    pinned: set[str] = set()
    for i, pin in enumerate(problem.pins):
        if pin.event in pinned:
            yield f"pins[{i}].event", f"Event '{pin.event}' is pinned twice."
        pinned.add(pin.event)
    for kind in ("pins", "previous"):
        for i, item in enumerate(getattr(problem, kind)):
            path = f"{kind}[{i}]"
            yield from one(item.event, events, f"{path}.event", "event")
            yield from one(item.timeslot, slots, f"{path}.timeslot", "timeslot")
            yield from one(item.room, names["rooms"], f"{path}.room", "room")


def _of_people(problem: Any, names: Names) -> Iterator[tuple[str, str]]:
    offerings, classes = names["offerings"], names["classes"]
    offering_of = {item.id: item.offering for item in problem.classes}
    taught = set(offering_of.values())
    components = components_of(problem)
    configuration_of = {
        item.id: components[item.component][1]
        for item in problem.classes
        if item.component in components
    }
    component_of = {
        item.id: item.component or item.offering for item in problem.classes
    }
    for i, student in enumerate(problem.students):
        path = f"students[{i}]"
        if not taught.issuperset(student.offerings):
            yield from missing(
                student.offerings, offerings, f"{path}.offerings", "offering"
            )
            for k, offering in enumerate(student.offerings):
                if offering in offerings and offering not in taught:
                    yield (
                        f"{path}.offerings[{k}]",
                        f"Offering '{offering}' has no class; add one or drop it.",
                    )
        if student.classes:
            yield from missing(student.classes, classes, f"{path}.classes", "class")
            known = [item for item in student.classes if item in offering_of]
            decided = {component_of[item] for item in known}
            if len(decided) < len(known):
                yield (
                    f"{path}.classes",
                    f"Student '{student.id}' is in two classes of one "
                    f"{'component' if components else 'offering'}; keep one of them.",
                )
            elif components:
                ways: dict[str, str] = {}
                for item in known:
                    way = configuration_of.get(item, "")
                    if ways.setdefault(offering_of[item], way) != way:
                        yield (
                            f"{path}.classes",
                            f"Student '{student.id}' is in classes of two "
                            f"configurations of '{offering_of[item]}'; keep one.",
                        )
    for i, curriculum in enumerate(problem.curricula):
        yield from missing(
            curriculum.classes, classes, f"curricula[{i}].classes", "class"
        )
