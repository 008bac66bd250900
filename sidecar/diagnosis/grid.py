"""The problem as bit masks over the week: bit ``day × positions + position``."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from sidecar.contract.problem import Class, Event, Problem, Relation, Room
from sidecar.scoring.relations import Placed, holds
from sidecar.scoring.week import Week

from .facts import Fact
from .places import Places

RoomKey = tuple[str, ...]
"""``("pin", room)`` or ``("any" | "type", type, seats, feature, …)``."""


@dataclass(slots=True)
class Unit:
    """An event with its class, who teaches it, and where it may start."""

    number: int
    event: Event
    cls: Class
    teachers: tuple[str, ...]
    room_key: RoomKey | None
    starts: int = 0
    cover: int = 0
    """Slots that it covers from some possible start."""

    @property
    def id(self) -> str:
        return self.event.id

    @property
    def duration(self) -> int:
        return self.event.duration


def bits(mask: int) -> Iterator[int]:
    """Numbers of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Grid:
    """A consistent problem, indexed for the checks."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.week = Week(problem)
        self.structure = Places(problem)
        self.days = sorted(self.week.length)
        self.positions = max(self.week.length.values())
        self.bit_of = {
            slot: self.days.index(day) * self.positions + position
            for slot, (day, position) in self.week.place.items()
        }
        self.slot_of = {bit: slot for slot, bit in self.bit_of.items()}
        self.everything = self.mask(self.bit_of)
        one_day = (1 << self.positions) - 1
        self.day_masks = [
            one_day << (k * self.positions) for k in range(len(self.days))
        ]
        self.day_of = [mask for mask in self.day_masks for _ in range(self.positions)]
        self.grid_starts = {d: self._grid_starts(d) for d in range(1, 17)}
        self.faculty = {member.id: member for member in problem.faculty}
        self.faculty_open = {f.id: self.open(f.unavailable) for f in problem.faculty}
        self.class_open = {c.id: self.open(c.unavailable) for c in problem.classes}
        self.room_open = {r.id: self.open(r.unavailable) for r in problem.rooms}
        self._class = {cls.id: cls for cls in problem.classes}
        self._seats = {cls.id: cls.limit for cls in problem.classes}
        for joint in problem.joint_classes:
            together = sum(self._seats[cls] for cls in joint.classes)
            self._seats.update(dict.fromkeys(joint.classes, together))
        self.category = {o.id: o.category for o in problem.offerings}
        self.bands: dict[str, int] = defaultdict(int)
        for band in problem.bands:
            self.bands[band.category] |= self.mask(band.timeslots)
        self.pins = {pin.event: pin for pin in problem.pins}
        self.soft_seats = problem.profile == "itc2007_curriculum"
        self._room_sets: dict[RoomKey, list[Room]] = {}
        self._room_starts: dict[tuple[RoomKey, int], int] = {}
        self._compatible: dict[tuple[object, ...], list[int]] = {}
        self.units = [
            Unit(
                number,
                event,
                cls,
                tuple(dict.fromkeys(cls.faculty_of(event))),
                self._room_key(event, cls),
            )
            for number, (event, cls) in enumerate(
                (event, cls) for cls in problem.classes for event in cls.events
            )
        ]
        self.unit_of = {unit.id: unit for unit in self.units}
        self.movable = self._movable()
        self.of_class: dict[str, list[Unit]] = {c.id: [] for c in problem.classes}
        self.of_faculty: dict[str, list[Unit]] = defaultdict(list)
        spread: dict[tuple[int, int], int] = {}
        for unit in self.units:
            unit.starts = self._starts(unit)
            key = (unit.starts, unit.duration)
            if key not in spread:
                spread[key] = self.cover(*key)
            unit.cover = spread[key]
            if unit.id in self.movable:
                continue
            self.of_class[unit.cls.id].append(unit)
            for member in unit.teachers:
                self.of_faculty[member].append(unit)

    def _movable(self) -> set[str]:
        """Events that two checks of one hour cannot speak of: those held in some weeks
        or on several days, in several rooms, or with another class's event.

        They are looked at alone; leaving them out where events stand in each other's
        way takes nothing from what is proven about the others.
        """
        followers = {
            event.id
            for joint in self.problem.joint_classes
            for cls in joint.classes[1:]
            for event in self._class[cls].events
        }
        return followers | {
            unit.id
            for unit in self.units
            if unit.event.weeks is not None
            or unit.event.rooms_needed > 1
            or any(option.pattern or option.weeks for option in unit.event.times or ())
        }

    # -- masks -------------------------------------------------------------------------

    def mask(self, slots: Iterable[str]) -> int:
        result = 0
        for slot in slots:
            result |= 1 << self.bit_of[slot]
        return result

    def open(self, closed: list[str]) -> int:
        return self.everything & ~self.mask(closed)

    def _grid_starts(self, duration: int) -> int:
        return self.mask(
            slot for slot in self.bit_of if self.week.covered(slot, duration)
        )

    def within(self, open_slots: int, duration: int) -> int:
        """Starts from which ``duration`` periods lie in open slots."""
        starts = self.grid_starts[duration]
        for k in range(duration):
            starts &= open_slots >> k
        return starts

    @staticmethod
    def cover(starts: int, duration: int) -> int:
        """Slots covered from these starts."""
        result = 0
        for k in range(duration):
            result |= starts << k
        return result

    # -- events ------------------------------------------------------------------------

    def _starts(self, unit: Unit) -> int:
        usable = self.class_open[unit.cls.id]
        for member in unit.teachers:
            usable &= self.faculty_open[member]
        category = self.category[unit.cls.offering]
        if category in self.bands:
            usable &= self.bands[category]
        starts = self.within(usable, unit.duration)
        allowed = self.allowed(unit.event)
        if allowed is not None:
            starts &= self.mask(allowed)
        pin = self.pins.get(unit.id)
        if pin is not None and pin.timeslot is not None:
            starts &= 1 << self.bit_of[pin.timeslot]
        if unit.room_key is not None and self.rooms(unit.room_key):
            starts &= self.room_starts(unit.room_key, unit.duration)
        return starts

    @staticmethod
    def allowed(event: Event) -> list[str] | None:
        """Starts that an event names; None where it names none, or days as well."""
        if event.times is None:
            return event.timeslots
        starts = [o.timeslot for o in event.times if o.timeslot is not None]
        return starts if len(starts) == len(event.times) else None

    def limits(self, unit: Unit) -> list[tuple[Fact, int]]:
        """Each fact that limits where an event may start, with what it leaves."""
        found: list[tuple[Fact, int]] = []
        duration = unit.duration

        def limit(fact: Fact, starts: int) -> None:
            if starts != self.grid_starts[duration]:
                found.append((fact, starts))

        cls = unit.cls.id
        limit(Fact("class_closed", cls), self.within(self.class_open[cls], duration))
        for member in unit.teachers:
            limit(
                Fact("faculty_closed", member),
                self.within(self.faculty_open[member], duration),
            )
        category = self.category[unit.cls.offering]
        if category in self.bands:
            limit(Fact("band", category), self.within(self.bands[category], duration))
        allowed = self.allowed(unit.event)
        if allowed is not None:
            starts = self.mask(allowed) & self.grid_starts[duration]
            limit(Fact("event_slots", unit.id), starts)
        pin = self.pins.get(unit.id)
        if pin is not None and pin.timeslot is not None:
            only = 1 << self.bit_of[pin.timeslot]
            limit(Fact("pin", unit.id), only & self.grid_starts[duration])
        if unit.room_key is not None and self.rooms(unit.room_key):
            limit(
                Fact("rooms", "|".join(unit.room_key)),
                self.room_starts(unit.room_key, duration),
            )
        return found

    # -- rooms -------------------------------------------------------------------------

    def _room_key(self, event: Event, cls: Class) -> RoomKey | None:
        if not event.needs_room:
            return None
        pin = self.pins.get(event.id)
        if pin is not None and pin.room is not None:
            return ("pin", pin.room)
        loose = self.soft_seats or event.rooms_needed > 1
        seats = 0 if loose else self._seats[cls.id]
        kind = "any" if event.room_type is None else "type"
        features = sorted(set(event.features))
        return (kind, event.room_type or "", str(seats), *features)

    def seats(self, cls: str) -> int:
        """Seats that a class needs, with those it is taught as one with."""
        return self._seats[cls]

    def rooms(self, key: RoomKey) -> list[Room]:
        """Rooms that suit."""
        if key not in self._room_sets:
            if key[0] == "pin":
                suits = [room for room in self.problem.rooms if room.id == key[1]]
            else:
                kind, name, seats, *features = key
                suits = [
                    room
                    for room in self.problem.rooms
                    if (kind == "any" or room.type == name)
                    and room.capacity >= int(seats)
                    and set(features) <= set(room.features)
                ]
            self._room_sets[key] = suits
        return self._room_sets[key]

    def room_starts(self, key: RoomKey, duration: int) -> int:
        """Starts at which some suitable room is open throughout."""
        place = (key, duration)
        if place not in self._room_starts:
            starts = 0
            for open_slots in {self.room_open[room.id] for room in self.rooms(key)}:
                starts |= self.within(open_slots, duration)
            self._room_starts[place] = starts
        return self._room_starts[place]

    # -- relations ---------------------------------------------------------------------

    @cached_property
    def hard_relations(self) -> list[Relation]:
        """Those between events; of those between classes nothing is proven here."""
        return [r for r in self.problem.relations if r.hard and r.events]

    @cached_property
    def relations_of(self) -> dict[str, list[Relation]]:
        """Hard relations of each event."""
        found: dict[str, list[Relation]] = defaultdict(list)
        for relation in self.hard_relations:
            for event in relation.events:
                found[event].append(relation)
        return found

    def placed(self, bit: int, duration: int) -> Placed:
        number, position = divmod(bit, self.positions)
        return Placed(self.days[number], position, duration, frozenset())

    def compatible(self, relation: Relation, a: Unit, b: Unit) -> list[int]:
        """For each start of ``a``, the starts of ``b`` with which it holds."""
        kind, value = relation.type, relation.value or 0
        rooms = a.event.needs_room and b.event.needs_room
        key = (kind, value, a.duration, b.duration, rooms)
        if key not in self._compatible:
            table = [0] * (len(self.days) * self.positions)
            if kind == "same_room":
                # In one room, one after the other.
                kind = "not_overlap" if rooms else "same_room"
            for s in bits(self.grid_starts[a.duration]):
                first = self.placed(s, a.duration)
                pause = self.week.breaks[first.day]
                for t in bits(self.grid_starts[b.duration]):
                    second = self.placed(t, b.duration)
                    if holds(kind, value, first, second, pause):
                        table[s] |= 1 << t
            self._compatible[key] = table
        return self._compatible[key]
