"""Repair: the timetable in force with as few events moved as can be.

The cost of leaving the place in force is far above any preference, so what decides is
first the hard rules, then the number of changes, then everything else. An event whose
place does not exist any more (its room is closed, its teacher is away) must move; all
others move only to make way.
"""

import numpy as np
import numpy.typing as npt

from .budget import Share
from .constraints.change import ROOM, TIME
from .construct.cp_sat import SolverChild, exact_neighbourhood
from .kernels import pricing, state
from .model import Instance
from .searcher import SECTION_CHANGE, Searcher
from .tables import Tables

UNIT, MOST_UNIT = 10_000, 1 << 27
"""Cost of a change of room at least, and at most; a change of time costs twice that."""
HOT_SHARE = 0.25
"""Hottest temperature, as a share of the cost of a change: hardly any event leaves
without cause, but one may make way for another."""
RING = 40
"""Events that are placed exactly around those that moved."""


def weights_for_repair(weights: dict[str, int], plain: Tables) -> dict[str, int]:
    """Weights in which no preference outweighs a change.

    ``plain`` is compiled from the weights as they are: it says what moving an event
    may gain, be it a lecture of a thousand students.
    """
    most = np.minimum(plain.class_limit, np.diff(plain.member_ptr))
    gain = plain.event_bound + most[plain.event_class] * plain.student_bound
    unit = max(UNIT, 1 + int(gain.max(initial=0)))
    return weights | {"change": min(unit, MOST_UNIT)}


def priority(tables: Tables) -> int:
    """Cost of a change of time, which no preference outweighs."""
    return TIME * max(1, tables.weight_home_room // ROOM)


def hard_weight(tables: Tables) -> int:
    """Where moves aim at what is broken; annealing begins at a sixteenth of it, so that
    chains of events that make way for each other may form."""
    return 4 * priority(tables)


def lay_out(searcher: Searcher) -> None:
    """Bring an empty searcher to the timetable in force, as far as it still exists.

    Students are sectioned afterwards, around the times that are known.
    """
    instance = searcher.instance
    slot, room = still_there(instance, searcher)
    searcher.section_students()
    section = searcher.state.section.copy()
    state.transform(searcher.tables, searcher.state, slot, room, section)
    homeless = np.flatnonzero(
        (room < 0)
        & instance.event_needs_room
        & (instance.previous_slot >= 0)
        & instance.event_starts[
            np.arange(instance.num_events), np.maximum(instance.previous_slot, 0)
        ]
    )
    for event in homeless:
        # Its time is free to stay: another room is the smaller change.
        place = int(instance.previous_slot[event])
        chosen = pricing.choose_room(searcher.tables, searcher.state, event, place, -1)
        if chosen >= 0:
            state.place(searcher.tables, searcher.state, event, place, chosen)
    searcher.forget()
    searcher.keep()
    settle_students(searcher)


def still_there(
    instance: Instance, searcher: Searcher
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(slot, room) in force of each event whose place still exists; -1 elsewhere."""
    events = np.arange(instance.num_events)
    slot, room = instance.previous_slot.copy(), instance.previous_room.copy()
    exists = (slot >= 0) & instance.event_starts[events, np.maximum(slot, 0)]
    needs = instance.event_needs_room
    suits = np.array(
        [fits(searcher, int(e), int(slot[e]), int(room[e])) for e in events], np.bool_
    )
    exists &= suits | ~needs
    room[~needs] = -1
    return np.where(exists, slot, -1), np.where(exists, room, -1)


def fits(searcher: Searcher, event: int, slot: int, room: int) -> bool:
    """Whether the room suits the event and is open as long as it lasts there."""
    tables, instance = searcher.tables, searcher.instance
    if slot < 0 or room < 0:
        return False
    if room not in instance.room_sets[instance.event_room_set[event]]:
        return False
    last = slot + int(instance.event_duration[event])
    return not tables.room_closed[room, slot:last].any()


def settle_students(searcher: Searcher) -> None:
    """Choose sections so that students clash as little as the times in force allow."""
    if not len(searcher.choosers):
        return
    mix = [0.0] * len(searcher.statistics)
    mix[SECTION_CHANGE] = 1.0
    burst = 20 * len(searcher.choosers)
    for temperature in (3.0, 1.0, 0.3, 0.0, 0.0, 0.0):
        before = searcher.score()
        searcher.anneal(mix, hard_weight(searcher.tables), temperature, burst)
        if temperature == 0.0 and searcher.score() == before:
            break
    searcher.restore()


def moved(searcher: Searcher) -> npt.NDArray[np.int64]:
    """Events that the incumbent has elsewhere than the timetable in force does."""
    instance, best = searcher.instance, searcher.best
    known = instance.previous_slot >= 0
    other_room = (instance.previous_room >= 0) & (best.room != instance.previous_room)
    return np.flatnonzero(
        known & ((best.slot != instance.previous_slot) | other_room)
    ).astype(np.int64)


def put_back(searcher: Searcher) -> int:
    """Undo each move that is not needed any more; returns how many."""
    instance, tables = searcher.instance, searcher.tables
    searcher.restore()
    undone = 0
    again = True
    while again:
        again = False
        for event in moved(searcher):
            slot = int(instance.previous_slot[event])
            room = int(instance.previous_room[event])
            if not instance.event_starts[event, slot]:
                continue
            if instance.event_needs_room[event]:
                if not fits(searcher, int(event), slot, room):
                    continue
            else:
                room = -1
            before = searcher.current_score()
            current = searcher.state
            old = int(current.slot[event]), int(current.room[event])
            if old[0] >= 0:
                state.remove(tables, current, event)
            state.place(tables, current, event, slot, room)
            if searcher.current_score() < before:
                searcher.changed()
                searcher.keep()
                undone += 1
                again = True
            else:
                state.remove(tables, current, event)
                if old[0] >= 0:
                    state.place(tables, current, event, *old)
    return undone


def ring(searcher: Searcher, core: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Moved or troubled events, and those that stand where they could go."""
    instance, rng = searcher.instance, searcher.rng
    chosen = list(rng.permutation(core)[: RING // 2])
    seen = set(chosen)
    rivals: list[int] = []
    for event in chosen:
        teachers = set(instance.event_faculty[event])
        home = int(instance.previous_slot[event]) if instance.previous_slot.size else -1
        for other in searcher.events:
            if other in seen:
                continue
            near = int(searcher.best.slot[other])
            same_people = not teachers.isdisjoint(instance.event_faculty[other])
            same_class = instance.event_class[other] == instance.event_class[event]
            if same_people or same_class or (home >= 0 and near == home):
                seen.add(int(other))
                rivals.append(int(other))
    picked = rng.permutation(np.array(rivals, np.int64))[: RING - len(chosen)]
    return np.concatenate([np.array(chosen, np.int64), picked]).astype(np.int64)


def shrink(
    searcher: Searcher, child: SolverChild, share: Share, seconds: float
) -> bool:
    """Place moved events and their rivals exactly; whether that saved a change."""
    searcher.restore()
    core = np.union1d(searcher.troubled(), moved(searcher))
    if not core.size:
        return False
    events = ring(searcher, core)
    return exact_neighbourhood(searcher, events, child, share, seconds)
