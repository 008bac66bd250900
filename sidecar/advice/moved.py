"""What a repair moved, and the fact that made each event move."""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from sidecar.contract.catalogue import Argument, Message, english, message, ref, refs
from sidecar.contract.problem import Assignment, Problem
from sidecar.contract.solution import Move, Variant
from sidecar.diagnosis.grid import Unit

from .costs import EventCosts
from .suggest import time_said
from .timetable import Place, Time, Timetable, place_of


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
    timetable = Timetable(
        problem, variant.assignments, variant.sectioning, variant.profile, weights
    )
    now = {item.event: item for item in variant.assignments}
    moves = []
    for old in problem.previous:
        new = now.get(old.event)
        unit = timetable.unit(old.event)
        lost = old.room is None and unit.event.needs_room
        if new is not None and time_of(new) == time_of(old) and new.room == old.room:
            continue
        moves.append(_move(timetable, unit, old, new, lost))
    order = {"forced": 0, "made_way": 1, "chosen": 2}
    moves.sort(key=lambda move: order[move.cause])
    return variant.model_copy(update={"moves": moves})


def time_of(item: Assignment) -> Time:
    """When an assignment has its event."""
    return place_of(item).time


def _move(
    timetable: Timetable,
    unit: Unit,
    old: Assignment,
    new: Assignment | None,
    lost: bool,
) -> Move:
    where = _where(old, new)
    better: Reason = ("chosen", message("is_better"), {})
    cause, why, resources = next(_reasons(timetable, unit, old, new, lost), better)
    return Move(
        event=unit.id,
        before=old,
        after=new,
        cause=cause,
        message=where,
        why=why,
        sentence=f"{english(where)} {english(why)}",
        resources=resources,
    )


def _where(old: Assignment, new: Assignment | None) -> Message:
    event = ref("event", old.event)
    if new is None:
        return message("no_place_any_more", (), event=event)
    code = "moved"
    args: dict[str, Argument] = {"event": event}
    if time_of(new) != time_of(old):
        code += "_time"
        args["before"], args["after"] = _said(old), _said(new)
    if new.room != old.room:
        if old.room is not None:
            args["room_before"] = ref("room", old.room)
        if new.room is not None:
            args["room_after"] = ref("room", new.room)
        both = "_and_room" if code != "moved" else "_room"
        code += (
            both
            if old.room and new.room
            else "_into_room"
            if new.room
            else "_out_of_room"
        )
    return message(code, (), **args)


def _said(item: Assignment) -> Argument:
    """A time as an argument: the record where it is but one."""
    said = time_said(time_of(item))
    return said.args["timeslot"] if said.code == "at_time" else said


Reason = tuple[Literal["forced", "made_way", "chosen"], Message, dict[str, str]]
"""(cause, what it is, what it speaks of)"""


def _reasons(
    timetable: Timetable,
    unit: Unit,
    old: Assignment,
    new: Assignment | None,
    lost: bool,
) -> Iterator[Reason]:
    """Reasons why the event cannot be where it was, the strongest first."""
    time = time_of(old)
    cover = timetable.cover(unit, Place(time))
    yield from _facts(timetable, unit, time, cover)
    if lost:
        yield "forced", message("room_lost"), {}
    if old.room is not None:
        yield from _facts_of_room(timetable, unit, old.room, cover)
        held = timetable.holders([old.room], cover) - {unit.id}
        if held:
            other = min(held)
            yield (
                "made_way",
                message(
                    "room_taken",
                    (),
                    other=ref("event", other),
                    room=ref("room", old.room),
                ),
                {"event": other, "room": old.room},
            )
    if new is None or time_of(new) != time:
        yield from _neighbours(timetable, unit, time, cover)


def _facts(
    timetable: Timetable, unit: Unit, time: Time, cover: int
) -> Iterator[Reason]:
    """Facts of the problem that forbid the time."""
    grid = timetable.grid
    slot = time.timeslot
    if not cover:
        yield (
            "forced",
            message("does_not_fit", (), timeslot=ref("timeslot", slot)),
            {"timeslot": slot},
        )
        return
    pin = grid.pins.get(unit.id)
    if pin is not None and pin.timeslot not in (None, slot):
        yield "forced", message("pinned_time"), {}
    for member in unit.teachers:
        closed = cover & ~timetable.open("faculty", grid.faculty[member])
        if closed:
            at = timetable.slot_at(closed)
            yield (
                "forced",
                message(
                    "closed_at",
                    (),
                    who=ref("faculty", member),
                    timeslot=ref("timeslot", at),
                ),
                {"faculty": member, "timeslot": at},
            )
    closed = cover & ~timetable.open("class", unit.cls)
    if closed:
        at = timetable.slot_at(closed)
        yield (
            "forced",
            message(
                "closed_at",
                (),
                who=ref("class", unit.cls.id),
                timeslot=ref("timeslot", at),
            ),
            {"class": unit.cls.id, "timeslot": at},
        )
    band = timetable.band(unit.cls)
    if band is not None and timetable.fold(cover) & ~band:
        yield (
            "forced",
            message("outside_band", (), timeslot=ref("timeslot", slot)),
            {"timeslot": slot},
        )
    allowed = unit.event.timeslots
    if allowed is not None and slot not in allowed:
        yield (
            "forced",
            message("outside_allowed", (), timeslot=ref("timeslot", slot)),
            {"timeslot": slot},
        )


def _facts_of_room(
    timetable: Timetable, unit: Unit, room_id: str, cover: int
) -> Iterator[Reason]:
    """Facts of the problem that forbid the room."""
    grid = timetable.grid
    room, key = timetable.rooms[room_id], unit.room_key
    if key is None:
        yield "forced", message("no_room_needed"), {"room": room_id}
        return
    pin = grid.pins.get(unit.id)
    if pin is not None and pin.room not in (None, room_id):
        yield "forced", message("pinned_room"), {}
    elif room not in grid.rooms(key):
        if unit.event.room_type not in (None, room.type):
            why = message(
                "room_is_type",
                (),
                room=ref("room", room_id),
                type=ref("room_type", room.type),
                wanted=ref("room_type", unit.event.room_type or ""),
            )
        elif set(unit.event.features) - set(room.features):
            missing = sorted(set(unit.event.features) - set(room.features))
            why = message(
                "room_lacks",
                (),
                room=ref("room", room_id),
                features=refs("feature", missing),
            )
        else:
            why = message(
                "room_seats_now",
                (),
                room=ref("room", room_id),
                seats=room.capacity,
                limit=unit.cls.limit,
            )
        yield "forced", why, {"room": room_id}
    closed = cover & ~timetable.room_open(room_id)
    if closed:
        at = ref("timeslot", timetable.slot_at(closed))
        shut = (
            message("room_shut", (), room=ref("room", room_id), timeslot=at)
            if timetable.room_open(room_id)
            else message("room_gone", (), room=ref("room", room_id))
        )
        yield "forced", shut, {"room": room_id}


def _neighbours(
    timetable: Timetable, unit: Unit, time: Time, cover: int
) -> Iterator[Reason]:
    """Other events, as they are now, that keep it from where it was."""
    days = timetable.days_of(cover)
    before = timetable.put(unit, None)
    try:
        costs = EventCosts(timetable, unit)
        for member, busy in costs.faculty_busy.items():
            if busy & cover:
                other = _at(timetable, timetable.of_faculty[member], cover)
                yield (
                    "made_way",
                    message(
                        "faculty_teaches",
                        (),
                        faculty=ref("faculty", member),
                        other=ref("event", other),
                    ),
                    {"faculty": member, "event": other},
                )
        if costs.class_busy & cover or (
            unit.cls.one_event_per_day and not costs.class_days.isdisjoint(days)
        ):
            yield (
                "made_way",
                message("class_busy", (), **{"class": ref("class", unit.cls.id)}),
                {"class": unit.cls.id},
            )
        if any(busy & cover for busy in costs.curricula_busy):
            yield "made_way", message("curriculum_busy"), {}
        clashing = sum(
            count for busy, count in costs.students_busy.items() if busy & cover
        )
        if clashing:
            rival = _rival(timetable, unit, cover)
            resources = {} if rival is None else {"class": rival}
            args = {} if rival is None else {"class": ref("class", rival)}
            code = "students_busy" if rival is None else "students_busy_mostly"
            yield "made_way", message(code, (), count=clashing, **args), resources
        if costs.time_cost(time)[0]:
            yield "made_way", message("limit_broken"), {}
        elif costs.tied(Place(time)):
            yield "made_way", message("relation_would_break"), {}
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
                for other in timetable.of_class[cls]
            ):
                counts[cls] += 1
    return min(counts, key=lambda cls: (-counts[cls], cls)) if counts else None
