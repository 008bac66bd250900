"""Does what contract 2 added agree with itself? Every fault has its place and a mend.

Offerings with components, weeks, patterns, options of times and rooms, joint classes.
Works on any objects with the contract's attributes, as ``consistency`` does.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

Fault = tuple[str, str]


def unknown(kind: str, key: str) -> str:
    """The sentence for an id that names nothing."""
    return f"There is no {kind} '{key}'; add it or correct the id."


def missing(
    ids: list[str] | None, known: set[str], path: str, kind: str
) -> Iterator[Fault]:
    """Faults of a list of ids of which some name nothing."""
    if ids and not known.issuperset(ids):
        for index, item in enumerate(ids):
            if item not in known:
                yield f"{path}[{index}]", unknown(kind, item)


def one(item: str | None, known: set[str], path: str, kind: str) -> Iterator[Fault]:
    """Fault of an id that names nothing."""
    if item is not None and item not in known:
        yield path, unknown(kind, item)


def find_structure_faults(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    """(place, message) of what contradicts itself in the fields of contract 2."""
    yield from _components(problem, names)
    yield from _weeks(problem)
    yield from _closings(problem, names)
    yield from _patterns(problem, names)
    yield from _options(problem, names)
    yield from _rooms(problem, names)
    yield from _joint(problem, names)
    yield from _placements(problem, names)
    yield from _days(problem)


def components_of(problem: Any) -> dict[str, tuple[str, str, str | None]]:
    """Component → (offering, configuration, parent component)."""
    return {
        component.id: (offering.id, configuration.id, component.parent)
        for offering in problem.offerings
        for configuration in offering.configurations
        for component in configuration.components
    }


def _components(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for i, offering in enumerate(problem.offerings):
        for j, configuration in enumerate(offering.configurations):
            path = f"offerings[{i}].configurations[{j}]"
            if configuration.id in seen:
                yield (
                    f"{path}.id",
                    f"'{configuration.id}' is a {seen[configuration.id]} already; "
                    "give one another id.",
                )
            seen[configuration.id] = "configuration"
            inside = {component.id for component in configuration.components}
            parent_of = {c.id: c.parent for c in configuration.components}
            for k, component in enumerate(configuration.components):
                inner = f"{path}.components[{k}]"
                if component.id in seen:
                    yield (
                        f"{inner}.id",
                        f"'{component.id}' is a {seen[component.id]} already; "
                        "give one another id.",
                    )
                seen[component.id] = "component"
                if component.parent is None:
                    continue
                if component.parent not in inside:
                    yield (
                        f"{inner}.parent",
                        f"Component '{component.parent}' is not in configuration "
                        f"'{configuration.id}'; a parent is in the same one.",
                    )
                elif _circle(component.id, parent_of):
                    yield (
                        f"{inner}.parent",
                        f"Component '{component.id}' is above itself; take one of "
                        "the parents out.",
                    )
    if not seen and not any(cls.component or cls.parent for cls in problem.classes):
        return
    yield from _classes(problem, names)


def _circle(start: str, parent_of: dict[str, str | None]) -> bool:
    steps, item = 0, parent_of.get(start)
    while item is not None and steps <= len(parent_of):
        if item == start:
            return True
        item = parent_of.get(item)
        steps += 1
    return False


def _classes(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    components = components_of(problem)
    classes = {cls.id: cls for cls in problem.classes}
    of_offering: dict[str, list[str]] = defaultdict(list)
    for component, (offering, _, _) in components.items():
        of_offering[offering].append(component)
    held: Counter[str] = Counter()
    for i, cls in enumerate(problem.classes):
        path, wanted = f"classes[{i}]", of_offering.get(cls.offering, [])
        if cls.component is not None:
            held[cls.component] += 1
            if cls.component not in components:
                yield f"{path}.component", unknown("component", cls.component)
                continue
            if components[cls.component][0] != cls.offering:
                yield (
                    f"{path}.component",
                    f"Component '{cls.component}' is one of offering "
                    f"'{components[cls.component][0]}', not of '{cls.offering}'.",
                )
                continue
        elif len(wanted) > 1:
            yield (
                f"{path}.component",
                f"Offering '{cls.offering}' has {len(wanted)} components; say which "
                f"of them class '{cls.id}' is.",
            )
            continue
        elif wanted:
            held[wanted[0]] += 1
        if cls.parent is not None:
            above = components[cls.component][2] if cls.component else None
            yield from _parent(cls, classes.get(cls.parent), above, f"{path}.parent")
    yield from _empty_components(problem, held)


def _parent(cls: Any, parent: Any, above: str | None, path: str) -> Iterator[Fault]:
    if parent is None:
        yield path, unknown("class", cls.parent)
    elif above is None:
        yield (
            path,
            f"The component of class '{cls.id}' has no parent; give it one, or "
            "leave out the parent of the class.",
        )
    elif parent.component != above:
        yield (
            path,
            f"Class '{cls.parent}' is not one of component '{above}', on which "
            f"those of '{cls.component}' hang.",
        )


def _empty_components(problem: Any, held: Counter[str]) -> Iterator[Fault]:
    for i, offering in enumerate(problem.offerings):
        for j, configuration in enumerate(offering.configurations):
            for k, component in enumerate(configuration.components):
                if not held[component.id]:
                    yield (
                        f"offerings[{i}].configurations[{j}].components[{k}]",
                        f"Component '{component.id}' has no class; add one or take "
                        "the component out.",
                    )


def _weeks(problem: Any) -> Iterator[Fault]:
    for i, pattern in enumerate(problem.week_patterns):
        path = f"week_patterns[{i}].weeks"
        if len(set(pattern.weeks)) < len(pattern.weeks):
            yield path, f"Week pattern '{pattern.id}' names a week twice."
        late = [week for week in pattern.weeks if week > problem.weeks]
        if late:
            yield (
                path,
                f"Week {late[0]} is beyond the {problem.weeks} weeks of the term; "
                "correct it or 'weeks'.",
            )


def _closings(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    for kind in ("rooms", "faculty", "classes"):
        for i, item in enumerate(getattr(problem, kind)):
            for k, closing in enumerate(item.closed):
                path = f"{kind}[{i}].closed[{k}]"
                yield from one(
                    closing.timeslot, names["timeslots"], f"{path}.timeslot", "timeslot"
                )
                yield from one(
                    closing.weeks,
                    names["week_patterns"],
                    f"{path}.weeks",
                    "week pattern",
                )


def _patterns(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    slots = {slot.id: slot for slot in problem.timeslots}
    for i, pattern in enumerate(problem.patterns):
        busy: set[tuple[str | None, int, int]] = set()
        for k, meeting in enumerate(pattern.meetings):
            path = f"patterns[{i}].meetings[{k}]"
            slot = slots.get(meeting.timeslot)
            if slot is None:
                yield f"{path}.timeslot", unknown("timeslot", meeting.timeslot)
                continue
            hours = {
                (slot.grid, slot.day, slot.period + n) for n in range(meeting.duration)
            }
            if not busy.isdisjoint(hours):
                yield (
                    f"{path}.timeslot",
                    f"Pattern '{pattern.id}' meets twice at one time; take one of the "
                    "two out.",
                )
            busy |= hours


def _options(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    grid_of = {slot.id: slot.grid for slot in problem.timeslots}
    first = {p.id: p.meetings[0].timeslot for p in problem.patterns}
    used = any(slot.grid is not None for slot in problem.timeslots)
    for i, cls in enumerate(problem.classes):
        if cls.grid is not None:
            yield from one(cls.grid, names["grids"], f"classes[{i}].grid", "grid")
        for j, event in enumerate(cls.events):
            path = f"classes[{i}].events[{j}]"
            if event.weeks is not None:
                yield from missing(
                    event.weeks, names["week_patterns"], f"{path}.weeks", "week pattern"
                )
                if not event.weeks:
                    yield (
                        f"{path}.weeks",
                        f"Event '{event.id}' may be held in no week; name a week "
                        "pattern, or leave 'weeks' out for every week.",
                    )
            if event.times is not None:
                yield from _times(event, names, path)
            if used:
                starts = list(event.timeslots or ())
                for option in event.times or ():
                    starts.append(option.timeslot or first.get(option.pattern, ""))
                for start in starts:
                    if start in grid_of and grid_of[start] != cls.grid:
                        yield (
                            path,
                            f"Timeslot '{start}' is not one of the grid of class "
                            f"'{cls.id}'; choose one of its own.",
                        )
                        break
            if event.rooms is not None:
                yield from missing(
                    [option.room for option in event.rooms],
                    names["rooms"],
                    f"{path}.rooms",
                    "room",
                )
                if event.needs_room and not event.rooms:
                    yield (
                        f"{path}.rooms",
                        f"Event '{event.id}' may be held in no room; name one, or "
                        "leave 'rooms' out for all that suit.",
                    )
            if event.rooms_needed > 1 and not event.needs_room:
                yield (
                    f"{path}.rooms_needed",
                    f"Event '{event.id}' needs no room, yet asks for "
                    f"{event.rooms_needed}; correct one of the two.",
                )
            for k, wish in enumerate(event.room_preferences):
                yield from _wish(wish, names, f"{path}.room_preferences[{k}]")


def _times(event: Any, names: dict[str, set[str]], path: str) -> Iterator[Fault]:
    if event.timeslots is not None:
        yield (
            f"{path}.timeslots",
            f"Event '{event.id}' has both 'timeslots' and 'times'; keep 'times'.",
        )
    if not event.times:
        yield (
            f"{path}.times",
            f"Event '{event.id}' may be held at no time; name one, or leave 'times' "
            "out for all.",
        )
    seen: set[tuple[str | None, str | None, str | None]] = set()
    for k, option in enumerate(event.times):
        inner = f"{path}.times[{k}]"
        if (option.timeslot is None) == (option.pattern is None):
            yield inner, "Give either a timeslot or a pattern."
        key = (option.timeslot, option.pattern, option.weeks)
        if key in seen:
            yield inner, "The same time stands above; keep one of the two."
        seen.add(key)
        yield from one(
            option.timeslot, names["timeslots"], f"{inner}.timeslot", "timeslot"
        )
        yield from one(option.pattern, names["patterns"], f"{inner}.pattern", "pattern")
        yield from one(
            option.weeks, names["week_patterns"], f"{inner}.weeks", "week pattern"
        )


def _wish(wish: Any, names: dict[str, set[str]], path: str) -> Iterator[Fault]:
    given = [
        kind
        for kind in ("room", "building", "type", "feature")
        if getattr(wish, kind) is not None
    ]
    if len(given) != 1:
        yield path, "Give exactly one of room, building, type and feature."
    yield from one(wish.room, names["rooms"], f"{path}.room", "room")
    yield from one(wish.building, names["buildings"], f"{path}.building", "building")


def _rooms(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    parts = {room.id: room.parts for room in problem.rooms}
    for i, room in enumerate(problem.rooms):
        path = f"rooms[{i}].parts"
        yield from missing(room.parts, names["rooms"], path, "room")
        if room.id in room.parts:
            yield path, f"Room '{room.id}' is a part of itself; take it out."
        for k, part in enumerate(room.parts):
            if part != room.id and parts.get(part):
                yield (
                    f"{path}[{k}]",
                    f"Room '{part}' has parts of its own; name the smallest rooms.",
                )
        if len(set(room.parts)) < len(room.parts):
            yield path, f"Room '{room.id}' names a part twice."
    for i, building in enumerate(problem.buildings):
        yield from one(building.site, names["sites"], f"buildings[{i}].site", "site")


def _joint(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    classes = {cls.id: cls for cls in problem.classes}
    taken: dict[str, str] = {}
    pinned = {pin.event for pin in problem.pins if pin.room is not None}
    for i, joint in enumerate(problem.joint_classes):
        path = f"joint_classes[{i}].classes"
        yield from missing(joint.classes, names["classes"], path, "class")
        known = [classes[key] for key in joint.classes if key in classes]
        for k, key in enumerate(joint.classes):
            if key in taken:
                yield (
                    f"{path}[{k}]",
                    f"Class '{key}' is in joint class '{taken[key]}' already; a class "
                    "is in one at most.",
                )
            taken.setdefault(key, joint.id)
        for event in (event for cls in known for event in cls.events):
            if event.id in pinned and not event.needs_room:
                yield (
                    path,
                    f"Event '{event.id}' needs no room, but is pinned to one while its "
                    "class is taught with others; let it need a room, or unpin it.",
                )
        for cls in known[1:]:
            mine, first = _shape(cls), _shape(known[0])
            if mine != first:
                yield (
                    path,
                    f"Classes '{known[0].id}' and '{cls.id}' have other events "
                    "(number, length or kind of room), so that they cannot be taught "
                    "as one; make their events alike.",
                )


def _shape(cls: Any) -> list[tuple[int, str | None, bool, int]]:
    return [(e.duration, e.room_type, e.needs_room, e.rooms_needed) for e in cls.events]


def _placements(problem: Any, names: dict[str, set[str]]) -> Iterator[Fault]:
    for kind in ("pins", "previous"):
        for i, item in enumerate(getattr(problem, kind)):
            path = f"{kind}[{i}]"
            yield from one(
                item.pattern, names["patterns"], f"{path}.pattern", "pattern"
            )
            yield from one(
                item.weeks, names["week_patterns"], f"{path}.weeks", "week pattern"
            )
    for i, item in enumerate(problem.previous):
        yield from missing(
            item.further_rooms, names["rooms"], f"previous[{i}].further_rooms", "room"
        )


def _days(problem: Any) -> Iterator[Fault]:
    """Several grids, and rules by the clock, need the hours of all timeslots."""
    by_clock = [
        name
        for name, used in (
            ("grids", any(slot.grid is not None for slot in problem.timeslots)),
            ("lunch", problem.lunch is not None),
            ("rest_minutes", problem.rest_minutes is not None),
            ("student_max_span_minutes", problem.student_max_span_minutes is not None),
            (
                "faculty.max_span_minutes",
                any(f.max_span_minutes is not None for f in problem.faculty),
            ),
        )
        if used
    ]
    if by_clock:
        for i, slot in enumerate(problem.timeslots):
            if slot.start is None or slot.end is None:
                yield (
                    f"timeslots[{i}]",
                    f"'{by_clock[0]}' goes by the clock; give timeslot '{slot.id}' a "
                    "start and an end.",
                )
                break
        else:
            yield from _clock_order(problem, by_clock[0])
    yield from _free_days(problem)
    lunch = problem.lunch
    if lunch is not None:
        length = minutes_of(lunch.end) - minutes_of(lunch.start)
        if length < lunch.minutes:
            yield (
                "lunch",
                f"There are {length} minutes between {lunch.start} and {lunch.end}, "
                f"too few for a pause of {lunch.minutes}.",
            )


def _clock_order(problem: Any, name: str) -> Iterator[Fault]:
    """Periods of a day follow each other by the clock as by their numbers."""
    by_day: dict[Any, list[Any]] = defaultdict(list)
    for slot in problem.timeslots:
        by_day[slot.grid, slot.day].append(slot)
    for slots in by_day.values():
        slots.sort(key=lambda slot: slot.period)
        for before, after in pairwise(slots):
            if after.start < before.end:
                yield (
                    "timeslots",
                    f"'{name}' goes by the clock, and timeslot '{after.id}' starts at "
                    f"{after.start}, before '{before.id}' of an earlier period ends; "
                    "correct their times or their periods.",
                )
                return


def _free_days(problem: Any) -> Iterator[Fault]:
    """Nobody can have more days off than the week has."""
    days = len({slot.day for slot in problem.timeslots})
    asked = [("student_min_free_days", problem.student_min_free_days)]
    asked += [
        (f"faculty[{i}].min_free_days", person.min_free_days)
        for i, person in enumerate(problem.faculty)
    ]
    for path, number in asked:
        if number is not None and number >= days:
            yield (
                path,
                f"{number} free days leave none of the {days} days of the week for "
                "classes; ask for fewer.",
            )


def minutes_of(clock: str) -> int:
    """Minutes since midnight of ``09:30``."""
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)
