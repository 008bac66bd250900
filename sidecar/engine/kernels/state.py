"""A timetable under change: occupancy, exact totals, and what changes them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..tables import Tables
from .agents import attend_all, attend_students, block_of
from .block import Block, apart
from .jit import inline_kernel, kernel
from .rules import class_cost, relations_cost
from .travel import walk_all, walk_one

HARD, SOFT, UNPLACED, STEER = 0, 1, 2, 3
"""Indices of ``State.totals``. Unplaced events count in HARD as well; STEER is the
hard total in which everything but a student's clash counts ``Tables.strict`` times."""

MOST_BLOCKING = 1000
"""Classes up to which a move affords a look at all the others."""


@dataclass(frozen=True, eq=False)
class State(Block):
    """All arrays change in place; ``totals`` always equals a full recount."""

    slot: npt.NDArray[np.int64]
    room: npt.NDArray[np.int64]
    section: npt.NDArray[np.int64]
    """(enrolments,): the bundle."""
    week: npt.NDArray[np.uint32]
    """(agents, words of a week): see ``agents``."""
    crowd: npt.NDArray[np.uint16]
    """(agents, slots): events of the agent that cover the slot, kept from two up."""
    where: npt.NDArray[np.uint32]
    """(agents, slots): see ``travel``; (0, 0) where travel has no weight."""
    room_count: npt.NDArray[np.uint32]
    """(rooms, slots): events in the room or in one that shares a part with it."""
    room_event: npt.NDArray[np.int32]
    """(rooms, slots): the events there, joined by exclusive or."""
    occupied: npt.NDArray[np.uint64]
    """(slots, words): bit r set where room r is busy or closed."""
    member: npt.NDArray[np.int32]
    """Enrolments of each class, from ``Tables.member_ptr``."""
    student: npt.NDArray[np.uint32]
    """Agents of those enrolments, in the same order."""
    member_count: npt.NDArray[np.int64]
    member_place: npt.NDArray[np.int32]
    """(enrolments, classes of a bundle at most): position in each class's list."""
    slot_event: npt.NDArray[np.int32]
    """(slots, events at most): events that cover the slot, in no order."""
    slot_size: npt.NDArray[np.int64]
    slot_place: npt.NDArray[np.int32]
    """(events, duration): where the event stands in the list of each slot."""
    blocked: npt.NDArray[np.uint16]
    """(slots, classes): placed events there that conflict with the class whatever the
    sections. (0, 0) without
    ``Tables.class_conflict`` or with more than ``MOST_BLOCKING`` classes."""
    option: npt.NDArray[np.int64]
    """(groups,): the option on which a group's events are, -1 if on none."""
    choice: npt.NDArray[np.int64]
    """Work space: what each option of a group costs."""
    totals: npt.NDArray[np.int64]
    random: npt.NDArray[np.uint64]
    """State of the random numbers."""
    lanes: npt.NDArray[np.int32]
    """Work space: a week of costs, each day padded to ``Tables.width``."""
    wide: npt.NDArray[np.int64]
    """The same for events whose costs may pass what ``lanes`` holds."""
    layer: npt.NDArray[np.int64]
    """Work space: where each day begins in a table of costs."""


def new_state(tables: Tables, num_rooms: int) -> State:
    """An empty timetable: nothing placed, nobody sectioned."""
    events = len(tables.event_class)
    agents = len(tables.agent_kind)
    slots = tables.num_days * tables.num_positions
    classes = len(tables.class_limit)
    enrolments = len(tables.enrolment_student)
    blocking = tables.class_conflict.size and classes <= MOST_BLOCKING
    groups = len(tables.group_ptr) - 1
    options = int(np.diff(tables.option_ptr).max(initial=1))
    width = tables.num_days * tables.width
    wanted = int(tables.event_counts.sum())
    occupied = np.zeros((slots, tables.set_bits.shape[1]), np.uint64)
    for room, slot in zip(*np.nonzero(tables.room_closed), strict=True):
        occupied[slot, room // 64] |= np.uint64(1 << (int(room) % 64))
    return State(
        slot=np.full(events, -1, np.int64),
        room=np.full(events, -1, np.int64),
        section=np.full(enrolments, -1, np.int64),
        week=np.zeros((agents, tables.comes + 1), np.uint32),
        crowd=np.zeros((agents, slots), np.uint16),
        where=np.zeros((agents, slots) if tables.weight_travel else (0, 0), np.uint32),
        room_count=np.zeros((num_rooms, slots), np.uint32),
        room_event=np.zeros((num_rooms, slots), np.int32),
        occupied=occupied,
        member=np.zeros(int(tables.member_ptr[-1]), np.int32),
        student=np.zeros(int(tables.member_ptr[-1]), np.uint32),
        member_count=np.zeros(classes, np.int64),
        member_place=np.zeros(
            (enrolments, 1 + int(tables.class_place.max(initial=0))), np.int32
        ),
        slot_event=np.zeros((slots, max(1, events)), np.int32),
        slot_size=np.zeros(slots, np.int64),
        slot_place=np.zeros(
            (events, int(tables.event_duration.max(initial=1))), np.int32
        ),
        blocked=np.zeros((slots, classes) if blocking else (0, 0), np.uint16),
        option=np.full(groups, -1, np.int64),
        choice=np.zeros(options, np.int64),
        totals=np.array([wanted, 0, wanted, wanted * tables.strict], np.int64),
        random=np.ones(1, np.uint64),
        lanes=np.zeros(width, np.int32),
        wide=np.zeros(width, np.int64),
        layer=np.zeros(tables.num_days, np.int64),
    )


@inline_kernel
def charge(T, S, hard, soft):
    """Add to the totals what is no student's clash."""
    S.totals[0] += hard
    S.totals[1] += soft
    S.totals[3] += hard * T.strict


@inline_kernel
def block(T, S, cls, slot, duration, sign):
    """Classes that conflict with this one see one event more (sign 1) or less (-1)."""
    step = np.uint16(sign)
    for k in range(slot, slot + duration):
        for other in range(S.blocked.shape[1]):
            S.blocked[k, other] += step * np.uint16(T.class_conflict[cls, other])


@inline_kernel
def clashes_of_parts(T, S, room, slot, duration):
    """Periods at which others are in the smallest rooms that a room is made of."""
    clashes = 0
    for i in range(T.part_ptr[room], T.part_ptr[room + 1]):
        for k in range(slot, slot + duration):
            clashes += S.room_count[T.part_idx[i], k] > 0
    return clashes


@kernel
def enter_parts(T, S, event, slot, duration, room):
    """An event takes a room with all that share a part with it; the new clashes."""
    apart()
    clashes = clashes_of_parts(T, S, room, slot, duration)
    for i in range(T.overlap_ptr[room], T.overlap_ptr[room + 1]):
        other = T.overlap_idx[i]
        bit = np.uint64(1) << np.uint64(other & 63)
        for k in range(slot, slot + duration):
            S.room_count[other, k] += 1
            S.room_event[other, k] ^= event
            S.occupied[k, other >> 6] |= bit
    return clashes


@kernel
def quit_parts(T, S, event, slot, duration, room):
    """Undo ``enter_parts``; the clashes that end."""
    apart()
    for i in range(T.overlap_ptr[room], T.overlap_ptr[room + 1]):
        other = T.overlap_idx[i]
        bit = np.uint64(1) << np.uint64(other & 63)
        for k in range(slot, slot + duration):
            S.room_count[other, k] -= 1
            S.room_event[other, k] ^= event
            if S.room_count[other, k] == 0 and not T.room_closed[other, k]:
                S.occupied[k, other >> 6] &= ~bit
    return clashes_of_parts(T, S, room, slot, duration)


@kernel
def place(T, S, event, slot, room):
    """Put an unplaced event at slot (and room, or -1); totals follow."""
    duration = T.event_duration[event]
    hard, soft = class_cost(T, S, event, slot, room)
    if T.event_related[event]:
        h, f = relations_cost(T, S, event, slot, room)
        hard += h
        soft += f
    soft += T.event_slot_cost[event, slot]
    bits = block_of(duration, T.slot_position[slot])
    attend_all(T, S, event, T.slot_day[slot], bits, 1)
    if T.weight_travel:
        soft += walk_all(T, S, event, slot, room, 1)
    if room >= 0:
        size = T.day_size[T.slot_day[slot]]
        soft += T.room_price[T.event_room_set[event], room] * size
        if T.composite:
            hard += enter_parts(T, S, event, slot, duration, room)
        else:
            bit = np.uint64(1) << np.uint64(room & 63)
            for k in range(slot, slot + duration):
                if S.room_count[room, k] > 0:
                    hard += 1
                S.room_count[room, k] += 1
                S.room_event[room, k] ^= event
                S.occupied[k, room >> 6] |= bit
    if room >= 0 or not T.event_needs_room[event]:
        hard -= T.event_counts[event]
        S.totals[2] -= T.event_counts[event]
    charge(T, S, hard, soft)
    block(T, S, T.event_class[event], slot, duration, 1)
    for k in range(duration):
        size = S.slot_size[slot + k]
        S.slot_event[slot + k, size] = event
        S.slot_place[event, k] = size
        S.slot_size[slot + k] = size + 1
    S.slot[event] = slot
    S.room[event] = room


@kernel
def remove(T, S, event):
    """Take a placed event out; totals follow."""
    slot, room = S.slot[event], S.room[event]
    duration = T.event_duration[event]
    for k in range(duration):
        size = S.slot_size[slot + k] - 1
        last = np.int64(S.slot_event[slot + k, size])
        hole = S.slot_place[event, k]
        S.slot_event[slot + k, hole] = last
        S.slot_place[last, slot + k - S.slot[last]] = hole
        S.slot_size[slot + k] = size
    block(T, S, T.event_class[event], slot, duration, -1)
    S.slot[event] = -1
    S.room[event] = -1
    hard, soft = class_cost(T, S, event, slot, room)
    if T.event_related[event]:
        h, f = relations_cost(T, S, event, slot, room)
        hard += h
        soft += f
    soft += T.event_slot_cost[event, slot]
    bits = block_of(duration, T.slot_position[slot])
    attend_all(T, S, event, T.slot_day[slot], bits, -1)
    if T.weight_travel:
        soft -= walk_all(T, S, event, slot, room, -1)
    if room >= 0:
        size = T.day_size[T.slot_day[slot]]
        soft += T.room_price[T.event_room_set[event], room] * size
        if T.composite:
            hard += quit_parts(T, S, event, slot, duration, room)
        else:
            bit = np.uint64(1) << np.uint64(room & 63)
            for k in range(slot, slot + duration):
                S.room_count[room, k] -= 1
                S.room_event[room, k] ^= event
                if S.room_count[room, k] > 0:
                    hard += 1
                elif not T.room_closed[room, k]:
                    S.occupied[k, room >> 6] &= ~bit
    if room >= 0 or not T.event_needs_room[event]:
        hard -= T.event_counts[event]
        S.totals[2] += T.event_counts[event]
    charge(T, S, -hard, -soft)


@kernel
def place_group(T, S, group, option, room):
    """Put all events of an unplaced group where an option has them; totals follow."""
    first = T.group_ptr[group]
    begin = T.option_first[option]
    for k in range(T.group_ptr[group + 1] - first):
        place(T, S, T.group_event[first + k], T.option_slot[begin + k], room)
    charge(T, S, 0, T.option_cost[option])
    S.option[group] = option


@kernel
def remove_group(T, S, group):
    """Undo ``place_group``."""
    for i in range(T.group_ptr[group], T.group_ptr[group + 1]):
        remove(T, S, T.group_event[i])
    charge(T, S, 0, -T.option_cost[S.option[group]])
    S.option[group] = -1


@inline_kernel
def find_option(T, group, slot):
    """The group's option with these slots of its events; -1 if there is none."""
    first = T.group_ptr[group]
    for option in range(T.option_ptr[group], T.option_ptr[group + 1]):
        same = True
        for k in range(T.group_ptr[group + 1] - first):
            have = T.option_slot[T.option_first[option] + k]
            same &= have == slot[T.group_event[first + k]]
        if same:
            return np.int64(option)
    return np.int64(-1)


@inline_kernel
def is_where(T, S, group, slot, room):
    """Whether all events of a group are where they are wanted."""
    same = True
    for i in range(T.group_ptr[group], T.group_ptr[group + 1]):
        event = T.group_event[i]
        same &= S.slot[event] == slot[event] and S.room[event] == room[event]
    return same


@inline_kernel
def beyond(size, mean):
    """Students by which a class is larger or smaller than is even."""
    return max(0, abs(size - mean) - 2)


@kernel
def group_balance(T, S, group):
    """Students beyond an even division of those that are in a group's classes."""
    first, last = T.parallel_ptr[group], T.parallel_ptr[group + 1]
    total = 0
    for i in range(first, last):
        total += S.member_count[T.parallel_class[i]]
    mean = total // (last - first)
    uneven = 0
    for i in range(first, last):
        uneven += beyond(S.member_count[T.parallel_class[i]], mean)
    return uneven


@kernel
def resize(T, S, cls, change):
    """The class has so many students more; what the balance of its group costs more."""
    size = S.member_count[cls]
    if T.weight_balance == 0:
        S.member_count[cls] = size + change
        return np.int64(0)
    mean = T.class_size[cls]
    if mean >= 0:
        S.member_count[cls] = size + change
        return T.weight_balance * (beyond(size + change, mean) - beyond(size, mean))
    before = group_balance(T, S, T.class_group[cls])
    S.member_count[cls] = size + change
    return T.weight_balance * (group_balance(T, S, T.class_group[cls]) - before)


@inline_kernel
def attend_class(T, S, cls, index, sign):
    """The student at ``index`` of the member lists meets the class's placed events."""
    for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
        event = T.class_event[i]
        slot = S.slot[event]
        if slot >= 0:
            bits = block_of(T.event_duration[event], T.slot_position[slot])
            attend_students(T, S, index, index + 1, T.slot_day[slot], bits, sign)
            if T.weight_travel:
                S.totals[1] += walk_one(T, S, index, event, sign)


@inline_kernel
def enter(T, S, enrolment, cls):
    """The enrolment's student joins a class and attends its placed events."""
    size = S.member_count[cls]
    first = T.member_ptr[cls]
    S.member[first + size] = enrolment
    S.member_place[enrolment, T.class_place[cls]] = size
    soft = resize(T, S, cls, 1)
    charge(T, S, np.int64(size >= T.class_limit[cls]), soft)
    S.student[first + size] = T.enrolment_student[enrolment]
    attend_class(T, S, cls, first + size, 1)


@inline_kernel
def quit_class(T, S, enrolment, cls):
    """Undo ``enter``."""
    size = S.member_count[cls]
    first = T.member_ptr[cls]
    place = T.class_place[cls]
    hole = S.member_place[enrolment, place]
    attend_class(T, S, cls, first + hole, -1)
    last = S.member[first + size - 1]
    S.member[first + hole] = last
    S.student[first + hole] = S.student[first + size - 1]
    S.member_place[last, place] = hole
    soft = resize(T, S, cls, -1)
    charge(T, S, -np.int64(size > T.class_limit[cls]), soft)


@inline_kernel
def holds(T, bundle, cls):
    """Whether the class is one of the bundle."""
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        if T.bundle_class[i] == cls:
            return True
    return False


@kernel
def join(T, S, enrolment, bundle):
    """The enrolment's student joins all classes of a bundle."""
    S.section[enrolment] = bundle
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        enter(T, S, enrolment, T.bundle_class[i])


@kernel
def leave(T, S, enrolment):
    """Undo ``join``."""
    bundle = S.section[enrolment]
    S.section[enrolment] = -1
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        quit_class(T, S, enrolment, T.bundle_class[i])


@kernel
def leave_for(T, S, enrolment, bundle):
    """Leave what another bundle of the offering has not; ``join_from`` follows."""
    old = S.section[enrolment]
    for i in range(T.bundle_ptr[old], T.bundle_ptr[old + 1]):
        if not holds(T, bundle, T.bundle_class[i]):
            quit_class(T, S, enrolment, T.bundle_class[i])


@kernel
def join_from(T, S, enrolment, bundle):
    """Join what the bundle that the enrolment has did not have."""
    old = S.section[enrolment]
    S.section[enrolment] = bundle
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        if not holds(T, old, T.bundle_class[i]):
            enter(T, S, enrolment, T.bundle_class[i])


@kernel
def initial_balance(T, S):
    """Balance cost of all classes while they are empty goes into the totals."""
    if T.weight_balance:
        for cls in range(len(T.class_limit)):
            if T.class_size[cls] >= 0:
                S.totals[1] += T.weight_balance * beyond(0, T.class_size[cls])


@kernel
def transform(T, S, slot, room, section):
    """Turn the state's timetable into the given one, changing only what differs.

    A group whose events are on none of its options is left out.
    """
    for event in range(len(slot)):
        if (
            S.slot[event] >= 0
            and T.event_group[event] < 0
            and (S.slot[event] != slot[event] or S.room[event] != room[event])
        ):
            remove(T, S, event)
    for group in range(len(S.option)):
        if S.option[group] >= 0 and not is_where(T, S, group, slot, room):
            remove_group(T, S, group)
    for enrolment in range(len(section)):
        if S.section[enrolment] != section[enrolment]:
            if S.section[enrolment] >= 0:
                leave(T, S, enrolment)
            if section[enrolment] >= 0:
                join(T, S, enrolment, section[enrolment])
    for event in range(len(slot)):
        if S.slot[event] < 0 and slot[event] >= 0 and T.event_group[event] < 0:
            place(T, S, event, slot[event], room[event])
    for group in range(len(S.option)):
        if S.option[group] < 0:
            option = find_option(T, group, slot)
            if option >= 0:
                lead = T.group_event[T.group_ptr[group]]
                place_group(T, S, group, option, room[lead])
