"""ITC-2019, course timetabling with sectioning (``.xml``, also ``.xml.gz``).

Format and rules: T. Müller, H. Rudová, Z. Müllerová, *University course timetabling and
International Timetabling Competition 2019*, PATAT 2018, and the competition's page
*Format*. Problems become the engine's general model, for weeks, patterns of days and
penalties of single options have no place in a weekly grid.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from sidecar.engine.model.patterned import (
    Configuration,
    Course,
    Distribution,
    Kind,
    Pattern,
    PatternedClass,
    PatternedProblem,
    Room,
    RoomOption,
    Student,
    Subpart,
    TimeOption,
    Weights,
)

from .bounded_xml import Handlers, Tag, parse

MAX_PENALTY = 1_000_000
MAX_THINGS = 200_000
"""Rooms, classes, students and so on; the largest instance has 38,437 students."""
MAX_DAYS = 7
MAX_WEEKS = 53
MAX_SLOTS = 1440
"""Of one minute each."""

KINDS = {
    "SameStart": Kind.SAME_START,
    "SameTime": Kind.SAME_TIME,
    "DifferentTime": Kind.DIFFERENT_TIME,
    "SameDays": Kind.SAME_DAYS,
    "DifferentDays": Kind.DIFFERENT_DAYS,
    "SameWeeks": Kind.SAME_WEEKS,
    "DifferentWeeks": Kind.DIFFERENT_WEEKS,
    "SameRoom": Kind.SAME_ROOM,
    "DifferentRoom": Kind.DIFFERENT_ROOM,
    "Overlap": Kind.OVERLAP,
    "NotOverlap": Kind.NOT_OVERLAP,
    "SameAttendees": Kind.SAME_ATTENDEES,
    "Precedence": Kind.PRECEDENCE,
    "WorkDay": Kind.WORK_DAY,
    "MinGap": Kind.MIN_GAP,
    "MaxDays": Kind.MAX_DAYS,
    "MaxDayLoad": Kind.MAX_DAY_LOAD,
    "MaxBreaks": Kind.MAX_BREAKS,
    "MaxBlock": Kind.MAX_BLOCK,
}
PARAMETERS = {
    Kind.WORK_DAY: 1,
    Kind.MIN_GAP: 1,
    Kind.MAX_DAYS: 1,
    Kind.MAX_DAY_LOAD: 1,
    Kind.MAX_BREAKS: 2,
    Kind.MAX_BLOCK: 2,
}
"""How many numbers stand in brackets after the kind; none where it is not listed."""
_TYPE = re.compile(r"([A-Za-z]+)\s*(?:\(\s*([0-9]{1,6})\s*(?:,\s*([0-9]{1,6})\s*)?\))?")


def is_itc2019(file: Path) -> bool:
    """Whether the name ends as instances of ITC-2019 do."""
    return file.name.lower().endswith((".xml", ".xml.gz"))


def read(file: Path) -> PatternedProblem:
    """Read an instance.

    Raises
    ------
    FormatError
        Naming the line, what is wrong there and how to mend it.
    OSError
        If the file cannot be opened.
    """
    reader = _Reader()
    parse(file, reader.handlers())
    return reader.problem()


T = TypeVar("T")


class _Table(Generic[T]):
    """Things of one sort in the order of the file, found by their id."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.items: list[T] = []
        self.index: dict[str, int] = {}

    def add(self, tag: Tag, item: T) -> T:
        name = tag.text("id")
        if name in self.index:
            raise tag.fault(
                f'has the id "{name}", as another {self.what} before it; give each '
                "its own"
            )
        if len(self.items) == MAX_THINGS:
            raise tag.fault(
                f"is one of more than {MAX_THINGS:,} {self.what}s; split it"
            )
        self.index[name] = len(self.items)
        self.items.append(item)
        return item

    def find(self, tag: Tag, key: str) -> int:
        """Index of what an attribute names."""
        name = tag.text(key)
        if name not in self.index:
            raise tag.fault(
                f'names the {self.what} "{name}", which is not in the file; add it or '
                "correct the id"
            )
        return self.index[name]


@dataclass
class _Class:
    """A class as it is being read."""

    tag: Tag
    subpart: int
    limit: int
    rooms: dict[int, RoomOption] = field(default_factory=dict)
    times: list[TimeOption] = field(default_factory=list)


@dataclass
class _Room:
    tag: Tag
    capacity: int
    travel: list[tuple[int, str, int]] = field(default_factory=list)
    """(line, id of the other room, slots)"""
    unavailable: list[Pattern] = field(default_factory=list)


@dataclass
class _Part:
    """A course, configuration or subpart, with the indices of what is in it."""

    tag: Tag
    above: int
    inside: list[int] = field(default_factory=list)


class _Reader:
    """Collects an instance in the order of its file.

    What may stand later in the file (travel, parents) is looked up at the end.
    """

    def __init__(self) -> None:
        self.head: Tag | None = None
        self.weights: Weights | None = None
        self.days = self.weeks = self.slots = 0
        self.rooms: _Table[_Room] = _Table("room")
        self.courses: _Table[_Part] = _Table("course")
        self.configurations: _Table[_Part] = _Table("configuration")
        self.subparts: _Table[_Part] = _Table("subpart")
        self.classes: _Table[_Class] = _Table("class")
        self.students: _Table[tuple[str, dict[int, None]]] = _Table("student")
        self.distributions: list[tuple[Distribution, dict[int, None]]] = []
        self.patterns: dict[Pattern, Pattern] = {}
        """Each pattern once: thousands of classes share some hundred of them."""
        self.options: dict[TimeOption, TimeOption] = {}

    def handlers(self) -> Handlers:
        def nothing(_: Tag) -> None:
            """A heading: what matters is inside."""

        problem, course = ("problem",), ("problem", "courses", "course")
        subpart = (*course, "config", "subpart")
        return {
            problem: self.read_problem,
            (*problem, "optimization"): self.read_weights,
            (*problem, "rooms"): nothing,
            (*problem, "rooms", "room"): self.read_room,
            (*problem, "rooms", "room", "travel"): self.read_travel,
            (*problem, "rooms", "room", "unavailable"): self.read_unavailable,
            (*problem, "courses"): nothing,
            course: self.read_course,
            (*course, "config"): self.read_configuration,
            subpart: self.read_subpart,
            (*subpart, "class"): self.read_class,
            (*subpart, "class", "room"): self.read_room_option,
            (*subpart, "class", "time"): self.read_time_option,
            (*problem, "distributions"): nothing,
            (*problem, "distributions", "distribution"): self.read_distribution,
            (*problem, "distributions", "distribution", "class"): self.read_member,
            (*problem, "students"): nothing,
            (*problem, "students", "student"): self.read_student,
            (*problem, "students", "student", "course"): self.read_request,
        }

    # Head and rooms -----------------------------------------------------------

    def read_problem(self, tag: Tag) -> None:
        self.head = tag
        self.days = tag.number("nrDays", 1, MAX_DAYS)
        self.weeks = tag.number("nrWeeks", 1, MAX_WEEKS)
        self.slots = tag.number("slotsPerDay", 1, MAX_SLOTS)

    def read_weights(self, tag: Tag) -> None:
        self.weights = Weights(
            *(tag.number(key, 0, MAX_PENALTY) for key in Weights._fields)
        )

    def read_room(self, tag: Tag) -> None:
        self.rooms.add(tag, _Room(tag, tag.number("capacity", 0, MAX_PENALTY)))

    def read_travel(self, tag: Tag) -> None:
        slots = tag.number("value", 0, MAX_SLOTS)
        self.rooms.items[-1].travel.append((tag.line, tag.text("room"), slots))

    def read_unavailable(self, tag: Tag) -> None:
        self.rooms.items[-1].unavailable.append(self.pattern(tag))

    def pattern(self, tag: Tag) -> Pattern:
        days = tag.bits("days", self.days)
        start = tag.number("start", 0, self.slots - 1)
        length = tag.number("length", 1, self.slots)
        weeks = tag.bits("weeks", self.weeks, (1 << self.weeks) - 1)
        if start + length > self.slots:
            raise tag.fault(
                f"ends at slot {start + length}, after the day's {self.slots}; begin "
                "earlier or shorten it"
            )
        found = Pattern(days, start, length, weeks)
        return self.patterns.setdefault(found, found)

    # Courses ------------------------------------------------------------------

    def read_course(self, tag: Tag) -> None:
        self.courses.add(tag, _Part(tag, -1))

    def read_configuration(self, tag: Tag) -> None:
        _descend(self.courses, self.configurations, tag)

    def read_subpart(self, tag: Tag) -> None:
        _descend(self.configurations, self.subparts, tag)

    def read_class(self, tag: Tag) -> None:
        subpart = len(self.subparts.items) - 1
        self.subparts.items[-1].inside.append(len(self.classes.items))
        limit = tag.number("limit", 0, MAX_PENALTY)
        self.classes.add(tag, _Class(tag, subpart, limit))

    def read_room_option(self, tag: Tag) -> None:
        room = self.rooms.find(tag, "id")
        options = self.classes.items[-1].rooms
        if room in options:
            raise tag.fault(f'lists the room "{tag.text("id")}" twice; keep one')
        options[room] = RoomOption(room, tag.number("penalty", 0, MAX_PENALTY, 0))

    def read_time_option(self, tag: Tag) -> None:
        penalty = tag.number("penalty", 0, MAX_PENALTY, 0)
        option = TimeOption(self.pattern(tag), penalty)
        self.classes.items[-1].times.append(self.options.setdefault(option, option))

    # Distributions and students -----------------------------------------------

    def read_distribution(self, tag: Tag) -> None:
        kind, first, second = _kind(tag)
        required = tag.truth("required", False)
        if not required and "penalty" not in tag.attributes:
            raise tag.fault('needs required="true" or a penalty')
        penalty = 0 if required else tag.number("penalty", 0, MAX_PENALTY)
        rule = Distribution(kind, (), required, penalty, first, second)
        self.distributions.append((rule, {}))

    def read_member(self, tag: Tag) -> None:
        _list(self.distributions[-1][1], self.classes, tag)

    def read_student(self, tag: Tag) -> None:
        self.students.add(tag, (tag.text("id"), {}))

    def read_request(self, tag: Tag) -> None:
        _list(self.students.items[-1][1], self.courses, tag)

    # The end ------------------------------------------------------------------

    def problem(self) -> PatternedProblem:
        """What was read, with all that refers to other places looked up."""
        assert self.head is not None  # a file without it is no well-formed XML
        if self.weights is None:
            raise self.head.fault("has no <optimization> with the four weights; add it")
        if not self.classes.items:
            raise self.head.fault("has no class; add <courses>")
        for parts, below in (
            (self.courses, "config"),
            (self.configurations, "subpart"),
            (self.subparts, "class"),
        ):
            for part in parts.items:
                if not part.inside:
                    raise part.tag.fault(f"has no <{below}>; add one or remove it")
        parents = self.parents()
        return PatternedProblem(
            name=self.head.text("name", ""),
            nr_days=self.days,
            nr_weeks=self.weeks,
            slots_per_day=self.slots,
            weights=self.weights,
            rooms=self.all_rooms(),
            classes=tuple(
                PatternedClass(
                    id=cls.tag.text("id"),
                    limit=cls.limit,
                    parent=parent,
                    subpart=cls.subpart,
                    rooms=_room_options(cls),
                    times=_time_options(cls),
                )
                for cls, parent in zip(self.classes.items, parents, strict=True)
            ),
            subparts=tuple(
                Subpart(p.tag.text("id"), tuple(p.inside)) for p in self.subparts.items
            ),
            configurations=tuple(
                Configuration(p.tag.text("id"), tuple(p.inside))
                for p in self.configurations.items
            ),
            courses=tuple(
                Course(p.tag.text("id"), tuple(p.inside)) for p in self.courses.items
            ),
            distributions=tuple(
                replace(rule, classes=tuple(members))
                for rule, members in self.distributions
            ),
            students=tuple(
                Student(name, tuple(courses)) for name, courses in self.students.items
            ),
        )

    def all_rooms(self) -> tuple[Room, ...]:
        travel: list[dict[int, int]] = [{} for _ in self.rooms.items]
        for here, room in enumerate(self.rooms.items):
            for line, name, slots in room.travel:
                tag = Tag("travel", {"room": name}, line)
                there = self.rooms.find(tag, "room")
                if travel[here].setdefault(there, slots) != slots:
                    raise tag.fault(
                        f'gives {slots} slots to the room "{name}", but '
                        f"{travel[here][there]} are given elsewhere; travel is the "
                        "same both ways, so keep one"
                    )
                travel[there][here] = slots
        return tuple(
            Room(room.tag.text("id"), room.capacity, travel[k], tuple(room.unavailable))
            for k, room in enumerate(self.rooms.items)
        )

    def parents(self) -> list[int]:
        """By class the index of its parent, -1 where it has none."""
        parents = [
            self.classes.find(cls.tag, "parent") if cls.tag.text("parent", "") else -1
            for cls in self.classes.items
        ]
        for cls, parent in zip(self.classes.items, parents, strict=True):
            if parent < 0:
                continue
            mine, its = (
                self.subparts.items[s]
                for s in (cls.subpart, self.classes.items[parent].subpart)
            )
            if mine is its or mine.above != its.above:
                raise cls.tag.fault(
                    f'has the parent "{cls.tag.text("parent")}", which is not in '
                    "another subpart of its configuration; name a class from there"
                )
        cleared: set[int] = set()
        for index, cls in enumerate(self.classes.items):
            way: set[int] = set()
            at = index
            while at >= 0 and at not in cleared:
                if at in way:
                    raise cls.tag.fault(
                        "is below itself by its parents, which go round in a circle; "
                        "remove one of them"
                    )
                way.add(at)
                at = parents[at]
            cleared |= way
        return parents


def _descend(above: _Table[_Part], below: _Table[_Part], tag: Tag) -> None:
    """A part of the last thing above."""
    number = len(above.items) - 1
    above.items[-1].inside.append(len(below.items))
    below.add(tag, _Part(tag, number))


def _list(members: dict[int, None], table: _Table[Any], tag: Tag) -> None:
    member = table.find(tag, "id")
    if member in members:
        raise tag.fault(f'"{tag.text("id")}" is listed twice; keep one')
    members[member] = None


def _room_options(cls: _Class) -> tuple[RoomOption, ...]:
    needs = cls.tag.truth("room", True)
    if needs and not cls.rooms:
        raise cls.tag.fault('lists no room; add one or write room="false"')
    if not needs and cls.rooms:
        raise cls.tag.fault('has room="false" and lists rooms; remove one of the two')
    return tuple(cls.rooms.values())


def _time_options(cls: _Class) -> tuple[TimeOption, ...]:
    if not cls.times:
        raise cls.tag.fault("lists no time; add one")
    return tuple(cls.times)


def _kind(tag: Tag) -> tuple[Kind, int, int]:
    """The kind of a distribution with its parameters, as ``MaxBlock(60,6)``."""
    text = tag.text("type")
    found = _TYPE.fullmatch(text)
    kind = KINDS.get(found[1]) if found else None
    if found is None or kind is None:
        raise tag.fault(
            f'has the type "{text[:40]}"; known are ' + ", ".join(sorted(KINDS))
        )
    given = [int(number) for number in found.groups()[1:] if number is not None]
    expected = PARAMETERS.get(kind, 0)
    if len(given) != expected:
        raise tag.fault(
            f"has {len(given)} parameters in its type; {found[1]} takes {expected}"
        )
    first, second = (*given, 0, 0)[:2]
    return kind, first, second
