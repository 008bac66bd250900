"""Who has to hurry from one building to another between two periods.

``State.where`` has a word for each agent and slot: the number of its events there in
the upper half, and their buildings joined by exclusive or in the lower half. With one
event that is its building; where two clash, nobody can say, and nothing is counted.
"""

import numpy as np

from .jit import inline_kernel, kernel

ONE = 1 << 16
BUILDING = 0xFFFF


@inline_kernel
def hurries(T, S, agent, first, last):
    """Walks of an agent after the slots ``first`` to (excluding) ``last``."""
    found = 0
    for s in range(first, last):
        if T.pause[s] < 0:
            continue
        left, right = np.int64(S.where[agent, s]), np.int64(S.where[agent, s + 1])
        if left >> 16 == 1 and right >> 16 == 1:
            found += T.walk[left & BUILDING, right & BUILDING] > T.pause[s]
    return found


@inline_kernel
def walk(T, S, agents, first, last, slot, duration, building, sign):
    """Agents start (sign 1) or stop (-1) being in a building; change of the walks."""
    low = max(0, slot - 1)
    change = 0
    for i in range(first, last):
        agent = agents[i]
        change -= hurries(T, S, agent, low, slot + duration)
        for s in range(slot, slot + duration):
            word = np.int64(S.where[agent, s]) + sign * ONE
            S.where[agent, s] = word ^ building
        change += hurries(T, S, agent, low, slot + duration)
    return change


@inline_kernel
def building_of(T, room):
    return np.int64(T.room_building[room]) if room >= 0 else 0


@kernel
def walk_all(T, S, event, slot, room, sign):
    """Cost of the walks of all agents of the event when it comes or goes."""
    duration = T.event_duration[event]
    building = building_of(T, room)
    first, last = T.agents_ptr[event], T.agents_ptr[event + 1]
    agents = T.agents_idx
    change = walk(T, S, agents, first, last, slot, duration, building, sign)
    cls = T.event_class[event]
    start = T.member_ptr[cls]
    end = start + S.member_count[cls]
    change += walk(T, S, S.student, start, end, slot, duration, building, sign)
    return T.weight_travel * T.day_size[T.slot_day[slot]] * change


@kernel
def walk_one(T, S, index, event, sign):
    """The same for the student at ``index`` of the member lists, of a placed event."""
    slot, duration = S.slot[event], T.event_duration[event]
    building = building_of(T, S.room[event])
    change = walk(T, S, S.student, index, index + 1, slot, duration, building, sign)
    return T.weight_travel * T.day_size[T.slot_day[slot]] * change


@inline_kernel
def walks_beside(T, S, agents, first, last, slot, duration, building):
    """Walks that agents absent from these slots would have at their two ends."""
    end = slot + duration
    found = 0
    for i in range(first, last):
        agent = agents[i]
        if slot > 0 and T.pause[slot - 1] >= 0:
            left = np.int64(S.where[agent, slot - 1])
            if left >> 16 == 1:
                found += T.walk[left & BUILDING, building] > T.pause[slot - 1]
        if T.pause[end - 1] >= 0:
            right = np.int64(S.where[agent, end])
            if right >> 16 == 1:
                found += T.walk[building, right & BUILDING] > T.pause[end - 1]
    return found


@kernel
def travel_wish(T, S, event, slot, room):
    """Cost of the walks to and from the (absent) event if it met in the room."""
    building = building_of(T, room)
    duration = T.event_duration[event]
    first, last = T.agents_ptr[event], T.agents_ptr[event + 1]
    agents = T.agents_idx
    found = walks_beside(T, S, agents, first, last, slot, duration, building)
    cls = T.event_class[event]
    start = T.member_ptr[cls]
    end = start + S.member_count[cls]
    found += walks_beside(T, S, S.student, start, end, slot, duration, building)
    return T.weight_travel * T.day_size[T.slot_day[slot]] * found


@kernel
def building_beside(T, S, event, slot):
    """Where some student or teacher of the (absent) event is before or after it."""
    cls = T.event_class[event]
    start = T.member_ptr[cls]
    size = S.member_count[cls]
    end = slot + T.event_duration[event]
    first, last = T.agents_ptr[event], T.agents_ptr[event + 1]
    for i in range(first - size, last):
        agent = T.agents_idx[i] if i >= first else S.student[start + first - 1 - i]
        if slot > 0 and T.pause[slot - 1] >= 0:
            word = np.int64(S.where[agent, slot - 1])
            if word >> 16 == 1 and word & BUILDING:
                return word & BUILDING
        if T.pause[end - 1] >= 0:
            word = np.int64(S.where[agent, end])
            if word >> 16 == 1 and word & BUILDING:
                return word & BUILDING
    return 0
