"""What an event's class and its relations cost at a placement."""

from enum import IntEnum

import numpy as np

from .agents import block_of
from .block import apart, popcount
from .jit import inline_kernel, kernel


class RelationKind(IntEnum):
    """Relations between two events, by their names in the wire contract."""

    SAME_DAYS = 0
    SAME_START = 1
    SAME_ROOM = 2
    DIFFERENT_DAYS = 3
    DIFFERENT_TIME = 4
    NOT_OVERLAP = 5
    PRECEDENCE = 6
    BACK_TO_BACK = 7
    MIN_GAP = 8
    DIFFERENT_ROOM = 9
    OVERLAP = 10
    SAME_TIME = 11
    SAME_WEEKS = 12
    DIFFERENT_WEEKS = 13
    WORK_DAY = 14


@kernel
def class_cost(T, S, event, slot, room):
    """(hard, soft) within the event's class if it were at (slot, room).

    The event itself does not count, placed or not. Covers one event a day, overlap,
    the spread over days and the stability of rooms.
    """
    hard = 0
    soft = 0
    cls = T.event_class[event]
    first, last = T.class_ptr[cls], T.class_ptr[cls + 1]
    if last - first > 1 or T.class_min_days[cls] > 1:
        day = T.slot_day[slot]
        busy = 0
        days = 0
        mates = 0
        known = False
        for i in range(first, last):
            other = T.class_event[i]
            oslot = S.slot[other]
            if other == event or oslot < 0:
                continue
            oday = T.slot_day[oslot]
            days |= 1 << T.weekday[oday]
            if oday == day:
                # A period counts once however many of the class's events cover it.
                busy |= block_of(T.event_duration[other], T.slot_position[oslot])
            if T.event_room_group[other] == T.event_room_group[event]:
                if S.room[other] >= 0:
                    mates += 1
                    known |= S.room[other] == room
        if busy:
            bits = block_of(T.event_duration[event], T.slot_position[slot])
            hard += popcount(busy & bits)
            hard += T.class_one_per_day[cls]
        if T.weight_min_days and T.class_min_days[cls] > 0:
            if days == 0:
                soft += T.weight_min_days * (T.class_min_days[cls] - 1)
            elif not (days >> T.weekday[day]) & 1:
                if T.class_min_days[cls] > popcount(days):
                    soft -= T.weight_min_days
        if room >= 0 and mates > 0 and not known:
            soft += T.weight_stability
        hard *= T.class_times[cls]
        soft *= T.class_times[cls]
    if room >= 0 and T.weight_home_room:
        home = T.event_home_room[event]
        if home >= 0 and home != room:
            soft += T.weight_home_room * T.event_counts[event]
    return hard, soft


@inline_kernel
def missing_days(T, cls, days):
    """Cost of the spread of a class that meets on these days of the week."""
    missing = T.class_min_days[cls] - popcount(days)
    if missing <= 0:
        return np.int64(0)
    return T.weight_min_days * T.class_times[cls] * missing


@kernel
def class_change(T, S, event, slot, room, weight):
    """``class_cost`` at (slot, room) less that at the event's own place, penalised."""
    change = 0
    cls = T.event_class[event]
    first, last = T.class_ptr[cls], T.class_ptr[cls + 1]
    here, own_room = S.slot[event], S.room[event]
    if last - first > 1:
        day, old_day = T.slot_day[slot], T.slot_day[here]
        busy = 0
        old_busy = 0
        days = 0
        mates = 0
        known = False
        old_known = False
        for i in range(first, last):
            other = T.class_event[i]
            oslot = S.slot[other]
            if other == event or oslot < 0:
                continue
            oday = T.slot_day[oslot]
            days |= 1 << T.weekday[oday]
            if oday in (day, old_day):
                bits = block_of(T.event_duration[other], T.slot_position[oslot])
                if oday == day:
                    busy |= bits
                if oday == old_day:
                    old_busy |= bits
            if T.event_room_group[other] == T.event_room_group[event]:
                if S.room[other] >= 0:
                    mates += 1
                    known |= S.room[other] == room
                    old_known |= S.room[other] == own_room
        hard = 0
        if busy:
            bits = block_of(T.event_duration[event], T.slot_position[slot])
            hard += popcount(busy & bits) + T.class_one_per_day[cls]
        if old_busy:
            bits = block_of(T.event_duration[event], T.slot_position[here])
            hard -= popcount(old_busy & bits) + T.class_one_per_day[cls]
        times = T.class_times[cls]
        change += hard * weight * times
        if T.weight_min_days and day != old_day and T.class_min_days[cls] > 0:
            change += missing_days(T, cls, days | (1 << T.weekday[day]))
            change -= missing_days(T, cls, days | (1 << T.weekday[old_day]))
        if mates > 0:
            if room >= 0 and not known:
                change += T.weight_stability * times
            if own_room >= 0 and not old_known:
                change -= T.weight_stability * times
    if T.weight_home_room:
        home = T.event_home_room[event]
        if home >= 0:
            counts = T.weight_home_room * T.event_counts[event]
            change += counts * (room >= 0 and home != room)
            change -= counts * (own_room >= 0 and home != own_room)
    return change


@kernel
def relation_broken(T, S, k, slot, duration, room, other):
    """Whether relation k is broken by (slot, room) against the placed ``other``."""
    kind = T.relation_kind[k]
    oslot, oduration = S.slot[other], T.event_duration[other]
    if T.relation_first[k]:
        a, da, b, db = slot, duration, oslot, oduration
    else:
        a, da, b, db = oslot, oduration, slot, duration
    day_a, day_b = T.slot_day[a], T.slot_day[b]
    pa, pb = T.slot_position[a], T.slot_position[b]
    same_day = day_a == day_b
    overlap = pa < pb + db and pb < pa + da
    if kind == RelationKind.SAME_DAYS:
        return not same_day
    if kind == RelationKind.SAME_START:
        return pa != pb
    if kind == RelationKind.SAME_ROOM:
        return room != S.room[other]
    if kind == RelationKind.DIFFERENT_DAYS:
        return same_day
    if kind == RelationKind.DIFFERENT_TIME:
        return overlap
    if kind == RelationKind.NOT_OVERLAP:
        return same_day and overlap
    if kind == RelationKind.PRECEDENCE:
        if same_day:
            return pa + da > pb
        return day_a > day_b
    if kind == RelationKind.BACK_TO_BACK:
        if not same_day:
            return True
        if pa + da == pb:
            return T.break_after[a + da - 1]
        if pb + db == pa:
            return T.break_after[b + db - 1]
        return True
    value = T.relation_value[k]
    if kind >= RelationKind.DIFFERENT_ROOM:
        if kind == RelationKind.DIFFERENT_ROOM:
            return room >= 0 and room == S.room[other]
        if kind == RelationKind.OVERLAP:
            return not (same_day and overlap)
        if kind == RelationKind.SAME_TIME:
            first_inside = pb <= pa and pa + da <= pb + db
            return not (first_inside or (pa <= pb and pb + db <= pa + da))
        if kind == RelationKind.WORK_DAY:
            return same_day and max(pa + da, pb + db) - min(pa, pb) > value
        same_weeks = day_a - T.weekday[day_a] == day_b - T.weekday[day_b]
        return same_weeks != (kind == RelationKind.SAME_WEEKS)
    if not same_day:
        return False
    return pb - (pa + da) < value and pa - (pb + db) < value


@inline_kernel
def first_of(T, S, begin, end, event, slot):
    """(start, end) of the earliest of some events, as if the event were at ``slot``.

    -1 leaves it out; a start of -1 says that none is placed.
    """
    start, until = np.int64(-1), np.int64(-1)
    for i in range(begin, end):
        other = T.spread_event[i]
        here = slot if other == event else S.slot[other]
        stop = here + T.event_duration[other]
        if here >= 0 and (
            start < 0 or here < start or (here == start and stop < until)
        ):
            start, until = here, stop
    return start, until


@kernel
def comes_late(T, S, number, event, slot):
    """Whether the first class of an order does not meet before the second does."""
    begin = T.spread_ptr[number]
    middle = begin + T.spread_split[number]
    start, until = first_of(T, S, begin, middle, event, slot)
    later, _ = first_of(T, S, middle, T.spread_ptr[number + 1], event, slot)
    return np.int64(start >= 0 and later >= 0 and until > later)


@kernel
def relations_cost(T, S, event, slot, room):
    """(hard, soft) of the event's relations if it were at (slot, room)."""
    apart()
    hard = 0
    soft = 0
    day = T.slot_day[slot]
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
        if T.spread_split[number]:
            more = comes_late(T, S, number, event, slot)
            more -= comes_late(T, S, number, event, -1)
            if T.spread_hard[number]:
                hard += more
            else:
                soft += more * T.spread_weight[number]
            continue
        used = 0
        for i in range(T.spread_ptr[number], T.spread_ptr[number + 1]):
            other = T.spread_event[i]
            if other != event and S.slot[other] >= 0:
                used |= 1 << T.slot_day[S.slot[other]]
        if not (used >> day) & 1 and popcount(used) >= T.spread_value[number]:
            if T.spread_hard[number]:
                hard += 1
            else:
                soft += T.spread_weight[number]
    return hard, soft
