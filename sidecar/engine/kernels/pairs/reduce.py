"""Options that no feasible timetable can use, and pairs that can never matter."""

from ..jit import inline_kernel, kernel
from .rules import link_broken, meet


@inline_kernel
def times_at_odds(kind, value, days, start, end, i, j):
    """Whether two patterns break a rule whatever the rooms; i is the first's."""
    return link_broken(
        kind, value, 1, days[i], start[i], end[i], 0, days[j], start[j], end[j], 0
    )


@kernel
def revise(days, start, end, ptr, option, alive, a, b, kind, value, flip):
    """Drop options of ``a`` that agree with no option of ``b``; how many.

    ``flip``: ``b`` comes first in the rule. Where nothing would be left, nothing is
    dropped: then there is no feasible timetable, and the search shows the least evil.
    """
    dropped = 0
    left = 0
    for i in range(ptr[a], ptr[a + 1]):
        if alive[i] != 1:
            continue
        supported = False
        for j in range(ptr[b], ptr[b + 1]):
            if alive[j] != 1:
                continue
            p, q = option[i], option[j]
            if flip:
                odds = times_at_odds(kind, value, days, start, end, q, p)
            else:
                odds = times_at_odds(kind, value, days, start, end, p, q)
            if not odds:
                supported = True
                break
        if supported:
            left += 1
        else:
            alive[i] = 2
            dropped += 1
    if dropped:
        for i in range(ptr[a], ptr[a + 1]):
            if alive[i] == 2:
                alive[i] = 0 if left else 1
    return dropped if left else 0


@kernel
def revise_all(days, start, end, ptr, option, alive, first, second, kind, value):
    """One pass of ``revise`` over all pairs, both ways; how many options fell."""
    dropped = 0
    for n in range(len(first)):
        a, b = first[n], second[n]
        dropped += revise(
            days, start, end, ptr, option, alive, a, b, kind[n], value[n], 0
        )
        dropped += revise(
            days, start, end, ptr, option, alive, b, a, kind[n], value[n], 1
        )
    return dropped


@inline_kernel
def can_meet(days, start, end, ptr, option, a, b, gap):
    for i in range(ptr[a], ptr[a + 1]):
        p = option[i]
        for j in range(ptr[b], ptr[b + 1]):
            q = option[j]
            if meet(days[p], start[p], end[p], days[q], start[q], end[q], gap):
                return True
    return False


@kernel
def which_can_meet(days, start, end, ptr, option, first, second, gap, result):
    """For each pair of classes whether they can come closer than ``gap``."""
    for n in range(len(first)):
        result[n] = can_meet(days, start, end, ptr, option, first[n], second[n], gap)


@kernel
def count_overlaps(days, start, end, sizes):
    """How many patterns share time with each, itself included."""
    for p in range(len(days)):
        for q in range(len(days)):
            if meet(days[p], start[p], end[p], days[q], start[q], end[q], 0):
                sizes[p] += 1


@kernel
def list_overlaps(days, start, end, ptr, result):
    """The patterns that share time with each."""
    for p in range(len(days)):
        at = ptr[p]
        for q in range(len(days)):
            if meet(days[p], start[p], end[p], days[q], start[q], end[q], 0):
                result[at] = q
                at += 1
