"""Why an event is not placed: what stands in the way at each of its timeslots."""

from collections import Counter
from typing import Any

from sidecar.contract.catalogue import Message, message, ref

from .costs import EventCosts
from .suggest import free_place
from .timetable import Place, Timetable

Cause = tuple[Any, ...]
"""A code, and its arguments but the count as (name, value)."""


def why_unplaced(timetable: Timetable, event: str) -> Message:
    """A message that counts the timeslots lost to each cause, most first.

    A timeslot counts for the first cause met: its class, its faculty, a curriculum,
    students, rooms. The timetable is left as it was.
    """
    unit = timetable.unit(event)
    times = timetable.times(unit)
    if not times:
        return message("why_no_slot")
    if unit.room_key is not None and not timetable.grid.rooms(unit.room_key):
        return message("why_no_room")
    before = timetable.put(unit, None)
    try:
        causes = _causes(timetable, EventCosts(timetable, unit))
    finally:
        timetable.put(unit, before)
    total = len(times)
    free = total - causes.total()
    parts = [
        message(code, (), count=count, **dict(args))
        for (code, *args), count in causes.most_common()
    ]
    if free:
        parts.append(message("slots_free", (), count=free))
    return message("why_slots", parts, total=total)


def _causes(timetable: Timetable, costs: EventCosts) -> Counter[Cause]:
    unit = costs.unit
    rooms = costs.rooms_by_wish()
    everyone = 0
    for mask in costs.students_busy:
        everyone |= mask
    causes: Counter[Cause] = Counter()
    for time in timetable.times(unit):
        cover = timetable.cover(unit, Place(time))
        days = timetable.days_of(cover)
        busy = [f for f, mask in costs.faculty_busy.items() if mask & cover]
        if costs.class_busy & cover or (
            unit.cls.one_event_per_day and not costs.class_days.isdisjoint(days)
        ):
            causes["slots_class", ("class", ref("class", unit.cls.id))] += 1
        elif busy:
            causes["slots_faculty", ("faculty", ref("faculty", busy[0]))] += 1
        elif any(mask & cover for mask in costs.curricula_busy):
            causes[("slots_curriculum",)] += 1
        elif everyone & cover:
            causes[("slots_students",)] += 1
        elif (place := free_place(timetable, unit, time, rooms)) is None:
            causes[("slots_rooms",)] += 1
        elif costs.time_cost(time)[0] or costs.tied(place):
            causes[("slots_rules",)] += 1
    return causes
