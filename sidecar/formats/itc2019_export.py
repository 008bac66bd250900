"""A problem of the contract as one of ITC-2019, for solvers of others.

An event becomes a class, for there a class meets at one time; the events of a class
hang on the first one as on a parent, so that students attend all of them. Who teaches
or belongs together is said by ``SameAttendees``. Students are the one thing that means
less there: a clash of theirs costs and is not forbidden, so it costs a great deal.

What the other format cannot say is of two kinds. Costs of how days look (gaps, late or
single hours) are left out, and told. Rules that a valid timetable must keep are not:
such a problem is refused.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product

from sidecar.contract.problem import (
    Assignment,
    Class,
    Closing,
    Event,
    Problem,
    Relation,
)
from sidecar.engine.model.patterned import (
    Configuration,
    Course,
    Distribution,
    Kind,
    PatternedClass,
    PatternedProblem,
    PatternedSolution,
    Room,
    RoomOption,
    Student,
    Subpart,
    TimeOption,
    Weights,
)

from .clock import Clock
from .errors import FormatError

STUDENT_WEIGHT = 1000
"""Of one clash of one student, which the contract forbids."""
AVOIDED = 20
"""Of a period that a member of the faculty asked to avoid, as in the usual profile."""
KINDS = {
    "same_start": Kind.SAME_START,
    "same_time": Kind.SAME_TIME,
    "same_days": Kind.SAME_DAYS,
    "same_weeks": Kind.SAME_WEEKS,
    "same_room": Kind.SAME_ROOM,
    "different_time": Kind.DIFFERENT_TIME,
    "different_days": Kind.DIFFERENT_DAYS,
    "different_weeks": Kind.DIFFERENT_WEEKS,
    "different_room": Kind.DIFFERENT_ROOM,
    "overlap": Kind.OVERLAP,
    "not_overlap": Kind.NOT_OVERLAP,
    "same_attendees": Kind.SAME_ATTENDEES,
    "precedence": Kind.PRECEDENCE,
    "work_day": Kind.WORK_DAY,
    "min_gap": Kind.MIN_GAP,
    "max_days": Kind.MAX_DAYS,
    "max_day_load": Kind.MAX_DAY_LOAD,
    "max_breaks": Kind.MAX_BREAKS,
    "max_block": Kind.MAX_BLOCK,
}
LEFT_OUT = "Costs of how days look (gaps, single and late hours, long runs, free days)"


@dataclass
class Exported:
    """The problem there, and the way back."""

    problem: PatternedProblem
    notes: list[str]
    """What was left out, in words."""
    starts: list[list[tuple[str, str | None]]] = field(default_factory=list)
    """By class and option: the timeslot and the week pattern that it stands for."""

    def assignments(self, solution: PatternedSolution) -> list[Assignment]:
        """A solution in the contract's terms; classes there are events here."""
        found = []
        for index, cls in enumerate(self.problem.classes):
            if solution.time[index] < 0:
                continue
            slot, weeks = self.starts[index][solution.time[index]]
            room = solution.room[index]
            found.append(
                Assignment(
                    event=cls.id,
                    timeslot=slot,
                    weeks=weeks,
                    room=self.problem.rooms[room].id if room >= 0 else None,
                )
            )
        return found


def export(problem: Problem) -> Exported:
    """A consistent problem as one of ITC-2019.

    Raises
    ------
    FormatError
        Naming the first rule that the other format cannot express.
    """
    return _Exporter(problem).export()


def _refuse(what: str) -> FormatError:
    return FormatError(0, f"ITC-2019 cannot express {what}; take it out to export")


class _Exporter:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.clock = Clock(problem.timeslots)
        self.every = (1 << problem.weeks) - 1
        self.weeks: dict[str | None, int] = {None: self.every}
        for item in problem.week_patterns:
            self.weeks[item.id] = sum({1 << week - 1 for week in item.weeks})
        self.rooms = {room.id: k for k, room in enumerate(problem.rooms)}
        self.pins = {pin.event: pin for pin in problem.pins}
        self.faculty = {member.id: member for member in problem.faculty}
        self.offerings = {offering.id: offering for offering in problem.offerings}
        self.events: dict[str, int] = {}
        self.owner: dict[str, list[int]] = defaultdict(list)
        """By class of the contract, its events in order."""
        self.classes: list[PatternedClass] = []
        self.starts: list[list[tuple[str, str | None]]] = []
        self.subparts: list[Subpart] = []
        self.configurations: list[Configuration] = []
        self.courses: dict[str, int] = {}
        self.course_list: list[Course] = []
        self.rules: list[Distribution] = []
        self.notes = [f"{LEFT_OUT} are left out."]

    def export(self) -> Exported:
        problem = self.problem
        for room in problem.rooms:
            if room.parts:
                raise _refuse(f"that room {room.id} is made of others")
        if problem.joint_classes:
            raise _refuse("classes taught as one in one room")
        if problem.hard_rules:
            raise _refuse(f"the rule {problem.hard_rules[0]} for people's days")
        self.decided = self.read_decided()
        for offering in problem.offerings:
            self.add_course(offering.id)
        self.add_people()
        for relation in problem.relations:
            self.add_relation(relation)
        exported = PatternedProblem(
            name=problem.name or "exported",
            nr_days=7,
            nr_weeks=problem.weeks,
            slots_per_day=self.clock.per_day,
            weights=Weights(1, 1, 1, STUDENT_WEIGHT),
            rooms=tuple(self.room(k) for k in range(len(problem.rooms))),
            classes=tuple(self.classes),
            subparts=tuple(self.subparts),
            configurations=tuple(self.configurations),
            courses=tuple(self.course_list),
            distributions=tuple(self.rules),
            students=tuple(self.students()),
        )
        return Exported(exported, self.notes, self.starts)

    # Rooms ----------------------------------------------------------------------

    def room(self, number: int) -> Room:
        room = self.problem.rooms[number]
        closed = [(name, self.every) for name in room.unavailable]
        closed += [(item.timeslot, self.weeks[item.weeks]) for item in room.closed]
        return Room(
            room.id,
            room.capacity,
            {},
            tuple(self.clock.pattern([name], weeks) for name, weeks in closed),
        )

    def rooms_of(self, event: Event, cls: Class) -> tuple[RoomOption, ...]:
        """Rooms that suit an event, with what each costs."""
        pin = self.pins.get(event.id)
        if pin is not None and pin.room is not None:
            return (RoomOption(self.rooms[pin.room], 0),)
        if not event.needs_room:
            return ()
        if event.rooms_needed > 1:
            raise _refuse(f"that event {event.id} needs several rooms")
        if event.room_preferences:
            raise _refuse(
                f"wishes for rooms (event {event.id}); list its rooms instead"
            )
        if event.rooms is not None:
            return tuple(RoomOption(self.rooms[o.room], o.penalty) for o in event.rooms)
        found = tuple(
            RoomOption(k, 0)
            for k, room in enumerate(self.problem.rooms)
            if event.room_type in (None, room.type)
            and room.capacity >= cls.limit
            and set(event.features) <= set(room.features)
        )
        if not found:
            raise FormatError(0, f"no room suits event {event.id}; change either")
        return found

    # Times ----------------------------------------------------------------------

    def times_of(
        self, event: Event, cls: Class
    ) -> Iterator[tuple[TimeOption, str, str | None]]:
        """Options of an event with the timeslot and week pattern that each is."""
        pin = self.pins.get(event.id)
        closed = self.closed_to(event, cls)
        penalties = self.wishes(event, cls)
        weeks_open: list[str | None] = list(event.weeks) if event.weeks else [None]
        for name, weeks, penalty in self.offered(event, cls):
            if pin is not None and pin.timeslot not in (None, name):
                continue
            run = self.clock.run(name, event.duration)
            if run is None:
                continue
            for own in [weeks] if weeks is not None else weeks_open:
                if pin is not None and pin.weeks not in (None, own):
                    continue
                mask = self.weeks[own]
                if any(closed.get(slot, 0) & mask for slot in run):
                    continue
                cost = penalty + sum(penalties[slot] for slot in run)
                yield TimeOption(self.clock.pattern(run, mask), cost), name, own

    def offered(
        self, event: Event, cls: Class
    ) -> Iterator[tuple[str, str | None, int]]:
        """(start, weeks, penalty)"""
        pin = self.pins.get(event.id)
        if pin is not None and pin.pattern is not None:
            raise _refuse(f"patterns of several days (event {event.id})")
        if event.times is not None:
            for option in event.times:
                if option.timeslot is None:
                    raise _refuse(f"patterns of several days (event {event.id})")
                yield option.timeslot, option.weeks, option.penalty
            return
        allowed = None if event.timeslots is None else set(event.timeslots)
        for slot in self.problem.timeslots:
            if slot.grid == cls.grid and (allowed is None or slot.id in allowed):
                yield slot.id, None, 0

    def closed_to(self, event: Event, cls: Class) -> dict[str, int]:
        """Timeslots and the weeks in which class, faculty or category cannot."""
        found: dict[str, int] = defaultdict(int)

        def close(names: list[str], closings: list[Closing]) -> None:
            for name in names:
                found[name] |= self.every
            for item in closings:
                found[item.timeslot] |= self.weeks[item.weeks]

        close(cls.unavailable, cls.closed)
        for name in set(cls.faculty_of(event)):
            close(self.faculty[name].unavailable, self.faculty[name].closed)
        category = self.offerings[cls.offering].category
        bands = [b for b in self.problem.bands if b.category == category]
        if bands:
            inside = {name for band in bands for name in band.timeslots}
            close([s.id for s in self.problem.timeslots if s.id not in inside], [])
        return self.with_overlapping(found)

    def with_overlapping(self, closed: dict[str, int]) -> dict[str, int]:
        """Timeslots of other grids are closed with those that they overlap."""
        if len(self.problem.grids) == 0 or not closed:
            return closed
        found = dict(closed)
        for name, mask in closed.items():
            for other in self.problem.timeslots:
                if other.day == self.clock.slots[name].day:
                    a, b = self.clock.hours(name), self.clock.hours(other.id)
                    if a[0] < b[1] and b[0] < a[1]:
                        found[other.id] = found.get(other.id, 0) | mask
        return found

    def wishes(self, event: Event, cls: Class) -> Counter[str]:
        """What each timeslot costs by the wishes of those who teach."""
        costs: Counter[str] = Counter()
        for name in set(cls.faculty_of(event)):
            for wish in self.faculty[name].preferences:
                if wish.level == "avoid":
                    costs[wish.timeslot] += AVOIDED
        return costs

    # Courses --------------------------------------------------------------------

    def add_course(self, offering: str) -> None:
        """An offering, its configurations and, for each event, a subpart."""
        mine = [c for c in self.problem.classes if c.offering == offering and c.events]
        if not mine:
            return
        described = self.offerings[offering]
        first = len(self.configurations)
        if described.configurations:
            for configuration in described.configurations:
                names = {component.id for component in configuration.components}
                inside = [
                    cls
                    for cls in mine
                    if cls.component in names
                    or (cls.component is None and len(names) == 1)
                ]
                self.add_configuration(f"{offering}/{configuration.id}", inside)
        else:
            # Classes of as many events are ways to take the course that are alike.
            for count in sorted({len(cls.events) for cls in mine}):
                alike = [cls for cls in mine if len(cls.events) == count]
                self.add_configuration(f"{offering}/{count}", alike)
        numbers = range(first, len(self.configurations))
        self.courses[offering] = len(self.course_list)
        self.course_list.append(Course(offering, tuple(numbers)))

    def add_configuration(self, name: str, classes: list[Class]) -> None:
        by_component: dict[str | None, list[Class]] = defaultdict(list)
        for cls in classes:
            by_component[cls.component].append(cls)
        # Parents first, for their events have to be there.
        ready: set[str] = set()
        parts: list[int] = []
        waiting = list(by_component.items())
        while waiting:
            item = next(
                (
                    pair
                    for pair in waiting
                    if all(c.parent is None or c.parent in ready for c in pair[1])
                ),
                waiting[0],
            )
            waiting.remove(item)
            ready |= {cls.id for cls in item[1]}
            parts += self.add_component(f"{name}/{item[0] or ''}", item[1])
        self.configurations.append(Configuration(name, tuple(parts)))

    def add_component(self, name: str, classes: list[Class]) -> list[int]:
        counts = {len(cls.events) for cls in classes}
        if len(counts) > 1:
            raise _refuse(
                f"parallel classes of different numbers of events ({classes[0].id})"
            )
        parts = []
        for place in range(counts.pop()):
            number = len(self.subparts)
            inside = tuple(self.add_event(cls, place, number) for cls in classes)
            self.subparts.append(Subpart(f"{name}/{place + 1}", inside))
            parts.append(number)
        return parts

    def add_event(self, cls: Class, place: int, subpart: int) -> int:
        event = cls.events[place]
        index = len(self.classes)
        found = list(self.times_of(event, cls))
        if not found:
            raise FormatError(
                0, f"event {event.id} has no time at which all who take part can"
            )
        if place:
            parent = self.owner[cls.id][0]
        else:
            parent = self.owner[cls.parent][0] if cls.parent else -1
        self.events[event.id] = index
        self.owner[cls.id].append(index)
        self.starts.append([(name, weeks) for _, name, weeks in found])
        self.classes.append(
            PatternedClass(
                event.id,
                max(0, cls.limit - self.decided[cls.id]),
                parent,
                subpart,
                self.rooms_of(event, cls),
                tuple(option for option, _, _ in found),
            )
        )
        return index

    # People and rules -----------------------------------------------------------

    def read_decided(self) -> Counter[str]:
        """Seats taken by students whose class is decided among several."""
        parallel = Counter(cls.offering for cls in self.problem.classes)
        self.alone = {
            cls.id for cls in self.problem.classes if parallel[cls.offering] == 1
        }
        taken = Counter(
            name
            for student in self.problem.students
            for name in student.classes
            if name not in self.alone
        )
        if taken:
            self.notes.append(
                f"{sum(taken.values())} decided places in parallel classes are kept "
                "free of each other; clashes with what is still to choose are left out."
            )
        return taken

    def students(self) -> Iterator[Student]:
        offering_of = {cls.id: cls.offering for cls in self.problem.classes}
        for student in self.problem.students:
            decided = {offering_of[name] for name in student.classes}
            asked = [name for name in student.offerings if name not in decided]
            asked += [offering_of[n] for n in student.classes if n in self.alone]
            numbers = [
                self.courses[n] for n in dict.fromkeys(asked) if n in self.courses
            ]
            yield Student(student.id, tuple(numbers))

    def add_people(self) -> None:
        """Who is in one place at a time: classes, faculty, batches, students."""
        groups: dict[tuple[int, ...], None] = {}
        taught: dict[str, list[int]] = defaultdict(list)
        for cls in self.problem.classes:
            groups[tuple(self.owner[cls.id])] = None
            if cls.one_event_per_day:
                self.add(Kind.DIFFERENT_DAYS, self.owner[cls.id])
            for event in cls.events:
                for member in cls.faculty_of(event):
                    taught[member].append(self.events[event.id])
        groups.update(dict.fromkeys(map(tuple, taught.values())))
        together = [curriculum.classes for curriculum in self.problem.curricula]
        together += [
            [name for name in student.classes if name not in self.alone]
            for student in self.problem.students
        ]
        for names in together:
            members = [k for name in dict.fromkeys(names) for k in self.owner[name]]
            groups[tuple(members)] = None
        for group in groups:
            self.add(Kind.SAME_ATTENDEES, list(group))
        for person in self.problem.faculty:
            if person.max_periods_day is not None:
                limit = person.max_periods_day * self.clock.period
                self.add(Kind.MAX_DAY_LOAD, taught[person.id], limit)

    def add(
        self,
        kind: Kind,
        members: list[int],
        first: int = 0,
        second: int = 0,
        penalty: int | None = None,
    ) -> None:
        """A rule; without ``penalty`` it is required."""
        members = list(dict.fromkeys(members))
        if len(members) > 1:
            self.rules.append(
                Distribution(
                    kind, tuple(members), penalty is None, penalty or 0, first, second
                )
            )

    def add_relation(self, relation: Relation) -> None:
        kind = KINDS.get(relation.type)
        if kind is None:
            if relation.hard:
                raise _refuse(f"the rule {relation.type} ({relation.id})")
            self.notes.append(f"The wish {relation.id} ({relation.type}) is left out.")
            return
        first = second = 0
        if relation.minutes is not None:
            first = self.clock.slots_of(relation.minutes)
        elif relation.value is not None:
            counted = kind in (Kind.MAX_DAYS, Kind.MAX_BREAKS)
            first = relation.value * (1 if counted else self.clock.period)
        if relation.pause is not None:
            second = self.clock.slots_of(relation.pause)
        penalty = None if relation.hard else relation.weight
        members = [self.events[name] for name in relation.events]
        owned = [self.owner[name] for name in relation.classes]
        if not kind.of_pairs or all(len(events) == 1 for events in owned):
            members += [event for events in owned for event in events]
            self.add(kind, members, first, second, penalty)
            return
        if kind is Kind.PRECEDENCE:
            raise _refuse(f"an order of classes of several events ({relation.id})")
        # Events of one class are not related to each other.
        for one, other in combinations(owned, 2):
            for pair in product(one, other):
                self.add(kind, [*pair], first, second, penalty)
