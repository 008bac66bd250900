"""The general problem: classes with time patterns and rooms of their own, sectioning.

This is the problem of ITC-2019 as plain data: weeks, days and slots (of five minutes,
say) as options with penalties, rooms with penalties and travel, nineteen kinds of
distribution, students who take one class of each subpart of one configuration of each
course. Everything refers by index; ``id`` is what the file calls a thing. Readers see
that indices, masks and lengths are in range; nothing here checks again.

Source: T. Müller, H. Rudová, Z. Müllerová, *University course timetabling and
International Timetabling Competition 2019*, PATAT 2018, and the competition's page
*Format*.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """Kinds of distribution; the first fifteen are about each pair of classes.

    ``first`` and ``second`` are parameters of a ``Distribution``. Lengths are in slots.
    """

    SAME_START = 0
    SAME_TIME = 1
    """One lies within the other's time of day."""
    DIFFERENT_TIME = 2
    SAME_DAYS = 3
    """The days of one are a subset of the other's."""
    DIFFERENT_DAYS = 4
    SAME_WEEKS = 5
    DIFFERENT_WEEKS = 6
    SAME_ROOM = 7
    """Rooms are compared, and travel counted, only where both classes have one."""
    DIFFERENT_ROOM = 8
    OVERLAP = 9
    NOT_OVERLAP = 10
    SAME_ATTENDEES = 11
    """No overlap, and time to travel between the rooms."""
    PRECEDENCE = 12
    """First meetings in the order in which the classes are listed."""
    WORK_DAY = 13
    """first: slots from the earlier start to the later end."""
    MIN_GAP = 14
    """first: slots between the two on a common day."""
    MAX_DAYS = 15
    """first: days of the week that the classes use together."""
    MAX_DAY_LOAD = 16
    """first: slots of one day."""
    MAX_BREAKS = 17
    """first: breaks of one day; second: a gap of more slots is a break."""
    MAX_BLOCK = 18
    """first: slots of a block; second: a gap of so many slots joins two classes."""

    @property
    def of_pairs(self) -> bool:
        """Whether cost is counted for each pair of classes that breaks the rule."""
        return self <= Kind.MIN_GAP


class Pattern(NamedTuple):
    """When a class meets. Bit 0 of a mask is the first day or week."""

    days: int
    start: int
    """Slot of the day, from 0."""
    length: int
    """Slots; at least 1."""
    weeks: int

    @property
    def end(self) -> int:
        return self.start + self.length


class TimeOption(NamedTuple):
    pattern: Pattern
    penalty: int


class RoomOption(NamedTuple):
    room: int
    """Index of the room."""
    penalty: int


@dataclass(frozen=True)
class Room:
    id: str
    capacity: int
    """For information: which rooms suit is said by each class."""
    travel: dict[int, int]
    """Slots to other rooms, by index, both ways; 0 where not listed."""
    unavailable: tuple[Pattern, ...]


@dataclass(frozen=True)
class PatternedClass:
    id: str
    limit: int
    """Students at most."""
    parent: int
    """Index of the class that whoever attends this one attends as well, or -1."""
    subpart: int
    rooms: tuple[RoomOption, ...]
    """Empty where no room is needed."""
    times: tuple[TimeOption, ...]

    @property
    def needs_room(self) -> bool:
        return bool(self.rooms)


@dataclass(frozen=True)
class Subpart:
    id: str
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Configuration:
    id: str
    subparts: tuple[int, ...]


@dataclass(frozen=True)
class Course:
    id: str
    configurations: tuple[int, ...]


@dataclass(frozen=True)
class Distribution:
    kind: Kind
    classes: tuple[int, ...]
    required: bool
    penalty: int
    """Of each violation, before the weight of distributions; 0 where required."""
    first: int = 0
    second: int = 0


@dataclass(frozen=True)
class Student:
    id: str
    courses: tuple[int, ...]


class Weights(NamedTuple):
    """What one unit of each soft cost counts in the total."""

    time: int
    room: int
    distribution: int
    student: int


@dataclass(frozen=True)
class PatternedProblem:
    name: str
    nr_days: int
    nr_weeks: int
    slots_per_day: int
    weights: Weights
    rooms: tuple[Room, ...] = ()
    classes: tuple[PatternedClass, ...] = ()
    subparts: tuple[Subpart, ...] = ()
    configurations: tuple[Configuration, ...] = ()
    courses: tuple[Course, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    students: tuple[Student, ...] = ()

    def bundles(self, course: int) -> Iterator[tuple[int, ...]]:
        """Every set of classes that makes up a course, one after the other.

        A bundle has one class of each subpart of one configuration, in their order, and
        with a class its parent. Most courses have some dozens; the product of large
        subparts without parents can be huge, so take as many as you can hold.
        """
        for configuration in self.courses[course].configurations:
            subparts = self.configurations[configuration].subparts
            yield from self._choices(subparts, ())

    def _choices(
        self, subparts: tuple[int, ...], chosen: tuple[int, ...]
    ) -> Iterator[tuple[int, ...]]:
        """Ways to go on from one class of each of the first subparts."""
        if len(chosen) == len(subparts):
            yield chosen
            return
        subpart = subparts[len(chosen)]
        decided = subparts[: len(chosen)]
        demanded = {
            parent
            for parent in (self.classes[c].parent for c in chosen)
            if parent >= 0 and self.classes[parent].subpart == subpart
        }
        for index in self.subparts[subpart].classes:
            parent = self.classes[index].parent
            fits = (
                parent < 0
                or parent in chosen
                or self.classes[parent].subpart not in decided
            )
            if fits and demanded <= {index}:
                yield from self._choices(subparts, (*chosen, index))


@dataclass
class PatternedSolution:
    """A timetable: by class the index of its time option and of its room."""

    time: list[int]
    """(classes,): index into the class's ``times``, -1 where it has none yet."""
    room: list[int]
    """(classes,): index of the room, -1 where it has none."""
    attends: list[tuple[int, ...]] = field(default_factory=list)
    """(students,): the classes of each student."""

    def copy(self) -> "PatternedSolution":
        return PatternedSolution(list(self.time), list(self.room), list(self.attends))
