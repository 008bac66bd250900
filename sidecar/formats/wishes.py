"""Which rooms an event may have, and what each costs."""

from typing import Any

from sidecar.contract.problem import Event, Room, RoomPreference

AVOIDED, NOT_PREFERRED = 2, 1
"""Penalty of a room that is to be avoided, and of one beside those preferred."""


def suits(event: Event, room: Room, seats: int) -> bool:
    """Whether a room has what an event asks for, and is allowed."""
    if event.room_type not in (None, room.type) or room.capacity < seats:
        return False
    if not set(event.features) <= set(room.features):
        return False
    if event.rooms is not None and all(o.room != room.id for o in event.rooms):
        return False
    for wish in event.room_preferences:
        strict = wish.level in ("require", "forbid")
        if strict and meets(room, wish) != (wish.level == "require"):
            return False
    return True


def penalty_of(event: Event, room: Room) -> int:
    """Penalty of the room for the event, whether or not it suits."""
    total = 0
    for option in event.rooms or ():
        if option.room == room.id:
            total += option.penalty
    preferred = avoided = wanted = 0
    for wish in event.room_preferences:
        if wish.level == "avoid":
            avoided += meets(room, wish)
        elif wish.level == "prefer":
            wanted += 1
            preferred += meets(room, wish)
    if wanted and not preferred:
        total += NOT_PREFERRED
    return total + AVOIDED * avoided


def meets(room: Room, wish: RoomPreference) -> bool:
    """Whether the wish speaks of the room."""
    if wish.room is not None:
        return wish.room == room.id
    if wish.building is not None:
        return wish.building == room.building
    if wish.type is not None:
        return wish.type == room.type
    return wish.feature in room.features


def wishes_of(event: Event) -> tuple[Any, ...]:
    """What of an event decides on its rooms and their penalties, beside its kind and
    features: events for which it is equal may share a list."""
    if event.rooms is None and not event.room_preferences:
        return ()
    rooms = event.rooms and frozenset((o.room, o.penalty) for o in event.rooms)
    return rooms, tuple(
        (w.level, w.room, w.building, w.type, w.feature) for w in event.room_preferences
    )
