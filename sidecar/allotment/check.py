"""An independent look at an allotment: is it allowed, and could anybody have more?

Reads the request anew with plain dictionaries; shares nothing with what allots.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from ..contract.allotment import AllotRequest, Reserved

Held = Mapping[tuple[str, str], Sequence[str]]
"""Of each ask, by student and basket, the courses given."""


def faults(request: AllotRequest, held: Held) -> list[str]:
    """Say what is not allowed; nothing when all is in order."""
    found = []
    apart = {frozenset(pair) for pair in request.apart}
    takers: dict[str, list[frozenset[str]]] = defaultdict(list)
    for student in request.students:
        mine = list(student.has)
        for ask in student.asks:
            given = held.get((student.id, ask.basket), ())
            if len(given) > ask.choices:
                found.append(f"{student.id} has too many courses of {ask.basket}.")
            found += [
                f"{student.id} did not wish for {course}."
                for course in given
                if course not in ask.wishes
            ]
            mine += given
            for course in given:
                takers[course].append(frozenset(student.groups))
        if len(set(mine)) < len(mine):
            found.append(f"{student.id} has a course twice.")
        found += [
            f"{student.id} has {one} and {other}, which do not go together."
            for place, one in enumerate(mine)
            for other in mine[place + 1 :]
            if frozenset((one, other)) in apart and one != other
        ]
    for row in request.courses:
        if not seats_do(row.seats, row.reserved, takers[row.id]):
            found.append(f"{row.id} has more students than seats for them.")
    return found


def seats_do(
    seats: int, reserved: Sequence[Reserved], takers: Sequence[frozenset[str]]
) -> bool:
    """Whether these students can sit: by Hall's condition over reserved groups."""
    kept = {row.group: row.seats for row in reserved}
    names = sorted(kept)
    kinds = Counter(frozenset(taker & kept.keys()) for taker in takers)
    open_seats = seats - sum(kept.values())
    for number in range(1 << len(names)):
        chosen = {name for place, name in enumerate(names) if number >> place & 1}
        # Who may sit only in the open seats and in those of the chosen groups.
        inside = sum(count for kind, count in kinds.items() if kind <= chosen)
        if inside > open_seats + sum(kept[name] for name in chosen):
            return False
    return True


def profile_of(request: AllotRequest, held: Held) -> list[int]:
    """How many choices got their first wish, second …, and none last."""
    most = max(
        (len(ask.wishes) for student in request.students for ask in student.asks),
        default=0,
    )
    counts = [0] * (most + 1)
    for student in request.students:
        for ask in student.asks:
            given = held.get((student.id, ask.basket), ())
            for course in given:
                counts[ask.wishes.index(course)] += 1
            counts[most] += ask.choices - len(given)
    return counts


def improvable(request: AllotRequest, held: Held, closed: set[str]) -> int:
    """Choices that could be bettered without anybody losing.

    Somebody moves to a better wish with a free seat, or several change places in a ring
    in which each gains: such rings and ways are looked for among kinds of seats
    (a course as a group of students sees it). Counted are the choices on them.
    """
    apart: dict[str, set[str]] = defaultdict(set)
    for one, other in request.apart:
        apart[one].add(other)
        apart[other].add(one)
    takers: dict[str, list[frozenset[str]]] = defaultdict(list)
    kept = {
        course.id: frozenset(row.group for row in course.reserved)
        for course in request.courses
    }
    wants: dict[tuple[str, frozenset[str]], set[tuple[str, frozenset[str]]]]
    wants = defaultdict(set)
    unserved: set[tuple[str, frozenset[str]]] = set()
    moves: list[tuple[tuple[str, frozenset[str]], tuple[str, frozenset[str]]]] = []
    for student in request.students:
        groups = frozenset(student.groups)
        mine = set(student.has)
        for ask in student.asks:
            mine.update(held.get((student.id, ask.basket), ()))
        for ask in student.asks:
            given = list(held.get((student.id, ask.basket), ()))
            for course in given:
                takers[course].append(groups & kept[course])
            spare: list[str | None] = [*given]
            if len(given) < ask.choices:
                spare.append(None)
            for had in spare:
                end = len(ask.wishes) if had is None else ask.wishes.index(had)
                others = mine - {had}
                for course in ask.wishes[:end]:
                    if course in mine or course in closed or apart[course] & others:
                        continue
                    goal = (course, groups & kept[course])
                    if had is None:
                        unserved.add(goal)
                    else:
                        start = (had, groups & kept[had])
                        wants[start].add(goal)
                        moves.append((start, goal))
    free = _free(request, kept, takers, closed)
    return _count(wants, moves, unserved, free)


Seat = tuple[str, frozenset[str]]


def _free(
    request: AllotRequest,
    kept: Mapping[str, frozenset[str]],
    takers: Mapping[str, Sequence[frozenset[str]]],
    closed: set[str],
) -> set[Seat]:
    """Kinds of seats of which one more can be given."""
    free = set()
    for course in request.courses:
        if course.id in closed:
            continue
        now = list(takers.get(course.id, ()))
        names = sorted(kept[course.id])
        for number in range(1 << len(names)):
            kind = frozenset(n for place, n in enumerate(names) if number >> place & 1)
            if seats_do(course.seats, course.reserved, [*now, kind]):
                free.add((course.id, kind))
    return free


def _count(
    wants: Mapping[Seat, set[Seat]],
    moves: Sequence[tuple[Seat, Seat]],
    unserved: set[Seat],
    free: set[Seat],
) -> int:
    """Choices that reach a free seat, or lie on a ring."""
    # From a seat one reaches all that its holders would rather have, and so on.
    reach: dict[Seat, set[Seat]] = {}
    for start in [*wants, *unserved]:
        if start in reach:
            continue
        seen: set[Seat] = set()
        open_ends = list(wants.get(start, ()))
        while open_ends:
            seat = open_ends.pop()
            if seat not in seen:
                seen.add(seat)
                open_ends.extend(wants.get(seat, ()))
        reach[start] = seen
    count = 0
    for start, goal in set(moves):
        beyond = reach.get(goal, set()) | {goal}
        count += bool(beyond & free) or start in beyond
    for goal in unserved:
        count += bool((reach.get(goal, set()) | {goal}) & free)
    return count
