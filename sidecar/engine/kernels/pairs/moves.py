"""Neighbourhoods: what is tried, its price, and how it is made.

Each move draws what it tries, prices it, makes it if the rise is at most ``rise``, and
says whether it did. What changed since the incumbent was kept is listed in ``W.dirty``.
"""

import numpy as np

from ..block import apart
from ..chance import below, uniform
from ..jit import inline_kernel, kernel
from .rules import DAY_BITS, DAYS, link_broken, meet
from .state import (
    conflicts,
    in_bundle,
    move,
    price,
    price_alone,
    rebundle,
    room_load,
    seats_change,
)

MOST = 1 << 50
CHAIN = 24
"""Classes that one chain moves at most."""
ROOM_TRIES = 6
CONTENT = 6
"""Of so many moves of students without any conflict, one is tried."""
RESEATED = 64
"""Students that one move takes along at most."""
BUNDLES = 24
"""Bundles of a course that such a student tries at most."""
PARTNERS = 12
"""Others of the course with whom he then tries to exchange places."""
MEET, CLASH = 100, 101
"""Reasons of a chain besides the kinds of rules: no time for the way; a room taken."""


@inline_kernel
def note_class(W, cls):
    size = W.sizes[1]
    if size < len(W.dirty_class):
        W.dirty_class[size] = cls
    W.sizes[1] = size + 1


@inline_kernel
def note_enrolment(W, enrolment):
    size = W.sizes[2]
    if size < len(W.dirty_enrolment):
        W.dirty_enrolment[size] = enrolment
    W.sizes[2] = size + 1


@inline_kernel
def random_time(T, S, cls):
    first = T.time_ptr[cls]
    return first + below(S, T.time_ptr[cls + 1] - first)


@inline_kernel
def random_place(T, S, cls):
    first = T.room_ptr[cls]
    return first + below(S, T.room_ptr[cls + 1] - first)


@kernel
def open_place(T, S, cls, time):
    """The present room if it is free then, else one drawn, a free one if it is seen."""
    apart()
    pattern = T.time_pattern[time]
    place = S.place[cls] + 0
    if room_load(T, S, cls, pattern, S.room[cls]) == 0:
        return place
    for _ in range(ROOM_TRIES):
        place = random_place(T, S, cls)
        if room_load(T, S, cls, pattern, T.room[place]) == 0:
            return place
    return place


@kernel
def cheapest_place(T, S, cls, time):
    """The room with least penalty and load at a time; ways are left out."""
    apart()
    pattern = T.time_pattern[time]
    first, last = T.room_ptr[cls], T.room_ptr[cls + 1]
    best, best_cost = first, MOST
    turn = below(S, last - first)
    for i in range(first, last):
        place = i + turn
        if place >= last:
            place -= last - first
        cost = T.room_cost[place]
        if cost >= best_cost:
            continue
        room = T.room[place]
        if room < T.num_rooms:
            load = room_load(T, S, cls, pattern, room)
            cost += load * S.weight[T.num_rules + room]
        if cost < best_cost:
            best, best_cost = place, cost
    return best


@kernel
def single(T, S, W, cls, time, place, rise):
    """Bring a class to other options if the rise is small enough."""
    apart()
    if time == S.time[cls] and place == S.place[cls]:
        return False
    now = price(T, S, W, cls, S.time[cls], S.place[cls], MOST)
    new = price(T, S, W, cls, time, place, now + rise)
    if new > now + rise:
        return False
    move(T, S, W, cls, time, place)
    note_class(W, cls)
    W.sizes[3] = new - now
    return True


@kernel
def heat_bath(T, S, W, cls, temperature):
    """A time drawn by its price, each with its cheapest room."""
    apart()
    first, last = T.time_ptr[cls], T.time_ptr[cls + 1]
    now = price(T, S, W, cls, S.time[cls], S.place[cls], MOST)
    best = now
    limit = best + np.int64(12.0 * temperature)
    size = 0
    W.options[0] = S.time[cls]
    W.places[0] = S.place[cls]
    W.costs[0] = now
    size = 1
    for time in range(first, last):
        place = cheapest_place(T, S, cls, time)
        if time == S.time[cls] and place == S.place[cls]:
            continue
        cost = price(T, S, W, cls, time, place, limit)
        if cost > limit:
            continue
        if cost < best:
            best = cost
            limit = best + np.int64(12.0 * temperature)
        W.options[size] = time
        W.places[size] = place
        W.costs[size] = cost
        size += 1
    total = 0.0
    for i in range(size):
        if W.costs[i] <= limit:
            total += np.exp((best - W.costs[i]) / max(temperature, 1e-3))
    die = uniform(S) * total
    chosen = 0
    for i in range(size):
        if W.costs[i] <= limit:
            die -= np.exp((best - W.costs[i]) / max(temperature, 1e-3))
            if die <= 0:
                chosen = i
                break
    time, place = W.options[chosen], W.places[chosen]
    W.sizes[3] = W.costs[chosen] - now
    if time == S.time[cls] and place == S.place[cls]:
        return False
    move(T, S, W, cls, time, place)
    note_class(W, cls)
    return True


# -- chains ----------------------------------------------------------------------------


@kernel
def still_broken(T, S, kind, value, first, cause, time, room):
    """Whether a class at a time and a room would still be at odds with ``cause``."""
    apart()
    pattern = T.time_pattern[time]
    days = T.pattern_days[pattern]
    start, end = T.pattern_start[pattern], T.pattern_end[pattern]
    c_days, c_start, c_end = S.days[cause], S.start[cause], S.end[cause]
    if kind == CLASH:
        return room == S.room[cause] and meet(
            days, start, end, c_days, c_start, c_end, 0
        )
    if kind == MEET:
        gap = T.travel[room, S.room[cause]] if value else 0
        return meet(days, start, end, c_days, c_start, c_end, gap)
    return link_broken(
        kind,
        value,
        first,
        days,
        start,
        end,
        room,
        c_days,
        c_start,
        c_end,
        S.room[cause],
    )


@kernel
def give_way(T, S, W, cls, kind, value, first, cause):
    """Bring a class to the cheapest place where it is not at odds with ``cause``.

    Returns the change of the penalised cost; 0 where there is no such place.
    """
    apart()
    now = price(T, S, W, cls, S.time[cls], S.place[cls], MOST)
    best, best_time, best_place = MOST, -1, -1
    begin, count = T.time_ptr[cls], T.time_ptr[cls + 1] - T.time_ptr[cls]
    turn = below(S, count)
    room_first, rooms = T.room_ptr[cls], T.room_ptr[cls + 1] - T.room_ptr[cls]
    for step in range(-1, count):
        if step < 0:
            time = S.time[cls] + 0
        else:
            time = begin + (step + turn) % count
        place = cheapest_place(T, S, cls, time)
        if still_broken(T, S, kind, value, first, cause, time, T.room[place]):
            place = room_first + below(S, rooms)
            found = False
            for _ in range(rooms):
                place += 1
                if place == room_first + rooms:
                    place = room_first
                room = T.room[place]
                if not still_broken(T, S, kind, value, first, cause, time, room):
                    found = True
                    break
            if not found:
                continue
        cost = price(T, S, W, cls, time, place, best)
        if cost < best:
            best, best_time, best_place = cost, time, place
    if best_time < 0:
        return 0
    push(W, S, cls)
    move(T, S, W, cls, best_time, best_place)
    return best - now


@inline_kernel
def push(W, S, cls):
    size = W.sizes[0]
    W.moved[size] = cls
    W.moved_time[size] = S.time[cls]
    W.moved_place[size] = S.place[cls]
    W.sizes[0] = size + 1


@inline_kernel
def was_moved(W, cls):
    for i in range(W.sizes[0]):
        if W.moved[i] == cls:
            return True
    return False


@kernel
def take_back(T, S, W):
    """Undo a compound move."""
    apart()
    while W.sizes[0] > 0:
        W.sizes[0] -= 1
        i = W.sizes[0]
        move(T, S, W, W.moved[i], W.moved_time[i], W.moved_place[i])


@kernel
def finish(T, S, W, rise, change):
    """Keep a compound move, or take it back."""
    if change > rise:
        take_back(T, S, W)
        return False
    for i in range(W.sizes[0]):
        note_class(W, W.moved[i])
    W.sizes[3] = change
    return True


@kernel
def chain(T, S, W, cls, time, place, rise, slack):
    """Move a class; whoever is now at odds with it gives way, and so on.

    Serves groups that can only move together (the same time, days or room), and rooms
    that are taken. ``slack``: how much worse than allowed it may be on the way before
    it is given up. Of two chains one keeps soft rules together too.
    """
    apart()
    W.sizes[0] = 0
    soft = below(S, 2) == 0
    change = price(T, S, W, cls, time, place, MOST) - price(
        T, S, W, cls, S.time[cls], S.place[cls], MOST
    )
    push(W, S, cls)
    move(T, S, W, cls, time, place)
    head = 0
    while head < W.sizes[0] and W.sizes[0] < CHAIN and change <= rise + slack:
        cause = W.moved[head]
        head += 1
        for i in range(T.link_ptr[cause], T.link_ptr[cause + 1]):
            if W.sizes[0] == CHAIN:
                break
            other = T.link_other[i]
            if not (soft or T.rule_hard[T.link_rule[i]]) or was_moved(W, other):
                continue
            first = 1 - T.link_first[i]
            if still_broken(
                T,
                S,
                T.link_kind[i],
                T.link_value[i],
                first,
                cause,
                S.time[other],
                S.room[other],
            ):
                change += give_way(
                    T, S, W, other, T.link_kind[i], T.link_value[i], first, cause
                )
        for i in range(T.meet_ptr[cause], T.meet_ptr[cause + 1]):
            if W.sizes[0] == CHAIN:
                break
            other = T.meet_other[i]
            both = S.days[cause] & S.days[other]
            if (both & DAY_BITS) == 0 or (both >> DAYS) == 0:
                continue
            if not T.rule_hard[T.meet_rule[i]] or was_moved(W, other):
                continue
            walk = np.int64(T.meet_walk[i])
            if still_broken(T, S, MEET, walk, 0, cause, S.time[other], S.room[other]):
                change += give_way(T, S, W, other, MEET, walk, 0, cause)
        room = S.room[cause]
        if room == T.num_rooms or S.load[room, S.pattern[cause]] <= 1:
            continue
        other = S.room_head[room] + 0
        while other >= 0 and W.sizes[0] < CHAIN:
            following = S.room_next[other] + 0
            if (
                other != cause
                and not was_moved(W, other)
                and still_broken(T, S, CLASH, 0, 0, cause, S.time[other], S.room[other])
            ):
                change += give_way(T, S, W, other, CLASH, 0, 0, cause)
            other = following
    return finish(T, S, W, rise, change)


@inline_kernel
def find_place(T, cls, room):
    """The class's option of a room, or -1."""
    for place in range(T.room_ptr[cls], T.room_ptr[cls + 1]):
        if T.room[place] == room:
            return place
    return -1


@kernel
def find_time(T, cls, pattern):
    """The class's option of a pattern, or -1."""
    low, high = T.time_ptr[cls], T.time_ptr[cls + 1]
    last = high
    while low < high:
        middle = (low + high) >> 1
        if T.time_pattern[middle] < pattern:
            low = middle + 1
        else:
            high = middle
    if low < last and T.time_pattern[low] == pattern:
        return low
    return -1


@kernel
def room_swap(T, S, W, cls, place, rise):
    """Take a room; who is there then takes the class's, or any other that is free."""
    apart()
    room, here = T.room[place], S.room[cls]
    if room == here or room == T.num_rooms:
        return False
    if S.load[room, S.pattern[cls]] == 0:
        return single(T, S, W, cls, S.time[cls], place, rise)
    W.sizes[0] = 0
    change = 0
    other = S.room_head[room] + 0
    while other >= 0:
        following = S.room_next[other] + 0
        if meet(
            S.days[cls],
            S.start[cls],
            S.end[cls],
            S.days[other],
            S.start[other],
            S.end[other],
            0,
        ):
            its = find_place(T, other, here)
            if its < 0:
                its = open_place(T, S, other, S.time[other])
            if T.room[its] == room or W.sizes[0] >= CHAIN - 1:
                take_back(T, S, W)
                return False
            change -= price(T, S, W, other, S.time[other], S.place[other], MOST)
            change += price(T, S, W, other, S.time[other], its, MOST)
            push(W, S, other)
            move(T, S, W, other, S.time[other], its)
        other = following
    change -= price(T, S, W, cls, S.time[cls], S.place[cls], MOST)
    change += price(T, S, W, cls, S.time[cls], place, MOST)
    push(W, S, cls)
    move(T, S, W, cls, S.time[cls], place)
    return finish(T, S, W, rise, change)


@kernel
def exchange(T, S, W, cls, other, rise):
    """Two classes take each other's time, and room where they may."""
    apart()
    time = find_time(T, cls, S.pattern[other])
    its_time = find_time(T, other, S.pattern[cls])
    if time < 0 or its_time < 0 or time == S.time[cls]:
        return False
    W.sizes[0] = 0
    place, its_place = (
        find_place(T, cls, S.room[other]),
        find_place(T, other, S.room[cls]),
    )
    if place < 0:
        place = open_place(T, S, cls, time)
    if its_place < 0:
        its_place = open_place(T, S, other, its_time)
    change = -price(T, S, W, cls, S.time[cls], S.place[cls], MOST)
    change += price(T, S, W, cls, time, place, MOST)
    push(W, S, cls)
    move(T, S, W, cls, time, place)
    change -= price(T, S, W, other, S.time[other], S.place[other], MOST)
    change += price(T, S, W, other, its_time, its_place, MOST)
    push(W, S, other)
    move(T, S, W, other, its_time, its_place)
    return finish(T, S, W, rise, change)


# -- students --------------------------------------------------------------------------


@kernel
def change_bundle(T, S, W, enrolment, bundle, rise):
    """Bring a student to another bundle of a course."""
    apart()
    old = S.bundle[enrolment]
    if bundle == old:
        return False
    change = seats_change(T, S, old, bundle)
    now = T.student_weight * conflicts(T, S, enrolment, old)
    if change - now > rise or (now == 0 and change == 0 and below(S, CONTENT)):
        return False
    change += T.student_weight * conflicts(T, S, enrolment, bundle) - now
    if change > rise:
        return False
    rebundle(T, S, enrolment, bundle)
    note_enrolment(W, enrolment)
    W.sizes[3] = change
    return True


@kernel
def swap_bundles(T, S, W, enrolment, other, rise):
    """Two students of a course take each other's bundle."""
    apart()
    mine, its = S.bundle[enrolment], S.bundle[other]
    if mine == its:
        return False
    change = -conflicts(T, S, enrolment, mine) - conflicts(T, S, other, its)
    if change == 0 and below(S, CONTENT):
        return False
    change += conflicts(T, S, enrolment, its) + conflicts(T, S, other, mine)
    change *= T.student_weight
    if change > rise:
        return False
    rebundle(T, S, enrolment, its)
    rebundle(T, S, other, mine)
    note_enrolment(W, enrolment)
    note_enrolment(W, other)
    W.sizes[3] = change
    return True


@inline_kernel
def note_bundle(T, S, W, enrolment, bundle):
    """Bring a student to another bundle as a part of a compound move."""
    size = W.sizes[4]
    W.moved_enrolment[size] = enrolment
    W.moved_bundle[size] = S.bundle[enrolment]
    W.sizes[4] = size + 1
    rebundle(T, S, enrolment, bundle)


@kernel
def reseat(T, S, W, enrolment):
    """Bring a student to a better bundle of a course; the change, or 0.

    Where no seat is free that ends his conflicts, he may take another student's place,
    who takes his.
    """
    apart()
    old = S.bundle[enrolment]
    course = T.enrolment_course[enrolment]
    first, count = T.course_ptr[course], T.course_ptr[course + 1] - T.course_ptr[course]
    if count == 1:
        return 0
    now = T.student_weight * conflicts(T, S, enrolment, old)
    best, best_change = -1, 0
    turn = below(S, count)
    for step in range(min(count, BUNDLES)):
        bundle = first + (step + turn) % count
        if bundle == old:
            continue
        change = seats_change(T, S, old, bundle) - now
        if change < best_change:
            change += T.student_weight * conflicts(T, S, enrolment, bundle)
            if change < best_change:
                best, best_change = bundle, change
    partner = np.int64(-1)
    if best_change > -now:
        begin = T.attend_ptr[course]
        others = T.attend_ptr[course + 1] - begin
        turn = below(S, others)
        for step in range(min(others, PARTNERS)):
            other = np.int64(T.attend[begin + (step + turn) % others])
            its = S.bundle[other]
            if its == old:
                continue
            change = T.student_weight * conflicts(T, S, enrolment, its) - now
            if change >= best_change:
                continue
            change -= T.student_weight * conflicts(T, S, other, its)
            change += T.student_weight * conflicts(T, S, other, old)
            if change < best_change:
                best, best_change, partner = its, change, other
    if best < 0:
        return 0
    if partner >= 0:
        note_bundle(T, S, W, partner, old)
    note_bundle(T, S, W, enrolment, best)
    return best_change


@kernel
def move_with_students(T, S, W, cls, time, place, rise):
    """Move a class; those of its students who are now in conflict are seated anew.

    Each may change this course or another of his. A move that would be too dear even
    if none of them were in conflict any more is not made.
    """
    apart()
    if time == S.time[cls]:
        return False
    W.sizes[4] = 0
    was_time, was_place = S.time[cls] + 0, S.place[cls] + 0
    now = price(T, S, W, cls, was_time, was_place, MOST)
    if price_alone(T, S, W, cls, time, place, now + rise) > now + rise:
        return False
    change = price(T, S, W, cls, time, place, MOST) - now
    move(T, S, W, cls, time, place)
    course = T.class_course[cls]
    for i in range(T.attend_ptr[course], T.attend_ptr[course + 1]):
        if W.sizes[4] >= RESEATED - 2:
            break
        enrolment = np.int64(T.attend[i])
        if not in_bundle(T, S.bundle[enrolment], cls):
            continue
        if conflicts(T, S, enrolment, S.bundle[enrolment]) == 0:
            continue
        change += reseat(T, S, W, enrolment)
        student = T.enrolment_student[enrolment]
        for other in range(T.student_ptr[student], T.student_ptr[student + 1]):
            if W.sizes[4] >= RESEATED - 2:
                break
            if other != enrolment:
                if conflicts(T, S, other, S.bundle[other]):
                    change += reseat(T, S, W, other)
    if change > rise:
        while W.sizes[4] > 0:
            W.sizes[4] -= 1
            i = W.sizes[4]
            rebundle(T, S, W.moved_enrolment[i], W.moved_bundle[i])
        move(T, S, W, cls, was_time, was_place)
        return False
    for i in range(W.sizes[4]):
        note_enrolment(W, W.moved_enrolment[i])
    note_class(W, cls)
    W.sizes[3] = change
    return True
