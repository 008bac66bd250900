"""The problem on the wire: one term of one university, without personal data."""

from typing import Annotated, Literal

from pydantic import Field

from .base import Id, Label, WireModel
from .version import CONTRACT_VERSION

Category = Literal[
    "major",
    "minor",
    "multidisciplinary",
    "ability",
    "skill",
    "value_added",
    "internship",
    "research",
    "other",
]
"""Course categories of the National Education Policy 2020 (MDC, AEC, SEC, VAC …)."""

PreferenceLevel = Literal["prefer", "avoid"]

RelationType = Literal[
    "same_day",
    "same_time",
    "same_room",
    "different_day",
    "different_time",
    "not_overlapping",
    "precedence",
    "back_to_back",
    "minimum_gap",
    "maximum_days",
]

Count = Annotated[int, Field(ge=0, le=1_000_000)]


class Department(WireModel):
    id: Id
    name: Label | None = None
    school: Label | None = None


class Building(WireModel):
    id: Id
    name: Label | None = None


class Travel(WireModel):
    """Time to walk between two buildings (symmetric), in minutes."""

    building_a: Id
    building_b: Id
    minutes: Annotated[int, Field(ge=0, le=600)]


class Room(WireModel):
    id: Id
    name: Label | None = None
    department: Id | None = None
    """Home department; ``None`` is a common room. Does not restrict use."""
    building: Id | None = None
    type: Id = "classroom"
    capacity: Count
    features: list[Id] = Field(default_factory=list, max_length=64)
    unavailable: list[Id] = Field(default_factory=list)
    """Timeslots at which the room cannot be used."""


class Preference(WireModel):
    timeslot: Id
    level: PreferenceLevel


class Faculty(WireModel):
    id: Id
    department: Id | None = None
    max_periods_week: Annotated[int, Field(ge=0, le=112)] | None = None
    max_periods_day: Annotated[int, Field(ge=0, le=16)] | None = None
    max_consecutive: Annotated[int, Field(ge=1, le=16)] | None = None
    """Longest run of periods without a break; soft (``faculty_consecutive``)."""
    unavailable: list[Id] = Field(default_factory=list)
    preferences: list[Preference] = Field(default_factory=list)


class Timeslot(WireModel):
    """One period of the weekly grid. Slots of one day whose periods follow each
    other by one are contiguous; a missing period number is a break."""

    id: Id
    day: Annotated[int, Field(ge=0, le=6)]
    """0 is Monday."""
    period: Annotated[int, Field(ge=0, le=31)]
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None
    end: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None


class Band(WireModel):
    """Offerings of ``category`` may be placed in these timeslots only."""

    category: Category
    timeslots: list[Id] = Field(min_length=1)


class Offering(WireModel):
    """A course as offered this term; its parallel classes share its demand."""

    id: Id
    name: Label | None = None
    department: Id | None = None
    category: Category = "other"
    credits: Annotated[float, Field(ge=0, le=100)] | None = None


class Event(WireModel):
    """One weekly unit to place: ``duration`` consecutive periods on one day."""

    id: Id
    duration: Annotated[int, Field(ge=1, le=16)] = 1
    room_type: Id | None = "classroom"
    """Type of room wanted; ``None`` accepts any type."""
    features: list[Id] = Field(default_factory=list, max_length=64)
    needs_room: bool = True
    faculty: list[Id] | None = None
    """Who teaches this event, where that differs from the class."""
    timeslots: list[Id] | None = None
    """Start timeslots allowed; ``None`` allows all."""


class Class(WireModel):
    """A section of an offering: the same people meet in all its events."""

    id: Id
    offering: Id
    faculty: list[Id] = Field(default_factory=list, max_length=64)
    limit: Annotated[int, Field(ge=0, le=100_000)]
    """Most students of this class; its rooms must seat as many."""
    events: list[Event] = Field(max_length=112)
    one_event_per_day: bool = True
    min_days: Annotated[int, Field(ge=1, le=7)] | None = None
    """Days over which the events should spread (soft, ``class_min_days``)."""
    unavailable: list[Id] = Field(default_factory=list)

    def faculty_of(self, event: Event) -> list[str]:
        """Who teaches one of its events: the event's own faculty, else the class's."""
        return self.faculty if event.faculty is None else event.faculty


class Student(WireModel):
    id: Id
    programme: Id | None = None
    offerings: list[Id] = Field(default_factory=list, max_length=64)
    """Choices; the engine picks one class of each (student sectioning)."""
    classes: list[Id] = Field(default_factory=list, max_length=64)
    """Classes already decided; their offerings need not stand in ``offerings``."""


class Curriculum(WireModel):
    """Classes attended together by a batch that is not listed by student."""

    id: Id
    name: Label | None = None
    classes: list[Id]
    size: Count = 0


class Relation(WireModel):
    """A rule between events. Soft relations cost ``weight`` per broken pair."""

    id: Id
    type: RelationType
    events: list[Id] = Field(min_length=2, max_length=200)
    """In order, where the type has one (precedence, back to back)."""
    hard: bool = True
    weight: Count = 0
    value: Annotated[int, Field(ge=0, le=112)] | None = None
    """Periods for ``minimum_gap``, days for ``maximum_days``."""


class Assignment(WireModel):
    """A placement: the event starts at ``timeslot`` and meets in ``room``."""

    event: Id
    timeslot: Id
    room: Id | None = None


class Pin(WireModel):
    """A decision that the engine may not change."""

    event: Id
    timeslot: Id | None = None
    room: Id | None = None


class Problem(WireModel):
    """One term of one university. The timeslots are a week's grid."""

    version: str = CONTRACT_VERSION
    name: Label = ""
    departments: list[Department] = Field(default_factory=list)
    buildings: list[Building] = Field(default_factory=list)
    travel: list[Travel] = Field(default_factory=list)
    faculty: list[Faculty] = Field(default_factory=list)
    rooms: list[Room]
    timeslots: list[Timeslot] = Field(min_length=1, max_length=112)
    bands: list[Band] = Field(default_factory=list)
    offerings: list[Offering]
    classes: list[Class]
    students: list[Student] = Field(default_factory=list)
    curricula: list[Curriculum] = Field(default_factory=list)
    relations: list[Relation] = Field(default_factory=list)
    pins: list[Pin] = Field(default_factory=list)
    previous: list[Assignment] = Field(default_factory=list)
    """The timetable in force, for repair with the fewest moves."""
    student_max_consecutive: Annotated[int, Field(ge=1, le=16)] = 3
    """Periods in a row that a student takes without cost (``student_long_run``)."""
    profile: str | None = None
    """Objective profile this instance comes with (benchmark formats set one)."""
