"""A timetable in force, brought to a problem: to repair it, or to plan a part of it."""

from collections.abc import Iterable

from sidecar.contract.problem import Assignment, Pin, Problem

from .bundles import structure_of


def start_from(
    problem: Problem,
    assignments: Iterable[Assignment],
    sectioning: dict[str, list[str]],
) -> Problem:
    """The problem with this timetable as the one in force.

    Events, and timeslots, patterns and weeks that are no more, are left out; an event
    with a room that is no more keeps its time. Students stay in their classes as far as
    both still exist; what they have chosen since is open.
    """
    events = {event.id for cls in problem.classes for event in cls.events}
    slots = {slot.id for slot in problem.timeslots}
    rooms = {room.id for room in problem.rooms}
    patterns = {None, *(pattern.id for pattern in problem.patterns)}
    weeks = {None, *(pattern.id for pattern in problem.week_patterns)}
    previous = [
        item
        if rooms.issuperset([item.room, *item.further_rooms])
        else item.model_copy(update={"room": None, "further_rooms": []})
        for item in assignments
        if item.event in events
        and item.timeslot in slots
        and item.pattern in patterns
        and item.weeks in weeks
    ]
    offering_of = {cls.id: cls.offering for cls in problem.classes}
    bundles = structure_of(problem).bundles
    together: dict[frozenset[str], bool] = {}

    def agree(offering: str, classes: frozenset[str]) -> bool:
        """Whether somebody may attend these classes of an offering together."""
        if classes not in together:
            together[classes] = any(classes <= {*one} for one in bundles[offering])
        return together[classes]

    students = []
    for student in problem.students:
        decided = {offering_of[c] for c in student.classes}
        kept = [
            cls
            for cls in sectioning.get(student.id, [])
            if offering_of.get(cls) in student.offerings
            and offering_of[cls] not in decided
        ]
        of_offering: dict[str, set[str]] = {}
        for cls in kept:
            of_offering.setdefault(offering_of[cls], set()).add(cls)
        # A class may hang on another parent by now: then the choice is open again.
        kept = [
            cls
            for cls in kept
            if agree(offering_of[cls], frozenset(of_offering[offering_of[cls]]))
        ]
        classes = [*student.classes, *dict.fromkeys(kept)]
        students.append(student.model_copy(update={"classes": classes}))
    return problem.model_copy(update={"previous": previous, "students": students})


def within_departments(problem: Problem, departments: Iterable[str]) -> Problem:
    """The problem with everything outside these departments pinned where it is.

    Raises
    ------
    ValueError
        If there is no such department, or nothing in force that the rest could keep.
    """
    chosen = set(departments)
    unknown = chosen - {department.id for department in problem.departments}
    if unknown:
        raise ValueError(f"There is no department '{min(unknown)}'.")
    if not problem.previous:
        raise ValueError(
            "There is no timetable in force beside which a part could be planned; give "
            "one with --from."
        )
    inside = {o.id for o in problem.offerings if o.department in chosen}
    outside = {
        event.id
        for cls in problem.classes
        if cls.offering not in inside
        for event in cls.events
    }
    pins = {pin.event: pin for pin in problem.pins}
    for item in problem.previous:
        if item.event in outside:
            # Its own pin may name the time only: the room is then to stay as well.
            pin = pins.get(item.event)
            pins[item.event] = Pin(
                event=item.event,
                timeslot=(pin and pin.timeslot) or item.timeslot,
                pattern=(pin and pin.pattern) or item.pattern,
                weeks=(pin and pin.weeks) or item.weeks,
                room=(pin and pin.room) or item.room,
            )
    return problem.model_copy(update={"pins": list(pins.values())})
