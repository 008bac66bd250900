"""Rooms of a timeslot given out anew: the fewest changes for the times there are.

A room that is lost at a time when rooms are full is a chain: somebody takes the room of
somebody who takes another's. Moves of one event or two do not find it, and move the
time of many in its place. With times as they are, the rooms of one timeslot are an
assignment problem, and a flow solves it exactly. An event of several periods may have
the rooms that are free in its other periods.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from ..budget import Budget
from ..kernels import state
from ..searcher import Searcher
from .cp_sat import SolverChild

IntArray = npt.NDArray[np.int64]

HOMELESS = 1_000
"""Times the cost of another room: what it costs to have none."""
SECONDS, SECONDS_EACH = 2.0, 0.2
"""To begin, and for each timeslot, which takes some hundredths: who takes far longer
has died."""
MOVES = 10
"""Moves that the kernels make in the time of an event: its price in their budget."""


def settle_rooms(searcher: Searcher, child: SolverChild, budget: Budget) -> None:
    """Give out the rooms of each timeslot with an event in trouble or out of its place.

    Starts from the incumbent and keeps what is better. Events without a place count
    with the time that they had in force.
    """
    searcher.restore()
    positions = searcher.tables.num_positions
    for position in range(positions):
        # No event is on two days, so timeslots at one position do not touch.
        slots = [slot for slot in _slots(searcher) if slot % positions == position]
        events = {slot: _events(searcher, slot) for slot in slots}
        # Somebody who had that time and has none now leaves nobody there.
        events = {slot: there for slot, there in events.items() if there.size}
        if not events or budget.used() >= 1:
            continue
        task = {
            "kind": "rooms",
            "slots": [_describe(searcher, *item) for item in events.items()],
            "seconds": SECONDS + SECONDS_EACH * len(events),
            # With iterations the clock may drop nothing that a living child answers.
            "steady": budget.iterations is not None,
        }
        found = child.ask(task, budget).get("rooms", [])
        budget.spend(MOVES * sum(map(len, events.values())))
        # The child may have died: then nothing is found.
        for (slot, there), rooms in zip(events.items(), found, strict=False):
            _apply(searcher, slot, there, rooms)
            searcher.changed()
            searcher.keep()
            searcher.restore()


def _slots(searcher: Searcher) -> list[int]:
    """Timeslots of events that lack their place, or break a rule where they are."""
    instance, best = searcher.instance, searcher.best
    away = (instance.previous_slot >= 0) & (best.room != instance.previous_room)
    away[searcher.troubled()] = True
    away &= instance.event_needs_room
    first = np.where(best.slot >= 0, best.slot, instance.previous_slot)
    found: set[int] = set()
    for period in range(searcher.longest):
        there = away & (first >= 0) & (instance.event_duration > period)
        found.update((first[there] + period).tolist())
    return sorted(found)


def _events(searcher: Searcher, slot: int) -> IntArray:
    """Events that are there, or began there and have no place now."""
    instance, current = searcher.instance, searcher.state
    events = searcher.events[instance.event_needs_room[searcher.events]]
    start, length = current.slot[events], instance.event_duration[events]
    here = (start >= 0) & (start <= slot) & (slot < start + length)
    lost = (start < 0) & (instance.previous_slot[events] == slot)
    here |= lost & instance.event_starts[events, slot]
    found: IntArray = events[here]
    return found


def _describe(searcher: Searcher, slot: int, events: IntArray) -> dict[str, Any]:
    """Who may have which room then, at what cost."""
    instance, tables, current = searcher.instance, searcher.tables, searcher.state
    rows: dict[int, int] = {}
    sets: list[list[list[int]]] = []
    numbers = []
    for event in events.tolist():
        group = int(tables.event_room_set[event])
        length = int(instance.event_duration[event])
        if length == 1 and group in rows:
            numbers.append(rows[group])
            continue
        first, last = tables.set_ptr[group], tables.set_ptr[group + 1]
        rooms, price = tables.set_room[first:last], tables.set_cost[first:last]
        begin = _start(searcher, event, slot)
        free = ~tables.room_closed[rooms, begin : begin + length].any(axis=1)
        # In its other periods nobody but itself may be there.
        others = [k for k in range(begin, begin + length) if k != slot]
        own = rooms == current.room[event]
        free &= (current.room_count[rooms][:, others] <= own[:, None]).all(axis=1)
        if length == 1:
            rows[group] = len(sets)
        numbers.append(len(sets))
        sets.append([rooms[free].tolist(), price[free].tolist()])
    return {
        "sets": sets,
        "set": numbers,
        "home": tables.event_home_room[events].tolist(),
        "change": int(tables.weight_home_room),
        "none": HOMELESS * max(1, int(tables.weight_home_room)),
    }


def _start(searcher: Searcher, event: int, slot: int) -> int:
    """Where an event of a timeslot begins: there, if it has no place."""
    start = int(searcher.state.slot[event])
    return start if start >= 0 else slot


def _apply(searcher: Searcher, slot: int, events: IntArray, rooms: list[int]) -> None:
    tables, current = searcher.tables, searcher.state
    changed = [
        (event, _start(searcher, event, slot), room)
        for event, room in zip(events.tolist(), rooms, strict=True)
        if room >= 0 and room != current.room[event]
    ]
    for event, _, _ in changed:
        if current.slot[event] >= 0:
            state.remove(tables, current, event)
    for event, start, room in changed:
        state.place(tables, current, event, start, room)
