"""Events that are one decision: meetings on several days, or in several weeks.

A *group* has a few events, and a list of *options*: for each event the slot where that
option has it. What an option costs is the sum of what its events cost at these slots,
which the price of one event tells for all slots at once.
"""

import numpy as np

from .chance import below, uniform
from .jit import inline_kernel, kernel
from .journal import note_event
from .pricing import (
    FORBIDDEN,
    NEVER,
    UNSUITABLE,
    price_slots,
    room_free,
    room_open,
    room_wish,
)
from .state import place_group, remove_group


@kernel
def price_options(T, S, table, group, hard_weight):
    """What each option of an (absent) group costs, into ``S.choice``.

    Events of one length have the same price at the same slot.
    """
    first, last = T.group_ptr[group], T.group_ptr[group + 1]
    begin, end = T.option_ptr[group], T.option_ptr[group + 1]
    for option in range(begin, end):
        S.choice[option - begin] = T.option_cost[option]
    for k in range(last - first):
        event = T.group_event[first + k]
        duration = T.event_duration[event]
        if k == 0 or T.event_duration[T.group_event[first + k - 1]] != duration:
            price_slots(T, S, table, event, hard_weight)
        for option in range(begin, end):
            slot = T.option_slot[T.option_first[option] + k]
            cost = S.lanes[T.slot_day[slot] * T.width + T.slot_position[slot]]
            if cost >= NEVER // 2:
                S.choice[option - begin] = FORBIDDEN
            else:
                S.choice[option - begin] += cost


@inline_kernel
def draw_option(S, count, temperature):
    """One of ``S.choice[:count]`` by heat bath; -1 if there is none."""
    low = np.int64(FORBIDDEN // 2)
    ties = 0
    for k in range(count):
        if S.choice[k] < low:
            low = S.choice[k]
            ties = 1
        elif S.choice[k] == low:
            ties += 1
    if low >= FORBIDDEN // 2:
        return -1
    if temperature <= 0.0:
        pick = below(S, ties)
        for k in range(count):
            if S.choice[k] == low:
                if pick == 0:
                    return k
                pick -= 1
    limit = min(low + 14.0 * temperature, float(FORBIDDEN // 2))
    total = 0.0
    for k in range(count):
        if S.choice[k] < limit:
            total += np.exp((low - S.choice[k]) / temperature)
    point = uniform(S) * total
    chosen = -1
    for k in range(count):
        if S.choice[k] < limit:
            chosen = k
            point -= np.exp((low - S.choice[k]) / temperature)
            if point < 0:
                break
    return chosen


@inline_kernel
def everywhere_free(T, S, group, option, room):
    """Whether the room is open and empty for all events of the group."""
    first = T.group_ptr[group]
    for k in range(T.group_ptr[group + 1] - first):
        slot = T.option_slot[T.option_first[option] + k]
        if not room_free(S, room, slot, T.event_duration[T.group_event[first + k]]):
            return False
    return True


@inline_kernel
def everywhere_open(T, group, option, room):
    """Whether the room is open for all events of the group."""
    first = T.group_ptr[group]
    for k in range(T.group_ptr[group + 1] - first):
        slot = T.option_slot[T.option_first[option] + k]
        if not room_open(T, room, slot, T.event_duration[T.group_event[first + k]]):
            return False
    return True


@kernel
def group_room(T, S, group, option, wished):
    """A cheap room that is free for all events of the (absent) group.

    An open but busy one where none is free, and -1 where none is open or needed.
    """
    lead = T.group_event[T.group_ptr[group]]
    if not T.event_needs_room[lead]:
        return np.int64(-1)
    number = T.event_room_set[lead]
    slot = T.option_slot[T.option_first[option]]
    first, last = T.set_ptr[number], T.set_ptr[number + 1]
    best, best_cost = np.int64(-1), np.int64(UNSUITABLE)
    cls = T.event_class[lead]
    size = T.day_size[T.slot_day[slot]]
    start = T.class_ptr[cls]
    for i in range(start - 2, T.class_ptr[cls + 1]):
        if i == start - 2:
            room = wished
        elif i == start - 1:
            room = T.event_home_room[lead]
        else:
            other = T.class_event[i]
            if T.event_room_group[other] != T.event_room_group[lead]:
                continue
            room = S.room[other]
        if room < 0 or room == best or T.room_price[number, room] >= UNSUITABLE:
            continue
        if everywhere_free(T, S, group, option, room):
            total = room_wish(T, S, lead, slot, room)
            if total < best_cost:
                best, best_cost = room, total
    for i in range(first, last):
        if T.set_cost[i] * size >= best_cost:
            break
        room = T.set_room[i]
        if everywhere_free(T, S, group, option, room):
            total = room_wish(T, S, lead, slot, room)
            if total < best_cost:
                best, best_cost = room, total
            break
    if best >= 0 or first == last:
        return best
    for _ in range(8):
        room = T.set_room[first + below(S, last - first)]
        if everywhere_open(T, group, option, room):
            return room
    for i in range(first, last):
        if everywhere_open(T, group, option, T.set_room[i]):
            return T.set_room[i]
    return np.int64(-1)


@kernel
def group_bath(T, S, J, table, group, hard_weight, temperature):
    """Put a group on an option drawn by heat bath; True if it may have changed."""
    lead = T.group_event[T.group_ptr[group]]
    old, wished = S.option[group], S.room[lead]
    if old >= 0:
        remove_group(T, S, group)
    price_options(T, S, table, group, hard_weight)
    begin = T.option_ptr[group]
    pick = draw_option(S, T.option_ptr[group + 1] - begin, temperature)
    if pick < 0:
        if old >= 0:
            place_group(T, S, group, old, wished)
        return False
    option = begin + pick
    place_group(T, S, group, option, group_room(T, S, group, option, wished))
    for i in range(T.group_ptr[group], T.group_ptr[group + 1]):
        note_event(J, T.group_event[i])
    return True
