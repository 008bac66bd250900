"""The engine's timetable → the contract's assignments and sectioning."""

from sidecar.contract.problem import Assignment, Problem
from sidecar.engine.model import Timetable

from .index import Names


def write_assignments(timetable: Timetable, names: Names) -> list[Assignment]:
    """Placed events, in the problem's order."""
    result = []
    for event, (slot, room) in enumerate(
        zip(timetable.slot.tolist(), timetable.room.tolist(), strict=True)
    ):
        if slot < 0:
            continue
        timeslot = names.slots[slot]
        assert timeslot is not None
        # The engine's own output: nothing to validate again.
        result.append(
            Assignment.model_construct(
                event=names.events[event],
                timeslot=timeslot,
                room=names.rooms[room] if room >= 0 else None,
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
            names.classes[cls] for s in mine if s >= 0 for cls in names.bundles[s]
        ]
    return result
