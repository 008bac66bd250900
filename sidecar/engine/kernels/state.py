"""A timetable under change: occupancy, masks, exact totals; place and remove."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..tables import Tables
from .jit import inline_kernel, kernel

HARD, SOFT, UNPLACED, STEER = 0, 1, 2, 3
"""Indices of ``State.totals``. Unplaced events count in HARD as well; STEER is the
hard total in which everything but a student's clash counts ``Tables.strict`` times."""


class State(NamedTuple):
    """All arrays change in place; ``totals`` always equals a full recount."""

    slot: npt.NDArray[np.int64]
    room: npt.NDArray[np.int64]
    section: npt.NDArray[np.int64]
    attending: npt.NDArray[np.uint8]
    """(agents, slots): events of the agent that cover the slot."""
    mask: npt.NDArray[np.int32]
    """(agents, days): bit p set where position p is busy."""
    days: npt.NDArray[np.int32]
    """(agents,): bit d set where the agent comes on day d."""
    room_count: npt.NDArray[np.uint8]
    occupied: npt.NDArray[np.uint64]
    """(slots, words): bit r set where room r is busy or closed."""
    member: npt.NDArray[np.int64]
    """Enrolments of each class, from ``Tables.member_ptr``."""
    student: npt.NDArray[np.int64]
    """Agents of those enrolments, in the same order."""
    member_count: npt.NDArray[np.int64]
    member_place: npt.NDArray[np.int64]
    """(enrolments,): position in the class's list."""
    slot_event: npt.NDArray[np.int64]
    """(slots, events at most): events that cover the slot, in no order."""
    slot_size: npt.NDArray[np.int64]
    slot_place: npt.NDArray[np.int64]
    """(events, duration): where the event stands in the list of each slot."""
    totals: npt.NDArray[np.int64]


def new_state(tables: Tables, num_rooms: int) -> State:
    """An empty timetable: nothing placed, nobody sectioned."""
    events = len(tables.event_class)
    agents = len(tables.agent_week)
    slots = tables.num_days * tables.num_positions
    classes = len(tables.class_limit)
    enrolments = len(tables.enrolment_student)
    occupied = np.zeros((slots, tables.set_bits.shape[1]), np.uint64)
    for room, slot in zip(*np.nonzero(tables.room_closed), strict=True):
        occupied[slot, room // 64] |= np.uint64(1 << (int(room) % 64))
    return State(
        slot=np.full(events, -1, np.int64),
        room=np.full(events, -1, np.int64),
        section=np.full(enrolments, -1, np.int64),
        attending=np.zeros((agents, slots), np.uint8),
        mask=np.zeros((agents, tables.num_days), np.int32),
        days=np.zeros(agents, np.int32),
        room_count=np.zeros((num_rooms, slots), np.uint8),
        occupied=occupied,
        member=np.zeros(int(tables.member_ptr[-1]), np.int64),
        student=np.zeros(int(tables.member_ptr[-1]), np.int64),
        member_count=np.zeros(classes, np.int64),
        member_place=np.zeros(enrolments, np.int64),
        slot_event=np.zeros((slots, max(1, events)), np.int64),
        slot_size=np.zeros(slots, np.int64),
        slot_place=np.zeros(
            (events, int(tables.event_duration.max(initial=1))), np.int64
        ),
        totals=np.array([events, 0, events, events * tables.strict], np.int64),
    )


@inline_kernel
def attend(T, S, agents, first, last, slot, duration, sign, unit):
    """Agents ``agents[first:last]`` start (sign 1) or stop (-1) attending at slot."""
    # Locals: reading a field of T or S costs, and these loops are the hottest.
    attending, mask, days = S.attending, S.mask, S.days
    agent_row, agent_week = T.agent_row, T.agent_week
    day_soft, day_hard, week_soft = T.day_soft, T.day_hard, T.week_soft
    P = T.num_positions
    day = slot // P
    position = slot - day * P
    hard = 0
    soft = 0
    for i in range(first, last):
        agent = agents[i]
        before = mask[agent, day]
        after = before
        if sign > 0:
            for k in range(duration):
                if attending[agent, slot + k] > 0:
                    hard += 1
                attending[agent, slot + k] += 1
                after |= 1 << (position + k)
        else:
            for k in range(duration):
                attending[agent, slot + k] -= 1
                if attending[agent, slot + k] > 0:
                    hard -= 1
                else:
                    after &= ~(1 << (position + k))
        if after == before:
            continue
        row = agent_row[agent, day]
        hard += day_hard[row, after] - day_hard[row, before]
        soft += day_soft[row, after] - day_soft[row, before]
        mask[agent, day] = after
        if before == 0 or after == 0:
            old = days[agent]
            new = old ^ (1 << day)
            week = agent_week[agent]
            if week >= 0:
                soft += week_soft[week, new] - week_soft[week, old]
            days[agent] = new
    S.totals[0] += hard
    S.totals[1] += soft
    S.totals[3] += hard * unit


@inline_kernel
def attend_all(T, S, event, slot, duration, sign):
    """All agents of the event, its faculty and curricula first, then its students."""
    first, last = T.agents_ptr[event], T.agents_ptr[event + 1]
    attend(T, S, T.agents_idx, first, last, slot, duration, sign, T.strict)
    cls = T.event_class[event]
    start = T.member_ptr[cls]
    size = S.member_count[cls]
    if size:
        attend(T, S, S.student, start, start + size, slot, duration, sign, 1)


@kernel
def relation_broken(T, S, k, slot, duration, room, other):
    """Whether relation k is broken by (slot, room) against the placed ``other``."""
    kind = T.relation_kind[k]
    P = T.num_positions
    oslot, oduration = S.slot[other], T.event_duration[other]
    if T.relation_first[k]:
        a, da, b, db = slot, duration, oslot, oduration
    else:
        a, da, b, db = oslot, oduration, slot, duration
    day_a, day_b = a // P, b // P
    pa, pb = a - day_a * P, b - day_b * P
    same_day = day_a == day_b
    overlap = pa < pb + db and pb < pa + da
    if kind == 0:
        return not same_day
    if kind == 1:
        return pa != pb
    if kind == 2:
        return room != S.room[other]
    if kind == 3:
        return same_day
    if kind == 4:
        return overlap
    if kind == 5:
        return same_day and overlap
    if kind == 6:
        if same_day:
            return pa + da > pb
        return day_a > day_b
    if kind == 7:
        if not same_day:
            return True
        if pa + da == pb:
            return T.break_after[a + da - 1]
        if pb + db == pa:
            return T.break_after[b + db - 1]
        return True
    value = T.relation_value[k]
    if not same_day:
        return False
    return pb - (pa + da) < value and pa - (pb + db) < value


@inline_kernel
def class_cost(T, S, event, slot, room):
    """(hard, soft) within the event's class if it were at (slot, room).

    The event itself must not be placed. Covers one event a day, overlap, the spread
    over days and the stability of rooms.
    """
    hard = 0
    soft = 0
    P = T.num_positions
    day = slot // P
    duration = T.event_duration[event]
    cls = T.event_class[event]
    group = T.event_room_group[event]
    same_day = False
    placed = 0
    days = 0
    group_rooms = 0
    known_room = False
    first, last = T.class_ptr[cls], T.class_ptr[cls + 1]
    for i in range(first, last):
        other = T.class_event[i]
        if other == event or S.slot[other] < 0:
            continue
        placed += 1
        oslot = S.slot[other]
        oday = oslot // P
        days |= 1 << oday
        if oday == day:
            same_day = True
            for k in range(duration):
                if oslot <= slot + k < oslot + T.event_duration[other]:
                    # Counted once for each period however many events cover it.
                    again = False
                    for j in range(first, i):
                        third = T.class_event[j]
                        t = S.slot[third]
                        if third != event and t >= 0:
                            if t <= slot + k < t + T.event_duration[third]:
                                again = True
                    if not again:
                        hard += 1
        if T.event_room_group[other] == group and S.room[other] >= 0:
            group_rooms += 1
            if S.room[other] == room:
                known_room = True
    if same_day and T.class_one_per_day[cls]:
        hard += 1
    if T.weight_min_days and T.class_min_days[cls] > 0:
        distinct = 0
        for d in range(T.num_days):
            distinct += (days >> d) & 1
        if placed == 0:
            soft += T.weight_min_days * (T.class_min_days[cls] - 1)
        elif not same_day and T.class_min_days[cls] > distinct:
            soft -= T.weight_min_days
    if room >= 0:
        if group_rooms > 0 and not known_room:
            soft += T.weight_stability
        home = T.event_home_room[event]
        if home >= 0 and home != room:
            soft += T.weight_home_room
    return hard, soft


@inline_kernel
def has_relations(T, event):
    """Whether any relation speaks of the event."""
    return (
        T.relation_ptr[event] < T.relation_ptr[event + 1]
        or T.event_spread_ptr[event] < T.event_spread_ptr[event + 1]
    )


@kernel
def relations_cost(T, S, event, slot, room):
    """(hard, soft) of the event's relations if it were at (slot, room)."""
    hard = 0
    soft = 0
    P = T.num_positions
    day = slot // P
    duration = T.event_duration[event]
    for k in range(T.relation_ptr[event], T.relation_ptr[event + 1]):
        other = T.relation_other[k]
        if S.slot[other] >= 0 and relation_broken(T, S, k, slot, duration, room, other):
            if T.relation_hard[k]:
                hard += 1
            else:
                soft += T.relation_weight[k]
    for k in range(T.event_spread_ptr[event], T.event_spread_ptr[event + 1]):
        number = T.event_spread_idx[k]
        used = 0
        for i in range(T.spread_ptr[number], T.spread_ptr[number + 1]):
            other = T.spread_event[i]
            if other != event and S.slot[other] >= 0:
                used |= 1 << (S.slot[other] // P)
        if not (used >> day) & 1:
            distinct = 0
            for d in range(T.num_days):
                distinct += (used >> d) & 1
            if distinct >= T.spread_value[number]:
                if T.spread_hard[number]:
                    hard += 1
                else:
                    soft += T.spread_weight[number]
    return hard, soft


@inline_kernel
def rules_cost(T, S, event, slot, room):
    """(hard, soft) of the event's class and relations at (slot, room)."""
    hard, soft = class_cost(T, S, event, slot, room)
    if has_relations(T, event):
        h, s = relations_cost(T, S, event, slot, room)
        hard += h
        soft += s
    return hard, soft


@inline_kernel
def room_cost(T, event, room):
    """Unary soft cost of the event in the room (fit, overflow)."""
    number = T.event_room_set[event]
    place = T.set_position[number, room]
    return T.set_cost[T.set_ptr[number] + place]


@kernel
def place(T, S, event, slot, room):
    """Put an unplaced event at slot (and room, or -1); totals follow."""
    duration = T.event_duration[event]
    hard, soft = rules_cost(T, S, event, slot, room)
    strict = T.strict
    S.totals[0] += hard
    S.totals[3] += hard * strict
    S.totals[1] += soft + T.event_slot_cost[event, slot]
    attend_all(T, S, event, slot, duration, 1)
    if room >= 0:
        S.totals[1] += room_cost(T, event, room)
        bit = np.uint64(1) << np.uint64(room & 63)
        for k in range(duration):
            if S.room_count[room, slot + k] > 0:
                S.totals[0] += 1
                S.totals[3] += strict
            S.room_count[room, slot + k] += 1
            S.occupied[slot + k, room >> 6] |= bit
    if room >= 0 or not T.event_needs_room[event]:
        S.totals[0] -= 1
        S.totals[2] -= 1
        S.totals[3] -= strict
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
    S.slot[event] = -1
    S.room[event] = -1
    for k in range(duration):
        size = S.slot_size[slot + k] - 1
        last = S.slot_event[slot + k, size]
        hole = S.slot_place[event, k]
        S.slot_event[slot + k, hole] = last
        S.slot_place[last, slot + k - S.slot[last] if last != event else k] = hole
        S.slot_size[slot + k] = size
    hard, soft = rules_cost(T, S, event, slot, room)
    strict = T.strict
    S.totals[0] -= hard
    S.totals[3] -= hard * strict
    S.totals[1] -= soft + T.event_slot_cost[event, slot]
    attend_all(T, S, event, slot, duration, -1)
    if room >= 0:
        S.totals[1] -= room_cost(T, event, room)
        bit = np.uint64(1) << np.uint64(room & 63)
        for k in range(duration):
            S.room_count[room, slot + k] -= 1
            if S.room_count[room, slot + k] > 0:
                S.totals[0] -= 1
                S.totals[3] -= strict
            elif not T.room_closed[room, slot + k]:
                S.occupied[slot + k, room >> 6] &= ~bit
    if room >= 0 or not T.event_needs_room[event]:
        S.totals[0] += 1
        S.totals[2] += 1
        S.totals[3] += strict


@inline_kernel
def balance_cost(T, cls, size):
    """Soft cost of the class's size."""
    beyond = abs(size - T.offering_size[T.class_offering[cls]]) - 2
    return T.weight_balance * max(0, beyond)


@kernel
def join(T, S, enrolment, cls):
    """The enrolment's student joins a class and attends its placed events."""
    size = S.member_count[cls]
    first = T.member_ptr[cls]
    S.member[first + size] = enrolment
    S.member_place[enrolment] = size
    S.member_count[cls] = size + 1
    S.section[enrolment] = cls
    if size >= T.class_limit[cls]:
        S.totals[0] += 1
        S.totals[3] += T.strict
    if T.weight_balance:
        S.totals[1] += balance_cost(T, cls, size + 1) - balance_cost(T, cls, size)
    S.student[first + size] = T.enrolment_student[enrolment]
    for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
        event = T.class_event[i]
        if S.slot[event] >= 0:
            place_of = first + size
            attend(
                T,
                S,
                S.student,
                place_of,
                place_of + 1,
                S.slot[event],
                T.event_duration[event],
                1,
                1,
            )


@kernel
def leave(T, S, enrolment):
    """Undo ``join``."""
    cls = S.section[enrolment]
    size = S.member_count[cls]
    first = T.member_ptr[cls]
    hole = S.member_place[enrolment]
    for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
        event = T.class_event[i]
        if S.slot[event] >= 0:
            place_of = first + hole
            attend(
                T,
                S,
                S.student,
                place_of,
                place_of + 1,
                S.slot[event],
                T.event_duration[event],
                -1,
                1,
            )
    last = S.member[first + size - 1]
    S.member[first + hole] = last
    S.student[first + hole] = S.student[first + size - 1]
    S.member_place[last] = hole
    S.member_count[cls] = size - 1
    S.section[enrolment] = -1
    if size > T.class_limit[cls]:
        S.totals[0] -= 1
        S.totals[3] -= T.strict
    if T.weight_balance:
        S.totals[1] += balance_cost(T, cls, size - 1) - balance_cost(T, cls, size)


@kernel
def initial_balance(T, S):
    """Balance cost of all classes while they are empty goes into the totals."""
    if T.weight_balance:
        for cls in range(len(T.class_limit)):
            S.totals[1] += balance_cost(T, cls, 0)


@kernel
def load(T, S, slot, room, section):
    """Bring an empty state to a given timetable."""
    initial_balance(T, S)
    for enrolment in range(len(section)):
        if section[enrolment] >= 0:
            join(T, S, enrolment, section[enrolment])
    for event in range(len(slot)):
        if slot[event] >= 0:
            place(T, S, event, slot[event], room[event])


@kernel
def transform(T, S, slot, room, section):
    """Turn the state's timetable into the given one, changing only what differs."""
    for event in range(len(slot)):
        if S.slot[event] >= 0 and (
            S.slot[event] != slot[event] or S.room[event] != room[event]
        ):
            remove(T, S, event)
    for enrolment in range(len(section)):
        if S.section[enrolment] != section[enrolment]:
            if S.section[enrolment] >= 0:
                leave(T, S, enrolment)
            if section[enrolment] >= 0:
                join(T, S, enrolment, section[enrolment])
    for event in range(len(slot)):
        if S.slot[event] < 0 and slot[event] >= 0:
            place(T, S, event, slot[event], room[event])
