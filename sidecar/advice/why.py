"""Why an event is not placed: what stands in the way at each of its timeslots."""

from collections import Counter

from sidecar.diagnosis.grid import bits

from .costs import EventCosts
from .suggest import free_place
from .timetable import Timetable


def why_unplaced(timetable: Timetable, event: str) -> str:
    """One sentence that counts the timeslots lost to each cause, most first.

    A timeslot counts for the first cause met: its class, its faculty, a curriculum,
    students, rooms. The timetable is left as it was.
    """
    unit = timetable.unit(event)
    if not unit.starts:
        return "None of the week's timeslots is open to it."
    if unit.room_key is not None and not timetable.grid.rooms(unit.room_key):
        return "No room has the type, the features and the seats it needs."
    before = timetable.put(unit, None)
    try:
        causes = _causes(timetable, EventCosts(timetable, unit))
    finally:
        timetable.put(unit, before)
    total = unit.starts.bit_count()
    free = total - causes.total()
    parts = [f"{count} {cause}" for cause, count in causes.most_common()]
    if free:
        parts.append(f"{free} {'is' if free == 1 else 'are'} free")
    plural = "s" if total != 1 else ""
    return f"Of the {total} timeslot{plural} open to it, {', '.join(parts)}."


def _causes(timetable: Timetable, costs: EventCosts) -> Counter[str]:
    unit, grid = costs.unit, timetable.grid
    rooms = costs.rooms_by_wish()
    everyone = 0
    for mask in costs.students_busy:
        everyone |= mask
    causes: Counter[str] = Counter()
    for start in bits(unit.starts):
        cover = timetable.cover(unit, (start, None))
        day = start // grid.positions
        busy = [f for f, mask in costs.faculty_busy.items() if mask & cover]
        if costs.class_busy & cover or (
            unit.cls.one_event_per_day and day in costs.class_days
        ):
            causes[
                f"on a day or at a time of another event of [class:{unit.cls.id}]"
            ] += 1
        elif busy:
            causes[f"while [faculty:{busy[0]}] teaches"] += 1
        elif any(mask & cover for mask in costs.curricula_busy):
            causes["while its curriculum has another class"] += 1
        elif everyone & cover:
            causes["while some of its students have another class"] += 1
        elif free_place(timetable, unit, start, rooms) is None:
            causes["without a free room that suits"] += 1
        elif costs.time_cost(start)[0] or costs.tied(
            free_place(timetable, unit, start, rooms) or (start, None)
        ):
            causes["against a daily limit or a relation"] += 1
    return causes
