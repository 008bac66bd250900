"""Construction, repair and annealing over the moves."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..tables import Tables
from .jit import kernel
from .moves import (
    heat_bath,
    kempe,
    random_room,
    random_start,
    relocate,
    resection,
    swap,
)
from .pricing import suits
from .state import join, relations_cost

OPERATORS = (
    "heat_bath",
    "time_room_change",
    "room_change",
    "time_swap",
    "kempe_chain",
    "section_change",
)
"""Operators in the order of the weights and statistics passed to ``anneal``."""


class Work(NamedTuple):
    """Scratch memory of the kernels."""

    cost: npt.NDArray[np.int32]
    chain: npt.NDArray[np.int64]
    rooms: npt.NDArray[np.int64]
    events: npt.NDArray[np.int64]


class Best(NamedTuple):
    """The incumbent: what a ``Timetable`` holds, and its (hard, soft)."""

    slot: npt.NDArray[np.int64]
    room: npt.NDArray[np.int64]
    section: npt.NDArray[np.int64]
    totals: npt.NDArray[np.int64]


def new_work(tables: Tables) -> Work:
    """Scratch memory for one thread of search."""
    return Work(
        cost=np.zeros(tables.num_days * tables.num_positions, np.int32),
        chain=np.zeros(64, np.int64),
        rooms=np.zeros(64, np.int64),
        events=np.zeros(len(tables.event_class), np.int64),
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


@kernel
def section_all(T, S, order, seed):
    """First sectioning: each enrolment joins the open class with fewest clashes."""
    np.random.seed(seed)
    for n in range(len(order)):
        enrolment = order[n]
        if S.section[enrolment] >= 0:
            continue
        first, last = T.options_ptr[enrolment], T.options_ptr[enrolment + 1]
        best, best_key = -1, 1e18
        for i in range(first, last):
            cls = T.options_idx[i]
            room = S.member_count[cls] < T.class_limit[cls]
            key = S.member_count[cls] / max(1, T.class_limit[cls]) + np.random.random()
            if not room:
                key += 1e6
            if key < best_key:
                best, best_key = cls, key
        if best >= 0:
            join(T, S, enrolment, best)


@kernel
def construct(T, S, J, W, table, events, hard_weight, seed):
    """Place the listed events in order, each at its cheapest slot."""
    np.random.seed(seed)
    cost = W.cost
    for i in range(len(events)):
        if S.slot[events[i]] < 0:
            heat_bath(T, S, J, table, events[i], hard_weight, 0.0, cost)


@kernel
def in_trouble(T, S, event):
    """Whether the event is unplaced or takes part in a hard violation."""
    slot, room = S.slot[event], S.room[event]
    if slot < 0 or (room < 0 and T.event_needs_room[event]):
        return True
    P = T.num_positions
    day = slot // P
    duration = T.event_duration[event]
    cls = T.event_class[event]
    for k in range(duration):
        if room >= 0 and S.room_count[room, slot + k] > 1:
            return True
    for i in range(T.agents_ptr[event], T.agents_ptr[event + 1]):
        agent = T.agents_idx[i]
        if T.day_hard[T.agent_row[agent, day], S.mask[agent, day]] > 0:
            return True
        for k in range(duration):
            if S.attending[agent, slot + k] > 1:
                return True
    first = T.member_ptr[cls]
    for i in range(first, first + S.member_count[cls]):
        agent = T.enrolment_student[S.member[i]]
        for k in range(duration):
            if S.attending[agent, slot + k] > 1:
                return True
    for i in range(T.class_ptr[cls], T.class_ptr[cls + 1]):
        other = T.class_event[i]
        if other == event or S.slot[other] < 0:
            continue
        if T.class_one_per_day[cls] and S.slot[other] // P == day:
            return True
        if S.slot[other] < slot + duration:
            if slot < S.slot[other] + T.event_duration[other]:
                return True
    hard, _ = relations_cost(T, S, event, slot, room)
    return hard > 0


@kernel
def troubled_events(T, S, events, found):
    """Write those of ``events`` that are in trouble into ``found``; their number."""
    size = 0
    for i in range(len(events)):
        if in_trouble(T, S, events[i]):
            found[size] = events[i]
            size += 1
    return size


@kernel
def resolve_students(T, S, J, event, hard_weight):
    """Offer each clashing student of the event a parallel class that is better."""
    cls = T.event_class[event]
    slot = S.slot[event]
    if slot < 0:
        return
    first = T.member_ptr[cls]
    i = 0
    # Exchanges may bring in another clashing student: look at each place a few times.
    for _ in range(2 * S.member_count[cls]):
        if i >= S.member_count[cls]:
            break
        enrolment = S.member[first + i]
        agent = T.enrolment_student[enrolment]
        clash = False
        for k in range(T.event_duration[event]):
            clash |= S.attending[agent, slot + k] > 1
        moved = False
        if clash:
            for j in range(T.options_ptr[enrolment], T.options_ptr[enrolment + 1]):
                target = T.options_idx[j]
                if target != cls and resection(
                    T, S, J, enrolment, target, hard_weight, 0.0
                ):
                    moved = True
                    break
        if not moved:
            i += 1


@kernel
def repair(T, S, J, W, B, table, events, free, rounds, hard_weight, temperature, seed):
    """Aim at events in trouble until there are none or the rounds are used up.

    ``events`` may be troubled, ``free`` may be moved to make way. Returns the number
    of moves made.
    """
    np.random.seed(seed)
    moves = 0
    for _ in range(rounds):
        troubled = troubled_events(T, S, events, W.events)
        keep_best(S, J, B)
        if troubled == 0:
            break
        for _ in range(max(troubled, 8)):
            event = W.events[int(np.random.random() * troubled)]
            if np.random.random() < 0.05 and len(free) > 0:
                event = free[int(np.random.random() * len(free))]
            elif not in_trouble(T, S, event):
                continue
            resolve_students(T, S, J, event, hard_weight)
            if in_trouble(T, S, event):
                heat_bath(T, S, J, table, event, hard_weight, temperature, W.cost)
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
    weights,
    hard_weight,
    temperature,
    iterations,
    seed,
    statistics,
):
    """Metropolis moves and heat baths at one temperature.

    ``weights`` are the operators' cumulative probabilities; ``statistics`` (operators
    × [tried, accepted, gain of the penalised cost]) grows.
    """
    np.random.seed(seed)
    cost, chain, rooms = W.cost, W.chain, W.rooms
    for _ in range(iterations):
        point = np.random.random()
        op = 0
        while op < 5 and point >= weights[op]:
            op += 1
        before = S.totals[3] * hard_weight + S.totals[1]
        done = False
        if op == 5:
            if len(enrolments) == 0:
                continue
            enrolment = enrolments[int(np.random.random() * len(enrolments))]
            first = T.options_ptr[enrolment]
            count = T.options_ptr[enrolment + 1] - first
            target = T.options_idx[first + int(np.random.random() * count)]
            done = resection(T, S, J, enrolment, target, hard_weight, temperature)
        else:
            event = events[int(np.random.random() * len(events))]
            if op == 0 or S.slot[event] < 0:
                heat_bath(T, S, J, table, event, hard_weight, temperature, cost)
                done = True
            elif op == 1:
                slot = random_start(T, event)
                room = S.room[event]
                if slot >= 0 and np.random.random() < 0.7:
                    room = random_room(T, event, slot)
                if slot >= 0 and suits(T, event, slot, room):
                    done = relocate(
                        T, S, J, table, event, slot, room, hard_weight, temperature
                    )
            elif op == 2:
                room = random_room(T, event, S.slot[event])
                if room >= 0 and room != S.room[event]:
                    done = relocate(
                        T,
                        S,
                        J,
                        table,
                        event,
                        S.slot[event],
                        room,
                        hard_weight,
                        temperature,
                    )
            elif op == 3:
                other = events[int(np.random.random() * len(events))]
                if other != event and S.slot[other] >= 0:
                    done = swap(T, S, J, table, event, other, hard_weight, temperature)
            else:
                slot = random_start(T, event)
                if slot >= 0:
                    done = kempe(
                        T, S, J, event, slot, hard_weight, temperature, chain, rooms
                    )
        statistics[op, 0] += 1
        if done:
            after = S.totals[3] * hard_weight + S.totals[1]
            statistics[op, 1] += 1
            if after < before:
                statistics[op, 2] += before - after
            keep_best(S, J, B)


@kernel
def recount(T, S):
    """(hard, soft) of the day and week tables of all agents, counted afresh."""
    hard = 0
    soft = 0
    for agent in range(len(T.agent_week)):
        days = 0
        for day in range(T.num_days):
            mask = S.mask[agent, day]
            row = T.agent_row[agent, day]
            hard += T.day_hard[row, mask]
            soft += T.day_soft[row, mask]
            if mask:
                days |= 1 << day
            for p in range(T.num_positions):
                hard += max(0, S.attending[agent, day * T.num_positions + p] - 1)
        if T.agent_week[agent] >= 0:
            soft += T.week_soft[T.agent_week[agent], days]
    return hard, soft
