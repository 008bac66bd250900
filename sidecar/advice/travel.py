"""Walks between buildings that an event adds or takes away."""

from collections import Counter

from sidecar.diagnosis.grid import Unit, bits
from sidecar.scoring.week import Walks

from .timetable import Place, Timetable

Held = dict[int, list[str | None]]
"""Rooms of an agent's other events, by slot."""


class TravelCosts:
    """For one event, which must not be in the timetable now.

    People with the same other events are looked at once.
    """

    def __init__(self, timetable: Timetable, unit: Unit) -> None:
        self.timetable = timetable
        self.grid = timetable.grid
        self.unit = unit
        self.walks = Walks(timetable.problem)
        self.agents: Counter[frozenset[str]] = Counter()
        for member in unit.teachers:
            units = timetable.of_faculty[member]
            self.agents[frozenset(u.id for u in units)] += 1
        together = timetable.together[unit.id]
        groups = [c for one in together for c in timetable.curricula[one.cls.id]]
        members = [s for one in together for s in timetable.members[one.cls.id]]
        groups += [timetable.sections[student] for student in members]
        for classes, count in Counter(frozenset(g) for g in groups).items():
            units = timetable.units_of(classes)
            self.agents[frozenset(u.id for u in units)] += count
        self.held = [(self._rooms(e), count) for e, count in self.agents.items()]
        self._known: dict[tuple[int, str | None], int] = {}

    def _rooms(self, events: frozenset[str]) -> Held:
        held: Held = {}
        for event in events:
            if event == self.unit.id or event not in self.timetable.at:
                continue
            for bit in bits(self.timetable.covers[event]):
                held.setdefault(bit, []).append(self._room(self.timetable.at[event]))
        return held

    def _room(self, place: Place) -> str | None:
        """A room that says in which building an event is; None if none does."""
        buildings = {self.walks.building[room] for room in place.rooms}
        return min(place.rooms) if len(buildings) == 1 else None

    def added(self, place: Place) -> int:
        """Change of the number of walks if the event is there."""
        room = self._room(place)
        building = None if room is None else self.walks.building[room]
        cover = self.timetable.cover(self.unit, place)
        key = (cover, building)
        if key not in self._known:
            self._known[key] = sum(
                count * self._change(held, cover, room) for held, count in self.held
            )
        return self._known[key]

    def _change(self, held: Held, cover: int, room: str | None) -> int:
        slots = [*bits(cover | cover >> 1)]
        before = sum(self._hurries(held, slot) for slot in slots)
        with_it = dict(held)
        for slot in bits(cover):
            with_it[slot] = [*held.get(slot, []), room]
        return sum(self._hurries(with_it, slot) for slot in slots) - before

    def _hurries(self, held: Held, slot: int) -> int:
        here, there = held.get(slot, []), held.get(slot + 1, [])
        day, position = divmod(slot, self.grid.positions)
        number = self.timetable.number(day)
        if len(here) != 1 or len(there) != 1:
            return 0
        if position + 1 >= self.grid.week.length[number]:
            return 0
        week = self.grid.week
        walks = self.walks.hurries(week, number, position, here[0], there[0])
        return int(walks) * self.timetable.size(day)
