"""What each event costs by itself, and beside others that it is related to."""

from sidecar.contract.problem import Class, Event
from sidecar.contract.relations import in_words

from . import relations
from .ledger import Ledger


def score_events(ledger: Ledger) -> None:
    """Placed at all, where allowed, and as pinned; cover of the rest."""
    pins = {pin.event: pin for pin in ledger.problem.pins}
    previous = {item.event: item for item in ledger.problem.previous}
    for event_id, (event, cls) in ledger.events.items():
        item = ledger.placed.get(event_id)
        cover = (
            None if item is None else ledger.week.covered(item.timeslot, event.duration)
        )
        if item is None or cover is None or (event.needs_room and not item.room):
            ledger.unplaced.append(event_id)
            ledger.broken(
                "unplaced",
                1,
                f"[event:{event_id}] of [class:{cls.id}] has no "
                + ("timeslot." if item is None or cover is None else "room."),
                [event_id],
                **{"class": cls.id},
            )
        if item is None or cover is None:
            continue
        ledger.cover[event_id] = cover
        check_available(ledger, event, cls, cover)
        if item.room is not None:
            check_room(ledger, event, cls, item.room, cover)
        pin = pins.get(event_id)
        if pin and (
            (pin.timeslot and pin.timeslot != item.timeslot)
            # Without the room it needs, the event counts as unplaced already.
            or (
                pin.room
                and pin.room != item.room
                and (item.room or not event.needs_room)
            )
        ):
            ledger.broken(
                "pinned",
                1,
                f"[event:{event_id}] left its pinned place.",
                [event_id],
            )
        day, last = cover[-1]
        if last == ledger.week.length[day] - 1:
            ledger.soft["late_periods"] += 1
        old = previous.get(event_id)
        if old is not None:
            ledger.soft["perturbation"] += 2 * (old.timeslot != item.timeslot) + (
                None not in (old.room, item.room) and old.room != item.room
            )


def check_available(
    ledger: Ledger, event: Event, cls: Class, cover: list[tuple[int, int]]
) -> None:
    """When the class, its faculty and the band have time."""
    slots = {ledger.week.slots[place] for place in cover}
    start = ledger.placed[event.id].timeslot
    who = [("class", cls.id, cls.unavailable)] + [
        ("faculty", f, ledger.faculty[f].unavailable) for f in cls.faculty_of(event)
    ]
    for kind, key, closed in who:
        blocked = slots.intersection(closed)
        if blocked:
            ledger.broken(
                "availability",
                len(blocked),
                f"[{kind}:{key}] is not available at [timeslot:{min(blocked)}], "
                f"where [event:{event.id}] is.",
                [event.id],
                **{kind: key},
            )
    band = ledger.bands.get(ledger.offerings[cls.offering].category)
    if (event.timeslots is not None and start not in event.timeslots) or (
        band is not None and not slots <= band
    ):
        ledger.broken(
            "availability",
            1,
            f"[event:{event.id}] is outside the timeslots allowed for it.",
            [event.id],
            timeslot=start,
        )


def check_room(
    ledger: Ledger, event: Event, cls: Class, room_id: str, cover: list[tuple[int, int]]
) -> None:
    """A room that suits, is open, and is not too large."""
    room = ledger.rooms[room_id]
    lacking = set(event.features) - set(room.features)
    wrong_type = event.room_type is not None and room.type != event.room_type
    overflow = max(0, cls.limit - room.capacity)
    seats_hard = ledger.weights["room_overflow"] == 0
    if wrong_type or lacking or (overflow and seats_hard):
        why = (
            f"is a {room.type}, not a {event.room_type}"
            if wrong_type
            else f"lacks {', '.join(sorted(lacking))}"
            if lacking
            else f"seats {room.capacity}, not {cls.limit}"
        )
        ledger.broken(
            "room_suitability",
            1,
            f"[room:{room_id}] {why}, which [event:{event.id}] needs.",
            [event.id],
            room=room_id,
        )
    ledger.soft["room_overflow"] += overflow
    empty = room.capacity - cls.limit - room.capacity // 5
    ledger.soft["room_fit"] += max(0, empty) // 10
    closed = {ledger.week.slots[place] for place in cover} & set(room.unavailable)
    if closed:
        ledger.broken(
            "availability",
            len(closed),
            f"[room:{room_id}] is closed at [timeslot:{min(closed)}].",
            [event.id],
            room=room_id,
        )


def score_relations(ledger: Ledger) -> None:
    """Relations that do not hold: hard ones are told, soft ones weighed."""
    for relation in ledger.problem.relations:
        at = {
            e: relations.Placed(
                *ledger.cover[e][0], len(ledger.cover[e]), ledger.placed[e].room
            )
            for e in relation.events
            if e in ledger.cover
        }
        value = relation.value or 0
        pairs = [
            (a, b)
            for a, b in relations.related_pairs(relation)
            if a in at
            and b in at
            and not relations.holds(
                relation.type, value, at[a], at[b], ledger.week.breaks[at[a].day]
            )
        ]
        broken = len(pairs)
        if relation.type == "max_days":
            broken = max(0, len({p.day for p in at.values()}) - value)
        if not broken:
            continue
        if relation.hard:
            ledger.broken(
                "relation",
                broken,
                f"Relation [relation:{relation.id}] ({in_words(relation)}) "
                "does not hold.",
                sorted({e for pair in pairs for e in pair} or set(at)),
                relation=relation.id,
            )
        else:
            ledger.soft["relation"] += broken * relation.weight
