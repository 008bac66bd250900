"""What a repair moved, and the fact that made each event move."""

from collections import Counter
from collections.abc import Iterator

from sidecar.contract.problem import Assignment, Problem
from sidecar.contract.solution import Move, Variant
from sidecar.diagnosis.grid import Unit, bits

from .costs import EventCosts
from .timetable import Timetable, can_advise


def explain_moves(
    problem: Problem, variant: Variant, weights: dict[str, int] | None = None
) -> Variant:
    """The variant with every event that left its place in force, and why.

    Facts of the problem come before neighbours: an event whose room is closed was
    *forced*; one that stands in the way of others *made way*; what nothing explains
    was *chosen* for a better timetable.

    Parameters
    ----------
    problem
        Must be consistent; ``previous`` is the timetable in force.
    variant
        As scored.
    weights
        Overrides of its profile.
    """
    if not can_advise(problem):
        return variant
    timetable = Timetable(
        problem, variant.assignments, variant.sectioning, variant.profile, weights
    )
    now = {item.event: item for item in variant.assignments}
    moves = []
    for old in problem.previous:
        new = now.get(old.event)
        unit = timetable.unit(old.event)
        lost = old.room is None and unit.event.needs_room
        same = new is not None and new.timeslot == old.timeslot
        if same and new is not None and new.room == old.room:
            continue
        moves.append(_move(timetable, unit, old, new, lost))
    order = {"forced": 0, "made_way": 1, "chosen": 2}
    moves.sort(key=lambda move: order[move.cause])
    return variant.model_copy(update={"moves": moves})


def _move(
    timetable: Timetable,
    unit: Unit,
    old: Assignment,
    new: Assignment | None,
    lost: bool,
) -> Move:
    where = _where(old, new)
    for cause, sentence, resources in _reasons(timetable, unit, old, new, lost):
        return Move(
            event=unit.id,
            before=old,
            after=new,
            cause=cause,
            sentence=f"{where} {sentence}",
            resources=resources,
        )
    return Move(
        event=unit.id,
        before=old,
        after=new,
        cause="chosen",
        sentence=f"{where} Nothing forces it; it is better placed so.",
    )


def _where(old: Assignment, new: Assignment | None) -> str:
    if new is None:
        return f"[event:{old.event}] has no place any more."
    parts = []
    if new.timeslot != old.timeslot:
        parts.append(f"from [timeslot:{old.timeslot}] to [timeslot:{new.timeslot}]")
    if new.room != old.room:
        before = "" if old.room is None else f"from [room:{old.room}] "
        after = "no room" if new.room is None else f"[room:{new.room}]"
        parts.append(f"{before}to {after}")
    return f"[event:{old.event}] moves {' and '.join(parts)}."


Reason = tuple[str, str, dict[str, str]]
"""(cause, sentence, what it speaks of)"""


def _reasons(
    timetable: Timetable,
    unit: Unit,
    old: Assignment,
    new: Assignment | None,
    lost: bool,
) -> Iterator[Reason]:
    """Reasons why the event cannot be where it was, the strongest first."""
    start = timetable.grid.bit_of[old.timeslot]
    cover = timetable.cover(unit, (start, None))
    yield from _facts(timetable, unit, start, cover)
    if lost:
        yield "forced", "Its room is no longer available.", {}
    if old.room is not None:
        yield from _facts_of_room(timetable, unit, old.room, cover)
        held = timetable.holders(old.room, cover) - {unit.id}
        if held:
            other = min(held)
            yield (
                "made_way",
                f"[event:{other}] is in [room:{old.room}] at that time now.",
                {"event": other, "room": old.room},
            )
    if new is None or new.timeslot != old.timeslot:
        yield from _neighbours(timetable, unit, start, cover)


def _facts(
    timetable: Timetable, unit: Unit, start: int, cover: int
) -> Iterator[Reason]:
    """Facts of the problem that forbid the time."""
    grid = timetable.grid
    slot = grid.slot_of[start]
    if not cover:
        yield (
            "forced",
            f"It does not fit into the day at [timeslot:{slot}] any more.",
            {"timeslot": slot},
        )
        return
    pin = grid.pins.get(unit.id)
    if pin is not None and pin.timeslot not in (None, slot):
        yield "forced", "It is pinned to another time.", {}
    for member in unit.teachers:
        closed = cover & ~grid.faculty_open[member]
        if closed:
            at = grid.slot_of[next(bits(closed))]
            yield (
                "forced",
                f"[faculty:{member}] is not available at [timeslot:{at}].",
                {"faculty": member, "timeslot": at},
            )
    closed = cover & ~grid.class_open[unit.cls.id]
    if closed:
        at = grid.slot_of[next(bits(closed))]
        yield (
            "forced",
            f"[class:{unit.cls.id}] is not available at [timeslot:{at}].",
            {"class": unit.cls.id, "timeslot": at},
        )
    category = grid.category[unit.cls.offering]
    if category in grid.bands and cover & ~grid.bands[category]:
        yield (
            "forced",
            f"[timeslot:{slot}] is outside the common band of its category.",
            {"timeslot": slot},
        )
    allowed = unit.event.timeslots
    if allowed is not None and slot not in allowed:
        yield (
            "forced",
            f"[timeslot:{slot}] is not among the timeslots allowed for it.",
            {"timeslot": slot},
        )


def _facts_of_room(
    timetable: Timetable, unit: Unit, room_id: str, cover: int
) -> Iterator[Reason]:
    """Facts of the problem that forbid the room."""
    grid = timetable.grid
    room, key = timetable.rooms[room_id], unit.room_key
    if key is None:
        yield "forced", "It needs no room any more.", {"room": room_id}
        return
    pin = grid.pins.get(unit.id)
    if pin is not None and pin.room not in (None, room_id):
        yield "forced", "It is pinned to another room.", {}
    elif room not in grid.rooms(key):
        if unit.event.room_type not in (None, room.type):
            why = f"is a {room.type}, not a {unit.event.room_type}"
        elif set(unit.event.features) - set(room.features):
            missing = ", ".join(sorted(set(unit.event.features) - set(room.features)))
            why = f"lacks {missing}"
        else:
            why = f"seats {room.capacity}; the class may have {unit.cls.limit} now"
        yield "forced", f"[room:{room_id}] {why}.", {"room": room_id}
    closed = cover & ~grid.room_open[room_id]
    if closed:
        gone = not grid.room_open[room_id]
        at = grid.slot_of[next(bits(closed))]
        when = "" if gone else f" at [timeslot:{at}]"
        word = "no longer available" if gone else "closed"
        yield "forced", f"[room:{room_id}] is {word}{when}.", {"room": room_id}


def _neighbours(
    timetable: Timetable, unit: Unit, start: int, cover: int
) -> Iterator[Reason]:
    """Other events, as they are now, that keep it from where it was."""
    grid = timetable.grid
    before = timetable.put(unit, None)
    try:
        costs = EventCosts(timetable, unit)
        for member, busy in costs.faculty_busy.items():
            if busy & cover:
                other = _at(timetable, grid.of_faculty[member], cover)
                yield (
                    "made_way",
                    f"[faculty:{member}] teaches [event:{other}] at that time now.",
                    {"faculty": member, "event": other},
                )
        if costs.class_busy & cover or (
            unit.cls.one_event_per_day and start // grid.positions in costs.class_days
        ):
            yield (
                "made_way",
                f"[class:{unit.cls.id}] has another event that day now.",
                {"class": unit.cls.id},
            )
        if any(busy & cover for busy in costs.curricula_busy):
            yield "made_way", "Its curriculum has another class at that time now.", {}
        clashing = sum(
            count for busy, count in costs.students_busy.items() if busy & cover
        )
        if clashing:
            rival = _rival(timetable, unit, cover)
            text = f"{clashing} of its students have another class at that time now"
            resources = {}
            if rival is not None:
                text += f", mostly [class:{rival}]"
                resources["class"] = rival
            yield "made_way", f"{text}.", resources
        if costs.time_cost(start)[0]:
            yield "made_way", "A daily limit would not hold there now.", {}
        elif costs.tied((start, None)):
            yield "made_way", "A relation would not hold there now.", {}
    finally:
        timetable.put(unit, before)


def _at(timetable: Timetable, units: list[Unit], cover: int) -> str:
    return min(unit.id for unit in units if timetable.covers.get(unit.id, 0) & cover)


def _rival(timetable: Timetable, unit: Unit, cover: int) -> str | None:
    """The class that has most of the event's students at that time."""
    counts: Counter[str] = Counter()
    for student in timetable.members[unit.cls.id]:
        for cls in timetable.sections[student]:
            if cls != unit.cls.id and any(
                timetable.covers.get(other.id, 0) & cover
                for other in timetable.grid.of_class[cls]
            ):
                counts[cls] += 1
    return min(counts, key=lambda cls: (-counts[cls], cls)) if counts else None
