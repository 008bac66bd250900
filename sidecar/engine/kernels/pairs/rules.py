"""When two classes break a rule, and by how much a set of classes breaks its own.

Rules are those of ITC-2019: T. Müller, H. Rudová, Z. Müllerová, *University course
timetabling and International Timetabling Competition 2019*, PATAT 2018. A class is
given as its days and weeks in one word (days in bits 0-6), its start and its end.
"""

from ..block import apart, popcount
from ..jit import inline_kernel, kernel

DAYS = 7
DAY_BITS = (1 << DAYS) - 1
(
    SAME_START,
    SAME_TIME,
    DIFFERENT_TIME,
    SAME_DAYS,
    DIFFERENT_DAYS,
    SAME_WEEKS,
    DIFFERENT_WEEKS,
    SAME_ROOM,
    DIFFERENT_ROOM,
    OVERLAP,
    NOT_OVERLAP,
    SAME_ATTENDEES,
    PRECEDENCE,
    WORK_DAY,
    MIN_GAP,
    MAX_DAYS,
    MAX_DAY_LOAD,
    MAX_BREAKS,
    MAX_BLOCK,
) = range(19)
"""As in the model's ``Kind``, which a test compares."""


@inline_kernel
def meet(days, start, end, other_days, other_start, other_end, gap):
    """Whether there is a day of a week on which less than ``gap`` lies between them."""
    both = days & other_days
    return (
        (both & DAY_BITS) != 0
        and (both >> DAYS) != 0
        and start < other_end + gap
        and other_start < end + gap
    )


@inline_kernel
def precedes(days, end, other_days, other_start):
    """Whether the first meeting is over before the other's first begins."""
    week, other_week = days >> DAYS, other_days >> DAYS
    week, other_week = week & -week, other_week & -other_week
    if week != other_week:
        return week < other_week
    day, other_day = days & DAY_BITS, other_days & DAY_BITS
    day, other_day = day & -day, other_day & -other_day
    if day != other_day:
        return day < other_day
    return end <= other_start


@inline_kernel
def nested(a, b):
    both = a & b
    return both in (a, b)


@kernel
def link_broken(
    kind,
    value,
    first,
    days,
    start,
    end,
    room,
    other_days,
    other_start,
    other_end,
    other_room,
):
    """Whether a pair breaks a rule; ``first`` where the order is that of the rule."""
    apart()
    if kind == SAME_START:
        return start != other_start
    if kind == SAME_TIME:
        return not (
            (start <= other_start and other_end <= end)
            or (other_start <= start and end <= other_end)
        )
    if kind == DIFFERENT_TIME:
        return start < other_end and other_start < end
    if kind == SAME_DAYS:
        return not nested(days & DAY_BITS, other_days & DAY_BITS)
    if kind == DIFFERENT_DAYS:
        return (days & other_days & DAY_BITS) != 0
    if kind == SAME_WEEKS:
        return not nested(days >> DAYS, other_days >> DAYS)
    if kind == DIFFERENT_WEEKS:
        return ((days & other_days) >> DAYS) != 0
    if kind == SAME_ROOM:
        return room != other_room
    if kind == DIFFERENT_ROOM:
        return room == other_room
    if kind == OVERLAP:
        return not meet(days, start, end, other_days, other_start, other_end, 0)
    if kind == PRECEDENCE:
        if first:
            return not precedes(days, end, other_days, other_start)
        return not precedes(other_days, other_end, days, start)
    if kind == WORK_DAY:
        both = days & other_days
        if (both & DAY_BITS) == 0 or (both >> DAYS) == 0:
            return False
        return max(end, other_end) - min(start, other_start) > value
    if kind == MIN_GAP:
        return meet(days, start, end, other_days, other_start, other_end, value)
    return meet(days, start, end, other_days, other_start, other_end, 0)


@kernel
def collect(T, S, W, group, cls, days, start, end, day, week):
    """Members of a set that meet on a day, by start, in ``W``; their number."""
    size = 0
    bit = 1 << day
    for i in range(T.set_ptr[group], T.set_ptr[group + 1]):
        member = T.set_class[i]
        if member == cls:
            its_days, its_start, its_end = days, start, end
        else:
            its_days = S.days[member]
            its_start = S.start[member]
            its_end = S.end[member]
        if (its_days & bit) == 0 or ((its_days >> DAYS) & week) == 0:
            continue
        at = size
        while at > 0 and W.starts[at - 1] > its_start:
            W.starts[at] = W.starts[at - 1]
            W.ends[at] = W.ends[at - 1]
            at -= 1
        W.starts[at] = its_start
        W.ends[at] = its_end
        size += 1
    return size


@kernel
def day_amount(W, size, kind, most, gap):
    """By how much the collected classes of one day break a set's rule."""
    if kind == MAX_DAY_LOAD:
        total = 0
        for i in range(size):
            total += W.ends[i] - W.starts[i]
        return max(0, total - most)
    blocks = 0
    long = 0
    i = 0
    while i < size:
        start, end, members = W.starts[i], W.ends[i], 1
        i += 1
        while i < size and W.starts[i] <= end + gap:
            end = max(end, W.ends[i])
            members += 1
            i += 1
        blocks += 1
        if members > 1 and end - start > most:
            long += 1
    if kind == MAX_BREAKS:
        return max(0, blocks - 1 - most)
    return long


@kernel
def set_amount(T, S, W, group, cls, days, start, end):
    """By how much a set breaks its rule if a member (or -1) were at another time."""
    apart()
    kind = T.set_kind[group]
    most = T.set_first[group]
    if kind == MAX_DAYS:
        used = 0
        for i in range(T.set_ptr[group], T.set_ptr[group + 1]):
            member = T.set_class[i]
            used |= days if member == cls else S.days[member]
        return max(0, popcount(used & DAY_BITS) - most)
    amount = 0
    gap = T.set_second[group]
    for i in range(T.set_week_ptr[group], T.set_week_ptr[group + 1]):
        week = 1 << T.set_week[i]
        for day in range(DAYS):
            size = collect(T, S, W, group, cls, days, start, end, day, week)
            if size:
                amount += T.set_weeks[i] * day_amount(W, size, kind, most, gap)
    return amount


@inline_kernel
def set_cost(T, S, group, amount):
    """What such an amount weighs now."""
    rule = T.set_rule[group]
    if T.rule_hard[rule]:
        return S.weight[rule] * amount
    if T.set_kind[group] == MAX_DAYS:
        return T.set_cost[group] * amount * T.set_weight
    return T.set_cost[group] * amount // T.num_weeks * T.set_weight
