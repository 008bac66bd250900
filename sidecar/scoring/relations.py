"""When a relation between two placed events holds."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, pairwise, product

from sidecar.contract.problem import Class, Relation

from .layers import STRIDE


@dataclass(frozen=True)
class Placed:
    """An event in the week: its day, first position, length and rooms."""

    day: int
    start: int
    duration: int
    rooms: frozenset[str]

    @property
    def end(self) -> int:
        return self.start + self.duration


def related_pairs(relation: Relation) -> list[tuple[str, str]]:
    """Pairs of events that a relation of events speaks of, in order."""
    events = relation.events
    if relation.type == "max_days":
        return []
    if relation.type == "back_to_back":
        return list(pairwise(events))
    return list(combinations(events, 2))


def events_of(relation: Relation, classes: dict[str, Class]) -> list[str]:
    """Events that a relation speaks of, those of its classes included."""
    more = (event.id for key in relation.classes for event in classes[key].events)
    return [*relation.events, *more]


def broken_by(
    relation: Relation,
    at: dict[str, Placed],
    classes: dict[str, Class],
    breaks: dict[int, set[int]],
) -> tuple[int, list[str]]:
    """How often a relation is broken by placed events, and by which of them."""
    value = relation.value or 0
    if relation.type == "max_days":
        beyond = len({placed.day for placed in at.values()}) - value
        return max(0, beyond), sorted(at)
    pairs = related_pairs(relation)
    for one, other in combinations(relation.classes, 2):
        mine = [e.id for e in classes[one].events if e.id in at]
        theirs = [e.id for e in classes[other].events if e.id in at]
        if relation.type == "precedence" and mine and theirs:
            # The first meeting of the week decides.
            def when(event: str) -> tuple[int, int, int]:
                return at[event].day, at[event].start, at[event].duration

            pairs.append((min(mine, key=when), min(theirs, key=when)))
        elif relation.type != "precedence":
            pairs += product(mine, theirs)
    broken = [
        (a, b)
        for a, b in pairs
        if a in at
        and b in at
        and not holds(relation.type, value, at[a], at[b], breaks[at[a].day])
    ]
    return len(broken), sorted({event for pair in broken for event in pair})


def holds(kind: str, value: int, a: Placed, b: Placed, pause: set[int]) -> bool:
    """Whether a pairwise relation holds; ``pause`` are the breaks of ``a``'s day."""
    same_day = a.day == b.day
    overlap = a.start < b.end and b.start < a.end
    if kind == "back_to_back":
        return same_day and _touch(a, b, pause)
    if kind in _AT_ALL_TIMES:
        return _AT_ALL_TIMES[kind](a, b)
    match kind:
        case "not_overlap" | "same_attendees":
            return not (same_day and overlap)
        case "overlap":
            return same_day and overlap
        case "precedence":
            return (a.day, a.end) <= (b.day, b.start) if same_day else a.day < b.day
        case "work_day":
            return not same_day or max(a.end, b.end) - min(a.start, b.start) <= value
        case "min_gap":
            if not same_day:
                return True
            return b.start - a.end >= value or a.start - b.end >= value
    raise ValueError(f"There is no relation '{kind}'.")


_AT_ALL_TIMES: dict[str, Callable[[Placed, Placed], bool]] = {
    "same_days": lambda a, b: a.day == b.day,
    "different_days": lambda a, b: a.day != b.day,
    "same_weeks": lambda a, b: a.day // STRIDE == b.day // STRIDE,
    "different_weeks": lambda a, b: a.day // STRIDE != b.day // STRIDE,
    "same_start": lambda a, b: a.start == b.start,
    "different_time": lambda a, b: a.end <= b.start or b.end <= a.start,
    "same_time": lambda a, b: (
        (b.start <= a.start and a.end <= b.end)
        or (a.start <= b.start and b.end <= a.end)
    ),
    "same_room": lambda a, b: a.rooms == b.rooms,
    "different_room": lambda a, b: not a.rooms or a.rooms != b.rooms,
}
"""Kinds that speak of one thing only: days, weeks, the time of day, or rooms."""


def _touch(a: Placed, b: Placed, pause: set[int]) -> bool:
    """Whether one ends where the other starts, on one day and without a break."""
    if a.end == b.start:
        return a.end - 1 not in pause
    return b.end == a.start and b.end - 1 not in pause
