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
    rooms: list[str]
    slots: list[str | None]
    classes: list[str]
    students: list[str]
    faculty: list[str]
    bundles: list[tuple[int, ...]]
    """Classes of each bundle, by index."""
