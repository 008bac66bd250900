"""Why an event is not placed: what stands in the way at each of its timeslots."""

from collections import Counter
from typing import Any

from sidecar.contract.catalogue import Message, message, ref
from sidecar.diagnosis.grid import bits

from .costs import EventCosts
from .suggest import free_place
from .timetable import Timetable

Cause = tuple[Any, ...]
"""A code, and its arguments but the count as (name, value)."""


def why_unplaced(timetable: Timetable, event: str) -> Message:
    """A message that counts the timeslots lost to each cause, most first.

    A timeslot counts for the first cause met: its class, its faculty, a curriculum,
    students, rooms. The timetable is left as it was.
    """
    unit = timetable.unit(event)
    if not unit.starts:
        return message("why_no_slot")
    if unit.room_key is not None and not timetable.grid.rooms(unit.room_key):
        return message("why_no_room")
    before = timetable.put(unit, None)
    try:
        causes = _causes(timetable, EventCosts(timetable, unit))
    finally:
        timetable.put(unit, before)
    total = unit.starts.bit_count()
    free = total - causes.total()
    parts = [
        message(code, (), count=count, **dict(args))
        for (code, *args), count in causes.most_common()
    ]
    if free:
        parts.append(message("slots_free", (), count=free))
    return message("why_slots", parts, total=total)


def _causes(timetable: Timetable, costs: EventCosts) -> Counter[Cause]:
    unit, grid = costs.unit, timetable.grid
    rooms = costs.rooms_by_wish()
    everyone = 0
    for mask in costs.students_busy:
        everyone |= mask
    causes: Counter[Cause] = Counter()
    for start in bits(unit.starts):
        cover = timetable.cover(unit, (start, None))
        day = start // grid.positions
        busy = [f for f, mask in costs.faculty_busy.items() if mask & cover]
        if costs.class_busy & cover or (
            unit.cls.one_event_per_day and day in costs.class_days
        ):
            causes["slots_class", ("class", ref("class", unit.cls.id))] += 1
        elif busy:
            causes["slots_faculty", ("faculty", ref("faculty", busy[0]))] += 1
        elif any(mask & cover for mask in costs.curricula_busy):
            causes[("slots_curriculum",)] += 1
        elif everyone & cover:
            causes[("slots_students",)] += 1
        elif free_place(timetable, unit, start, rooms) is None:
            causes[("slots_rooms",)] += 1
        elif costs.time_cost(start)[0] or costs.tied(
            free_place(timetable, unit, start, rooms) or (start, None)
        ):
            causes[("slots_rules",)] += 1
    return causes
