"""Neighbourhood moves. Each changes the state and says what it changed.

A move appends the events and enrolments that it touched to the journal, so that the
incumbent can follow without copying everything.
"""

import numpy as np

from .block import popcount
from .chance import below, tolerance, uniform
from .groups import group_bath
from .jit import inline_kernel, kernel
from .journal import note_enrolment, note_event
from .pricing import (
    NEVER,
    choose_room,
    free_bits,
    penalised,
    potential,
    price_slots,
    relocation_change,
    room_clashes,
    room_open,
    suits,
)
from .state import holds, join_from, leave_for, place, remove

TRIES = 6
"""Further draws for a start where the first leads nowhere."""
ONE = np.uint64(1)
BLIND = 16
"""One in so many moves is priced although it is all but sure to be refused."""


@inline_kernel
def draw(S, slots, temperature):
    """A place of ``S.lanes`` by heat bath; -1 if there is none.

    Its probability is proportional to exp(-cost / temperature).
    """
    cost = S.lanes
    low = NEVER
    ties = 0
    for s in range(slots):
        if cost[s] < low:
            low = cost[s]
            ties = 1
        elif cost[s] == low:
            ties += 1
    if low >= NEVER // 2:
        return -1
    if temperature <= 0.0:
        pick = below(S, ties)
        for s in range(slots):
            if cost[s] == low:
                if pick == 0:
                    return s
                pick -= 1
    # However hot it is, what is forbidden is no place.
    limit = min(low + 14.0 * temperature, float(NEVER // 2))
    total = 0.0
    for s in range(slots):
        if cost[s] < limit:
            total += np.exp((low - cost[s]) / temperature)
    point = uniform(S) * total
    chosen = -1
    for s in range(slots):
        if cost[s] < limit:
            chosen = s
            point -= np.exp((low - cost[s]) / temperature)
            if point < 0:
                break
    return chosen


@kernel
def heat_bath(T, S, J, table, event, hard_weight, temperature):
    """Place the event at a slot drawn by heat bath; True if anything changed.

    Where the draw is the slot it has and its room is all right, it stays.
    """
    if T.event_group[event] >= 0:
        group = T.event_group[event]
        return group_bath(T, S, J, table, group, hard_weight, temperature)
    here, wished = S.slot[event], S.room[event]
    price_slots(T, S, table, event, hard_weight)
    slot = draw(S, T.num_days * T.width, temperature)
    if slot >= 0:
        slot = slot // T.width * T.num_positions + slot % T.width
    if here >= 0:
        if slot == here:
            if wished < 0:
                if not T.event_needs_room[event]:
                    return False
            elif room_clashes(T, S, event, here, wished) == 0:
                return False
        remove(T, S, event)
    if slot >= 0:
        room = choose_room(T, S, event, slot, wished)
        place(T, S, event, slot, room)
    note_event(J, event)
    return here >= 0 or slot >= 0


@inline_kernel
def random_start(T, S, event):
    """One of the event's allowed starts."""
    number = T.event_start_set[event]
    first = T.start_ptr[number]
    return T.start_slot[first + below(S, T.start_ptr[number + 1] - first)]


@inline_kernel
def is_blocked(T, S, event, slot, other):
    """Whether an event at the slot has people of the class whatever the sections.

    ``other`` (-1: none) is about to leave it. Blind to more than the first such event
    of a pair that share periods, so it may steer proposals but not judge them.
    """
    if S.blocked.size == 0:
        return False
    cls = T.event_class[event]
    own = np.int64(0)
    if other >= 0:
        own = np.int64(T.class_conflict[cls, T.event_class[other]])
    for k in range(slot, slot + T.event_duration[event]):
        if np.int64(S.blocked[k, cls]) > own:
            return True
    return False


@inline_kernel
def exchange_is_blocked(T, S, a, b):
    """Whether either of two events would meet its people where the other is now."""
    return is_blocked(T, S, a, S.slot[b], b) or is_blocked(T, S, b, S.slot[a], a)


@inline_kernel
def is_hopeless(T, S, event, slot, rise, hard_weight):
    """Whether a move would bring the event into clashes that are not tolerated.

    What it may gain otherwise is not looked at, so this too steers proposals only. An
    event that clashes where it is may well clash elsewhere.
    """
    here = S.slot[event]
    if slot == here or 2 * rise >= hard_weight:
        return False
    if not is_blocked(T, S, event, slot, -1):
        return False
    # It is one of those that it sees where it is itself.
    cls = T.event_class[event]
    for k in range(here, here + T.event_duration[event]):
        if np.int64(S.blocked[k, cls]) > 1:
            return False
    return True


@inline_kernel
def open_start(T, S, event):
    """A start at which the event's people are free, if a few tries find one."""
    slot = random_start(T, S, event)
    for _ in range(TRIES):
        if not is_blocked(T, S, event, slot, -1):
            break
        slot = random_start(T, S, event)
    return slot


@inline_kernel
def random_room(T, S, event, slot):
    """A suitable room that is open then; -1 if a few tries find none."""
    if not T.event_needs_room[event]:
        return -1
    number = T.event_room_set[event]
    first, last = T.set_ptr[number], T.set_ptr[number + 1]
    for _ in range(8):
        if first == last:
            break
        room = T.set_room[first + below(S, last - first)]
        if room_open(T, room, slot, T.event_duration[event]):
            return room
    return -1


@inline_kernel
def free_room(T, S, event, slot):
    """A suitable room that is empty then, each as likely; -1 if there is none."""
    number = T.event_room_set[event]
    found = 0
    room = np.int64(-1)
    for w in range(T.set_words[number, 0], T.set_words[number, 1]):
        bits = free_bits(T, S, number, w, slot, T.event_duration[event])
        free = popcount(np.int64(bits))
        if free == 0:
            continue
        found += free
        if below(S, found) < free:
            for _ in range(below(S, free)):
                bits &= bits - ONE
            room = w * 64 + popcount(np.int64((bits & (~bits + ONE)) - ONE))
    return room


@kernel
def relocate(T, S, J, table, event, slot, room, hard_weight, temperature):
    """Move one placed event if the criterion accepts.

    Where another event of the same length holds the room, the two change places.
    """
    rise = tolerance(S, temperature)
    if room >= 0 and S.room_count[room, slot] == 1:
        other = np.int64(S.room_event[room, slot])
        if other != event:
            if S.slot[other] != slot:
                return False
            if exchange_is_blocked(T, S, event, other) and below(S, BLIND):
                return False
            return exchange(T, S, J, table, event, other, hard_weight, rise)
    if is_hopeless(T, S, event, slot, rise, hard_weight) and below(S, BLIND):
        return False
    if T.weight_travel:
        return try_out(T, S, J, event, slot, room, hard_weight, rise)
    change = relocation_change(T, S, table, event, slot, room, -1, hard_weight, rise)
    if change > rise:
        return False
    remove(T, S, event)
    place(T, S, event, slot, room)
    note_event(J, event)
    return True


@kernel
def try_out(T, S, J, event, slot, room, hard_weight, rise):
    """Move one placed event and take it back if that costs more than ``rise``.

    For what the price of a move leaves out: walks between buildings.
    """
    before = penalised(S, hard_weight)
    old_slot, old_room = S.slot[event], S.room[event]
    remove(T, S, event)
    place(T, S, event, slot, room)
    if penalised(S, hard_weight) - before <= rise:
        note_event(J, event)
        return True
    remove(T, S, event)
    place(T, S, event, old_slot, old_room)
    return False


@inline_kernel
def exchange_is_separable(T, S, a, b):
    """Whether the change is the sum of both: no class, student or relation in common.

    Students whose section is open are not looked at.
    """
    if T.weight_travel:
        return False
    class_a, class_b = T.event_class[a], T.event_class[b]
    if class_a == class_b or T.event_related[a] or T.event_related[b]:
        return False
    if S.member_count[class_a] and S.member_count[class_b]:
        if T.class_conflict.size == 0 or T.class_conflict[class_a, class_b]:
            return False
    if (S.room[a] < 0) != (S.room[b] < 0):
        return False
    # Where more than these two meet in a room, clashes do not add up.
    if S.room[a] >= 0:
        for k in range(T.event_duration[a]):
            if S.room_count[S.room[a], S.slot[a] + k] > 1:
                return False
            if S.room_count[S.room[b], S.slot[b] + k] > 1:
                return False
    return True


@kernel
def exchange(T, S, J, table, a, b, hard_weight, rise):
    """Exchange the places of two events if the cost rises by no more than ``rise``.

    Only events of one length; where a room does not suit, another is chosen.
    """
    slot_a, room_a, slot_b, room_b = S.slot[a], S.room[a], S.slot[b], S.room[b]
    if T.event_group[a] >= 0 or T.event_group[b] >= 0:
        return False
    if T.event_twins[a] == T.event_twins[b]:
        return False
    if T.event_duration[a] != T.event_duration[b]:
        return False
    if not T.event_starts[a, slot_b] or not T.event_starts[b, slot_a]:
        return False
    fits = suits(T, a, slot_b, room_b) and suits(T, b, slot_a, room_a)
    if slot_a == slot_b and not fits:
        return False
    if fits and exchange_is_separable(T, S, a, b):
        if slot_a == slot_b and room_a == room_b:
            return False
        bound = rise + potential(T, S, b, hard_weight)
        change = relocation_change(
            T, S, table, a, slot_b, room_b, b, hard_weight, bound
        )
        if change > bound:
            return False
        change += relocation_change(
            T, S, table, b, slot_a, room_a, a, hard_weight, rise - change
        )
        if change > rise:
            return False
        remove(T, S, a)
        remove(T, S, b)
        place(T, S, a, slot_b, room_b)
        place(T, S, b, slot_a, room_a)
        note_event(J, a)
        note_event(J, b)
        return True
    before = penalised(S, hard_weight)
    remove(T, S, a)
    remove(T, S, b)
    to_a = room_b if suits(T, a, slot_b, room_b) else choose_room(T, S, a, slot_b, -1)
    place(T, S, a, slot_b, to_a)
    to_b = room_a if suits(T, b, slot_a, room_a) else choose_room(T, S, b, slot_a, -1)
    place(T, S, b, slot_a, to_b)
    if penalised(S, hard_weight) - before <= rise:
        note_event(J, a)
        note_event(J, b)
        return True
    remove(T, S, b)
    remove(T, S, a)
    place(T, S, a, slot_a, room_a)
    place(T, S, b, slot_b, room_b)
    return False


@inline_kernel
def full_class(T, S, old, bundle):
    """(a full class that the old bundle has not, -1 if there is none; how many)."""
    found, many = np.int64(-1), 0
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        cls = T.bundle_class[i]
        if S.member_count[cls] >= T.class_limit[cls] and not holds(T, old, cls):
            found = cls
            many += 1
    return found, many


@inline_kernel
def counterpart(T, S, other, cls, old):
    """Bundle of another student who leaves a class for that which ``old`` has instead.

    -1 if there is none; then the student may take all of ``old``, if that is open.
    """
    mine = S.section[other]
    place = T.class_place[cls]
    first, last = T.bundle_ptr[mine], T.bundle_ptr[mine + 1]
    at = T.bundle_ptr[old] + place
    if at >= T.bundle_ptr[old + 1]:
        return np.int64(-1)
    instead = T.bundle_class[at]
    for i in range(T.options_first[other], T.options_end[other]):
        bundle = np.int64(T.options_idx[i])
        begin = T.bundle_ptr[bundle]
        if T.bundle_ptr[bundle + 1] - begin != last - first:
            continue
        same = T.bundle_class[begin + place] == instead
        for k in range(last - first):
            same &= k == place or T.bundle_class[begin + k] == T.bundle_class[first + k]
        if same:
            return bundle
    return np.int64(-1)


@inline_kernel
def is_open(T, enrolment, bundle):
    """Whether the bundle is open to the enrolment."""
    for i in range(T.options_first[enrolment], T.options_end[enrolment]):
        if T.options_idx[i] == bundle:
            return True
    return False


@kernel
def resection(T, S, J, enrolment, bundle, hard_weight, temperature):
    """Move a student to another bundle of an offering.

    Where one class of it is full, somebody there takes the student's seat instead;
    where several are, somebody exchanges the whole bundle.
    """
    old = S.section[enrolment]
    if old == bundle or old < 0:
        return False
    rise = tolerance(S, temperature)
    before = penalised(S, hard_weight)
    other, theirs, swapped = np.int64(-1), np.int64(-1), np.int64(-1)
    full, many = full_class(T, S, old, bundle)
    if full >= 0:
        pick = below(S, S.member_count[full])
        other = np.int64(S.member[T.member_ptr[full] + pick])
        # Who has no choice stays.
        if T.options_end[other] - T.options_first[other] < 2:
            return False
        theirs = S.section[other]
        if many == 1:
            swapped = counterpart(T, S, other, full, old)
        else:
            bundle = theirs
            swapped = old if is_open(T, other, old) else np.int64(-1)
            if bundle == old or not is_open(T, enrolment, bundle):
                return False
        if swapped < 0:
            return False
        leave_for(T, S, other, swapped)
    leave_for(T, S, enrolment, bundle)
    join_from(T, S, enrolment, bundle)
    if other >= 0:
        join_from(T, S, other, swapped)
    if penalised(S, hard_weight) - before <= rise:
        note_enrolment(J, enrolment)
        if other >= 0:
            note_enrolment(J, other)
        return True
    if other >= 0:
        leave_for(T, S, other, theirs)
    leave_for(T, S, enrolment, old)
    join_from(T, S, enrolment, old)
    if other >= 0:
        join_from(T, S, other, theirs)
    return False
