"""Agents' weeks: who is busy when, and what one more event would cost them.

A row of ``State.week`` has a word for each day — which positions are busy, and sixteen
bits higher which are busy more than once — and in ``Tables.comes`` the days
that have any, kept for agents to whom days have a price.
"""

import numpy as np

from .block import LANES, add_lanes, apart, popcount
from .jit import allocating_kernel, inline_kernel, kernel

BUSY = 0xFFFF
LOW = np.uint32(BUSY)
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
def rewrite(T, S, agent, day, bits, sign):
    """Take an event into (sign 1) or out of (-1) the agent's day.

    Returns the busy positions before and after, and by how many clashes they differ.
    """
    word = np.int64(S.week[agent, day])
    before = word & BUSY
    double = word >> DOUBLE
    if sign > 0:
        after = before | bits
        clash = before & bits
    else:
        after = before & ~(bits & ~double)
        clash = double & bits
    if clash:
        P = T.num_positions
        for p in range(P):
            if not (clash >> p) & 1:
                continue
            if sign < 0:
                S.crowd[agent, day * P + p] -= 1
                if S.crowd[agent, day * P + p] == 1:
                    double &= ~(1 << p)
            elif (double >> p) & 1:
                S.crowd[agent, day * P + p] += 1
            else:
                S.crowd[agent, day * P + p] = 2
                double |= 1 << p
    S.week[agent, day] = after | (double << DOUBLE)
    return before, after, sign * popcount(clash)


@inline_kernel
def come(T, S, agent, rate, day, before, after):
    """Keep the agent's days up to date; the change (hard, soft) of what they cost."""
    if before != 0 and after != 0:
        return np.int64(0), np.int64(0)
    old = np.int64(S.week[agent, T.comes])
    new = old ^ (1 << day)
    S.week[agent, T.comes] = new
    hard = np.int64(T.week_hard[rate, new] - T.week_hard[rate, old])
    return hard, np.int64(T.week_soft[rate, new] - T.week_soft[rate, old])


@inline_kernel
def night(T, day, mask, after):
    """Whether the night between two busy days is too short."""
    if mask == 0 or after == 0:
        return np.int64(0)
    return np.int64(T.night[day, T.last_busy[mask], T.first_busy[after]])


@inline_kernel
def nights(T, S, agent, day, mask, changed, other):
    """Short nights before and after a day with these busy positions.

    The agent's day ``changed`` counts as busy at ``other``.
    """
    found = np.int64(0)
    if T.follows[day]:
        beside = np.int64(S.week[agent, day - 1]) & BUSY
        if day - 1 == changed:
            beside = other
        found += night(T, day - 1, beside, mask)
    if day + 1 < T.num_days and T.follows[day + 1]:
        beside = np.int64(S.week[agent, day + 1]) & BUSY
        if day + 1 == changed:
            beside = other
        found += night(T, day, mask, beside)
    return found


@kernel
def sleep(T, S, agent, kind, day, before, after):
    """Change (hard, soft) of the nights around a day whose busy positions changed."""
    apart()
    hard, soft = T.kind_rest_hard[kind], T.kind_rest_soft[kind]
    if hard == 0 and soft == 0:
        return np.int64(0), np.int64(0)
    size = T.day_size[day]
    change = nights(T, S, agent, day, after, -1, 0)
    change -= nights(T, S, agent, day, before, -1, 0)
    return hard * change, soft * size * change


@kernel
def attend_students(T, S, first, last, day, bits, sign):
    """Students ``S.student[first:last]`` start (sign 1) or stop (-1) attending."""
    hard = 0
    soft = 0
    row = T.kind_row[T.student_kind, day]
    rate = T.kind_week[T.student_kind]
    strict = T.row_hard[row]
    for i in range(first, last):
        agent = S.student[i]
        before, after, clashes = rewrite(T, S, agent, day, bits, sign)
        hard += clashes
        soft += T.day_soft[row, after] - T.day_soft[row, before]
        if strict:
            hard += T.day_hard[row, after] - T.day_hard[row, before]
        if rate >= 0 and after != before:
            h, f = come(T, S, agent, rate, day, before, after)
            hard += h
            soft += f
        if T.rests:
            h, f = sleep(T, S, agent, T.student_kind, day, before, after)
            hard += h
            soft += f
    S.totals[0] += hard
    S.totals[1] += soft
    S.totals[3] += hard


@kernel
def attend_all(T, S, event, day, bits, sign):
    """All agents of the event start (sign 1) or stop (-1) attending."""
    hard = 0
    soft = 0
    for i in range(T.agents_ptr[event], T.agents_ptr[event + 1]):
        agent = T.agents_idx[i]
        kind = np.int64(T.agent_kind[agent])
        before, after, clashes = rewrite(T, S, agent, day, bits, sign)
        hard += clashes
        if after != before:
            row = T.kind_row[kind, day]
            soft += T.day_soft[row, after] - T.day_soft[row, before]
            hard += T.day_hard[row, after] - T.day_hard[row, before]
            rate = T.kind_week[kind]
            if rate >= 0:
                h, f = come(T, S, agent, rate, day, before, after)
                hard += h
                soft += f
            if T.rests:
                h, f = sleep(T, S, agent, kind, day, before, after)
                hard += h
                soft += f
    S.totals[0] += hard
    S.totals[1] += soft
    S.totals[3] += hard * T.strict
    cls = T.event_class[event]
    size = S.member_count[cls]
    if size:
        first = T.member_ptr[cls]
        attend_students(T, S, first, first + size, day, bits, sign)


@allocating_kernel
def bake(T, hard_weight, longest):
    """Cost of adding an event to an agent's day: [duration - 1, row, mask, position].

    Soft cost, plus hard cost and clashes times ``hard_weight`` (times ``strict`` for
    all but students), in one look-up. Flat; positions are padded to ``T.width``.
    """
    rows, masks = T.day_soft.shape
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
                    cost = T.day_soft[row, after] - T.day_soft[row, mask]
                    hard = T.day_hard[row, after] - T.day_hard[row, mask]
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
    cost = np.int64(T.day_soft[row, mask | bits] - T.day_soft[row, mask])
    hard = np.int64(T.day_hard[row, mask | bits] - T.day_hard[row, mask])
    return cost + (hard + popcount(mask & bits)) * unit


@inline_kernel
def unit_of(T, agent, hard_weight):
    """What a hard violation of an agent weighs in the search."""
    return hard_weight if agent >= T.num_static else hard_weight * T.strict


@inline_kernel
def week_price(T, rate, before, after, unit):
    """Penalised change of an agent's days from one set to another."""
    change = np.int64(T.week_soft[rate, after] - T.week_soft[rate, before])
    return change + unit * (T.week_hard[rate, after] - T.week_hard[rate, before])


@kernel
def scan_nights(T, S, lanes, agent, kind, duration, old_day, own_bits, hard_weight):
    """The part of ``scan`` that is about one agent's nights."""
    hard = T.kind_rest_hard[kind] * unit_of(T, agent, hard_weight)
    soft = T.kind_rest_soft[kind]
    if hard == 0 and soft == 0:
        return
    rest = np.int64(0)
    if old_day >= 0:
        rest = without(np.int64(S.week[agent, old_day]), own_bits)
    for day in range(T.num_days):
        mask = np.int64(S.week[agent, day]) & BUSY
        if day == old_day:
            mask = rest
        price = hard + soft * T.day_size[day]
        now = nights(T, S, agent, day, mask, old_day, rest)
        for p in range(T.num_positions - duration + 1):
            after = mask | block_of(duration, p)
            more = nights(T, S, agent, day, after, old_day, rest) - now
            lanes[day * T.width + p] += price * more


@kernel
def scan(T, S, lanes, table, agents, first, last, kind, event, hard_weight):
    """Add to ``lanes`` what agents[first:last] pay for the event at each slot.

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
                add_lanes(lanes, day * width, table, at)
                if width > LANES:
                    add_lanes(lanes, day * width + LANES, table, at + LANES)
            else:
                for p in range(P - duration + 1):
                    lanes[day * width + p] += added(
                        T, table, row, mask, duration, p, hard_weight
                    )
        rate = T.kind_week[own]
        if rate >= 0:
            comes = np.int64(S.week[agent, T.comes])
            if here >= 0 and without(np.int64(S.week[agent, old_day]), own_bits) == 0:
                comes &= ~(1 << old_day)
            for day in range(T.num_days):
                if not (comes >> day) & 1:
                    unit = unit_of(T, agent, hard_weight)
                    more = week_price(T, rate, comes, comes | (1 << day), unit)
                    for p in range(P):
                        lanes[day * width + p] += more
        if T.rests:
            scan_nights(
                T, S, lanes, agent, own, duration, old_day, own_bits, hard_weight
            )


@kernel
def scan_students(T, S, lanes, table, first, last, event, hard_weight):
    """``scan`` for students, whose weeks cost nothing: the hottest loop of all."""
    kind = T.student_kind
    if len(table) == 0 or T.kind_week[kind] >= 0 or T.rests:
        scan(T, S, lanes, table, S.student, first, last, kind, event, hard_weight)
        return
    width = T.width
    duration = T.event_duration[event]
    old_day = -1
    own_bits = 0
    if S.slot[event] >= 0:
        old_day = T.slot_day[S.slot[event]]
        own_bits = block_of(duration, T.slot_position[S.slot[event]])
    base = (duration - 1) * len(T.student_rows)
    for day in range(T.num_days):
        S.layer[day] = ((base + T.kind_row[kind, day]) << T.num_positions) * width
    for i in range(first, last):
        agent = S.student[i]
        for day in range(T.num_days):
            if day == old_day:
                continue
            at = S.layer[day] + np.int64(S.week[agent, day] & LOW) * width
            add_lanes(lanes, day * width, table, at)
            if width > LANES:
                add_lanes(lanes, day * width + LANES, table, at + LANES)
        if old_day >= 0:
            mask = without(np.int64(S.week[agent, old_day]), own_bits)
            at = S.layer[old_day] + mask * width
            add_lanes(lanes, old_day * width, table, at)
            if width > LANES:
                add_lanes(lanes, old_day * width + LANES, table, at + LANES)


@inline_kernel
def attends(T, place, last, agent):
    """First place from ``place`` in an event's sorted agents that is not below."""
    while place < last and T.agents_idx[place] < agent:
        place += 1
    return place


@kernel
def nights_change(T, S, agent, kind, day, mask, after, old_day, rest, hard_weight):
    """The part of ``change_for_one`` that is about nights.

    The day that the event leaves becomes ``rest``, the other ``after`` from ``mask``.
    """
    apart()
    hard = T.kind_rest_hard[kind] * unit_of(T, agent, hard_weight)
    soft = T.kind_rest_soft[kind]
    full = np.int64(S.week[agent, old_day]) & BUSY
    less = nights(T, S, agent, old_day, rest, -1, 0)
    less -= nights(T, S, agent, old_day, full, -1, 0)
    more = nights(T, S, agent, day, after, old_day, rest)
    more -= nights(T, S, agent, day, mask, old_day, rest)
    change = (hard + soft * T.day_size[old_day]) * less
    return change + (hard + soft * T.day_size[day]) * more


@inline_kernel
def change_for_one(
    T, S, table, agent, kind, duration, slot, old_slot, own_bits, hard_weight
):
    """Penalised change for an agent whose event at ``old_slot`` moved to ``slot``.

    ``own_bits`` are the positions that the event covers now.
    """
    day, position = T.slot_day[slot], T.slot_position[slot]
    old_day, old_position = T.slot_day[old_slot], T.slot_position[old_slot]
    row, old_row = T.kind_row[kind, day], T.kind_row[kind, old_day]
    rest = without(np.int64(S.week[agent, old_day]), own_bits)
    mask = rest
    if day != old_day:
        mask = np.int64(S.week[agent, day]) & BUSY
    change = added(T, table, row, mask, duration, position, hard_weight)
    change -= added(T, table, old_row, rest, duration, old_position, hard_weight)
    rate = T.kind_week[kind]
    if rate >= 0 and day != old_day:
        before = np.int64(S.week[agent, T.comes])
        after = before | (1 << day)
        if rest == 0:
            after &= ~(1 << old_day)
        change += week_price(T, rate, before, after, unit_of(T, agent, hard_weight))
    if T.rests:
        after = mask | block_of(duration, position)
        change += nights_change(
            T, S, agent, kind, day, mask, after, old_day, rest, hard_weight
        )
    return change


@kernel
def change_for_people(
    T, S, table, agents, first, last, kind, event, slot, other, hard_weight
):
    """Penalised change for agents[first:last] if the placed event moved to ``slot``.

    Those who attend ``other`` (-1: none), which takes its place, do not count; then
    agents are the event's own, in order. ``kind`` is that of all, -1 if each has its
    own.
    """
    duration, old_slot = T.event_duration[event], S.slot[event]
    own_bits = block_of(duration, T.slot_position[old_slot])
    shared, end = 0, 0
    if other >= 0:
        shared, end = T.agents_ptr[other], T.agents_ptr[other + 1]
    total = 0
    for i in range(first, last):
        agent = agents[i]
        if shared < end:
            shared = attends(T, shared, end, agent)
            if shared < end and T.agents_idx[shared] == agent:
                continue
        own = kind
        if kind < 0:
            own = np.int64(T.agent_kind[agent])
        total += change_for_one(
            T, S, table, agent, own, duration, slot, old_slot, own_bits, hard_weight
        )
    return total
