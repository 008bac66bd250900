"""What each event costs by itself, and beside others that it is related to."""

from sidecar.contract.catalogue import (
    Argument,
    Message,
    message,
    ref,
    refs,
    relation_message,
)
from sidecar.contract.problem import (
    Assignment,
    Class,
    Event,
    Faculty,
    Pin,
    Room,
    RoomPreference,
)

from . import relations
from .ledger import Ledger, rooms_of
from .week import Week, When


def score_events(ledger: Ledger) -> None:
    """Placed at all, where allowed, and as pinned; cover of the rest."""
    pins = {pin.event: pin for pin in ledger.problem.pins}
    previous = {item.event: item for item in ledger.problem.previous}
    for event_id, (event, cls) in ledger.events.items():
        item = ledger.placed.get(event_id)
        cover = None if item is None else ledger.week.covered_by(item, event.duration)
        lacks = item is not None and event.needs_room and rooms_short(event, item)
        if item is None or cover is None or lacks:
            ledger.unplaced.append(event_id)
            ledger.broken(
                "unplaced",
                1,
                message(
                    "unplaced_time"
                    if item is None or cover is None
                    else "unplaced_room",
                    (),
                    event=ref("event", event_id),
                    **{"class": ref("class", cls.id)},
                ),
                [event_id],
                **{"class": cls.id},
            )
        if item is None or cover is None:
            continue
        ledger.cover[event_id] = cover
        check_available(ledger, event, cls, cover)
        check_option(ledger, event, item)
        if ledger.leader[event_id] == event_id:
            check_rooms(ledger, event, cls, item, cover)
        else:
            check_joint(ledger, event_id, item)
        pin = pins.get(event_id)
        if pin and left_pin(pin, item, event):
            ledger.broken(
                "pinned",
                1,
                message("left_pin", (), event=ref("event", event_id)),
                [event_id],
            )
        if any(position == ledger.week.length[day] - 1 for day, position in cover):
            late = {day for day, at in cover if at == ledger.week.length[day] - 1}
            ledger.soft["late_periods"] += sum(map(ledger.week.layers.size, late))
        old = previous.get(event_id)
        if old is not None:
            moved = when(ledger, old) != when(ledger, item)
            before, after = rooms_of(old), rooms_of(item)
            elsewhere = bool(before and after) and before != after
            every = ledger.week.layers.total
            ledger.soft["perturbation"] += every * (2 * moved + elsewhere)


def when(ledger: Ledger, item: Assignment) -> tuple[str, str | None, tuple[int, ...]]:
    """What of a placement is time; two names of the same weeks are one."""
    return item.timeslot, item.pattern, ledger.week.layers.of(item.weeks)


def rooms_short(event: Event, item: Assignment) -> bool:
    """Whether it has fewer rooms than it needs."""
    return len(rooms_of(item)) < event.rooms_needed


def left_pin(pin: Pin, item: Assignment, event: Event) -> bool:
    """Whether a placement is elsewhere than it is pinned to.

    Without the room it needs, an event counts as unplaced already.
    """
    return any(
        wanted is not None and wanted != have
        for wanted, have in (
            (pin.timeslot, item.timeslot),
            (pin.pattern, item.pattern),
            (pin.weeks, item.weeks),
        )
    ) or bool(
        pin.room
        and pin.room not in rooms_of(item)
        and (item.room or not event.needs_room)
    )


def check_joint(ledger: Ledger, event_id: str, item: Assignment) -> None:
    """Classes taught as one are together in everything."""
    first = ledger.placed.get(ledger.leader[event_id])
    if first is None:
        return
    mine = (when(ledger, item), rooms_of(item))
    if mine != (when(ledger, first), rooms_of(first)):
        ledger.broken(
            "joint",
            1,
            message(
                "joint_apart",
                (),
                event=ref("event", event_id),
                other=ref("event", first.event),
            ),
            [event_id, first.event],
        )


def check_option(ledger: Ledger, event: Event, item: Assignment) -> None:
    """Held at one of its times and in one of its weeks, and what that costs."""
    outside_times, wrong_weeks, penalty = judge_option(ledger.week, event, item)
    for _ in range(outside_times):
        outside(ledger, event, item)
    if wrong_weeks:
        ledger.broken(
            "availability",
            1,
            message("outside_weeks", (), event=ref("event", event.id)),
            [event.id],
        )
    ledger.soft["time_preference"] += ledger.weight(event.id) * penalty


def judge_option(week: Week, event: Event, item: When) -> tuple[int, int, int]:
    """(times outside its own, whether its weeks are wrong, penalty in one week)."""
    weeks_allowed = event.weeks
    outside_times = wrong_weeks = penalty = 0
    if event.times is not None:
        fitting = [
            option
            for option in event.times
            if (
                option.timeslot == item.timeslot
                if option.pattern is None
                else option.pattern == item.pattern
            )
            and (option.pattern is not None or item.pattern is None)
            and option.weeks in (None, item.weeks)
        ]
        # An option that names its weeks needs no leave of the event.
        if any(option.weeks is not None for option in fitting):
            weeks_allowed = None
        elif not fitting:
            return 1, 0, 0
        penalty = min(option.penalty for option in fitting)
    elif item.pattern is not None:
        outside_times += 1
    if event.times is None or weeks_allowed is not None:
        allowed = [None] if weeks_allowed is None else weeks_allowed
        wrong_weeks = int(item.weeks not in allowed)
    if item.pattern is not None and week.patterns[item.pattern][0][0] != item.timeslot:
        outside_times += 1
    return outside_times, wrong_weeks, penalty


def outside(ledger: Ledger, event: Event, item: Assignment) -> None:
    """Tell of an event at a time that is none of its own."""
    ledger.broken(
        "availability",
        1,
        message("outside_times", (), event=ref("event", event.id)),
        [event.id],
        timeslot=item.timeslot,
    )


def check_available(
    ledger: Ledger, event: Event, cls: Class, cover: list[tuple[int, int]]
) -> None:
    """When the class, its faculty and the band have time."""
    slots = {ledger.week.slots[place] for place in cover}
    who: list[tuple[str, str, Class | Faculty]] = [("class", cls.id, cls)]
    who += [("faculty", f, ledger.faculty[f]) for f in cls.faculty_of(event)]
    for kind, key, somebody in who:
        blocked = ledger.closed(somebody, cover)
        if blocked:
            ledger.broken(
                "availability",
                len(blocked),
                message(
                    "not_available",
                    (),
                    who=ref(kind, key),
                    timeslot=ref("timeslot", blocked[0]),
                    event=ref("event", event.id),
                ),
                [event.id],
                **{kind: key},
            )
    item = ledger.placed[event.id]
    band = ledger.bands.get(ledger.offerings[cls.offering].category)
    if (event.timeslots is not None and item.timeslot not in event.timeslots) or (
        band is not None and not slots <= band
    ):
        outside(ledger, event, item)


def check_rooms(
    ledger: Ledger,
    event: Event,
    cls: Class,
    item: Assignment,
    cover: list[tuple[int, int]],
) -> None:
    """Rooms that suit, are open, and are not too large together."""
    keys = list(dict.fromkeys(k for k in (item.room, *item.further_rooms) if k))
    if not keys:
        return
    rooms = [ledger.rooms[key] for key in keys]
    seats, wanted = sum(room.capacity for room in rooms), ledger.seats[cls.id]
    overflow = max(0, wanted - seats)
    seats_hard = ledger.weights["room_overflow"] == 0
    weight = ledger.weight(event.id)
    for room in rooms:
        why = unsuitable(event, room)
        if why is None and overflow and seats_hard and room is rooms[0]:
            why = about(event, room, "room_seats", seats=seats, wanted=wanted)
        if why is not None:
            ledger.broken(
                "room_suitability",
                1,
                why,
                [event.id],
                room=room.id,
            )
        ledger.soft["room_preference"] += weight * dislike_of(event, room)
        shut = {*ledger.closed(room, cover)}.union(
            *(ledger.closed(ledger.rooms[part], cover) for part in room.parts)
        )
        if shut:
            ledger.broken(
                "availability",
                len(shut),
                message(
                    "room_closed",
                    (),
                    room=ref("room", room.id),
                    timeslot=ref("timeslot", min(shut)),
                ),
                [event.id],
                room=room.id,
            )
    ledger.soft["room_overflow"] += weight * overflow
    empty = seats - wanted - seats // 5
    ledger.soft["room_fit"] += weight * (max(0, empty) // 10)


def unsuitable(event: Event, room: Room) -> Message | None:
    """Why a room is none for an event, whatever its seats."""
    lacking = sorted(set(event.features) - set(room.features))
    if event.room_type is not None and room.type != event.room_type:
        return about(
            event,
            room,
            "room_type",
            type=ref("room_type", room.type),
            wanted=ref("room_type", event.room_type),
        )
    if lacking:
        return about(event, room, "room_features", features=refs("feature", lacking))
    if event.rooms is not None and all(o.room != room.id for o in event.rooms):
        return about(event, room, "room_not_allowed")
    for wish in event.room_preferences:
        if wish.level == "require" and not fulfils(room, wish):
            return about(event, room, "room_not_required")
        if wish.level == "forbid" and fulfils(room, wish):
            return about(event, room, "room_forbidden")
    return None


def about(event: Event, room: Room, code: str, **args: Argument) -> Message:
    """A message of an event and a room."""
    return message(
        code, (), room=ref("room", room.id), event=ref("event", event.id), **args
    )


def fulfils(room: Room, wish: RoomPreference) -> bool:
    """Whether a room is one that a wish speaks of."""
    if wish.room is not None:
        return room.id == wish.room
    if wish.building is not None:
        return room.building == wish.building
    if wish.type is not None:
        return room.type == wish.type
    return wish.feature in room.features


def dislike_of(event: Event, room: Room) -> int:
    """Penalty of an allowed room: 2 for each wish to avoid it, 1 where others are
    preferred."""
    if event.rooms is None and not event.room_preferences:
        return 0
    cost = sum(o.penalty for o in event.rooms or () if o.room == room.id)
    preferred = [w for w in event.room_preferences if w.level == "prefer"]
    cost += sum(
        2 for w in event.room_preferences if w.level == "avoid" and fulfils(room, w)
    )
    return cost + bool(preferred and not any(fulfils(room, w) for w in preferred))


def score_relations(ledger: Ledger) -> None:
    """Relations that do not hold: hard ones are told, soft ones weighed."""
    for relation in ledger.problem.relations:
        at = {
            e: relations.Placed(
                *ledger.cover[e][0], len(ledger.cover[e]), ledger.rooms_of(e)
            )
            for e in relations.events_of(relation, ledger.classes)
            if e in ledger.cover
        }
        broken, events = relations.broken_by(
            relation, at, ledger.classes, ledger.week.breaks
        )
        if not broken:
            continue
        if relation.hard:
            ledger.broken(
                "relation",
                broken,
                message(
                    "relation_broken",
                    [relation_message(relation)],
                    relation=ref("relation", relation.id),
                ),
                events,
                relation=relation.id,
            )
        else:
            ledger.soft["relation"] += (
                ledger.week.layers.total * broken * relation.weight
            )
