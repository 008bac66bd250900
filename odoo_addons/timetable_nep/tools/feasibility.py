"""Where one event of a timetable can go: the hard rules, written once.

Plain Python over ids, without Odoo: the board colours its cells with it, and every
move by hand is checked by it again on the server. Rule names are the contract's.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import NamedTuple

from .weeks import EVERY, heaviest


@dataclass(frozen=True, slots=True)
class Broken:
    """One hard rule that a start would break, and who is affected."""

    rule: str
    """Name in the contract: ``room_conflict``, ``faculty_conflict`` …"""
    detail: str = ""
    """Tells cases of one rule apart, for the sentence."""
    who: int | None = None
    """The faculty member, batch or relation concerned."""
    section: int | None = None
    """The other class concerned."""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What holds for one start: broken rules, and rooms that are free."""

    broken: tuple[Broken, ...]
    rooms: tuple[int, ...] = ()
    """Suitable free rooms, best first; empty if a rule is broken anyway."""

    @property
    def feasible(self):
        return not self.broken


class Placed(NamedTuple):
    """An event that stands in the timetable; thousands are made for each question."""

    event: int
    section: int
    start: int
    duration: int
    room: int | None = None
    weeks: int = EVERY
    """Weeks in which it is held, a bit each."""


@dataclass(frozen=True, slots=True)
class Room:
    id: int
    capacity: int
    type: int | None = None
    features: frozenset[int] = frozenset()
    unavailable: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """A hard relation of the event with others, in the relation's order."""

    id: int
    type: str
    events: tuple[int, ...]
    value: int = 0


@dataclass(slots=True)
class Candidate:
    """The event to place, with all that restricts it."""

    event: int
    section: int
    duration: int = 1
    teachers: frozenset[int] = frozenset()
    needs_room: bool = True
    room_type: int | None = None
    features: frozenset[int] = frozenset()
    seats: int = 0
    """Seats a room must have; 0 where a benchmark lets students stand."""
    one_event_per_day: bool = True
    weeks: int = EVERY
    """Weeks in which it is held, a bit each."""
    weeks_allowed: bool = True
    """Whether its class may be held in these weeks."""
    joint: frozenset[int] = frozenset()
    """Other classes taught as one with its own: they are no clash."""
    allowed: frozenset[int] | None = None
    """Starts allowed to this event; ``None`` allows all."""
    band: frozenset[int] | None = None
    """Timeslots kept for its category; ``None`` is no band."""
    unavailable: frozenset[int] = frozenset()
    """Timeslots at which the class cannot meet."""
    closed_rooms: frozenset[int] = frozenset()
    """Rooms that its class, its course or its department rules out."""
    pinned_slot: int | None = None
    pinned_room: int | None = None
    teacher_unavailable: dict[int, frozenset[int]] = field(default_factory=dict)
    teacher_events: dict[int, frozenset[int]] = field(default_factory=dict)
    """For each teacher, the events that he or she teaches."""
    teacher_day_limit: dict[int, int] = field(default_factory=dict)
    shared_students: dict[int, int] = field(default_factory=dict)
    """Other classes, with how many students they have in common with this one."""
    batch_of: dict[int, int] = field(default_factory=dict)
    """Other classes of its batches, with the batch."""
    rules: tuple[Rule, ...] = ()
    preferred_rooms: tuple[int, ...] = ()


class Grid:
    """The week: which timeslots an event covers from its start on."""

    def __init__(self, slots, hours=None):
        """
        :param slots: iterable of ``(id, day, period)``
        :param hours: timeslot → ``(from, to)`` in hours, where the clock is known
        """
        self.place = {slot: (day, period) for slot, day, period in slots}
        self.hours = hours or {}
        self._by_place = {place: slot for slot, place in self.place.items()}
        self._spans = {}

    def __iter__(self):
        return iter(self.place)

    def day(self, slot):
        return self.place[slot][0]

    def span(self, start, duration):
        """Timeslots covered, or ``None`` where a break or the day's end comes first."""
        key = (start, duration)
        if key not in self._spans:
            day, period = self.place[start]
            slots = tuple(
                self._by_place.get((day, period + step)) for step in range(duration)
            )
            self._spans[key] = None if None in slots else slots
        return self._spans[key]

    def during(self, day, begin, end):
        """Timeslots of a day that share time with these hours of the clock."""
        return tuple(
            slot
            for slot, (since, until) in self.hours.items()
            if self.place[slot][0] == day and since < end and begin < until
        )

    def interval(self, start, duration):
        """``(day, first, last)`` period numbers, for relations."""
        day, period = self.place[start]
        return day, period, period + duration - 1


def _overlap(one, other):
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def _pair_holds(kind, value, one, other):
    """Whether a relation holds between two intervals, ``one`` standing first."""
    if kind == "same_day":
        return one[0] == other[0]
    if kind == "different_day":
        return one[0] != other[0]
    if kind == "same_time":
        return one[1] == other[1]
    if kind == "different_time":
        return one[2] < other[1] or other[2] < one[1]
    if kind == "not_overlapping":
        return not _overlap(one, other)
    if kind == "precedence":
        return (one[0], one[2]) < (other[0], other[1])
    if kind == "minimum_gap":
        if one[0] != other[0]:
            return True
        gap = max(one[1], other[1]) - min(one[2], other[2]) - 1
        return gap >= value
    return True


def relation_holds(rule, intervals, rooms):
    """Whether a hard relation holds among the events that are placed.

    :param intervals: event → ``(day, first, last)``; events not placed are left out
    :param rooms: event → room
    """
    events = [event for event in rule.events if event in intervals]
    if rule.type == "maximum_days":
        return len({intervals[event][0] for event in events}) <= rule.value
    if rule.type == "same_room":
        return len({rooms[event] for event in events if rooms.get(event)}) <= 1
    if rule.type == "back_to_back":
        order = {event: place for place, event in enumerate(rule.events)}
        return all(
            order[after] - order[before] != 1
            or (
                intervals[before][0] == intervals[after][0]
                and intervals[before][2] + 1 == intervals[after][1]
            )
            for before, after in pairwise(events)
        )
    return all(
        _pair_holds(rule.type, rule.value, intervals[before], intervals[after])
        for index, before in enumerate(events)
        for after in events[index + 1 :]
    )


class Feasibility:
    """Answers for one event what each start would break."""

    def __init__(self, grid, candidate, placed, rooms):
        self.grid = grid
        self.candidate = candidate
        self.answers = [self]
        self.placed = placed
        self._all_rooms = rooms
        # The room that it has is among those of its class, too: the first place counts.
        preferred = dict.fromkeys(candidate.preferred_rooms)
        rank = {room: place for place, room in enumerate(preferred)}
        # Best first: asked for at each of the week's timeslots.
        self.rooms = sorted(
            (room for room in rooms if self._suits(room)),
            key=lambda room: (rank.get(room.id, len(rank)), room.capacity, room.id),
        )
        self._room_busy = defaultdict(set)
        self._class_days = set()
        self._class_busy = set()
        self._teacher_busy = defaultdict(dict)
        self._teacher_load = defaultdict(list)
        self._student_busy = defaultdict(list)
        self._batch_busy = defaultdict(list)
        self._intervals = {}
        self._rooms_of = {}
        self._index([item for item in placed if item.event != candidate.event])

    def without(self, event):
        """The same as if another event had left the grid."""
        placed = [item for item in self.placed if item.event != event]
        return Feasibility(self.grid, self.candidate, placed, self._all_rooms)

    def _suits(self, room):
        need = self.candidate
        if need.pinned_room:
            return room.id == need.pinned_room
        return (
            (need.room_type is None or room.type == need.room_type)
            and need.features <= room.features
            and room.id not in need.closed_rooms
            and room.capacity >= need.seats
        )

    def _index(self, placed):
        need = self.candidate
        suitable = {room.id for room in self.rooms}
        related = {event for rule in need.rules for event in rule.events}
        taught_by = defaultdict(list)
        for teacher, events in need.teacher_events.items():
            for event in events:
                taught_by[event].append(teacher)
        for item in placed:
            slots = self.grid.span(item.start, item.duration) or (item.start,)
            day = self.grid.day(item.start)
            if item.event in related:
                self._intervals[item.event] = self.grid.interval(
                    item.start, item.duration
                )
                self._rooms_of[item.event] = item.room
            if not item.weeks & need.weeks or item.section in need.joint:
                continue
            if item.room in suitable:
                self._room_busy[item.room].update(slots)
            if item.section == need.section:
                self._class_busy.update(slots)
                self._class_days.add(day)
            else:
                if item.section in need.shared_students:
                    for slot in slots:
                        self._student_busy[slot].append(item.section)
                if item.section in need.batch_of:
                    for slot in slots:
                        self._batch_busy[slot].append(item.section)
            for teacher in taught_by.get(item.event, ()):
                self._teacher_load[teacher, day].append((item.weeks, item.duration))
                for slot in slots:
                    self._teacher_busy[teacher][slot] = item.section

    def verdict(self, start):
        """What starting at a timeslot would mean."""
        need = self.candidate
        slots = self.grid.span(start, need.duration)
        if slots is None:
            return Verdict((Broken("availability", "break"),))
        broken = [
            *self._time_rules(start, slots),
            *self._class_rules(start, slots),
            *self._teacher_rules(start, slots),
            *self._people_rules(slots),
            *self._relation_rules(start),
        ]
        rooms = ()
        if need.needs_room:
            free = self._free_rooms(slots)
            # Of a start that is not possible anyway, it matters only if there is one.
            rooms = tuple(islice(free, 1)) if broken else tuple(free)
            if not rooms:
                rule = "room_conflict" if self.rooms else "room_suitability"
                broken.append(Broken(rule, count=len(self.rooms)))
        return Verdict(tuple(broken), () if broken else rooms)

    def verdicts(self):
        """A verdict for each timeslot of the week."""
        return {start: self.verdict(start) for start in self.grid}

    def _time_rules(self, start, slots):
        need = self.candidate
        if need.pinned_slot and start != need.pinned_slot:
            yield Broken("pinned")
        if not need.weeks_allowed:
            yield Broken("availability", "weeks")
        if need.allowed is not None and start not in need.allowed:
            yield Broken("availability", "event")
        if need.band is not None and not need.band.issuperset(slots):
            yield Broken("availability", "band")
        if not need.unavailable.isdisjoint(slots):
            yield Broken("availability", "class")

    def _class_rules(self, start, slots):
        need = self.candidate
        if not self._class_busy.isdisjoint(slots):
            yield Broken("class_conflict", section=need.section)
        elif need.one_event_per_day and self.grid.day(start) in self._class_days:
            yield Broken("class_same_day", section=need.section)

    def _teacher_rules(self, start, slots):
        need = self.candidate
        for teacher in sorted(need.teachers):
            if not need.teacher_unavailable.get(teacher, frozenset()).isdisjoint(slots):
                yield Broken("availability", "faculty", who=teacher)
            busy = self._teacher_busy[teacher]
            other = next((busy[slot] for slot in slots if slot in busy), None)
            if other is not None:
                yield Broken("faculty_conflict", who=teacher, section=other)
                continue
            limit = need.teacher_day_limit.get(teacher)
            held = self._teacher_load[teacher, self.grid.day(start)]
            if limit and heaviest(held, need.weeks) + need.duration > limit:
                yield Broken("faculty_daily_load", who=teacher, count=limit)

    def _people_rules(self, slots):
        need = self.candidate
        batch = dict.fromkeys(
            section for slot in slots for section in self._batch_busy[slot]
        )
        for section in batch:
            yield Broken(
                "curriculum_conflict", who=need.batch_of[section], section=section
            )
        students = dict.fromkeys(
            section
            for slot in slots
            for section in self._student_busy[slot]
            if section not in batch
        )
        for section in students:
            yield Broken(
                "student_conflict",
                section=section,
                count=need.shared_students[section],
            )

    def _relation_rules(self, start):
        need = self.candidate
        if not need.rules:
            return
        intervals = {
            **self._intervals,
            need.event: self.grid.interval(start, need.duration),
        }
        for rule in need.rules:
            # The room is chosen among the free ones; same_room is checked with it.
            if rule.type != "same_room" and not relation_holds(rule, intervals, {}):
                yield Broken("relation", rule.type, who=rule.id)

    def _free_rooms(self, slots):
        need = self.candidate
        wanted = {
            self._rooms_of[event]
            for rule in need.rules
            if rule.type == "same_room"
            for event in rule.events
            if self._rooms_of.get(event)
        }
        busy = self._room_busy
        return (
            room.id
            for room in self.rooms
            if room.unavailable.isdisjoint(slots)
            and busy[room.id].isdisjoint(slots)
            and (not wanted or wanted == {room.id})
        )


class Together:
    """Answers for events that are held as one: what any of them would break."""

    def __init__(self, answers):
        self.answers = answers

    def verdict(self, start):
        """What starting at a timeslot would mean for all of them."""
        verdicts = [answer.verdict(start) for answer in self.answers]
        broken = dict.fromkeys(row for one in verdicts for row in one.broken)
        if broken:
            return Verdict(tuple(broken))
        first, *others = (one.rooms for one in verdicts)
        rooms = tuple(room for room in first if all(room in one for one in others))
        if first and not rooms:
            return Verdict((Broken("room_conflict", count=len(first)),))
        return Verdict((), rooms)

    def verdicts(self):
        """A verdict for each timeslot of the week."""
        return {start: self.verdict(start) for start in self.answers[0].grid}
