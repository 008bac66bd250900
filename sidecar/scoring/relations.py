"""When a relation between two placed events holds."""

from dataclasses import dataclass
from itertools import pairwise

from sidecar.contract.problem import Relation


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
    """Pairs of events that a relation speaks of, in order."""
    events = relation.events
    if relation.type == "max_days":
        return []
    if relation.type == "back_to_back":
        return list(pairwise(events))
    return [(a, b) for i, a in enumerate(events) for b in events[i + 1 :]]


def holds(kind: str, value: int, a: Placed, b: Placed, pause: set[int]) -> bool:
    """Whether a pairwise relation holds; ``pause`` are the breaks of ``a``'s day."""
    same_day = a.day == b.day
    overlap = a.start < b.end and b.start < a.end
    match kind:
        case "same_days":
            return same_day
        case "same_start":
            return a.start == b.start
        case "same_room":
            return a.rooms == b.rooms
        case "different_days":
            return not same_day
        case "different_time":
            return not overlap
        case "not_overlap":
            return not (same_day and overlap)
        case "precedence":
            return (a.day, a.end) <= (b.day, b.start) if same_day else a.day < b.day
        case "back_to_back":
            if not same_day:
                return False
            if a.end == b.start:
                return a.end - 1 not in pause
            return b.end == a.start and b.end - 1 not in pause
        case "min_gap":
            if not same_day:
                return True
            return b.start - a.end >= value or a.start - b.end >= value
    raise ValueError(f"There is no relation '{kind}'.")
