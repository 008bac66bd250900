"""The contract's problem → the engine's instance."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np

from sidecar.contract.problem import (
    Assignment,
    Class,
    Event,
    Faculty,
    Problem,
    Room,
    Timeslot,
)
from sidecar.contract.structure import minutes_of
from sidecar.engine.memory import without_collector
from sidecar.engine.model import Instance, InstanceError, Relation
from sidecar.engine.model.instance import ELSEWHERE, MAX_DAYS, MAX_POSITIONS

from .bundles import MOST_BUNDLES, structure_of
from .composite import Rooms
from .event_times import Option, Times
from .index import Index, Names
from .joint import Joint
from .layers import Layers
from .wishes import wishes_of

MINUTES_OF_A_DAY = 24 * 60
NO_LIMIT = 1 << 30
"""Students of the class that has the events of those taught as one."""


class Meeting(NamedTuple):
    """An event of the engine: one of the meetings of an event of the problem."""

    event: int
    """Number in ``_Reader.event_list``."""
    duration: int
    leads: bool
    pays_room: bool


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
        self.rooms = Rooms(problem)
        self.faculty = Index(member.id for member in problem.faculty)
        self.classes = Index(cls.id for cls in problem.classes)
        self.offerings = Index(offering.id for offering in problem.offerings)
        self.students = Index(student.id for student in problem.students)
        self.joint = Joint(problem)
        self.event_list: list[tuple[Event, Class]] = [
            (event, cls)
            for cls in problem.classes
            if self.joint.leads(cls.id)
            for event in cls.events
        ]
        self.pins = {pin.event: pin for pin in problem.pins}
        self.previous = {item.event: item for item in problem.previous}
        self.read_grid()
        self.read_meetings()

    def read_grid(self) -> None:
        by_day: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for item in self.problem.timeslots:
            by_day[item.day].append((item.period, item.id))
        self.layers = Layers(self.problem)
        self.days = sorted(by_day)
        self.positions = max(len(pairs) for pairs in by_day.values())
        count = self.layers.count
        if len(self.days) * count > MAX_DAYS or self.positions > MAX_POSITIONS:
            kinds = f", in {count} kinds of weeks" if count > 1 else ""
            raise InstanceError(
                f"The grid has {len(self.days)} days of up to {self.positions} periods"
                f"{kinds}; at most {MAX_DAYS} days in all kinds of weeks together, of "
                f"{MAX_POSITIONS} periods, are possible."
            )
        self.of_week = len(self.days) * self.positions
        self.num_slots = self.of_week * count
        self.exists = np.zeros(self.of_week, np.bool_)
        self.break_after = np.zeros(self.of_week, np.bool_)
        self.slot_of: dict[str, int] = {}
        self.slot_ids: list[str | None] = [None] * self.of_week
        for number, day in enumerate(self.days):
            pairs = sorted(by_day[day])
            for position, (period, slot_id) in enumerate(pairs):
                slot = number * self.positions + position
                self.exists[slot] = True
                self.slot_of[slot_id] = slot
                self.slot_ids[slot] = slot_id
                if position + 1 < len(pairs) and pairs[position + 1][0] != period + 1:
                    self.break_after[slot] = True
        # From here on a week is one for each layer.
        self.exists = np.tile(self.exists, count)
        self.break_after = np.tile(self.break_after, count)
        self.slot_ids *= count

    def everywhere(self, timeslots: Iterable[str]) -> Any:
        """(slots,): these timeslots, in every layer."""
        mask = np.zeros(self.of_week, np.bool_)
        mask[[self.slot_of[s] for s in timeslots]] = True
        return np.tile(mask, self.layers.count)

    def open_slots(self, item: Room | Faculty | Class) -> Any:
        """(slots,): where somebody or something has time."""
        mask = self.exists & ~self.everywhere(item.unavailable)
        for closing in item.closed:
            for layer in self.layers.of(closing.weeks):
                mask[layer * self.of_week + self.slot_of[closing.timeslot]] = False
        return mask

    # -- events ------------------------------------------------------------------------

    def read_meetings(self) -> None:
        """The engine's events, where they may be, which of them are one decision."""
        problem = self.problem
        self.faculty_open = {f.id: self.open_slots(f) for f in problem.faculty}
        self.class_open = {c.id: self.open_slots(c) for c in problem.classes}
        self.band: dict[str, Any] = {}
        for entry in problem.bands:
            open_then = self.everywhere(entry.timeslots)
            self.band[entry.category] = open_then | self.band.get(entry.category, False)
        self.category = {o.id: o.category for o in problem.offerings}
        times = Times(problem, self.layers, self.slot_of, self.of_week)
        whole = self.layers.count == 1 and not problem.patterns
        self.meetings: list[Meeting] = []
        self.starts: list[Any] = []
        self.penalties: dict[int, dict[int, int]] = {}
        """Engine's event → slot → penalty, where events name their times."""
        self.groups: list[list[int]] = []
        self.group_options: list[list[Option]] = []
        self.written: dict[
            int, dict[tuple[int, ...], tuple[str, str | None, str | None]]
        ]
        self.written = {}
        shared: dict[Any, tuple[dict[tuple[int, ...], Option], Any]] = {}
        for number, (event, cls) in enumerate(self.event_list):
            together = self.joint.together(event, cls)
            usable = self.usable(together)
            named = event.times is not None or event.weeks is not None
            if whole and len(together) == 1 and not named:
                row = self.fitting(usable, event.duration)
                if event.timeslots is not None:
                    row &= self.everywhere(event.timeslots)
                pin = self.pins.get(event.id)
                if pin is not None and pin.timeslot is not None:
                    row &= self.everywhere([pin.timeslot])
                self.meetings.append(Meeting(number, event.duration, True, True))
                self.starts.append(row)
                continue
            # Most events of a university have all the week, and share what is found.
            pinned = any(one.id in self.pins for one, _ in together)
            plain = not pinned and len(together) == 1 and event.times is None
            known = (
                usable.tobytes(),
                event.duration,
                tuple(event.timeslots or (None,)),
                tuple(event.weeks or (None,)),
            )
            found = shared.get(known) if plain else None
            if found is None:
                cheapest = least(self.open_options(times, together, usable))
                row = np.zeros(self.num_slots, np.bool_)
                row[[slot for slots in cheapest for slot in slots]] = True
                found = cheapest, row
            if plain:
                shared[known] = found
            self.add_options(number, *found)
        self.first_of = {
            one.id: index
            for index, meeting in enumerate(self.meetings)
            if meeting.leads
            for one, _ in self.joint.together(*self.event_list[meeting.event])
        }

    def usable(self, together: list[tuple[Event, Class]]) -> Any:
        """(slots,): where all who are needed have time."""
        mask = self.exists.copy()
        for event, cls in together:
            mask &= self.class_open[cls.id]
            for member in cls.faculty_of(event):
                mask &= self.faculty_open[member]
            if self.category[cls.offering] in self.band:
                mask &= self.band[self.category[cls.offering]]
        return mask

    def fitting(self, usable: Any, duration: int) -> Any:
        """(slots,): starts of so many periods in a row, on a day, without a break."""
        row = usable.copy()
        for k in range(1, duration):
            joined = np.zeros(self.num_slots, np.bool_)
            joined[: self.num_slots - k] = usable[k:]
            # Neither the end of the day nor a break may lie within the event.
            no_break = np.zeros(self.num_slots, np.bool_)
            no_break[: self.num_slots - k + 1] = ~self.break_after[k - 1 :]
            row &= joined & no_break
        if duration > 1:
            last = np.arange(self.num_slots) % self.positions
            row &= last + duration <= self.positions
        return row

    def open_options(
        self, times: Times, together: list[tuple[Event, Class]], usable: Any
    ) -> list[Option]:
        """Times that suit all events that are held as one; penalties add up."""
        fitting: dict[int, Any] = {}
        found = []
        others = [
            {(o.timeslot, o.pattern, o.weeks): o for o in times.options(event)}
            for event, _ in together[1:]
        ]
        pins = [self.pins[e.id] for e, _ in together if e.id in self.pins]
        for option in times.options(together[0][0]):
            key = option.timeslot, option.pattern, option.weeks
            if any(key not in theirs for theirs in others) or any(
                wanted not in (None, have)
                for pin in pins
                for wanted, have in zip(
                    (pin.timeslot, pin.pattern, pin.weeks), key, strict=True
                )
            ):
                continue
            for length, _ in option.meetings:
                if length not in fitting:
                    fitting[length] = self.fitting(usable, length)
            if all(fitting[length][slot] for length, slot in option.meetings):
                more = sum(theirs[key].penalty for theirs in others)
                found.append(replace(option, penalty=option.penalty + more))
        return found

    def add_options(
        self, number: int, cheapest: dict[tuple[int, ...], Option], row: Any
    ) -> None:
        """The engine's events for an event of these times; ``row`` has their slots."""
        first = len(self.meetings)
        lengths: tuple[int, ...] = (self.event_list[number][0].duration,)
        some: tuple[int, ...] = (0,)
        if cheapest:
            some, option = next(iter(cheapest.items()))
            lengths = option.lengths()
        seen: set[int] = set()
        for k, length in enumerate(lengths):
            layer = some[k] // self.of_week
            self.meetings.append(Meeting(number, length, k == 0, layer not in seen))
            seen.add(layer)
            # Those of a group are never placed one by one: they share their prices.
            self.starts.append(row)
        self.written[first] = {
            slots: (o.timeslot, o.pattern, o.weeks) for slots, o in cheapest.items()
        }
        if len(lengths) > 1:
            self.groups.append(list(range(first, first + len(lengths))))
            self.group_options.append(list(cheapest.values()))
        else:
            self.penalties[first] = {
                slots[0]: o.penalty * self.layers.weight(o.weeks)
                for slots, o in cheapest.items()
            }

    def read_events(self) -> dict[str, Any]:
        """Arrays of the engine's events."""
        rows = [
            (meeting, *self.event_list[meeting.event], self.class_of(meeting))
            for meeting in self.meetings
        ]
        kinds: dict[tuple[int, str | None], int] = {}
        times = [len(self.joint.together(event, cls)) for _, event, cls, _ in rows]
        group = np.full(len(rows), -1, np.int64)
        for number, members in enumerate(self.groups):
            group[members] = number
        penalty = np.zeros((0, 0), np.int64)
        if any(any(costs.values()) for costs in self.penalties.values()):
            penalty = np.zeros((len(rows), self.num_slots), np.int64)
            for index, costs in self.penalties.items():
                penalty[index, list(costs)] = list(costs.values())
        starts = np.zeros((len(rows), self.num_slots), np.bool_)
        for index, row in enumerate(self.starts):
            starts[index] = row
        return {
            "event_class": _ints(number for *_, number in rows),
            "event_duration": _ints(meeting.duration for meeting, *_ in rows),
            "event_needs_room": np.array(
                [e.needs_room or bool(self.pinned_room(e, c)) for _, e, c, _ in rows],
                np.bool_,
            ),
            "event_counts": _ints(
                many if meeting.leads else 0
                for many, (meeting, *_) in zip(times, rows, strict=True)
            ),
            "event_times": _ints(times),
            "event_pays_room": np.array([m.pays_room for m, *_ in rows], np.bool_),
            "event_faculty": tuple(
                tuple(sorted({self.faculty[f] for f in cls.faculty_of(event)}))
                for _, event, cls, _ in rows
            ),
            "event_room_group": _ints(
                kinds.setdefault((number, event.room_type), len(kinds))
                for _, event, _, number in rows
            ),
            "event_starts": starts,
            "event_time_penalty": penalty,
            "event_group": group,
            "groups": tuple(map(tuple, self.groups)),
            "group_options": tuple(
                tuple(option.slots() for option in options)
                for options in self.group_options
            ),
            "option_penalty": _ints(
                option.penalty * self.layers.weight(option.weeks)
                for options in self.group_options
                for option in options
            ),
        }

    def class_of(self, meeting: Meeting) -> int:
        """The engine's class of a meeting."""
        return self.engine_class(self.event_list[meeting.event][1].id)

    def engine_class(self, key: str) -> int:
        """The engine's class whose events a class attends."""
        if key in self.joint.number:
            return len(self.classes.ids) + self.joint.number[key]
        return self.classes[key]

    def pinned_room(self, event: Event, cls: Class) -> str | None:
        """The room that an event, or one that is one with it, is pinned to."""
        for one, _ in self.joint.together(event, cls):
            pin = self.pins.get(one.id)
            if pin is not None and pin.room is not None:
                return pin.room
        return None

    # -- the rest ----------------------------------------------------------------------

    def read(self) -> tuple[Instance, Names]:
        problem = self.problem
        count = self.layers.count
        instance = Instance(
            num_days=len(self.days) * count,
            num_positions=self.positions,
            slot_exists=self.exists,
            break_after=self.break_after,
            day_size=np.repeat(_ints(self.layers.sizes), len(self.days)),
            weekday=np.tile(np.arange(len(self.days)), count),
            **self.read_events(),
            **self.read_classes(),
            **self.read_enrolments(),
            faculty_max_day=_ints(
                -1 if f.max_periods_day is None else f.max_periods_day
                for f in problem.faculty
            ),
            faculty_max_run=_ints(f.max_consecutive or -1 for f in problem.faculty),
            faculty_level=self.read_levels(),
            curriculum_classes=tuple(
                tuple(dict.fromkeys(map(self.engine_class, curriculum.classes)))
                for curriculum in problem.curricula
            ),
            num_students=len(problem.students),
            student_max_run=problem.student_max_consecutive,
            **self.read_people(),
            **self.read_room_sets(),
            **self.read_previous(),
            **self.read_rooms(),
            **self.read_travel(),
            relations=tuple(self.read_relations()),
        )
        names = Names(
            events=[self.event_list[meeting.event][0].id for meeting in self.meetings],
            rooms=self.rooms.names,
            slots=self.slot_ids,
            classes=self.classes.ids,
            students=self.students.ids,
            faculty=self.faculty.ids,
            bundles=self.bundles,
            groups={members[0]: members for members in self.groups},
            further=[i for i, meeting in enumerate(self.meetings) if not meeting.leads],
            times=self.written,
            joined={
                index: [one.id for one, _ in together[1:]]
                for index, meeting in enumerate(self.meetings)
                if meeting.leads
                and len(
                    together := self.joint.together(*self.event_list[meeting.event])
                )
                > 1
            },
        )
        return instance, names

    def read_relations(self) -> Iterator[Relation]:
        """Relations between events; those between classes as such."""
        events_of = {
            cls.id: [self.first_of[event.id] for event in cls.events]
            for cls in self.problem.classes
        }
        for relation in self.problem.relations:
            rest = relation.hard, relation.weight, relation.value or 0
            # Who walks is asked nowhere else yet: to attend both is not to overlap.
            kind = relation.type
            kind = "not_overlap" if kind == "same_attendees" else kind
            events = [self.first_of[e] for e in relation.events]
            if kind == "max_days":
                events += [e for cls in relation.classes for e in events_of[cls]]
            if events:
                yield Relation(kind, tuple(dict.fromkeys(events)), *rest)
                continue
            for one, other in combinations(relation.classes, 2):
                a, b = events_of[one], events_of[other]
                if kind == "precedence":
                    yield Relation("first", (*a, *b), *rest[:2], len(a))
                    continue
                for first in a:
                    for second in b:
                        yield Relation(kind, (first, second), *rest)

    def read_classes(self) -> dict[str, Any]:
        """Arrays of the engine's classes: those of the problem, then those taught as
        one, which have the events of theirs."""
        classes, joint = self.problem.classes, self.joint.groups
        events: list[list[int]] = [[] for _ in [*classes, *joint]]
        for index, meeting in enumerate(self.meetings):
            events[self.class_of(meeting)].append(index)
        leaders = [*classes, *(group[0] for group in joint)]
        together = [sum(cls.limit for cls in group) for group in joint]
        return {
            "class_offering": _ints(self.offerings[c.offering] for c in leaders),
            "class_events": tuple(map(tuple, events)),
            # Each of those taught as one has a limit of its own.
            "class_limit": _ints([c.limit for c in classes] + [NO_LIMIT] * len(joint)),
            "class_seats": _ints([c.limit for c in classes] + together),
            "class_times": _ints([1] * len(classes) + [len(group) for group in joint]),
            "class_one_per_day": np.array(
                [c.one_event_per_day for c in leaders], np.bool_
            ),
            "class_min_days": _ints(c.min_days or 0 for c in leaders),
        }

    def with_joint(self, classes: tuple[int, ...]) -> tuple[int, ...]:
        """A bundle with the classes that have the events of its own."""
        ids = [self.classes.ids[cls] for cls in classes]
        more = [self.engine_class(key) for key in ids if key in self.joint.number]
        return (*classes, *dict.fromkeys(more))

    def places_of_joint(self, last: int) -> list[int]:
        """Places of the classes taught as one, no two of a bundle at the same."""
        first = len(self.classes.ids)
        beside: list[set[int]] = [set() for _ in self.joint.groups]
        for bundle in self.bundles:
            own = [cls - first for cls in bundle if cls >= first]
            for cls in own:
                beside[cls].update(own)
        places: list[int] = []
        for number, others in enumerate(beside):
            taken = {places[k] for k in others if k < number}
            place = last + 1
            while place in taken:
                place += 1
            places.append(place)
        return places

    def read_room_sets(self) -> dict[str, Any]:
        """Distinct sets of suitable rooms with their penalties; each event's set."""
        sets: dict[Any, int] = {}
        arrays: list[Any] = []
        penalties: list[Any] = []
        numbers = []
        for meeting in self.meetings:
            event, cls = self.event_list[meeting.event]
            pin = self.pinned_room(event, cls)
            seats = 0
            if not self.soft_seats:
                seats = sum(c.limit for _, c in self.joint.together(event, cls))
            key: Any = (
                (pin,) if pin else (event.room_type, frozenset(event.features), seats)
            )
            key += event.rooms_needed, wishes_of(event)
            if key not in sets:
                sets[key] = len(arrays)
                found = self.rooms.choices(event, seats, pin)
                arrays.append(_ints(number for number, _ in found))
                penalties.append(_ints(penalty for _, penalty in found))
            numbers.append(sets[key])
        return {
            "event_room_set": _ints(numbers),
            "room_sets": tuple(arrays),
            "room_penalties": tuple(penalties),
        }

    def read_rooms(self) -> dict[str, Any]:
        """Arrays of the rooms, those that are several at once among them."""
        shut = ~np.array(
            [self.open_slots(room) for room in self.problem.rooms], np.bool_
        ).reshape(len(self.problem.rooms), self.num_slots)
        closed = np.zeros((len(self.rooms.names), self.num_slots), np.bool_)
        for number, names in enumerate(self.rooms.names):
            own = [self.rooms.number[name] for name in names]
            closed[number] = shut[[*own, *self.rooms.parts[number]]].any(axis=0)
        return {
            "room_capacity": _ints(map(self.rooms.seats, range(len(closed)))),
            "room_closed": closed,
            "room_parts": tuple(self.rooms.parts) if self.rooms.composite else (),
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
                number[where] if (where := self.rooms.building(room)) else 0
                for room in range(len(self.rooms.names))
            ),
            "walk_minutes": minutes,
            "pause_minutes": pause,
        }

    def read_people(self) -> dict[str, Any]:
        """Rules for people's days, and the clock if one of them goes by it."""
        problem = self.problem
        spans = [_limit(member.max_span_minutes) for member in problem.faculty]
        found: dict[str, Any] = {
            "student_max_day": _limit(problem.student_max_periods_day),
            "student_max_span": _limit(problem.student_max_span_minutes),
            "student_min_free": problem.student_min_free_days or 0,
            "faculty_max_span": _ints(spans),
            "faculty_min_free": _ints(m.min_free_days or 0 for m in problem.faculty),
            "rest_minutes": _limit(problem.rest_minutes),
            "hard_rules": frozenset(problem.hard_rules),
        }
        if problem.lunch is not None:
            found["lunch"] = (
                minutes_of(problem.lunch.start),
                minutes_of(problem.lunch.end),
                problem.lunch.minutes,
            )
        if (
            "lunch" in found
            or found["rest_minutes"] >= 0
            or max([found["student_max_span"], *spans]) >= 0
        ):
            times = {slot.id: slot for slot in problem.timeslots}
            clock = np.zeros((self.num_slots, 2), np.int64)
            for slot, name in enumerate(self.slot_ids):
                if name is not None:
                    start, end = times[name].start, times[name].end
                    if start is not None and end is not None:
                        clock[slot] = minutes_of(start), minutes_of(end)
            days = [after - before == 1 for before, after in pairwise(self.days)]
            found["slot_clock"] = clock
            found["day_follows"] = np.tile([False, *days], self.layers.count)
        return found

    def read_levels(self) -> Any:
        level = np.zeros((len(self.problem.faculty), self.of_week), np.int8)
        for number, member in enumerate(self.problem.faculty):
            if any(p.level == "prefer" for p in member.preferences):
                level[number] = 1
            for wish in member.preferences:
                value = 2 if wish.level == "avoid" else 0
                level[number, self.slot_of[wish.timeslot]] = value
        return np.tile(level, self.layers.count)

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
        self.bundles = [self.with_joint(classes) for classes, _ in ordered]
        groups = {group: k for k, group in enumerate(structure.fixed)}
        place = [structure.place[c] for c in self.classes.ids]
        joint = range(len(self.joint.groups))
        return {
            "enrolment_student": _ints(student),
            "enrolment_offering": _ints(offering),
            "enrolment_options": tuple(options),
            "bundles": tuple(self.bundles),
            "class_place": _ints(place + self.places_of_joint(max(place, default=0))),
            "class_group": _ints(
                [groups[structure.group[c]] for c in self.classes.ids]
                + [len(groups) + k for k in joint]
            ),
            "group_fixed": np.array(
                list(structure.fixed.values()) + [False for _ in joint], np.bool_
            ),
        }

    def read_previous(self) -> dict[str, Any]:
        """The timetable in force: slots, rooms, and what leaving it costs a group."""
        moved = [
            2 * self.layers.weight(None) * self.moves(members[0], option)
            for members, options in zip(self.groups, self.group_options, strict=True)
            for option in options
        ]
        found: dict[str, Any] = {"option_moved": _ints(moved)}
        if not self.previous:
            return found
        slot = np.full(len(self.meetings), -1, np.int64)
        room = np.full(len(self.meetings), -1, np.int64)
        grouped = {member for members in self.groups for member in members}
        for key, item in self.previous.items():
            index = self.first_of[key]
            if item.room is not None:
                ids = [*dict.fromkeys([item.room, *item.further_rooms])]
                room[index] = self.rooms.of(ids)
            if index not in grouped:
                slot[index] = self.slot_in_force(item)
        return found | {"previous_slot": slot, "previous_room": room}

    def moves(self, index: int, option: Option) -> int:
        """Events whose place in force another option leaves.

        Two names of the same weeks are one.
        """
        event, cls = self.event_list[self.meetings[index].event]
        key = option.timeslot, option.pattern, self.layers.of(option.weeks)
        return sum(
            (old.timeslot, old.pattern, self.layers.of(old.weeks)) != key
            for one, _ in self.joint.together(event, cls)
            if (old := self.previous.get(one.id)) is not None
        )

    def slot_in_force(self, item: Assignment) -> int:
        """Slot of an event of one meeting; ``ELSEWHERE`` if it had several."""
        layers = self.layers.of(item.weeks)
        if len(layers) > 1 or item.pattern is not None:
            return ELSEWHERE
        return layers[0] * self.of_week + self.slot_of[item.timeslot]


def least(options: list[Option]) -> dict[tuple[int, ...], Option]:
    """Slots of the meetings → the option of least penalty that has them."""
    found: dict[tuple[int, ...], Option] = {}
    for option in sorted(options, key=lambda o: o.penalty):
        found.setdefault(option.slots(), option)
    return found


def _limit(value: int | None) -> int:
    """A limit as the engine has it."""
    return -1 if value is None else value


def _minutes_between(first: Timeslot, second: Timeslot) -> int:
    """Of the pause between two periods; none where one of them has no time."""
    if first.end is None or second.start is None:
        return 0
    pause = minutes_of(second.start) - minutes_of(first.end)
    return max(0, pause)


def _ints(values: Any) -> Any:
    return np.fromiter(values, np.int64)
