"""The problem on the wire: one term of one university, without personal data.

Words are those of ITC-2019 and UniTime where they have one: an offering has
*configurations*, a configuration *components* (ITC-2019: subparts), a component
parallel *classes*, a class *events*. What a file leaves out means what contract 1
meant: one configuration, one component, one grid, every week alike.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from .base import Id, Label, WireModel
from .version import CONTRACT_VERSION, relation_kind

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
    "same_start",
    "same_time",
    "same_days",
    "same_weeks",
    "same_room",
    "different_time",
    "different_days",
    "different_weeks",
    "different_room",
    "overlap",
    "not_overlap",
    "same_attendees",
    "precedence",
    "work_day",
    "min_gap",
    "max_days",
    "max_day_load",
    "max_breaks",
    "max_block",
    "back_to_back",
    # Names of contract 1, read for one release: see ``version.relation_kind``.
    "same_day",
    "different_day",
    "not_overlapping",
    "minimum_gap",
    "maximum_days",
]
"""The 19 distribution kinds of ITC-2019 in its words, and ``back_to_back``."""

ComponentKind = Literal[
    "lecture",
    "tutorial",
    "practical",
    "seminar",
    "studio",
    "field_work",
    "internship",
    "teaching_practice",
    "project",
    "other",
]

PeopleRule = Literal[
    "student_lunch",
    "student_daily_load",
    "student_long_day",
    "student_free_days",
    "student_rest",
    "faculty_lunch",
    "faculty_long_day",
    "faculty_free_days",
    "faculty_rest",
]
"""Rules for people's days that a term may make hard."""

Count = Annotated[int, Field(ge=0, le=1_000_000)]

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""Time of day, ``09:30``."""


class Department(WireModel):
    id: Id
    name: Label | None = None
    school: Label | None = None


class Site(WireModel):
    """A campus: buildings that are not a walk away from those of another."""

    id: Id
    name: Label | None = None


class Building(WireModel):
    id: Id
    name: Label | None = None
    site: Id | None = None


class Travel(WireModel):
    """Time between two rooms, two buildings or two sites (symmetric), in minutes.

    Exactly one pair is given. Of several that speak of two rooms the nearest holds:
    rooms before buildings before sites.
    """

    building_a: Id | None = None
    building_b: Id | None = None
    room_a: Id | None = None
    room_b: Id | None = None
    site_a: Id | None = None
    site_b: Id | None = None
    minutes: Annotated[int, Field(ge=0, le=600)]


class Closing(WireModel):
    """A timeslot that is closed in some weeks of the term only."""

    timeslot: Id
    weeks: Id
    """A week pattern."""


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
    closed: list[Closing] = Field(default_factory=list)
    """The same, in some weeks."""
    parts: list[Id] = Field(default_factory=list, max_length=16)
    """Rooms that this one is made of (a hall of two halves): whoever is in a part or
    in the whole takes both."""


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
    max_span_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    """Longest day from the first to the last class; soft (``faculty_long_day``)."""
    min_free_days: Annotated[int, Field(ge=0, le=7)] | None = None
    """Days of the week without teaching; soft (``faculty_free_days``)."""
    unavailable: list[Id] = Field(default_factory=list)
    closed: list[Closing] = Field(default_factory=list)
    preferences: list[Preference] = Field(default_factory=list)


class Grid(WireModel):
    """A rhythm of periods of its own: a school that rings its bell every 50 minutes,
    a shift. What overlaps between grids is decided by the clock."""

    id: Id
    name: Label | None = None


class Timeslot(WireModel):
    """One period of a weekly grid. Slots of one day and grid whose periods follow each
    other by one are contiguous; a missing period number is a break."""

    id: Id
    grid: Id | None = None
    day: Annotated[int, Field(ge=0, le=6)]
    """0 is Monday."""
    period: Annotated[int, Field(ge=0, le=31)]
    start: Clock | None = None
    end: Clock | None = None


class Band(WireModel):
    """Offerings of ``category`` may be placed in these timeslots only."""

    category: Category
    timeslots: list[Id] = Field(min_length=1)


class WeekPattern(WireModel):
    """A named set of weeks: odd weeks, the first half, weeks 3 to 9."""

    id: Id
    name: Label | None = None
    weeks: list[Annotated[int, Field(ge=1, le=60)]] = Field(min_length=1, max_length=60)
    """Numbers of weeks; 1 is the first of the term."""


class Meeting(WireModel):
    """One day of a time pattern."""

    timeslot: Id
    duration: Annotated[int, Field(ge=1, le=16)] = 1


class TimePattern(WireModel):
    """Several days as one decision (slot A: Monday 9, Tuesday 10, Thursday 11)."""

    id: Id
    name: Label | None = None
    meetings: list[Meeting] = Field(min_length=1, max_length=14)


class TimeOption(WireModel):
    """One time at which an event may be held: a start, or a pattern of several days."""

    timeslot: Id | None = None
    pattern: Id | None = None
    weeks: Id | None = None
    """In these weeks; ``None`` leaves the event's own choice of weeks."""
    penalty: Annotated[int, Field(ge=0, le=10_000)] = 0
    """What it costs to hold the event then (``time_preference``)."""


class RoomOption(WireModel):
    """One room in which an event may be held."""

    room: Id
    penalty: Annotated[int, Field(ge=0, le=10_000)] = 0
    """What it costs to hold the event there (``room_preference``)."""


class RoomPreference(WireModel):
    """A wish for rooms; exactly one of room, building, type and feature is given."""

    level: Literal["require", "prefer", "avoid", "forbid"]
    room: Id | None = None
    building: Id | None = None
    type: Id | None = None
    feature: Id | None = None


class Component(WireModel):
    """A part of a configuration: its lecture, its practical. Of each component a
    student attends one class."""

    id: Id
    kind: ComponentKind = "other"
    name: Label | None = None
    parent: Id | None = None
    """Component whose classes the classes of this one hang on."""


class Configuration(WireModel):
    """One way to take a course: a student takes one, with all its components."""

    id: Id
    name: Label | None = None
    components: list[Component] = Field(min_length=1, max_length=16)


class Offering(WireModel):
    """A course as offered this term; its parallel classes share its demand."""

    id: Id
    name: Label | None = None
    department: Id | None = None
    category: Category = "other"
    credits: Annotated[float, Field(ge=0, le=100)] | None = None
    configurations: list[Configuration] = Field(default_factory=list, max_length=16)
    """Empty: one configuration with one component, which all its classes belong to."""


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
    times: Annotated[list[TimeOption], Field(max_length=500)] | None = None
    """Times allowed, with what each costs; in place of ``timeslots``."""
    weeks: Annotated[list[Id], Field(max_length=20)] | None = None
    """Week patterns, one of which is chosen; ``None`` is every week."""
    rooms: Annotated[list[RoomOption], Field(max_length=2_000)] | None = None
    """Rooms allowed, with what each costs; ``None`` allows all that suit."""
    room_preferences: list[RoomPreference] = Field(default_factory=list, max_length=64)
    rooms_needed: Annotated[int, Field(ge=1, le=8)] = 1
    """Rooms at once; their seats add up to the limit of the class."""


class Class(WireModel):
    """A section of a component: the same people meet in all its events."""

    id: Id
    offering: Id
    component: Id | None = None
    """Needed where the offering has more than one component."""
    parent: Id | None = None
    """Class of the parent component: who attends this one attends that one."""
    grid: Id | None = None
    """Grid on which its events start; ``None`` is the grid without a name."""
    faculty: list[Id] = Field(default_factory=list, max_length=64)
    limit: Annotated[int, Field(ge=0, le=100_000)]
    """Most students of this class; its rooms must seat as many."""
    events: list[Event] = Field(max_length=112)
    one_event_per_day: bool = True
    min_days: Annotated[int, Field(ge=1, le=7)] | None = None
    """Days over which the events should spread (soft, ``class_min_days``)."""
    unavailable: list[Id] = Field(default_factory=list)
    closed: list[Closing] = Field(default_factory=list)

    def faculty_of(self, event: Event) -> list[str]:
        """Who teaches one of its events: the event's own faculty, else the class's."""
        return self.faculty if event.faculty is None else event.faculty


class JointClass(WireModel):
    """Classes taught as one: two programmes share a lecture under two codes.

    Their events pair off in order, each pair at one time, in the same weeks and rooms,
    with the same faculty. The rooms seat the sum of their limits.
    """

    id: Id
    classes: list[Id] = Field(min_length=2, max_length=32)


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
    events: list[Id] = Field(default_factory=list, max_length=2_000)
    """In order, where the type has one (precedence, back to back)."""
    classes: list[Id] = Field(default_factory=list, max_length=2_000)
    """In place of events: all events of these classes."""
    hard: bool = True
    weight: Count = 0
    value: Annotated[int, Field(ge=0, le=112)] | None = None
    """A count: periods between (``min_gap``), periods a day (``max_day_load``,
    ``work_day``), days (``max_days``), breaks (``max_breaks``)."""
    minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    """The same by the clock (``min_gap``, ``max_day_load``, ``work_day``), or the
    longest block (``max_block``)."""
    pause: Annotated[int, Field(ge=0, le=1440)] | None = None
    """Minutes up to which two events are one block (``max_block``, ``max_breaks``)."""


class Assignment(WireModel):
    """A placement: the event starts at ``timeslot`` and meets in ``room``."""

    event: Id
    timeslot: Id
    """The start; of a pattern, that of its first meeting."""
    pattern: Id | None = None
    weeks: Id | None = None
    """Week pattern chosen; ``None`` is every week."""
    room: Id | None = None
    further_rooms: list[Id] = Field(default_factory=list, max_length=7)
    """Where an event needs several rooms."""


class Pin(WireModel):
    """A decision that the engine may not change."""

    event: Id
    timeslot: Id | None = None
    pattern: Id | None = None
    weeks: Id | None = None
    room: Id | None = None


class Lunch(WireModel):
    """A pause of ``minutes`` between two times of the day (``student_lunch``,
    ``faculty_lunch``)."""

    start: Clock
    end: Clock
    minutes: Annotated[int, Field(ge=1, le=240)]


class Problem(WireModel):
    """One term of one university. The timeslots are a week's grids."""

    version: str = CONTRACT_VERSION
    name: Label = ""
    departments: list[Department] = Field(default_factory=list)
    sites: list[Site] = Field(default_factory=list)
    buildings: list[Building] = Field(default_factory=list)
    travel: list[Travel] = Field(default_factory=list)
    travel_hard: Literal["no", "sites", "all"] = "no"
    """Which ways nobody may be asked to make in less than their time: none, those
    between sites, or all. The others cost (``travel``)."""
    faculty: list[Faculty] = Field(default_factory=list)
    rooms: list[Room]
    weeks: Annotated[int, Field(ge=1, le=60)] = 1
    """Weeks of the term; 1 where every week is alike."""
    week_patterns: list[WeekPattern] = Field(default_factory=list, max_length=200)
    grids: list[Grid] = Field(default_factory=list, max_length=32)
    timeslots: list[Timeslot] = Field(min_length=1, max_length=3_584)
    patterns: list[TimePattern] = Field(default_factory=list, max_length=2_000)
    bands: list[Band] = Field(default_factory=list)
    offerings: list[Offering]
    classes: list[Class]
    joint_classes: list[JointClass] = Field(default_factory=list)
    students: list[Student] = Field(default_factory=list)
    curricula: list[Curriculum] = Field(default_factory=list)
    relations: list[Relation] = Field(default_factory=list)
    pins: list[Pin] = Field(default_factory=list)
    previous: list[Assignment] = Field(default_factory=list)
    """The timetable in force, for repair with the fewest moves."""
    student_max_consecutive: Annotated[int, Field(ge=1, le=16)] = 3
    """Periods in a row that a student takes without cost (``student_long_run``)."""
    student_max_periods_day: Annotated[int, Field(ge=1, le=16)] | None = None
    """Periods a day that a student takes without cost (``student_daily_load``)."""
    student_max_span_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    """Longest day of a student from first to last class (``student_long_day``)."""
    student_min_free_days: Annotated[int, Field(ge=0, le=7)] | None = None
    """Days without classes that a student should have (``student_free_days``)."""
    lunch: Lunch | None = None
    rest_minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    """Between the end of one day and the start of the next (``student_rest``,
    ``faculty_rest``). Sunday and Monday are in two weeks and are not compared."""
    hard_rules: list[PeopleRule] = Field(default_factory=list, max_length=9)
    """Of the rules for people's days, those that may not be broken (``people``); the
    others cost."""
    profile: str | None = None
    """Objective profile this instance comes with (benchmark formats set one)."""

    def model_post_init(self, context: Any, /) -> None:
        """Turn a problem of contract 1 into the same problem of this contract."""
        super().model_post_init(context)
        if not self.version.startswith("1."):
            return
        for relation in self.relations:
            kind = relation_kind(relation.type, self.version)
            object.__setattr__(relation, "type", kind)
        object.__setattr__(self, "version", CONTRACT_VERSION)
