"""Construction, repair and annealing over the moves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..tables import Tables
from .agents import BUSY, DOUBLE, block_of, night, nights, without
from .block import Block, popcount
from .chains import kempe
from .chance import below, seed_state, tolerance, uniform
from .jit import inline_kernel, kernel
from .moves import (
    BLIND,
    exchange,
    exchange_is_blocked,
    free_room,
    heat_bath,
    open_start,
    random_room,
    random_start,
    relocate,
    resection,
)
from .pricing import penalised, suits
from .rules import relations_cost
from .state import join

OPERATORS = (
    "heat_bath",
    "time_room_change",
    "room_change",
    "time_swap",
    "kempe_chain",
    "section_change",
)
"""Operators in the order of the weights and statistics passed to ``anneal``."""

FREE, ANY = 4, 7
"""Of ten changes of time or room, those that take an empty room, and those and such
that take any; the others keep their room. Who is in a room that is taken moves out."""
LONGEST = 64
"""Events of a Kempe chain at most."""
DICE = 1024
"""Sides of the die that chooses operators."""


@dataclass(frozen=True, eq=False)
class Work(Block):
    """Scratch memory of the kernels."""

    chain: npt.NDArray[np.int64]
    rooms: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]
    crowded: npt.NDArray[np.int64]
    """(days,): bits of the periods at which somebody is in trouble."""
    rest: npt.NDArray[np.int64]
    """(days,): bits of the periods at which a student is busy, one bundle left out."""
    trial: npt.NDArray[np.int64]
    """(days,): the same with some classes of another."""
    dice: npt.NDArray[np.uint8]
    """(DICE,): the operator on each side."""


@dataclass(frozen=True, eq=False)
class Best(Block):
    """The incumbent: what a ``Timetable`` holds, and its (hard, soft)."""

    slot: npt.NDArray[np.int64]
    room: npt.NDArray[np.int64]
    section: npt.NDArray[np.int64]
    totals: npt.NDArray[np.int64]


def new_work(tables: Tables) -> Work:
    """Scratch memory for one thread of search."""
    return Work(
        chain=np.zeros(LONGEST, np.int64),
        rooms=np.zeros(LONGEST, np.int64),
        events=np.zeros(len(tables.event_class), np.int64),
        crowded=np.zeros(tables.num_days, np.int64),
        rest=np.zeros(tables.num_days, np.int64),
        trial=np.zeros(tables.num_days, np.int64),
        dice=np.zeros(DICE, np.uint8),
    )


@kernel
def keep_best(S, J, B):
    """Bring the incumbent up to date if the state is better; True if it was."""
    hard, soft = S.totals[0], S.totals[1]
    if hard > B.totals[0] or (hard == B.totals[0] and soft >= B.totals[1]):
        return False
    B.totals[0] = hard
    B.totals[1] = soft
    if J.size[0] > len(J.event) or J.size[1] > len(J.enrolment):
        for event in range(len(S.slot)):
            B.slot[event] = S.slot[event]
            B.room[event] = S.room[event]
        for enrolment in range(len(S.section)):
            B.section[enrolment] = S.section[enrolment]
    else:
        for i in range(J.size[0]):
            event = J.event[i]
            B.slot[event] = S.slot[event]
            B.room[event] = S.room[event]
        for i in range(J.size[1]):
            enrolment = J.enrolment[i]
            B.section[enrolment] = S.section[enrolment]
    J.size[0] = 0
    J.size[1] = 0
    return True


@inline_kernel
def fullness(T, S, bundle):
    """How full the fullest class of a bundle is, and whether one has no seat left."""
    most, full = 0.0, False
    for i in range(T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]):
        cls = T.bundle_class[i]
        most = max(most, S.member_count[cls] / max(1, T.class_limit[cls]))
        full |= S.member_count[cls] >= T.class_limit[cls]
    return most, full


@kernel
def section_all(T, S, order, seed):
    """First sectioning: each enrolment joins an open bundle with much room."""
    seed_state(S, seed)
    for n in range(len(order)):
        enrolment = order[n]
        if S.section[enrolment] >= 0:
            continue
        first, last = T.options_first[enrolment], T.options_end[enrolment]
        best, best_key = np.int64(-1), 1e18
        for i in range(first, last):
            bundle = np.int64(T.options_idx[i])
            share, full = fullness(T, S, bundle)
            key = share + uniform(S)
            if full:
                key += 1e6
            if key < best_key:
                best, best_key = bundle, key
        if best >= 0:
            join(T, S, enrolment, best)


@kernel
def construct(T, S, J, table, events, hard_weight, seed):
    """Place the listed events in order, each at its cheapest slot."""
    seed_state(S, seed)
    for i in range(len(events)):
        if S.slot[events[i]] < 0:
            heat_bath(T, S, J, table, events[i], hard_weight, 0.0)


@inline_kernel
def any_clash(S, agents, first, last, day, bits):
    """Whether one of agents[first:last] is busy twice at these positions."""
    for i in range(first, last):
        if (np.int64(S.week[agents[i], day]) >> DOUBLE) & bits:
            return True
    return False


@inline_kernel
def breaks_day(T, S, agent, day):
    """Whether the agent's day, a night beside it or the days of its week break a hard
    rule; clashes apart."""
    kind = np.int64(T.agent_kind[agent])
    busy = np.int64(S.week[agent, day]) & BUSY
    if T.day_hard[T.kind_row[kind, day], busy] > 0:
        return True
    rate = T.kind_week[kind]
    if rate >= 0 and busy:
        if T.week_hard[rate, np.int64(S.week[agent, T.comes])] > 0:
            return True
    if T.rests and T.kind_rest_hard[kind]:
        return nights(T, S, agent, day, busy, -1, 0) > 0
    return False


@inline_kernel
def people_in_trouble(T, S, event, day, bits):
    """Whether somebody is busy twice at the event's time, or has too long a day."""
    first, last = T.agents_ptr[event], T.agents_ptr[event + 1]
    if any_clash(S, T.agents_idx, first, last, day, bits):
        return True
    for i in range(first, last):
        if breaks_day(T, S, T.agents_idx[i], day):
            return True
    cls = T.event_class[event]
    first = T.member_ptr[cls]
    last = first + S.member_count[cls]
    if T.students_strict:
        for i in range(first, last):
            if breaks_day(T, S, S.student[i], day):
                return True
    return any_clash(S, S.student, first, last, day, bits)


@inline_kernel
def placed_in_trouble(T, S, event):
    """Whether the event has no place, or breaks a rule that is not its people's."""
    slot, room = S.slot[event], S.room[event]
    if slot < 0 or (room < 0 and T.event_needs_room[event]):
        return True
    day = T.slot_day[slot]
    duration = T.event_duration[event]
    cls = T.event_class[event]
    if room >= 0:
        for k in range(duration):
            if S.room_count[room, slot + k] > 1:
                return True
    for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
        other = T.class_event[i]
        if other == event or S.slot[other] < 0:
            continue
        if T.class_one_per_day[cls] and T.slot_day[S.slot[other]] == day:
            return True
        if S.slot[other] < slot + duration:
            if slot < S.slot[other] + T.event_duration[other]:
                return True
    if T.event_related[event]:
        hard, _ = relations_cost(T, S, event, slot, room)
        return hard > 0
    return False


@inline_kernel
def one_in_trouble(T, S, event):
    """Whether the event, whatever its group, is in trouble."""
    if placed_in_trouble(T, S, event):
        return True
    slot = S.slot[event]
    bits = block_of(T.event_duration[event], T.slot_position[slot])
    return people_in_trouble(T, S, event, T.slot_day[slot], bits)


@kernel
def in_trouble(T, S, event):
    """Whether the event is unplaced or takes part in a hard violation.

    Of a group, any of its events.
    """
    group = T.event_group[event]
    if group < 0:
        return one_in_trouble(T, S, event)
    for i in range(T.group_ptr[group], T.group_ptr[group + 1]):
        if one_in_trouble(T, S, T.group_event[i]):
            return True
    return False


@inline_kernel
def crowded_periods(T, S, crowded):
    """Of each day, the periods (bits) at which somebody is busy twice.

    All of a day that is too long for somebody.
    """
    for day in range(T.num_days):
        crowded[day] = 0
    for agent in range(len(T.agent_kind)):
        for day in range(T.num_days):
            crowded[day] |= np.int64(S.week[agent, day]) >> DOUBLE
            if breaks_day(T, S, agent, day):
                crowded[day] |= BUSY


@kernel
def troubled_events(T, S, W, events):
    """Write those of ``events`` that are in trouble into ``W.events``; their number.

    People are in the order of memory when their week is looked through once, and in
    none when each event asks for its own. So only events at periods at which somebody
    is in trouble ask: of a large university with one clash left, one in fifty.
    """
    crowded_periods(T, S, W.crowded)
    size = 0
    for i in range(len(events)):
        event = events[i]
        if T.event_group[event] >= 0:
            if in_trouble(T, S, event):
                W.events[size] = event
                size += 1
            continue
        troubled = placed_in_trouble(T, S, event)
        if not troubled:
            slot = S.slot[event]
            day = T.slot_day[slot]
            bits = block_of(T.event_duration[event], T.slot_position[slot])
            if bits & W.crowded[day]:
                troubled = people_in_trouble(T, S, event, day, bits)
        if troubled:
            W.events[size] = event
            size += 1
    return size


@inline_kernel
def week_without(T, S, agent, bundle, rest):
    """Busy periods (bits) of each day of an agent, without those of a bundle."""
    for day in range(T.num_days):
        rest[day] = np.int64(S.week[agent, day])
    end = T.bundle_ptr[bundle + 1]
    for k in range(T.bundle_ptr[bundle], end):
        cls = T.bundle_class[k]
        for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
            slot = S.slot[T.class_event[i]]
            if slot >= 0:
                day = T.slot_day[slot]
                bits = block_of(
                    T.event_duration[T.class_event[i]], T.slot_position[slot]
                )
                rest[day] &= without(rest[day], bits) | ~np.int64(BUSY)
        # What was busy twice is so once for the next class. Three times is told as
        # twice: then a class too many is told to be free, and a try tells the truth.
        if k + 1 < end:
            for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
                slot = S.slot[T.class_event[i]]
                if slot >= 0:
                    duration = T.event_duration[T.class_event[i]]
                    bits = block_of(duration, T.slot_position[slot])
                    rest[T.slot_day[slot]] &= ~(bits << DOUBLE)
    for day in range(T.num_days):
        rest[day] &= BUSY


@inline_kernel
def clashes_of_bundle(T, S, bundle, rest, trial):
    """Periods of a bundle at which somebody with such a week is busy already.

    Two of its classes at one period count; ``trial`` is work space for that.
    """
    first, last = T.bundle_ptr[bundle], T.bundle_ptr[bundle + 1]
    week = rest
    if last - first > 1:
        week = trial
        for day in range(T.num_days):
            trial[day] = rest[day]
    clashes = 0
    for k in range(first, last):
        cls = T.bundle_class[k]
        for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
            slot = S.slot[T.class_event[i]]
            if slot >= 0:
                bits = block_of(
                    T.event_duration[T.class_event[i]], T.slot_position[slot]
                )
                clashes += popcount(week[T.slot_day[slot]] & bits)
        if k + 1 < last:
            for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
                slot = S.slot[T.class_event[i]]
                if slot >= 0:
                    duration = T.event_duration[T.class_event[i]]
                    week[T.slot_day[slot]] |= block_of(duration, T.slot_position[slot])
    return clashes


@kernel
def resolve_students(T, S, J, W, event, hard_weight):
    """Offer each clashing student of the event another bundle with fewer clashes.

    The larger a university, the more classes an elective has, and to try one out takes
    much longer than to see that the student clashes there as well.
    """
    cls = T.event_class[event]
    slot = S.slot[event]
    if slot < 0:
        return
    day = T.slot_day[slot]
    bits = block_of(T.event_duration[event], T.slot_position[slot])
    first = T.member_ptr[cls]
    i = 0
    # Exchanges may bring in another clashing student: look at each place a few times.
    for _ in range(2 * S.member_count[cls]):
        if i >= S.member_count[cls]:
            break
        enrolment = np.int64(S.member[first + i])
        moved = False
        if any_clash(S, S.student, first + i, first + i + 1, day, bits):
            mine = S.section[enrolment]
            week_without(T, S, S.student[first + i], mine, W.rest)
            clashes = clashes_of_bundle(T, S, mine, W.rest, W.trial)
            for j in range(T.options_first[enrolment], T.options_end[enrolment]):
                target = np.int64(T.options_idx[j])
                if clashes_of_bundle(T, S, target, W.rest, W.trial) >= clashes:
                    continue
                if resection(T, S, J, enrolment, target, hard_weight, 0.0):
                    moved = True
                    break
        if not moved:
            i += 1


@kernel
def repair(T, S, J, W, B, table, events, free, hard_weight, temperature, seed):
    """A round of aiming at events in trouble.

    ``events`` may be troubled, ``free`` may be moved to make way. The random numbers
    go on from the round before if ``seed`` is below 0. Returns the number of moves
    made, -1 if nothing is in trouble.
    """
    if seed >= 0:
        seed_state(S, seed)
    moves = 0
    troubled = troubled_events(T, S, W, events)
    keep_best(S, J, B)
    if troubled == 0:
        return -1
    for _ in range(max(troubled, 8)):
        event = W.events[below(S, troubled)]
        if uniform(S) < 0.05 and len(free) > 0:
            event = free[below(S, len(free))]
        elif not in_trouble(T, S, event):
            continue
        group = T.event_group[event]
        if group < 0:
            resolve_students(T, S, J, W, event, hard_weight)
        else:
            for i in range(T.group_ptr[group], T.group_ptr[group + 1]):
                resolve_students(T, S, J, W, T.group_event[i], hard_weight)
        if in_trouble(T, S, event):
            heat_bath(T, S, J, table, event, hard_weight, temperature)
        moves += 1
        if S.totals[0] < B.totals[0]:
            keep_best(S, J, B)
    return moves


@kernel
def anneal(
    T,
    S,
    J,
    W,
    B,
    table,
    events,
    enrolments,
    hard_weight,
    temperature,
    iterations,
    seed,
    statistics,
):
    """Metropolis moves and heat baths at one temperature.

    ``W.dice`` holds the operators in their proportions; ``statistics`` (operators ×
    [tried, accepted, gain of the penalised cost]) grows.
    """
    seed_state(S, seed)
    for _ in range(iterations):
        op = np.int64(W.dice[below(S, DICE)])
        statistics[op, 0] += 1
        before = penalised(S, hard_weight)
        done = False
        if op == 5:
            enrolment = enrolments[below(S, len(enrolments))]
            first = np.int64(T.options_first[enrolment])
            count = np.int64(T.options_end[enrolment]) - first
            target = np.int64(T.options_idx[first + below(S, count)])
            done = resection(T, S, J, enrolment, target, hard_weight, temperature)
        else:
            event = events[below(S, len(events))]
            here = S.slot[event]
            if op == 0 or here < 0 or T.event_group[event] >= 0:
                done = heat_bath(T, S, J, table, event, hard_weight, temperature)
            elif op < 3:
                slot = open_start(T, S, event) if op == 1 else here
                room = S.room[event]
                die = below(S, 10)
                if die < FREE:
                    empty = free_room(T, S, event, slot)
                    room = empty if empty >= 0 else room
                elif op == 2 or die < ANY:
                    room = random_room(T, S, event, slot)
                if suits(T, event, slot, room) and (
                    slot != here or room != S.room[event]
                ):
                    done = relocate(
                        T, S, J, table, event, slot, room, hard_weight, temperature
                    )
            elif op == 3:
                other = events[below(S, len(events))]
                there = S.slot[other]
                if other == event or there < 0 or there == here:
                    continue
                if T.event_group[other] >= 0:
                    continue
                hopeless = exchange_is_blocked(T, S, event, other)
                if not hopeless or below(S, BLIND) == 0:
                    rise = tolerance(S, temperature)
                    done = exchange(T, S, J, table, event, other, hard_weight, rise)
            else:
                slot = random_start(T, S, event)
                done = kempe(T, S, J, W, table, event, slot, hard_weight, temperature)
        if done:
            after = penalised(S, hard_weight)
            statistics[op, 1] += 1
            if after < before:
                statistics[op, 2] += before - after
            keep_best(S, J, B)


@kernel
def recount(T, S):
    """(hard, soft) of the day and week tables of all agents, counted afresh."""
    hard = 0
    soft = 0
    for agent in range(len(T.agent_kind)):
        days = 0
        kind = np.int64(T.agent_kind[agent])
        for day in range(T.num_days):
            word = np.int64(S.week[agent, day])
            row = T.kind_row[kind, day]
            soft += T.day_soft[row, word & BUSY]
            hard += T.day_hard[row, word & BUSY]
            if word & BUSY:
                days |= 1 << day
            for p in range(T.num_positions):
                if (word >> (DOUBLE + p)) & 1:
                    hard += S.crowd[agent, day * T.num_positions + p] - 1
        if T.kind_week[kind] >= 0:
            if days != np.int64(S.week[agent, T.comes]):
                hard += 1 << 40
            soft += T.week_soft[T.kind_week[kind], days]
            hard += T.week_hard[T.kind_week[kind], days]
        if T.rests:
            for day in range(1, T.num_days):
                if T.follows[day]:
                    before = np.int64(S.week[agent, day - 1]) & BUSY
                    short = night(
                        T, day - 1, before, np.int64(S.week[agent, day]) & BUSY
                    )
                    hard += T.kind_rest_hard[kind] * short
                    soft += T.kind_rest_soft[kind] * T.day_size[day] * short
    return hard, soft
