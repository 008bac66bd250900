"""What a placement would cost, without making it."""

import numpy as np

from .jit import allocating_kernel, inline_kernel, kernel
from .state import class_cost, has_relations, relations_cost, room_cost


@allocating_kernel
def bake(T, hard_weight, longest):
    """Cost of adding an event to an agent's day: [duration - 1, row, mask, position].

    Soft cost, plus hard cost and clashes times ``hard_weight`` (times ``strict`` for
    all but students), in one look-up.
    """
    rows, masks = T.day_soft.shape
    P = T.num_positions
    table = np.zeros((longest, rows, masks, P), np.int32)
    for d in range(longest):
        for row in range(rows):
            unit = hard_weight if T.student_rows[row] else hard_weight * T.strict
            for mask in range(masks):
                for p in range(P - d):
                    bits = ((1 << (d + 1)) - 1) << p
                    after = mask | bits
                    cost = T.day_soft[row, after] - T.day_soft[row, mask]
                    hard = T.day_hard[row, after] - T.day_hard[row, mask]
                    both = mask & bits
                    while both:
                        hard += both & 1
                        both >>= 1
                    table[d, row, mask, p] = cost + hard * unit
    return table


@inline_kernel
def add_agent_costs(T, S, table, agents, first, last, duration, cost):
    """Add to cost[slot] what agents[first:last] pay for one more event there."""
    mask, days = S.mask, S.days
    agent_row, agent_week, week_soft = T.agent_row, T.agent_week, T.week_soft
    P = T.num_positions
    D = T.num_days
    layer = table[duration - 1]
    for i in range(first, last):
        agent = agents[i]
        for day in range(D):
            base = day * P
            row = agent_row[agent, day]
            busy = mask[agent, day]
            entry = layer[row, busy]
            target = cost[base : base + P]
            for p in range(P):
                target[p] += entry[p]
        week = agent_week[agent]
        if week >= 0:
            old = days[agent]
            for day in range(D):
                if not (old >> day) & 1:
                    extra = week_soft[week, old | (1 << day)] - week_soft[week, old]
                    for p in range(day * P, day * P + P):
                        cost[p] += extra


@inline_kernel
def any_free_room(T, S, event, slot):
    """Whether some suitable room is free for the event's whole length."""
    number = T.event_room_set[event]
    duration = T.event_duration[event]
    for w in range(T.set_bits.shape[1]):
        bits = T.set_bits[number, w]
        for k in range(duration):
            bits &= ~S.occupied[slot + k, w]
        if bits != 0:
            return True
    return False


@kernel
def cost_in_class(T, S, event, slot, room):
    """``class_cost`` behind a call, where it is not the hottest."""
    return class_cost(T, S, event, slot, room)


@kernel
def slot_costs(T, S, table, event, hard_weight, cost):
    """Penalised cost of placing the (absent) event at each slot, into ``cost``.

    Slots that are no allowed start get a cost of 2**30. Rooms count only as far as one
    is free.
    """
    P = T.num_positions
    slots = T.num_days * P
    duration = T.event_duration[event]
    for s in range(slots):
        cost[s] = T.event_slot_cost[event, s]
    start, end = T.agents_ptr[event], T.agents_ptr[event + 1]
    add_agent_costs(T, S, table, T.agents_idx, start, end, duration, cost)
    cls = T.event_class[event]
    start = T.member_ptr[cls]
    end = start + S.member_count[cls]
    add_agent_costs(T, S, table, S.student, start, end, duration, cost)
    related = has_relations(T, event)
    strict_weight = hard_weight * T.strict
    for day in range(T.num_days):
        # Within a day, the class's own cost differs only where events overlap.
        crowded = False
        for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
            other = T.class_event[i]
            if other != event and S.slot[other] >= 0 and S.slot[other] // P == day:
                crowded = True
        hard, soft = cost_in_class(T, S, event, day * P, -1)
        for s in range(day * P, day * P + P):
            if not T.event_starts[event, s]:
                cost[s] = 1 << 30
                continue
            if crowded:
                hard, soft = cost_in_class(T, S, event, s, -1)
            cost[s] += soft + hard * strict_weight
            if related:
                h, f = relations_cost(T, S, event, s, -1)
                cost[s] += f + h * strict_weight
            if T.event_needs_room[event] and not any_free_room(T, S, event, s):
                cost[s] += strict_weight


@inline_kernel
def room_free(T, S, room, slot, duration):
    for k in range(duration):
        if (S.occupied[slot + k, room >> 6] >> np.uint64(room & 63)) & np.uint64(1):
            return False
    return True


@inline_kernel
def room_open(T, room, slot, duration):
    for k in range(duration):
        if T.room_closed[room, slot + k]:
            return False
    return True


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
    best_cost = 1 << 30
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
        if room < 0 or T.set_position[number, room] < 0:
            continue
        if not room_free(T, S, room, slot, duration):
            continue
        _, soft = cost_in_class(T, S, event, slot, room)
        total = soft + room_cost(T, event, room)
        if total < best_cost:
            best, best_cost = room, total
    for i in range(first, last):
        if T.set_cost[i] >= best_cost:
            break
        room = T.set_room[i]
        if room_free(T, S, room, slot, duration):
            _, soft = cost_in_class(T, S, event, slot, room)
            total = soft + T.set_cost[i]
            if total < best_cost:
                best, best_cost = room, total
            break
    if best >= 0 or first == last:
        return best
    for _ in range(8):
        room = T.set_room[first + int(np.random.random() * (last - first))]
        if room_open(T, room, slot, duration):
            return room
    for i in range(first, last):
        if room_open(T, T.set_room[i], slot, duration):
            return T.set_room[i]
    return -1


@inline_kernel
def penalised(S, hard_weight):
    return S.totals[3] * hard_weight + S.totals[1]


@inline_kernel
def agents_delta(T, S, table, agents, first, last, old, slot, duration):
    """Penalised change if agents[first:last] attended at ``slot`` instead of ``old``.

    The table of adding costs answers both halves: what the event costs now is what
    adding it to the rest of the old day would cost.
    """
    attending, mask, days = S.attending, S.mask, S.days
    agent_row, agent_week, week_soft = T.agent_row, T.agent_week, T.week_soft
    P = T.num_positions
    old_day, new_day = old // P, slot // P
    old_position, new_position = old - old_day * P, slot - new_day * P
    layer = table[duration - 1]
    delta = 0
    for i in range(first, last):
        agent = agents[i]
        rest = mask[agent, old_day]
        for k in range(duration):
            if attending[agent, old + k] == 1:
                rest &= ~(1 << (old_position + k))
        other = rest if new_day == old_day else mask[agent, new_day]
        delta += layer[agent_row[agent, new_day], other, new_position]
        delta -= layer[agent_row[agent, old_day], rest, old_position]
        week = agent_week[agent]
        if week >= 0 and new_day != old_day:
            before = days[agent]
            after = before | (1 << new_day)
            if rest == 0:
                after &= ~(1 << old_day)
            delta += week_soft[week, after] - week_soft[week, before]
    return delta


@inline_kernel
def room_clashes(T, S, event, slot, room):
    """Clashes in the room at the slot, the event itself left out."""
    clashes = 0
    here, own = S.slot[event], S.room[event]
    duration = T.event_duration[event]
    for k in range(duration):
        count = S.room_count[room, slot + k]
        if room == own and here <= slot + k < here + duration:
            count -= 1
        if count > 0:
            clashes += 1
    return clashes


@inline_kernel
def placement_cost(T, S, event, slot, room, weight):
    """Penalised cost at (slot, room) of all but the agents; the event stays placed."""
    hard, soft = class_cost(T, S, event, slot, room)
    if has_relations(T, event):
        h, f = relations_cost(T, S, event, slot, room)
        hard += h
        soft += f
    soft += T.event_slot_cost[event, slot]
    if room >= 0:
        soft += room_cost(T, event, room)
        hard += room_clashes(T, S, event, slot, room)
    return soft + hard * weight


@inline_kernel
def relocation_delta(T, S, table, event, slot, room, hard_weight):
    """Penalised change if the placed event moved to (slot, room); nothing changes."""
    weight = hard_weight * T.strict
    old = S.slot[event]
    delta = placement_cost(T, S, event, slot, room, weight)
    delta -= placement_cost(T, S, event, old, S.room[event], weight)
    if slot != old:
        duration = T.event_duration[event]
        start, end = T.agents_ptr[event], T.agents_ptr[event + 1]
        agents = T.agents_idx
        delta += agents_delta(T, S, table, agents, start, end, old, slot, duration)
        cls = T.event_class[event]
        start = T.member_ptr[cls]
        end = start + S.member_count[cls]
        agents = S.student
        delta += agents_delta(T, S, table, agents, start, end, old, slot, duration)
    return delta


@kernel
def change_of_relocation(T, S, table, event, slot, room, hard_weight):
    """``relocation_delta`` behind a call, where merging it in twice is not worth it."""
    return relocation_delta(T, S, table, event, slot, room, hard_weight)


@inline_kernel
def suits(T, event, slot, room):
    """Whether the placement exists at all for the event."""
    if not T.event_starts[event, slot]:
        return False
    if not T.event_needs_room[event]:
        return room < 0
    if room < 0 or T.set_position[T.event_room_set[event], room] < 0:
        return False
    return room_open(T, room, slot, T.event_duration[event])
