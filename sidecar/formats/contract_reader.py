"""The contract's problem → the engine's instance."""

from collections import defaultdict
from typing import Any

import numpy as np

from sidecar.contract.problem import Class, Event, Problem, Timeslot
from sidecar.engine.memory import without_collector
from sidecar.engine.model import Instance, InstanceError, Relation
from sidecar.engine.model.instance import MAX_DAYS, MAX_POSITIONS

from .bundles import MOST_BUNDLES, structure_of
from .index import Index, Names
from .wishes import penalty_of, suits, wishes_of

MINUTES_OF_A_DAY = 24 * 60


@without_collector()
def read_instance(
    problem: Problem, *, soft_seats: bool = False
) -> tuple[Instance, Names]:
    """Arrays of a problem and the ids behind their indices.

    Parameters
    ----------
    problem
        Must be consistent (``checks.check_problem`` says so in words).
    soft_seats
        Rooms that are too small are allowed (at a cost), as in CB-CTT.

    Raises
    ------
    InstanceError
        If the grid is larger than the engine takes.
    """
    return _Reader(problem, soft_seats).read()


class _Reader:
    def __init__(self, problem: Problem, soft_seats: bool) -> None:
        self.problem = problem
        self.soft_seats = soft_seats
        self.rooms = Index(room.id for room in problem.rooms)
        self.faculty = Index(member.id for member in problem.faculty)
        self.classes = Index(cls.id for cls in problem.classes)
        self.offerings = Index(offering.id for offering in problem.offerings)
        self.students = Index(student.id for student in problem.students)
        self.event_list: list[tuple[Event, Class]] = [
            (event, cls) for cls in problem.classes for event in cls.events
        ]
        self.events = Index(event.id for event, _ in self.event_list)
        self.read_grid()

    def read_grid(self) -> None:
        by_day: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for item in self.problem.timeslots:
            by_day[item.day].append((item.period, item.id))
        self.days = sorted(by_day)
        self.positions = max(len(pairs) for pairs in by_day.values())
        if len(self.days) > MAX_DAYS or self.positions > MAX_POSITIONS:
            raise InstanceError(
                f"The grid has {len(self.days)} days of up to {self.positions} periods;"
                f" at most {MAX_DAYS} days of {MAX_POSITIONS} periods are possible."
            )
        self.num_slots = len(self.days) * self.positions
        self.exists = np.zeros(self.num_slots, np.bool_)
        self.break_after = np.zeros(self.num_slots, np.bool_)
        self.slot_of: dict[str, int] = {}
        self.slot_ids: list[str | None] = [None] * self.num_slots
        for number, day in enumerate(self.days):
            pairs = sorted(by_day[day])
            for position, (period, slot_id) in enumerate(pairs):
                slot = number * self.positions + position
                self.exists[slot] = True
                self.slot_of[slot_id] = slot
                self.slot_ids[slot] = slot_id
                if position + 1 < len(pairs) and pairs[position + 1][0] != period + 1:
                    self.break_after[slot] = True

    def open_slots(self, closed: list[str]) -> Any:
        mask = self.exists.copy()
        mask[[self.slot_of[s] for s in closed]] = False
        return mask

    def read(self) -> tuple[Instance, Names]:
        problem = self.problem
        students = self.read_enrolments()
        groups: dict[tuple[str, str | None], int] = {}
        event_group = [
            groups.setdefault((cls.id, event.room_type), len(groups))
            for event, cls in self.event_list
        ]
        previous_slot, previous_room = self.read_previous()
        pinned = {pin.event for pin in problem.pins if pin.room}
        instance = Instance(
            num_days=len(self.days),
            num_positions=self.positions,
            slot_exists=self.exists,
            break_after=self.break_after,
            event_class=_ints(self.classes[cls.id] for _, cls in self.event_list),
            event_duration=_ints(event.duration for event, _ in self.event_list),
            event_needs_room=np.array(
                [e.needs_room or e.id in pinned for e, _ in self.event_list], np.bool_
            ),
            event_faculty=tuple(
                tuple(sorted({self.faculty[f] for f in cls.faculty_of(event)}))
                for event, cls in self.event_list
            ),
            event_room_group=_ints(event_group),
            event_starts=self.read_starts(),
            event_time_penalty=self.read_time_penalties(),
            class_offering=_ints(self.offerings[c.offering] for c in problem.classes),
            class_events=tuple(
                tuple(self.events[event.id] for event in cls.events)
                for cls in problem.classes
            ),
            class_limit=_ints(cls.limit for cls in problem.classes),
            class_one_per_day=np.array(
                [cls.one_event_per_day for cls in problem.classes], np.bool_
            ),
            class_min_days=_ints(cls.min_days or 0 for cls in problem.classes),
            room_capacity=_ints(room.capacity for room in problem.rooms),
            room_closed=~np.array(
                [self.open_slots(room.unavailable) for room in problem.rooms], np.bool_
            ).reshape(len(problem.rooms), self.num_slots),
            faculty_max_day=_ints(
                -1 if f.max_periods_day is None else f.max_periods_day
                for f in problem.faculty
            ),
            faculty_max_run=_ints(f.max_consecutive or -1 for f in problem.faculty),
            faculty_level=self.read_levels(),
            curriculum_classes=tuple(
                tuple(self.classes[c] for c in dict.fromkeys(curriculum.classes))
                for curriculum in problem.curricula
            ),
            num_students=len(problem.students),
            student_max_run=problem.student_max_consecutive,
            **self.read_room_sets(),
            **self.read_travel(),
            relations=tuple(
                Relation(
                    r.type,
                    tuple(self.events[e] for e in r.events),
                    r.hard,
                    r.weight,
                    r.value or 0,
                )
                for r in problem.relations
            ),
            previous_slot=previous_slot,
            previous_room=previous_room,
            **students,
        )
        names = Names(
            events=self.events.ids,
            rooms=self.rooms.ids,
            slots=self.slot_ids,
            classes=self.classes.ids,
            students=self.students.ids,
            faculty=self.faculty.ids,
            bundles=self.bundles,
        )
        return instance, names

    def read_starts(self) -> Any:
        """Starts that the grid, availability, bands, wishes and pins allow."""
        problem = self.problem
        faculty_open = {f.id: self.open_slots(f.unavailable) for f in problem.faculty}
        band: dict[str, Any] = {}
        for entry in problem.bands:
            mask = band.setdefault(entry.category, np.zeros(self.num_slots, np.bool_))
            mask[[self.slot_of[s] for s in entry.timeslots]] = True
        category = {o.id: o.category for o in problem.offerings}
        pins = {pin.event: pin for pin in problem.pins if pin.timeslot}
        starts = np.zeros((len(self.event_list), self.num_slots), np.bool_)
        class_open = {c.id: self.open_slots(c.unavailable) for c in problem.classes}
        for number, (event, cls) in enumerate(self.event_list):
            usable = class_open[cls.id].copy()
            for member in cls.faculty_of(event):
                usable &= faculty_open[member]
            if category[cls.offering] in band:
                usable &= band[category[cls.offering]]
            row = usable.copy()
            for k in range(1, event.duration):
                joined = np.zeros(self.num_slots, np.bool_)
                joined[: self.num_slots - k] = usable[k:]
                # Neither the end of the day nor a break may lie within the event.
                no_break = np.zeros(self.num_slots, np.bool_)
                no_break[: self.num_slots - k + 1] = ~self.break_after[k - 1 :]
                row &= joined & no_break
            if event.duration > 1:
                last = np.arange(self.num_slots) % self.positions
                row &= last + event.duration <= self.positions
            named = event.timeslots
            if event.times is not None:
                named = [o.timeslot for o in event.times if o.timeslot is not None]
            if named is not None:
                allowed = np.zeros(self.num_slots, np.bool_)
                allowed[[self.slot_of[s] for s in named]] = True
                row &= allowed
            pin = pins.get(event.id)
            if pin is not None and pin.timeslot is not None:
                only = np.zeros(self.num_slots, np.bool_)
                only[self.slot_of[pin.timeslot]] = True
                row &= only
            starts[number] = row
        return starts

    def read_time_penalties(self) -> Any:
        """(events, slots): least penalty of the options that start there; empty where
        no event names its times."""
        if all(event.times is None for event, _ in self.event_list):
            return np.zeros((0, 0), np.int64)
        penalty = np.zeros((len(self.event_list), self.num_slots), np.int64)
        for number, (event, _) in enumerate(self.event_list):
            # The cheapest of those at one slot comes last, and stays.
            for option in sorted(event.times or (), key=lambda o: -o.penalty):
                if option.timeslot is not None:
                    penalty[number, self.slot_of[option.timeslot]] = option.penalty
        return penalty

    def read_room_sets(self) -> dict[str, Any]:
        """Distinct sets of suitable rooms with their penalties; each event's set."""
        pinned = {p.event: p.room for p in self.problem.pins if p.room}
        sets: dict[Any, int] = {}
        arrays: list[Any] = []
        penalties: list[Any] = []
        numbers = []
        rooms = sorted(enumerate(self.problem.rooms), key=lambda r: r[1].capacity)
        for event, cls in self.event_list:
            pin = pinned.get(event.id)
            seats = 0 if self.soft_seats else cls.limit
            key: Any = (
                (pin,) if pin else (event.room_type, frozenset(event.features), seats)
            )
            key += wishes_of(event)
            if key not in sets:
                sets[key] = len(arrays)
                found = [
                    (number, penalty_of(event, room))
                    for number, room in rooms
                    if (room.id == pin if pin else suits(event, room, seats))
                ]
                arrays.append(_ints(number for number, _ in found))
                penalties.append(_ints(penalty for _, penalty in found))
            numbers.append(sets[key])
        return {
            "event_room_set": _ints(numbers),
            "room_sets": tuple(arrays),
            "room_penalties": tuple(penalties),
        }

    def read_travel(self) -> dict[str, Any]:
        """Buildings of the rooms, walks between them, pauses between the slots."""
        problem = self.problem
        number = {item.id: k for k, item in enumerate(problem.buildings, 1)}
        # Where nobody has written down a way, it is longer than any pause.
        minutes = np.full((len(number) + 1,) * 2, MINUTES_OF_A_DAY)
        minutes[0], minutes[:, 0] = 0, 0
        for walk in problem.travel:
            if walk.building_a is None or walk.building_b is None:
                continue
            a, b = number[walk.building_a], number[walk.building_b]
            minutes[a, b] = minutes[b, a] = walk.minutes
        np.fill_diagonal(minutes, 0)
        pause = np.full(self.num_slots, -1, np.int64)
        times = {slot.id: slot for slot in problem.timeslots}
        for slot in range(self.num_slots - 1):
            name, following = self.slot_ids[slot : slot + 2]
            last = (slot + 1) % self.positions == 0
            if name is not None and following is not None and not last:
                pause[slot] = _minutes_between(times[name], times[following])
        return {
            "room_building": _ints(
                number[room.building] if room.building else 0 for room in problem.rooms
            ),
            "walk_minutes": minutes,
            "pause_minutes": pause,
        }

    def read_levels(self) -> Any:
        level = np.zeros((len(self.problem.faculty), self.num_slots), np.int8)
        for number, member in enumerate(self.problem.faculty):
            if any(p.level == "prefer" for p in member.preferences):
                level[number] = 1
            for wish in member.preferences:
                value = 2 if wish.level == "avoid" else 0
                level[number, self.slot_of[wish.timeslot]] = value
        return level

    def read_enrolments(self) -> dict[str, Any]:
        """One enrolment for each (student, offering), with the bundles open to it.

        Enrolments with the same choice share one tuple: there are many of them.
        """
        structure = structure_of(self.problem)
        if structure.overfull:
            raise InstanceError(
                f"The classes of offering '{min(structure.overfull)}' can be combined "
                f"in more than {MOST_BUNDLES} ways."
            )
        # In the order of their classes, so that a bundle of one class, where there are
        # no others, has the number of that class.
        ordered = sorted(
            (tuple(self.classes[cls] for cls in bundle), bundle)
            for bundles in structure.bundles.values()
            for bundle in bundles
        )
        number_of = {bundle: number for number, (_, bundle) in enumerate(ordered)}
        every = {
            name: tuple(number_of[bundle] for bundle in bundles)
            for name, bundles in structure.bundles.items()
        }
        offering_of = {cls.id: cls.offering for cls in self.problem.classes}
        known: dict[tuple[str, ...], tuple[int, ...]] = {}
        student, offering, options = [], [], []
        for number, item in enumerate(self.problem.students):
            decided: dict[str, tuple[str, ...]] = {}
            for cls in item.classes:
                decided[offering_of[cls]] = *decided.get(offering_of[cls], ()), cls
            for name in dict.fromkeys([*item.offerings, *decided]):
                student.append(number)
                offering.append(self.offerings[name])
                some = decided.get(name)
                if some is None:
                    options.append(every[name])
                    continue
                if some not in known:
                    known[some] = tuple(
                        number_of[bundle]
                        for bundle in structure.bundles[name]
                        if set(some) <= set(bundle)
                    )
                options.append(known[some])
        self.bundles = [classes for classes, _ in ordered]
        groups = {group: k for k, group in enumerate(structure.fixed)}
        return {
            "enrolment_student": _ints(student),
            "enrolment_offering": _ints(offering),
            "enrolment_options": tuple(options),
            "bundles": tuple(self.bundles),
            "class_place": _ints(structure.place[c] for c in self.classes.ids),
            "class_group": _ints(groups[structure.group[c]] for c in self.classes.ids),
            "group_fixed": np.array(list(structure.fixed.values()), np.bool_),
        }

    def read_previous(self) -> tuple[Any, Any]:
        if not self.problem.previous:
            empty = np.empty(0, np.int64)
            return empty, empty
        slot = np.full(len(self.event_list), -1, np.int64)
        room = np.full(len(self.event_list), -1, np.int64)
        for item in self.problem.previous:
            slot[self.events[item.event]] = self.slot_of[item.timeslot]
            if item.room is not None:
                room[self.events[item.event]] = self.rooms[item.room]
        return slot, room


def _minutes_between(first: Timeslot, second: Timeslot) -> int:
    """Of the pause between two periods; none where one of them has no time."""
    if first.end is None or second.start is None:
        return 0
    pause = _minutes_of(second.start) - _minutes_of(first.end)
    return max(0, pause)


def _minutes_of(clock: str) -> int:
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


def _ints(values: Any) -> Any:
    return np.fromiter(values, np.int64)
