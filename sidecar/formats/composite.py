"""Rooms of the engine: those of the problem, and several of them as one.

A hall that is made of two halves, and two laboratories that an event needs at once,
are both a room that takes its parts with it.
"""

from collections.abc import Iterator
from itertools import combinations, islice
from math import comb

from sidecar.contract.problem import Event, Problem, Room

from .wishes import penalty_of, suits

MOST_CHOICES = 400
"""Ways to choose the rooms of an event that needs several; beyond, near rooms."""
NEAR = 5
"""Rooms beside each room that are tried with it, where there are too many ways."""


class Rooms:
    """Numbers of rooms, and of sets of them, which get theirs when asked for."""

    def __init__(self, problem: Problem) -> None:
        self.rooms = list(problem.rooms)
        self.number = {room.id: k for k, room in enumerate(self.rooms)}
        self.parts = [
            tuple(self.number[part] for part in room.parts or [room.id])
            for room in self.rooms
        ]
        self.names: list[tuple[str, ...]] = [(room.id,) for room in self.rooms]
        self._sets: dict[frozenset[str], int] = {}

    @property
    def composite(self) -> bool:
        """Whether any room takes others with it."""
        return any(parts != (k,) for k, parts in enumerate(self.parts))

    def of(self, ids: list[str]) -> int:
        """Number of one room, or of several at once."""
        if len(ids) == 1:
            return self.number[ids[0]]
        key = frozenset(ids)
        if key not in self._sets:
            self._sets[key] = len(self.names)
            self.names.append(tuple(sorted(key, key=self.number.__getitem__)))
            self.parts.append(self.parts_of(key))
        return self._sets[key]

    def parts_of(self, ids: frozenset[str]) -> tuple[int, ...]:
        """Smallest rooms that some rooms are made of."""
        numbers = sorted(self.number[key] for key in ids)
        return tuple(dict.fromkeys(p for k in numbers for p in self.parts[k]))

    def seats(self, number: int) -> int:
        """Seats of a room, or of several together."""
        return sum(self.rooms[self.number[r]].capacity for r in self.names[number])

    def building(self, number: int) -> str | None:
        """The building of a room, or the one of several; None if it is not one."""
        found = {self.rooms[self.number[r]].building for r in self.names[number]}
        return found.pop() if len(found) == 1 else None

    def choices(
        self, event: Event, seats: int, pin: str | None
    ) -> list[tuple[int, int]]:
        """(room, penalty) of all that an event may have, the smallest first."""
        if event.rooms_needed == 1:
            found = [
                (number, penalty_of(event, room))
                for number, room in enumerate(self.rooms)
                if (room.id == pin if pin else suits(event, room, seats))
            ]
        else:
            found = [
                (
                    self.of([room.id for room in some]),
                    sum(penalty_of(event, r) for r in some),
                )
                for some in islice(self._together(event, pin, seats), MOST_CHOICES)
            ]
        return sorted(found, key=lambda item: (self.seats(item[0]), item[0]))

    def _together(
        self, event: Event, pin: str | None, seats: int
    ) -> Iterator[tuple[Room, ...]]:
        """As many rooms as an event needs, with enough seats, no part in two."""
        several = event.rooms_needed
        fit = [r for r in self.rooms if r.id == pin or suits(event, r, 0)]
        ways: Iterator[tuple[Room, ...]]
        if comb(len(fit), several) <= MOST_CHOICES:
            ways = combinations(fit, several)
        else:
            ways = self._near(fit, several)
        known: set[frozenset[str]] = set()
        for some in ways:
            key = frozenset(room.id for room in some)
            parts = [p for room in some for p in self.parts[self.number[room.id]]]
            if (
                key not in known
                and (pin is None or pin in key)
                and len(set(parts)) == len(parts)
                and sum(room.capacity for room in some) >= seats
            ):
                known.add(key)
                yield some

    def _near(self, fit: list[Room], several: int) -> Iterator[tuple[Room, ...]]:
        """Each room with those nearest to it: of its building, then of its size."""
        beside = [
            (
                room,
                sorted(
                    (other for other in fit if other is not room),
                    key=lambda o: (
                        o.building != room.building,
                        abs(o.capacity - room.capacity),
                    ),
                )[: max(NEAR, several)],
            )
            for room in fit
        ]
        # In turn, so that no room is left out if there are too many.
        ways = [
            (iter(combinations(others, several - 1)), room) for room, others in beside
        ]
        while ways:
            left = []
            for more, room in ways:
                some = next(more, None)
                if some is not None:
                    yield (room, *some)
                    left.append((more, room))
            ways = left
