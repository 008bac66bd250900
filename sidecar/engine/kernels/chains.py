"""Kempe chains: exchanging two slots along the conflicts between their events.

Most chains that are proposed are refused. So a chain is first priced from below without
being made: who attends an event in both slots sees no change, for the whole of a
conflict changes sides, and everybody else has one event that moves from the one slot to
the other. Compare Lü, Hao, "Adaptive tabu search for course timetabling", 2010,
doi:10.1016/j.ejor.2008.12.007.
"""

import numpy as np

from .agents import DOUBLE, change_for_one
from .chance import tolerance
from .jit import inline_kernel, kernel
from .journal import note_event
from .moves import relocate
from .pricing import choose_room, penalised
from .rules import missing_days
from .state import place, remove

UNKNOWN = -(1 << 40)
"""A chain's floor where it is easier to try than to tell."""


@inline_kernel
def side(S, event, slot, here):
    """Where the event of a chain between the two slots would go."""
    return slot if S.slot[event] == here else here


@inline_kernel
def floor_of_people(T, S, table, agents, first, last, kind, here, slot, hard_weight):
    """What agents[first:last] of a chain's event pay if it moves from here to slot.

    ``UNKNOWN`` if one of them has a clash at either. ``kind`` is that of all, -1 if
    each has its own. For events of length one.
    """
    day, old_day = T.slot_day[slot], T.slot_day[here]
    bit, old_bit = 1 << T.slot_position[slot], 1 << T.slot_position[here]
    total = np.int64(0)
    for i in range(first, last):
        agent = agents[i]
        word, old_word = np.int64(S.week[agent, day]), np.int64(S.week[agent, old_day])
        if ((word >> DOUBLE) & bit) or ((old_word >> DOUBLE) & old_bit):
            return np.int64(UNKNOWN)
        if word & bit:
            continue
        own = kind
        if kind < 0:
            own = np.int64(T.agent_kind[agent])
        total += change_for_one(
            T, S, table, agent, own, 1, slot, here, old_bit, hard_weight
        )
    return total


@inline_kernel
def floor_of_class(T, S, event, slot, unit):
    """Least change of what the event's class pays if it moves to slot, in any room.

    Where a fellow event is there, the two exchange their times.
    """
    cls = T.event_class[event]
    here, own_room = S.slot[event], S.room[event]
    day, old_day = T.slot_day[slot], T.slot_day[here]
    days = 0
    same, old_same = False, False
    mates, alone, exchanged = 0, True, False
    for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
        other = T.class_event[i]
        oslot = S.slot[other]
        if other == event or oslot < 0:
            continue
        if oslot == here:
            return np.int64(UNKNOWN)
        exchanged |= oslot == slot
        oday = T.slot_day[oslot]
        days |= 1 << T.weekday[oday]
        same |= oday == day
        old_same |= oday == old_day
        if T.event_room_group[other] == T.event_room_group[event]:
            mates += S.room[other] >= 0
            alone &= S.room[other] != own_room
    change = np.int64(0)
    if not exchanged:
        if T.class_one_per_day[cls]:
            times = T.class_times[cls]
            change += unit * times * (np.int64(same) - np.int64(old_same))
        if T.weight_min_days and day != old_day and T.class_min_days[cls] > 0:
            change += missing_days(T, cls, days | (1 << T.weekday[day]))
            change -= missing_days(T, cls, days | (1 << T.weekday[old_day]))
    if mates > 0 and (alone or exchanged):
        change -= T.weight_stability * T.class_times[cls]
    return change


@kernel
def chain_floor(T, S, table, chain, size, here, slot, hard_weight):
    """The least penalised change of exchanging the slots of chain[:size].

    Exact but for rooms, of which the best is hoped. ``UNKNOWN`` or less where somebody
    clashes there already or the chain's price has parts that are not looked at. The
    chain must be complete: who has an event of it in one slot and another event in the
    other has that in the chain too, so no student may have a choice of classes.
    """
    if T.weight_travel or T.sections_open:
        return np.int64(UNKNOWN)
    unit = hard_weight * T.strict
    total = np.int64(0)
    for i in range(size):
        event = chain[i]
        old, own = S.slot[event], S.room[event]
        target = side(S, event, slot, here)
        if T.event_related[event]:
            return np.int64(UNKNOWN)
        if T.event_needs_room[event]:
            if own < 0 or S.room_count[own, old] > 1:
                return np.int64(UNKNOWN)
            number = T.event_room_set[event]
            weeks, before = T.day_size[T.slot_day[target]], T.day_size[T.slot_day[old]]
            # Where none of its rooms is open it pays for having none instead.
            total += min(T.set_cost[T.set_ptr[number]] * weeks, hard_weight)
            total -= T.room_price[number, own] * before
            home = T.event_home_room[event]
            if home >= 0 and home != own:
                total -= T.weight_home_room * T.event_counts[event]
        total += T.event_slot_cost[event, target] - T.event_slot_cost[event, old]
        total += floor_of_class(T, S, event, target, unit)
        total += floor_of_people(
            T,
            S,
            table,
            T.agents_idx,
            T.agents_ptr[event],
            T.agents_ptr[event + 1],
            -1,
            old,
            target,
            hard_weight,
        )
        cls = T.event_class[event]
        count = S.member_count[cls]
        if count:
            first = T.member_ptr[cls]
            kind = T.student_kind
            total += floor_of_people(
                T,
                S,
                table,
                S.student,
                first,
                first + count,
                kind,
                old,
                target,
                hard_weight,
            )
    return total


@inline_kernel
def complete_chain(T, S, chain, here, slot):
    """Add to chain[0] all that conflicts across the two slots; its size.

    0 if one of them may not change sides, or the chain is too long, or its exchange
    would change nothing.
    """
    if not T.event_starts[chain[0], slot]:
        return 0
    size = 1
    done = 0
    while done < size:
        a = chain[done]
        done += 1
        target = side(S, a, slot, here)
        source = S.slot[a]
        cls = T.event_class[a]
        if S.blocked.size and S.blocked[target, cls] == 0:
            continue
        for n in range(S.slot_size[target]):
            b = np.int64(S.slot_event[target, n])
            if not T.class_conflict[cls, T.event_class[b]]:
                continue
            known = False
            for i in range(size):
                if chain[i] == b:
                    known = True
                    break
            if known:
                continue
            if not T.event_starts[b, source] or T.event_group[b] >= 0:
                return 0
            if T.event_duration[b] != 1 or size >= len(chain):
                return 0
            if S.room[a] == S.room[b] and T.event_twins[a] == T.event_twins[b]:
                return 0
            chain[size] = b
            size += 1
    return size


@kernel
def kempe(T, S, J, W, table, event, slot, hard_weight, temperature):
    """Exchange two slots along the chain of conflicts that starts at the event.

    Events of length one only. Needs ``class_conflict``. Each event tries its own room
    first.
    """
    here = S.slot[event]
    if here == slot or T.event_duration[event] != 1:
        return False
    chain, old_room = W.chain, W.rooms
    chain[0] = event
    size = complete_chain(T, S, chain, here, slot)
    if size == 0:
        return False
    if size == 1:
        room = choose_room(T, S, event, slot, S.room[event])
        return relocate(T, S, J, table, event, slot, room, hard_weight, temperature)
    rise = tolerance(S, temperature)
    if chain_floor(T, S, table, chain, size, here, slot, hard_weight) > rise:
        return False
    before = penalised(S, hard_weight)
    for i in range(size):
        a = chain[i]
        old_room[i] = S.room[a]
        # The sign carries which of the two slots the event came from.
        if S.slot[a] == slot:
            chain[i] = -a - 1
        remove(T, S, a)
    for i in range(size):
        if chain[i] >= 0:
            a, target = chain[i], slot
        else:
            a, target = -chain[i] - 1, here
        place(T, S, a, target, choose_room(T, S, a, target, old_room[i]))
    if penalised(S, hard_weight) - before <= rise:
        for i in range(size):
            note_event(J, chain[i] if chain[i] >= 0 else -chain[i] - 1)
        return True
    for i in range(size):
        remove(T, S, chain[i] if chain[i] >= 0 else -chain[i] - 1)
    for i in range(size):
        if chain[i] >= 0:
            place(T, S, chain[i], here, old_room[i])
        else:
            place(T, S, -chain[i] - 1, slot, old_room[i])
    return False
