"""Ids and their indices."""

from collections.abc import Iterable
from dataclasses import dataclass


class Index:
    """Position of each id in its list."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = list(ids)
        self._number = {key: number for number, key in enumerate(self.ids)}

    def __getitem__(self, key: str) -> int:
        return self._number[key]


@dataclass(frozen=True)
class Names:
    """Ids by index; ``slots`` has None where no timeslot exists."""

    events: list[str]
    rooms: list[tuple[str, ...]]
    """Rooms of the problem, then several at once."""
    slots: list[str | None]
    classes: list[str]
    students: list[str]
    faculty: list[str]
    bundles: list[tuple[int, ...]]
    """Classes of each bundle, by index; those beyond ``classes`` have the events of
    classes taught as one."""
    groups: dict[int, list[int]]
    """First event → all events of what is one decision."""
    further: list[int]
    """Events that are further meetings of others."""
    times: dict[int, dict[tuple[int, ...], tuple[str, str | None, str | None]]]
    """First event → slots of its meetings → timeslot, pattern and weeks, for events
    that have more than a start."""
    joined: dict[int, list[str]]
    """Event → ids of those that are held as one with it."""
