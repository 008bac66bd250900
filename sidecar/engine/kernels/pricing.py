"""What a placement would cost, without making it."""

import numpy as np

from .agents import (
    block_of,
    change_for_people,
    scan,
    scan_students,
)
from .block import popcount
from .chance import below
from .jit import inline_kernel, kernel
from .rules import class_change, relations_cost
from .travel import building_beside, travel_wish

NEVER = 1 << 30
"""Cost of a start that does not exist in lanes of 32 bits."""
FORBIDDEN = 1 << 60
"""The same in 64 bits."""
UNSUITABLE = 1 << 60
"""From here up, ``Tables.room_price`` says that the room does not suit."""


@inline_kernel
def penalised(S, hard_weight):
    return S.totals[3] * hard_weight + S.totals[1]


@inline_kernel
def free_bits(T, S, number, word, slot, duration):
    """The rooms of one word of a room set that are empty for the whole length."""
    bits = T.set_bits[number, word]
    for k in range(slot, slot + duration):
        bits &= ~S.occupied[k, word]
    return bits


@inline_kernel
def any_free_room(T, S, event, slot):
    """Whether some suitable room is free for the event's whole length."""
    number = T.event_room_set[event]
    duration = T.event_duration[event]
    for w in range(T.set_words[number, 0], T.set_words[number, 1]):
        if free_bits(T, S, number, w, slot, duration) != 0:
            return True
    # Its own room is free for the event wherever no other event is in it.
    room = S.room[event]
    if room < 0:
        return False
    return (
        fits_room(T, event, slot, room) and room_clashes(T, S, event, slot, room) == 0
    )


@inline_kernel
def fits_lanes(T, S, event, hard_weight):
    """Whether no cost of the event at any slot can pass what ``S.lanes`` holds."""
    people = S.member_count[T.event_class[event]]
    hard = T.strict * T.event_hard[event] + people * T.student_hard
    soft = T.event_bound[event] + people * T.student_bound
    # The first event of a class pays for all of its missing days.
    times = T.class_times[T.event_class[event]]
    soft += T.weight_min_days * T.num_days * times
    return soft + hard * hard_weight < NEVER // 2


@kernel
def price_slots(T, S, table, event, hard_weight):
    """Penalised cost of the event at each slot, into ``S.lanes``; it counts as absent.

    Slots that are no allowed start cost ``NEVER // 2`` or more, all others less. Rooms
    count only as far as one is free. Costs that are too large for the lanes are counted
    from the cheapest slot, and no difference is larger than the lanes hold.
    """
    if fits_lanes(T, S, event, hard_weight):
        price_into(T, S, S.lanes, table, event, hard_weight)
        return
    price_into(T, S, S.wide, table, event, hard_weight)
    lane = T.event_lane[event]
    low = np.int64(FORBIDDEN)
    for q in range(T.num_days * T.width):
        if T.lane_cost[lane, q] < NEVER:
            low = min(low, S.wide[q])
    for q in range(T.num_days * T.width):
        S.lanes[q] = NEVER
        if T.lane_cost[lane, q] < NEVER:
            S.lanes[q] = min(S.wide[q] - low, NEVER // 2 - 1)


@kernel
def price_into(T, S, lanes, table, event, hard_weight):
    """The price of each slot into ``lanes``, which must be wide enough for it.

    Means nothing where the event may not start.
    """
    width = T.width
    unit = hard_weight * T.strict
    lane = T.event_lane[event]
    for q in range(T.num_days * width):
        lanes[q] = T.lane_cost[lane, q]
    first, last = T.agents_ptr[event], T.agents_ptr[event + 1]
    scan(T, S, lanes, table, T.agents_idx, first, last, -1, event, hard_weight)
    cls = T.event_class[event]
    size = S.member_count[cls]
    if size:
        first = T.member_ptr[cls]
        scan_students(T, S, lanes, table, first, first + size, event, hard_weight)
    if T.class_ptr[cls + 1] - T.class_ptr[cls] > 1 or T.class_min_days[cls] > 1:
        price_class(T, S, lanes, event, unit)
    if T.event_related[event]:
        number = T.event_start_set[event]
        for i in range(T.start_ptr[number], T.start_ptr[number + 1]):
            s = T.start_slot[i]
            h, f = relations_cost(T, S, event, s, -1)
            lanes[T.slot_day[s] * width + T.slot_position[s]] += f + h * unit
    if T.event_needs_room[event]:
        price_rooms(T, S, lanes, event, unit)


@kernel
def price_rooms(T, S, lanes, event, unit):
    """Add ``unit`` to ``lanes`` wherever no suitable room is free."""
    P = T.num_positions
    for day in range(T.num_days):
        for p in range(P - T.event_duration[event] + 1):
            slot = day * P + p
            if T.event_starts[event, slot] and not any_free_room(T, S, event, slot):
                lanes[day * T.width + p] += unit


@kernel
def price_class(T, S, lanes, event, unit):
    """Add to ``lanes`` what ``rules.class_cost`` says, without rooms."""
    cls = T.event_class[event]
    width = T.width
    unit *= T.class_times[cls]
    days, there = 0, 0
    for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
        other = T.class_event[i]
        oslot = S.slot[other]
        if other == event or oslot < 0:
            continue
        there |= 1 << T.slot_day[oslot]
        days |= 1 << T.weekday[T.slot_day[oslot]]
    spread = 0
    if T.weight_min_days and T.class_min_days[cls] > popcount(days):
        spread = T.weight_min_days * T.class_times[cls]
    for day in range(T.num_days):
        extra = 0
        if days == 0:
            # The first event of a class pays for all days that are missing still.
            extra = spread * (T.class_min_days[cls] - 1)
        elif not (days >> T.weekday[day]) & 1:
            extra = -spread
        elif (there >> day) & 1 and T.class_one_per_day[cls]:
            extra = unit
        if extra:
            for q in range(day * width, day * width + T.num_positions):
                lanes[q] += extra
        if not (there >> day) & 1:
            continue
        busy = 0
        for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
            other = T.class_event[i]
            oslot = S.slot[other]
            if other != event and oslot >= 0 and T.slot_day[oslot] == day:
                busy |= block_of(T.event_duration[other], T.slot_position[oslot])
        for p in range(T.num_positions):
            clashes = popcount(busy & block_of(T.event_duration[event], p))
            lanes[day * width + p] += clashes * unit


@kernel
def slot_costs(T, S, table, event, hard_weight, cost):
    """Penalised cost of the event at each slot, into ``cost`` (slots,) of int64.

    ``FORBIDDEN`` where it may not start. Nothing is too large for it.
    """
    price_into(T, S, S.wide, table, event, hard_weight)
    for s in range(len(cost)):
        q = T.slot_day[s] * T.width + T.slot_position[s]
        cost[s] = S.wide[q] if T.event_starts[event, s] else FORBIDDEN


@inline_kernel
def room_free(S, room, slot, duration):
    """Whether the room is open and empty."""
    for k in range(slot, slot + duration):
        word = S.occupied[k, room >> 6] >> np.uint64(room & 63)
        if word & np.uint64(1):
            return False
    return True


@inline_kernel
def room_open(T, room, slot, duration):
    for k in range(slot, slot + duration):
        if T.room_closed[room, k]:
            return False
    return True


@inline_kernel
def fits_room(T, event, slot, room):
    """Whether the room suits the event and is open."""
    if T.room_price[T.event_room_set[event], room] >= UNSUITABLE:
        return False
    return room_open(T, room, slot, T.event_duration[event])


@inline_kernel
def room_wish(T, S, event, slot, room):
    """Soft cost of the room: its price, the class's other rooms, the home room."""
    size = T.day_size[T.slot_day[slot]]
    cost = T.room_price[T.event_room_set[event], room] * size
    if T.weight_stability:
        cls = T.event_class[event]
        group = T.event_room_group[event]
        mates = 0
        for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
            other = T.class_event[i]
            if other == event or T.event_room_group[other] != group:
                continue
            if S.room[other] == room:
                mates = 0
                break
            mates += S.room[other] >= 0
        if mates > 0:
            cost += T.weight_stability * T.class_times[cls]
    if T.weight_home_room:
        home = T.event_home_room[event]
        if home >= 0 and home != room:
            cost += T.weight_home_room * T.event_counts[event]
    return cost


@kernel
def choose_room(T, S, event, slot, wished):
    """A cheap free room for the (absent) event: wished, the class's own, or by cost.

    Returns an open but busy room where none is free, and -1 where none is open or no
    room is needed.
    """
    if not T.event_needs_room[event]:
        return -1
    number = T.event_room_set[event]
    duration = T.event_duration[event]
    first, last = T.set_ptr[number], T.set_ptr[number + 1]
    best = -1
    best_cost = np.int64(UNSUITABLE)
    size = T.day_size[T.slot_day[slot]]
    cls = T.event_class[event]
    group = T.event_room_group[event]
    start = T.class_ptr[cls]
    for i in range(start - 2, T.class_ptr[cls + 1]):
        if i == start - 2:
            room = wished
        elif i == start - 1:
            room = T.event_home_room[event]
        else:
            other = T.class_event[i]
            if other == event or T.event_room_group[other] != group:
                continue
            room = S.room[other]
        if room < 0 or room == best or T.room_price[number, room] >= UNSUITABLE:
            continue
        if T.room_price[number, room] * size >= best_cost:
            continue
        if room_free(S, room, slot, duration):
            total = room_wish(T, S, event, slot, room)
            if T.weight_travel:
                total += travel_wish(T, S, event, slot, room)
            if total < best_cost:
                best, best_cost = room, total
    for i in range(first, last):
        if T.set_cost[i] * size >= best_cost:
            break
        room = T.set_room[i]
        if room_free(S, room, slot, duration):
            total = room_wish(T, S, event, slot, room)
            if T.weight_travel:
                total += travel_wish(T, S, event, slot, room)
            if total < best_cost:
                best, best_cost = room, total
            break
    if T.weight_travel:
        near = nearest_room(T, S, event, slot, best_cost)
        best = near if near >= 0 else best
    if best >= 0 or first == last:
        return best
    for _ in range(8):
        room = T.set_room[first + below(S, last - first)]
        if room_open(T, room, slot, duration):
            return room
    for i in range(first, last):
        if room_open(T, T.set_room[i], slot, duration):
            return T.set_room[i]
    return -1


@kernel
def nearest_room(T, S, event, slot, most):
    """A free room where its people are before or after, for less than ``most``."""
    building = building_beside(T, S, event, slot)
    if building == 0:
        return -1
    number = T.event_room_set[event]
    for i in range(T.set_ptr[number], T.set_ptr[number + 1]):
        room = T.set_room[i]
        if T.set_cost[i] * T.day_size[T.slot_day[slot]] >= most:
            break
        if T.room_building[room] != building:
            continue
        if room_free(S, room, slot, T.event_duration[event]):
            cost = room_wish(T, S, event, slot, room)
            if cost + travel_wish(T, S, event, slot, room) < most:
                return room
    return -1


@inline_kernel
def others_in(S, own, room, k):
    """Events in a room at a slot, one of them left out if ``own``."""
    count = np.int64(S.room_count[room, k])
    return count - 1 if own else count


@inline_kernel
def has_part(T, room, part):
    """Whether a smallest room is one that a room (-1: none) is made of."""
    if room >= 0:
        for i in range(T.part_ptr[room], T.part_ptr[room + 1]):
            if T.part_idx[i] == part:
                return True
    return False


@inline_kernel
def room_clashes(T, S, event, slot, room):
    """Clashes in the room at the slot, the event itself left out."""
    clashes = 0
    here, mine = S.slot[event], S.room[event]
    duration = T.event_duration[event]
    if T.composite:
        for i in range(T.part_ptr[room], T.part_ptr[room + 1]):
            part = T.part_idx[i]
            own = here >= 0 and has_part(T, mine, part)
            for k in range(slot, slot + duration):
                inside = own and here <= k < here + duration
                clashes += others_in(S, inside, part, k) > 0
        return clashes
    for k in range(slot, slot + duration):
        inside = room == mine and here >= 0 and here <= k < here + duration
        clashes += others_in(S, inside, room, k) > 0
    return clashes


@inline_kernel
def potential(T, S, event, hard_weight):
    """More than moving the event can gain: its soft costs and all hard ones there are.

    What a move costs must not pass this and what the criterion tolerates.
    """
    students = S.member_count[T.event_class[event]] * T.student_bound
    return T.event_bound[event] + students + S.totals[3] * hard_weight


@kernel
def relocation_change(T, S, table, event, slot, room, other, hard_weight, bound):
    """Penalised change if the placed event moved to (slot, room); nothing changes.

    ``other`` (-1: none) is an event of the same length there that takes its place: the
    two do not clash in their rooms, and whom they share sees no change. Cheap refusals
    come first: once the cost is above ``bound`` plus all that the move could gain,
    something above ``bound`` is returned that need not be the change.
    """
    unit = hard_weight * T.strict
    old, own = S.slot[event], S.room[event]
    limit = bound + potential(T, S, event, hard_weight)
    prices = T.event_room_set[event]
    change = T.event_slot_cost[event, slot]
    if room >= 0:
        clashes = room_clashes(T, S, event, slot, room)
        if other >= 0:
            parts = 1
            if T.composite:
                parts = T.part_ptr[room + 1] - T.part_ptr[room]
            clashes -= T.event_duration[event] * parts
        size = T.day_size[T.slot_day[slot]]
        change += T.room_price[prices, room] * size + clashes * unit
    if change > limit:
        return change
    if slot != old:
        first, last = T.agents_ptr[event], T.agents_ptr[event + 1]
        agents = T.agents_idx
        change += change_for_people(
            T, S, table, agents, first, last, -1, event, slot, other, hard_weight
        )
        if change > limit:
            return change
        cls = T.event_class[event]
        count = S.member_count[cls]
        if count:
            first, last = T.member_ptr[cls], T.member_ptr[cls] + count
            kind, agents = T.student_kind, S.student
            change += change_for_people(
                T, S, table, agents, first, last, kind, event, slot, -1, hard_weight
            )
    change += class_change(T, S, event, slot, room, unit)
    change -= T.event_slot_cost[event, old]
    if own >= 0:
        change -= T.room_price[prices, own] * T.day_size[T.slot_day[old]]
        change -= room_clashes(T, S, event, old, own) * unit
    if T.event_related[event]:
        h, f = relations_cost(T, S, event, slot, room)
        change += f + h * unit
        h, f = relations_cost(T, S, event, old, own)
        change -= f + h * unit
    return change


@inline_kernel
def suits(T, event, slot, room):
    """Whether the placement exists at all for the event."""
    if not T.event_starts[event, slot]:
        return False
    if not T.event_needs_room[event]:
        return room < 0
    return room >= 0 and fits_room(T, event, slot, room)
