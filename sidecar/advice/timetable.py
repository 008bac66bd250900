"""A timetable that can be changed and asked: who is where, and when.

Masks have a bit for each period of each kind of weeks: ``(layer × days + day) ×
positions + position``. What is held in all weeks has its bits in every layer. Events
that are taught as one are one unit here, named by the event of the first class.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from sidecar.contract.objective import weights_of
from sidecar.contract.problem import Assignment, Class, Faculty, Problem, Relation, Room
from sidecar.diagnosis.grid import Grid, Unit, bits
from sidecar.scoring import people
from sidecar.scoring.layers import STRIDE
from sidecar.scoring.relations import events_of


class Time(NamedTuple):
    """When an event is held; of a pattern, ``timeslot`` is the first meeting's."""

    timeslot: str
    pattern: str | None = None
    weeks: str | None = None


class Place(NamedTuple):
    """When and in which rooms; an event that needs none, or has none, has none."""

    time: Time
    rooms: tuple[str, ...] = ()

    @property
    def room(self) -> str | None:
        """The first."""
        return self.rooms[0] if self.rooms else None


class Timetable:
    """Placements of events, indexed by room, and the people each class brings.

    Parameters
    ----------
    problem
        Must be consistent.
    assignments, sectioning
        The timetable in question; events may be missing. Events taught as one are
        taken to be where the first class's is.
    profile, weights
        How soft constraints count.

    Raises
    ------
    ValueError
        If the timetable names what the problem does not have.
    """

    def __init__(
        self,
        problem: Problem,
        assignments: Iterable[Assignment],
        sectioning: dict[str, list[str]],
        profile: str = "balanced",
        weights: dict[str, int] | None = None,
    ) -> None:
        self.problem = problem
        self.grid = grid = Grid(problem)
        self.weights = weights_of(profile, weights)
        self.layers = grid.week.layers
        self.num_days = len(grid.days)
        self.of_week = self.num_days * grid.positions
        self.all_days = len(self.layers.sizes) * self.num_days
        one_day = (1 << grid.positions) - 1
        self.day_masks = [one_day << (k * grid.positions) for k in range(self.all_days)]
        self.rooms = {room.id: room for room in problem.rooms}
        self.parts = {room.id: room.parts or [room.id] for room in problem.rooms}
        self.previous = {item.event: item for item in problem.previous}
        self._open: dict[tuple[str, str], int] = {}
        self._covers: dict[tuple[Time, int], int] = {}
        self._times: dict[str, list[Time]] = {}
        self.classes = {cls.id: cls for cls in problem.classes}
        self._join()
        self.at: dict[str, Place] = {}
        self.covers: dict[str, int] = {}
        """Periods of each placed event; 0 where it does not fit."""
        self.class_busy: dict[str, int] = defaultdict(int)
        """Periods that the placed events of each class cover."""
        self.room_wishes: dict[tuple[object, ...], list[tuple[int, int, str]]] = {}
        """Cost of each suitable room, the best first, by what makes it differ."""
        self.day_costs: dict[tuple[str, int, int], int] = {}
        """Soft cost of a day by agent, day and busy positions, once worked out."""
        self.limits = people.of_students(problem)
        self.limits_of = people.of_faculty(problem)
        self.rules = people.Days(problem, grid.week)
        self.week_costs: dict[tuple[str, people.Limits, int], tuple[int, int]] = {}
        """(hard, soft) of the rules for people's days, by whose they are and when busy,
        once worked out."""
        self.occupants: dict[str, dict[int, list[str]]] = defaultdict(dict)
        """Smallest room → period → events."""
        self.follow(assignments)
        self.sections: dict[str, list[str]] = {}
        self.members: dict[str, list[str]] = defaultdict(list)
        for student in problem.students:
            chosen = list(dict.fromkeys(sectioning.get(student.id, student.classes)))
            self.sections[student.id] = chosen
            for cls in chosen:
                if cls not in self.of_class:
                    raise ValueError(f"There is no class '{cls}'.")
                self.members[cls].append(student.id)
        self.curricula: dict[str, list[list[str]]] = defaultdict(list)
        for curriculum in problem.curricula:
            classes = list(dict.fromkeys(curriculum.classes))
            for cls in classes:
                self.curricula[cls].append(classes)
        self.relations: dict[str, list[Relation]] = defaultdict(list)
        for relation in problem.relations:
            events = events_of(relation, self.classes)
            for event in dict.fromkeys(self.leader[e] for e in events):
                self.relations[event].append(relation)

    def _join(self) -> None:
        """Which units are one, and the units of each class and faculty member."""
        grid, classes = self.grid, self.classes
        self.leader = {unit.id: unit.id for unit in grid.units}
        self.together = {unit.id: [unit] for unit in grid.units}
        """Leading event → units of all that are taught as one with it."""
        for joint in self.problem.joint_classes:
            first, *others = (classes[cls].events for cls in joint.classes)
            for events in others:
                for lead, event in zip(first, events, strict=True):
                    self.leader[event.id] = lead.id
                    self.together[lead.id].append(grid.unit_of[event.id])
                    del self.together[event.id]
        self.of_class: dict[str, list[Unit]] = {c.id: [] for c in self.problem.classes}
        self.of_faculty: dict[str, list[Unit]] = defaultdict(list)
        for leading, units in self.together.items():
            for unit in units:
                self.of_class[unit.cls.id].append(grid.unit_of[leading])
            for member in grid.unit_of[leading].teachers:
                self.of_faculty[member].append(grid.unit_of[leading])

    def unit(self, event: str) -> Unit:
        """The event of an id, or the one with which it is taught as one.

        Raises
        ------
        ValueError
            If there is none.
        """
        if event not in self.leader:
            raise ValueError(f"There is no event '{event}'.")
        return self.grid.unit_of[self.leader[event]]

    # -- time --------------------------------------------------------------------------

    def lift(self, mask: int, weeks: str | None = None) -> int:
        """Bits of one week, in the layers of a week pattern."""
        found = 0
        for layer in self.layers.of(weeks):
            found |= mask << layer * self.of_week
        return found

    def fold(self, mask: int) -> int:
        """Bits of any layer, as those of one week."""
        found = 0
        while mask:
            found |= mask & ((1 << self.of_week) - 1)
            mask >>= self.of_week
        return found

    def days_of(self, mask: int) -> list[int]:
        """Numbers of the days of all layers on which some bits lie."""
        return [k for k, day in enumerate(self.day_masks) if mask & day]

    def number(self, day: int) -> int:
        """Virtual day, as the scorer counts them, of a day of all layers."""
        layer, weekday = divmod(day, self.num_days)
        return layer * STRIDE + self.grid.days[weekday]

    def size(self, day: int) -> int:
        """Weeks that a day of all layers stands for."""
        return self.layers.sizes[day // self.num_days]

    def cover(self, unit: Unit, place: Place) -> int:
        """Periods an event covers; 0 where it does not fit."""
        key = (place.time, unit.duration)
        if key not in self._covers:
            grid, mask = self.grid, 0
            for number, position in grid.week.covered_by(*key) or ():
                layer, day = divmod(number, STRIDE)
                weekday = layer * self.num_days + grid.days.index(day)
                mask |= 1 << weekday * grid.positions + position
            self._covers[key] = mask
        return self._covers[key]

    def slot_at(self, mask: int) -> str:
        """The timeslot of the first period of a mask."""
        return self.grid.slot_of[next(bits(self.fold(mask)))]

    def open(self, kind: str, item: Room | Faculty | Class) -> int:
        """Periods at which somebody or something has time."""
        key = (kind, item.id)
        if key not in self._open:
            mask = self.lift(self.grid.open(item.unavailable))
            for closing in item.closed:
                at = 1 << self.grid.bit_of[closing.timeslot]
                mask &= ~self.lift(at, closing.weeks)
            self._open[key] = mask
        return self._open[key]

    def room_open(self, room_id: str) -> int:
        """Periods at which a room and its parts are open."""
        room = self.rooms[room_id]
        mask = self.open("room", room)
        for part in room.parts:
            mask &= self.open("room", self.rooms[part])
        return mask

    def band(self, cls: Class) -> int | None:
        """Periods of the band of a class's category, in one week; None without one."""
        return self.grid.bands.get(self.grid.category[cls.offering])

    def times(self, unit: Unit) -> list[Time]:
        """Times that are open to an event and to all that are taught as one with it."""
        if unit.id not in self._times:
            usable = self.lift(self.grid.everything)
            pins = []
            for one in self.together[unit.id]:
                usable &= self.open("class", one.cls)
                for member in one.teachers:
                    usable &= self.open("faculty", self.grid.faculty[member])
                band = self.band(one.cls)
                if band is not None:
                    usable &= self.lift(band)
                pins += [self.grid.pins[one.id]] if one.id in self.grid.pins else []
            named = [set(self._named(one)) for one in self.together[unit.id]]
            self._times[unit.id] = [
                time
                for time in self._named(unit)
                if all(time in theirs for theirs in named)
                and (cover := self.cover(unit, Place(time)))
                and not cover & ~usable
                and all(
                    wanted in (None, have)
                    for pin in pins
                    for wanted, have in zip(
                        (pin.timeslot, pin.pattern, pin.weeks), time, strict=True
                    )
                )
            ]
        return self._times[unit.id]

    def _named(self, unit: Unit) -> Iterator[Time]:
        """Times of an event, whether open or not; each once."""
        event = unit.event
        weeks = [None] if event.weeks is None else event.weeks
        if event.times is None:
            starts = self.grid.bit_of if event.timeslots is None else event.timeslots
            yield from (Time(s, None, w) for w in weeks for s in dict.fromkeys(starts))
            return
        found: dict[Time, None] = {}
        for option in event.times:
            start = option.timeslot
            if option.pattern is not None:
                start = self.grid.week.patterns[option.pattern][0][0]
            for choice in [option.weeks] if option.weeks is not None else weeks:
                if start is not None:
                    found[Time(start, option.pattern, choice)] = None
        yield from found

    # -- changes -----------------------------------------------------------------------

    def follow(self, assignments: Iterable[Assignment]) -> None:
        """Become this timetable; only what differs is touched.

        Raises
        ------
        ValueError
            If it names what the problem does not have; nothing is changed then.
        """
        wanted: dict[str, Place] = {}
        week_patterns = {pattern.id for pattern in self.problem.week_patterns}
        for item in assignments:
            unit = self.unit(item.event)
            names: list[tuple[str, str | None, Container[str]]] = [
                ("timeslot", item.timeslot, self.grid.bit_of),
                ("pattern", item.pattern, self.grid.week.patterns),
                ("week pattern", item.weeks, week_patterns),
            ]
            names += [("room", r, self.rooms) for r in (item.room, *item.further_rooms)]
            for kind, key, known in names:
                if key is not None and key not in known:
                    raise ValueError(f"There is no {kind} '{key}'.")
            if item.event == unit.id or unit.id not in wanted:
                wanted[unit.id] = place_of(item)
        for event in self.at.keys() - wanted.keys():
            self.put(self.unit(event), None)
        for event, place in wanted.items():
            if self.at.get(event) != place:
                self.put(self.unit(event), place)

    def put(self, unit: Unit, place: Place | None) -> Place | None:
        """Move an event (``None`` takes it out); returns where it was."""
        key = unit.event.id
        before = self.at.pop(key, None)
        if before is not None:
            cover = self.covers.pop(key)
            for part in self.parts_of(before.rooms):
                held = self.occupants[part]
                for bit in bits(cover):
                    held[bit].remove(key)
        if place is not None:
            self.at[key] = place
            self.covers[key] = cover = self.cover(unit, place)
            for part in self.parts_of(place.rooms):
                held = self.occupants[part]
                for bit in bits(cover):
                    held.setdefault(bit, []).append(key)
        for one in self.together[key]:
            self.class_busy[one.cls.id] = self.busy(self.of_class[one.cls.id])
        return before

    # -- questions ---------------------------------------------------------------------

    def parts_of(self, rooms: Iterable[str]) -> list[str]:
        """Smallest rooms that some rooms are made of."""
        return list(dict.fromkeys(part for room in rooms for part in self.parts[room]))

    def busy(self, units: Iterable[Unit], but: Unit | None = None) -> int:
        """Periods in which any of these events takes place."""
        covers, mask = self.covers, 0
        for unit in units:
            if unit is not but:
                mask |= covers.get(unit.event.id, 0)
        return mask

    def units_of(self, classes: Iterable[str]) -> list[Unit]:
        return [unit for cls in classes for unit in self.of_class[cls]]

    def holders(self, rooms: Iterable[str], cover: int) -> set[str]:
        """Events in any of some rooms during some of the periods."""
        return {
            event
            for part in self.parts_of(rooms)
            for bit in bits(cover)
            for event in self.occupants[part].get(bit, ())
        }

    def is_pinned(self, event: str) -> bool:
        """Whether an event, or one that is taught as one with it, is pinned."""
        units = self.together[self.leader[event]]
        return any(unit.id in self.grid.pins for unit in units)

    def free(self, room: str, cover: int) -> bool:
        """Whether a room is open and empty."""
        if cover & ~self.room_open(room):
            return False
        return not any(
            held.get(bit)
            for part in self.parts[room]
            if (held := self.occupants.get(part))
            for bit in bits(cover)
        )

    def assignments(self, event: str, place: Place) -> list[Assignment]:
        """A placement on the wire, of all events that are taught as one.

        The one that is named comes first.
        """
        units = self.together[self.leader[event]]
        ids = dict.fromkeys([event, *(unit.id for unit in units)])
        return [
            Assignment(
                event=one,
                timeslot=place.time.timeslot,
                pattern=place.time.pattern,
                weeks=place.time.weeks,
                room=place.room,
                further_rooms=list(place.rooms[1:]),
            )
            for one in ids
        ]


def place_of(item: Assignment) -> Place:
    """Where an assignment puts its event."""
    rooms = dict.fromkeys(r for r in (item.room, *item.further_rooms) if r is not None)
    return Place(Time(item.timeslot, item.pattern, item.weeks), tuple(rooms))
