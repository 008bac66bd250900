"""Agents' weeks: who is busy when, and what one more event would cost them.

A row of ``State.week`` has a word for each day — which positions are busy, and sixteen
bits higher which are busy more than once — and in ``COMES`` the days that have any.
"""

import numpy as np

from .block import LANES, add_lanes, popcount
from .jit import allocating_kernel, inline_kernel

COMES = 7
"""Column of ``State.week`` with the bitmask of days."""
BUSY = 0xFFFF
DOUBLE = 16
"""Shift to the positions that are busy more than once."""


@inline_kernel
def block_of(duration, position):
    """Bitmask of the positions that an event covers."""
    return ((1 << duration) - 1) << position


@inline_kernel
def without(word, bits):
    """Busy positions of a day's word if one event at ``bits`` left."""
    return word & BUSY & ~(bits & ~(word >> DOUBLE))


@inline_kernel
def attend(T, S, agents, first, last, kind, day, bits, sign, unit):
    """Agents ``agents[first:last]`` start (sign 1) or stop (-1) attending.

    ``kind`` is the kind of all of them, or -1 where each has one of its own; a clash
    counts ``unit`` times in the steering total.
    """
    P = T.num_positions
    hard = 0
    soft = 0
    for i in range(first, last):
        agent = agents[i]
        word = np.int64(S.week[agent, day])
        before = word & BUSY
        double = word >> DOUBLE
        if sign > 0:
            after = before | bits
            clash = before & bits
            if clash:
                hard += popcount(clash)
                for p in range(P):
                    if (clash >> p) & 1:
                        if (double >> p) & 1:
                            S.crowd[agent, day * P + p] += 1
                        else:
                            S.crowd[agent, day * P + p] = 2
                double |= clash
        else:
            after = without(word, bits)
            clash = double & bits
            if clash:
                hard -= popcount(clash)
                for p in range(P):
                    if (clash >> p) & 1:
                        S.crowd[agent, day * P + p] -= 1
                        if S.crowd[agent, day * P + p] == 1:
                            double &= ~(1 << p)
        S.week[agent, day] = after | (double << DOUBLE)
        if after == before:
            continue
        own = kind
        if kind < 0:
            own = np.int64(T.agent_kind[agent])
        row = T.kind_row[own, day]
        soft += T.day_cost[row, after, 0] - T.day_cost[row, before, 0]
        hard += T.day_cost[row, after, 1] - T.day_cost[row, before, 1]
        if before == 0 or after == 0:
            old = np.int64(S.week[agent, COMES])
            new = old ^ (1 << day)
            S.week[agent, COMES] = new
            rate = T.kind_week[own]
            if rate >= 0:
                soft += T.week_soft[rate, new] - T.week_soft[rate, old]
    S.totals[0] += hard
    S.totals[1] += soft
    S.totals[3] += hard * unit


@inline_kernel
def attend_all(T, S, event, day, bits, sign):
    """All agents of the event, its faculty and curricula first, then its students."""
    first, last = T.agents_ptr[event], T.agents_ptr[event + 1]
    attend(T, S, T.agents_idx, first, last, -1, day, bits, sign, T.strict)
    cls = T.event_class[event]
    size = S.member_count[cls]
    if size:
        first = T.member_ptr[cls]
        kind = T.student_kind
        attend(T, S, S.student, first, first + size, kind, day, bits, sign, 1)


@allocating_kernel
def bake(T, hard_weight, longest):
    """Cost of adding an event to an agent's day: [duration - 1, row, mask, position].

    Soft cost, plus hard cost and clashes times ``hard_weight`` (times ``strict`` for
    all but students), in one look-up. Flat; positions are padded to ``T.width``.
    """
    rows, masks = T.day_cost.shape[:2]
    P = T.num_positions
    table = np.zeros(longest * rows * masks * T.width, np.int32)
    for d in range(longest):
        for row in range(rows):
            unit = hard_weight if T.student_rows[row] else hard_weight * T.strict
            for mask in range(masks):
                at = ((d * rows + row) * masks + mask) * T.width
                for p in range(P - d):
                    bits = block_of(d + 1, p)
                    after = mask | bits
                    cost = T.day_cost[row, after, 0] - T.day_cost[row, mask, 0]
                    hard = T.day_cost[row, after, 1] - T.day_cost[row, mask, 1]
                    hard += popcount(mask & bits)
                    table[at + p] = cost + hard * unit
    return table


@inline_kernel
def added(T, table, row, mask, duration, position, hard_weight):
    """What an event costs an agent whose day is ``mask`` without it."""
    if len(table) > 0:
        layer = (duration - 1) * len(T.student_rows) + row
        at = ((layer << T.num_positions) + mask) * T.width + position
        return np.int64(table[at])
    bits = block_of(duration, position)
    unit = hard_weight if T.student_rows[row] else hard_weight * T.strict
    cost = np.int64(T.day_cost[row, mask | bits, 0] - T.day_cost[row, mask, 0])
    hard = np.int64(T.day_cost[row, mask | bits, 1] - T.day_cost[row, mask, 1])
    return cost + (hard + popcount(mask & bits)) * unit


@inline_kernel
def scan(T, S, table, agents, first, last, kind, event, hard_weight):
    """Add to ``S.lanes`` what agents[first:last] pay for the event at each slot.

    Where the event is placed, it counts as if it were not.
    """
    P = T.num_positions
    width = T.width
    duration = T.event_duration[event]
    here = S.slot[event]
    old_day = -1
    own_bits = 0
    if here >= 0:
        old_day = T.slot_day[here]
        own_bits = block_of(duration, T.slot_position[here])
    base = (duration - 1) * len(T.student_rows)
    for i in range(first, last):
        agent = agents[i]
        own = kind
        if kind < 0:
            own = np.int64(T.agent_kind[agent])
        for day in range(T.num_days):
            word = np.int64(S.week[agent, day])
            mask = word & BUSY
            if day == old_day:
                mask = without(word, own_bits)
            row = T.kind_row[own, day]
            if len(table) > 0:
                at = (((base + row) << P) + mask) * width
                add_lanes(S.lanes, day * width, table, at)
                if width > LANES:
                    add_lanes(S.lanes, day * width + LANES, table, at + LANES)
            else:
                for p in range(P - duration + 1):
                    S.lanes[day * width + p] += added(
                        T, table, row, mask, duration, p, hard_weight
                    )
        rate = T.kind_week[own]
        if rate >= 0:
            comes = np.int64(S.week[agent, COMES])
            if here >= 0 and without(np.int64(S.week[agent, old_day]), own_bits) == 0:
                comes &= ~(1 << old_day)
            for day in range(T.num_days):
                if not (comes >> day) & 1:
                    more = T.week_soft[rate, comes | (1 << day)]
                    more -= T.week_soft[rate, comes]
                    for p in range(P):
                        S.lanes[day * width + p] += more


@inline_kernel
def cost_of_joining(
    T, S, table, agents, first, last, kind, event, slot, hard_weight, bound
):
    """What agents[first:last] would pay for the placed event at ``slot``.

    The event counts as if it were nowhere, except in the price of days. Stops once
    the sum is above ``bound``.
    """
    duration = T.event_duration[event]
    day, position = T.slot_day[slot], T.slot_position[slot]
    old_day = T.slot_day[S.slot[event]]
    own_bits = block_of(duration, T.slot_position[S.slot[event]])
    total = 0
    for i in range(first, last):
        agent = agents[i]
        own = kind
        if kind < 0:
            own = np.int64(T.agent_kind[agent])
        word = np.int64(S.week[agent, day])
        mask = word & BUSY
        if day == old_day:
            mask = without(word, own_bits)
        row = T.kind_row[own, day]
        total += added(T, table, row, mask, duration, position, hard_weight)
        rate = T.kind_week[own]
        if rate >= 0 and day != old_day:
            before = np.int64(S.week[agent, COMES])
            after = before | (1 << day)
            if without(np.int64(S.week[agent, old_day]), own_bits) == 0:
                after &= ~(1 << old_day)
            total += T.week_soft[rate, after] - T.week_soft[rate, before]
        if total > bound:
            break
    return total


@inline_kernel
def gain_of_leaving(T, S, table, agents, first, last, kind, event, hard_weight):
    """What agents[first:last] pay for the event where it is, save for the day."""
    duration = T.event_duration[event]
    slot = S.slot[event]
    day, position = T.slot_day[slot], T.slot_position[slot]
    bits = block_of(duration, position)
    total = 0
    for i in range(first, last):
        agent = agents[i]
        own = kind
        if kind < 0:
            own = np.int64(T.agent_kind[agent])
        rest = without(np.int64(S.week[agent, day]), bits)
        row = T.kind_row[own, day]
        total += added(T, table, row, rest, duration, position, hard_weight)
    return total
