"""The engine's timetable → the contract's assignments and sectioning."""

from sidecar.contract.problem import Assignment, Problem
from sidecar.engine.model import Timetable

from .index import Names


def write_assignments(timetable: Timetable, names: Names) -> list[Assignment]:
    """Placed events, in the problem's order."""
    result = []
    further = set(names.further)
    for event, room in enumerate(timetable.room.tolist()):
        if event in further:
            continue
        slots = tuple(timetable.slot[names.groups.get(event, [event])].tolist())
        if slots[0] < 0:
            continue
        timeslot, pattern, weeks = names.slots[slots[0]], None, None
        if event in names.times:
            timeslot, pattern, weeks = names.times[event][slots]
        assert timeslot is not None
        first, *others = names.rooms[room] if room >= 0 else (None,)
        # The engine's own output: nothing to validate again.
        for key in (names.events[event], *names.joined.get(event, ())):
            result.append(
                Assignment.model_construct(
                    event=key,
                    timeslot=timeslot,
                    pattern=pattern,
                    weeks=weeks,
                    room=first,
                    further_rooms=others,
                )
            )
    return result


def write_sectioning(
    problem: Problem, timetable: Timetable, names: Names
) -> dict[str, list[str]]:
    """Classes of each student; enrolments stand in the reader's order."""
    offering_of = {cls.id: cls.offering for cls in problem.classes}
    sections = iter(timetable.section.tolist())
    result = {}
    for student in problem.students:
        decided = dict.fromkeys(offering_of[c] for c in student.classes)
        chosen = dict.fromkeys([*student.offerings, *decided])
        mine = [section for _, section in zip(chosen, sections, strict=False)]
        result[student.id] = [
            names.classes[cls]
            for s in mine
            if s >= 0
            for cls in names.bundles[s]
            if cls < len(names.classes)
        ]
    return result
