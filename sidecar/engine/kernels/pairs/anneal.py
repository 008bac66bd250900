"""The loop: draw a move, take it or leave it, keep the best."""

import numpy as np

from ..chance import below, seed_state, tolerance
from ..jit import kernel
from .moves import (
    MOST,
    chain,
    change_bundle,
    exchange,
    heat_bath,
    move_with_students,
    open_place,
    random_place,
    random_time,
    room_swap,
    single,
    swap_bundles,
)
from .state import HARD, SOFT, price

OPERATORS = (
    "time_change",
    "room_change",
    "time_room_change",
    "heat_bath",
    "chain",
    "room_swap",
    "exchange",
    "time_students_change",
    "bundle_change",
    "bundle_swap",
)
"""In the order of the weights and statistics of ``anneal``."""
(
    TIME_CHANGE,
    ROOM_CHANGE,
    TIME_ROOM_CHANGE,
    HEAT_BATH,
    CHAIN_MOVE,
    ROOM_SWAP,
    EXCHANGE,
    TIME_STUDENTS_CHANGE,
    BUNDLE_CHANGE,
    BUNDLE_SWAP,
) = range(10)
DICE = 1024
"""Sides of the die that chooses operators."""


@kernel
def keep_best(S, W, B):
    """Bring the incumbent up to date if the state is better; True if it was."""
    hard, soft = S.totals[HARD], S.totals[SOFT]
    if hard > B.totals[HARD] or (hard == B.totals[HARD] and soft >= B.totals[SOFT]):
        return False
    for i in range(len(B.totals)):
        B.totals[i] = S.totals[i]
    if W.sizes[1] > len(W.dirty_class) or W.sizes[2] > len(W.dirty_enrolment):
        for cls in range(len(B.time)):
            B.time[cls] = S.time[cls]
            B.place[cls] = S.place[cls]
        for enrolment in range(len(B.bundle)):
            B.bundle[enrolment] = S.bundle[enrolment]
    else:
        for i in range(W.sizes[1]):
            cls = W.dirty_class[i]
            B.time[cls] = S.time[cls]
            B.place[cls] = S.place[cls]
        for i in range(W.sizes[2]):
            enrolment = W.dirty_enrolment[i]
            B.bundle[enrolment] = S.bundle[enrolment]
    W.sizes[1] = 0
    W.sizes[2] = 0
    return True


@kernel
def press(T, S, base, most, up, down):
    """Weights of broken hard rules grow by 1/up, those of the others sink back."""
    for rule in range(len(S.broken)):
        if T.rule_hard[rule]:
            weight = S.weight[rule] + 0
            if S.broken[rule] > 0:
                weight = min(most, weight + weight // up + 1)
            elif weight > base:
                weight -= (weight - base) // down + 1
            S.weight[rule] = weight


@kernel
def attempt(T, S, W, op, rise, slack, temperature):
    """One move of an operator."""
    if op >= BUNDLE_CHANGE:
        enrolment = W.choosers[below(S, len(W.choosers))]
        course = T.enrolment_course[enrolment]
        if op == BUNDLE_CHANGE:
            first = T.course_ptr[course]
            bundle = first + below(S, T.course_ptr[course + 1] - first)
            return change_bundle(T, S, W, enrolment, bundle, rise)
        first = T.attend_ptr[course]
        other = T.attend[first + below(S, T.attend_ptr[course + 1] - first)]
        return swap_bundles(T, S, W, enrolment, np.int64(other), rise)
    cls = W.movable[below(S, len(W.movable))]
    if op == TIME_CHANGE:
        time = random_time(T, S, cls)
        return single(T, S, W, cls, time, np.int64(S.place[cls]), rise)
    if op == ROOM_CHANGE:
        place = random_place(T, S, cls)
        return single(T, S, W, cls, np.int64(S.time[cls]), place, rise)
    if op == TIME_ROOM_CHANGE:
        time = random_time(T, S, cls)
        place = open_place(T, S, cls, time)
        return single(T, S, W, cls, time, np.int64(place), rise)
    if op == HEAT_BATH:
        return heat_bath(T, S, W, cls, temperature)
    if op == CHAIN_MOVE:
        time = random_time(T, S, cls)
        place = np.int64(S.place[cls])
        if below(S, 2):
            place = random_place(T, S, cls)
        if time == S.time[cls] and place == S.place[cls]:
            return False
        return chain(T, S, W, cls, time, place, rise, slack)
    if op == TIME_STUDENTS_CHANGE:
        time = random_time(T, S, cls)
        place = open_place(T, S, cls, time)
        return move_with_students(T, S, W, cls, time, np.int64(place), rise)
    if op == ROOM_SWAP:
        return room_swap(T, S, W, cls, random_place(T, S, cls), rise)
    other = W.movable[below(S, len(W.movable))]
    if other == cls:
        return False
    return exchange(T, S, W, cls, other, rise)


@kernel
def anneal(T, S, W, B, temperature, slack, iterations, seed):
    """Moves at one temperature; ``W.statistics`` grows."""
    seed_state(S, seed)
    for _ in range(iterations):
        op = np.int64(W.dice[below(S, DICE)])
        W.statistics[op, 0] += 1
        rise = tolerance(S, temperature)
        if attempt(T, S, W, op, rise, slack, temperature):
            W.statistics[op, 1] += 1
            if W.sizes[3] < 0:
                W.statistics[op, 2] -= W.sizes[3]
            # Weights differ: a dearer timetable may break fewer rules.
            keep_best(S, W, B)


@kernel
def sweep(T, S, W, B, classes, temperature, seed):
    """A heat bath for each of the classes, in order."""
    seed_state(S, seed)
    for i in range(len(classes)):
        heat_bath(T, S, W, classes[i], temperature)
    keep_best(S, W, B)


@kernel
def seat(T, S, W, B, enrolments, seed):
    """Each enrolment, in order, takes its cheapest bundle."""
    seed_state(S, seed)
    for i in range(len(enrolments)):
        enrolment = enrolments[i]
        course = T.enrolment_course[enrolment]
        first, last = T.course_ptr[course], T.course_ptr[course + 1]
        count = last - first
        turn = below(S, count)
        for step in range(count):
            bundle = first + (step + turn) % count
            change_bundle(T, S, W, enrolment, bundle, 0)
    keep_best(S, W, B)


@kernel
def sample_rises(T, S, W, result, seed):
    """Rises of cost of random changes of time or room."""
    seed_state(S, seed)
    for i in range(len(result)):
        cls = W.movable[below(S, len(W.movable))]
        time = random_time(T, S, cls)
        place = open_place(T, S, cls, time)
        now = price(T, S, W, cls, np.int64(S.time[cls]), np.int64(S.place[cls]), MOST)
        result[i] = price(T, S, W, cls, time, np.int64(place), MOST) - now
