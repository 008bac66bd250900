"""Prices of places, and changes of the state that keep every count up to date.

A price is what a class would pay at a place as things stand: pairs, sets, students and
room. The difference of two prices is the exact change of the penalised total, so a move
of one class is tried out without touching the state. Compound moves (``moves.py``) are
made step by step and taken back if they are refused.
"""

from ..block import apart
from ..jit import inline_kernel, kernel
from .rules import DAY_BITS, DAYS, link_broken, meet, set_amount, set_cost

HARD, SOFT, TIME, ROOM, DISTRIBUTION, STUDENT = range(6)


@inline_kernel
def room_load(T, S, cls, pattern, room):
    """Others and closures in a room at a pattern, the class itself left out."""
    if room == T.num_rooms:
        return 0
    load = S.load[room, pattern] + 0
    if room == S.room[cls]:
        days = T.pattern_days[pattern]
        start, end = T.pattern_start[pattern], T.pattern_end[pattern]
        if meet(days, start, end, S.days[cls], S.start[cls], S.end[cls], 0):
            load -= 1
    return load


@kernel
def sets_price(T, S, W, cls, days, start, end):
    """Cost of the class's sets if it were at a time."""
    apart()
    cost = 0
    same = days == S.days[cls] and start == S.start[cls] and end == S.end[cls]
    for i in range(T.of_ptr[cls], T.of_ptr[cls + 1]):
        group = T.of_set[i]
        if same:
            amount = S.set_amount[group]
        else:
            amount = set_amount(T, S, W, group, cls, days, start, end)
        cost += set_cost(T, S, group, amount)
    return cost


@kernel
def price_alone(T, S, W, cls, time, place, most):
    """Penalised cost of a class at an option of time and one of room, students apart.

    Counting ends where the cost is above ``most``.
    """
    apart()
    pattern = T.time_pattern[time]
    days = T.pattern_days[pattern]
    start, end = T.pattern_start[pattern], T.pattern_end[pattern]
    room = T.room[place]
    cost = T.time_cost[time] + T.room_cost[place]
    if room < T.num_rooms:
        load = room_load(T, S, cls, pattern, room)
        cost += load * S.weight[T.num_rules + room]
    if cost > most:
        return cost
    for i in range(T.meet_ptr[cls], T.meet_ptr[cls + 1]):
        other = T.meet_other[i]
        both = days & S.days[other]
        if (both & DAY_BITS) != 0 and (both >> DAYS) != 0:
            gap = T.travel[room, S.room[other]] if T.meet_walk[i] else 0
            if start < S.end[other] + gap and S.start[other] < end + gap:
                cost += S.weight[T.meet_rule[i]]
    if cost > most:
        return cost
    for i in range(T.link_ptr[cls], T.link_ptr[cls + 1]):
        other = T.link_other[i]
        if link_broken(
            T.link_kind[i],
            T.link_value[i],
            T.link_first[i],
            days,
            start,
            end,
            room,
            S.days[other],
            S.start[other],
            S.end[other],
            S.room[other],
        ):
            cost += S.weight[T.link_rule[i]]
    if cost <= most and T.of_ptr[cls + 1] > T.of_ptr[cls]:
        cost += sets_price(T, S, W, cls, days, start, end)
    return cost


@kernel
def price_students(T, S, cls, time, place):
    """Cost of the conflicts of a class's students at such options."""
    apart()
    if not T.student_weight:
        return 0
    pattern = T.time_pattern[time]
    days = T.pattern_days[pattern]
    start, end = T.pattern_start[pattern], T.pattern_end[pattern]
    room = T.room[place]
    first = T.joint_ptr[cls]
    joint = 0
    for i in range(first, first + S.joint_size[cls]):
        other = S.joint_class[i]
        both = days & S.days[other]
        if (both & DAY_BITS) != 0 and (both >> DAYS) != 0:
            gap = T.travel[room, S.room[other]]
            if start < S.end[other] + gap and S.start[other] < end + gap:
                joint += S.joint_count[i]
    return joint * T.student_weight


@kernel
def price(T, S, W, cls, time, place, most):
    """Penalised cost of a class at an option of time and one of room.

    Counting ends where the cost is above ``most``, for such a move is refused anyway.
    """
    apart()
    cost = price_alone(T, S, W, cls, time, place, most)
    if cost <= most:
        cost += price_students(T, S, cls, time, place)
    return cost


@inline_kernel
def change_rule(T, S, rule, by):
    """Count a pair's rule as broken (1) or kept (-1) anew."""
    S.broken[rule] += by
    if T.rule_hard[rule]:
        S.totals[HARD] += by
    else:
        S.totals[DISTRIBUTION] += by * T.rule_cost[rule]


@kernel
def count_pairs(T, S, cls, sign):
    """Add to or take from all counts what the class's pairs pay where it is."""
    apart()
    days, start, end, room = S.days[cls], S.start[cls], S.end[cls], S.room[cls]
    for i in range(T.meet_ptr[cls], T.meet_ptr[cls + 1]):
        other = T.meet_other[i]
        both = days & S.days[other]
        if (both & DAY_BITS) != 0 and (both >> DAYS) != 0:
            gap = T.travel[room, S.room[other]] if T.meet_walk[i] else 0
            if start < S.end[other] + gap and S.start[other] < end + gap:
                change_rule(T, S, T.meet_rule[i], sign)
    if T.student_weight:
        first = T.joint_ptr[cls]
        joint = 0
        for i in range(first, first + S.joint_size[cls]):
            other = S.joint_class[i]
            gap = T.travel[room, S.room[other]]
            if meet(days, start, end, S.days[other], S.start[other], S.end[other], gap):
                joint += S.joint_count[i]
        S.totals[STUDENT] += sign * joint * T.student_weight
    for i in range(T.link_ptr[cls], T.link_ptr[cls + 1]):
        other = T.link_other[i]
        if link_broken(
            T.link_kind[i],
            T.link_value[i],
            T.link_first[i],
            days,
            start,
            end,
            room,
            S.days[other],
            S.start[other],
            S.end[other],
            S.room[other],
        ):
            change_rule(T, S, T.link_rule[i], sign)


@kernel
def occupy(T, S, cls):
    """Enter the class in its room."""
    room = S.room[cls]
    if room == T.num_rooms:
        return
    pattern = S.pattern[cls]
    load = S.load[room, pattern] + 0
    S.broken[T.num_rules + room] += load
    S.totals[HARD] += load
    for i in range(T.overlap_ptr[pattern], T.overlap_ptr[pattern + 1]):
        S.load[room, T.overlap[i]] += 1
    head = S.room_head[room]
    S.room_next[cls] = head
    S.room_before[cls] = -1
    if head >= 0:
        S.room_before[head] = cls
    S.room_head[room] = cls


@kernel
def vacate(T, S, cls):
    """Take the class out of its room."""
    room = S.room[cls]
    if room == T.num_rooms:
        return
    pattern = S.pattern[cls]
    for i in range(T.overlap_ptr[pattern], T.overlap_ptr[pattern + 1]):
        S.load[room, T.overlap[i]] -= 1
    load = S.load[room, pattern] + 0
    S.broken[T.num_rules + room] -= load
    S.totals[HARD] -= load
    before, after = S.room_before[cls], S.room_next[cls]
    if before >= 0:
        S.room_next[before] = after
    else:
        S.room_head[room] = after
    if after >= 0:
        S.room_before[after] = before


@inline_kernel
def put(T, S, cls, time, place):
    """Write a class's options and what follows from them; counts stay."""
    pattern = T.time_pattern[time]
    S.time[cls] = time
    S.place[cls] = place
    S.pattern[cls] = pattern
    S.days[cls] = T.pattern_days[pattern]
    S.start[cls] = T.pattern_start[pattern]
    S.end[cls] = T.pattern_end[pattern]
    S.room[cls] = T.room[place]


@kernel
def move(T, S, W, cls, time, place):
    """Bring a class to other options."""
    apart()
    count_pairs(T, S, cls, -1)
    vacate(T, S, cls)
    S.totals[TIME] += T.time_cost[time] - T.time_cost[S.time[cls]]
    S.totals[ROOM] += T.room_cost[place] - T.room_cost[S.place[cls]]
    put(T, S, cls, time, place)
    occupy(T, S, cls)
    count_pairs(T, S, cls, 1)
    for i in range(T.of_ptr[cls], T.of_ptr[cls + 1]):
        count_set(T, S, W, T.of_set[i])
    add_up(S)


@kernel
def count_set(T, S, W, group):
    """Count a set anew."""
    apart()
    amount = set_amount(T, S, W, group, -1, 0, 0, 0)
    was = S.set_amount[group]
    if amount != was:
        rule = T.set_rule[group]
        S.set_amount[group] = amount
        S.broken[rule] += amount - was
        if T.rule_hard[rule]:
            S.totals[HARD] += amount - was
        else:
            now = set_cost(T, S, group, amount)
            S.totals[DISTRIBUTION] += now - set_cost(T, S, group, was)


@inline_kernel
def add_up(S):
    S.totals[SOFT] = (
        S.totals[TIME] + S.totals[ROOM] + S.totals[DISTRIBUTION] + S.totals[STUDENT]
    )


# -- students --------------------------------------------------------------------------


@inline_kernel
def joint_slot(T, cls, other):
    """Where ``other`` stands among those with which a class may share students."""
    low, high = T.joint_ptr[cls], T.joint_ptr[cls + 1]
    while low < high:
        middle = (low + high) >> 1
        if T.joint_other[middle] < other:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def add_joint(T, S, cls, other, by):
    """Change the number of students that attend both, in one direction.

    Classes that can never be in conflict are not listed.
    """
    slot = joint_slot(T, cls, other)
    if slot == T.joint_ptr[cls + 1] or T.joint_other[slot] != other:
        return
    at = S.joint_place[slot] + 0
    first = T.joint_ptr[cls]
    if at < 0:
        at = first + S.joint_size[cls]
        S.joint_size[cls] += 1
        S.joint_class[at] = other
        S.joint_count[at] = by
        S.joint_place[slot] = at
        return
    S.joint_count[at] += by
    if S.joint_count[at] == 0:
        last = first + S.joint_size[cls] - 1
        S.joint_size[cls] -= 1
        S.joint_place[slot] = -1
        if at != last:
            moved = S.joint_class[last]
            S.joint_class[at] = moved
            S.joint_count[at] = S.joint_count[last]
            S.joint_place[joint_slot(T, cls, moved)] = at


@inline_kernel
def classes_meet(T, S, a, b):
    """Whether who attends both has a conflict."""
    gap = T.travel[S.room[a], S.room[b]]
    return meet(S.days[a], S.start[a], S.end[a], S.days[b], S.start[b], S.end[b], gap)


@inline_kernel
def in_bundle(T, bundle, cls):
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        if T.bundle_class[i] == cls:
            return True
    return False


@kernel
def conflicts(T, S, enrolment, bundle):
    """Conflicts of a student in which a bundle of one course has part."""
    apart()
    student = T.enrolment_student[enrolment]
    count = 0
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        cls = T.bundle_class[i]
        for j in range(i + 1, T.bundle_ptr[bundle + 1]):
            if classes_meet(T, S, cls, T.bundle_class[j]):
                count += 1
        for e in range(T.student_ptr[student], T.student_ptr[student + 1]):
            if e == enrolment:
                continue
            other = S.bundle[e]
            for j in range(T.bundle_ptr[other], T.bundle_ptr[other + 1]):
                if classes_meet(T, S, cls, T.bundle_class[j]):
                    count += 1
    return count


@kernel
def seats_change(T, S, old, new):
    """Penalised cost of seats when a student goes from one bundle to another."""
    cost = 0
    for i in range(T.bundle_ptr[old], T.bundle_ptr[old + 1]):
        cls = T.bundle_class[i]
        if S.members[cls] > T.limit[cls] and not in_bundle(T, new, cls):
            cost -= S.weight[T.num_rules + T.num_rooms + cls]
    for i in range(T.bundle_ptr[new], T.bundle_ptr[new + 1]):
        cls = T.bundle_class[i]
        if S.members[cls] >= T.limit[cls] and not in_bundle(T, old, cls):
            cost += S.weight[T.num_rules + T.num_rooms + cls]
    return cost


@inline_kernel
def count_seat(T, S, cls, by):
    """Enter (1) or strike out (-1) a student in a class's list."""
    above = max(0, S.members[cls] - T.limit[cls])
    S.members[cls] += by
    change = max(0, S.members[cls] - T.limit[cls]) - above
    if change:
        S.broken[T.num_rules + T.num_rooms + cls] += change
        S.totals[HARD] += change


@kernel
def attend(T, S, enrolment, bundle, by):
    """Enter a student in a bundle's classes, or strike him out; joint counts too.

    The student's other courses must be as they are to be counted.
    """
    apart()
    student = T.enrolment_student[enrolment]
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        cls = T.bundle_class[i]
        count_seat(T, S, cls, by)
        if not T.student_weight:
            continue
        for j in range(i + 1, T.bundle_ptr[bundle + 1]):
            other = T.bundle_class[j]
            add_joint(T, S, cls, other, by)
            add_joint(T, S, other, cls, by)
        for e in range(T.student_ptr[student], T.student_ptr[student + 1]):
            if e == enrolment or S.bundle[e] < 0:
                continue
            its = S.bundle[e]
            for j in range(T.bundle_ptr[its], T.bundle_ptr[its + 1]):
                other = T.bundle_class[j]
                add_joint(T, S, cls, other, by)
                add_joint(T, S, other, cls, by)


@kernel
def rebundle(T, S, enrolment, bundle):
    """Bring a student to another bundle of a course."""
    old = S.bundle[enrolment]
    if T.student_weight:
        change = conflicts(T, S, enrolment, bundle) - conflicts(T, S, enrolment, old)
        S.totals[STUDENT] += change * T.student_weight
    attend(T, S, enrolment, old, -1)
    S.bundle[enrolment] = bundle
    attend(T, S, enrolment, bundle, 1)
    add_up(S)


@kernel
def fill(T, S, W):
    """Count everything from options and bundles; all counts must be empty."""
    for rule in range(len(S.broken)):
        S.broken[rule] = 0
    for i in range(len(S.totals)):
        S.totals[i] = 0
    for room in range(T.num_rooms + 1):
        S.room_head[room] = -1
        for pattern in range(len(T.pattern_days)):
            S.load[room, pattern] = T.closed[room, pattern]
    for cls in range(T.num_classes):
        put(T, S, cls, S.time[cls], S.place[cls])
        S.members[cls] = 0
        S.joint_size[cls] = 0
    for i in range(len(S.joint_place)):
        S.joint_place[i] = -1
    for enrolment in range(len(S.bundle)):
        # Each pair of courses once, by the later of the two.
        bundle = S.bundle[enrolment]
        S.bundle[enrolment] = -1 - bundle
    for enrolment in range(len(S.bundle)):
        bundle = -1 - S.bundle[enrolment]
        attend(T, S, enrolment, bundle, 1)
        S.bundle[enrolment] = bundle
    for cls in range(T.num_classes):
        S.totals[TIME] += T.time_cost[S.time[cls]]
        S.totals[ROOM] += T.room_cost[S.place[cls]]
        occupy(T, S, cls)
        count_pairs(T, S, cls, 1)
    # Pairs were counted from both sides.
    S.totals[STUDENT] //= 2
    for rule in range(T.num_rules):
        if S.broken[rule]:
            half = S.broken[rule] // 2
            change_rule(T, S, rule, -half)
    for group in range(len(S.set_amount)):
        S.set_amount[group] = 0
        count_set(T, S, W, group)
    add_up(S)
