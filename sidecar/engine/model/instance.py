"""The instance: arrays of what is given, with the ids they stand for.

Slots are numbered ``day × P + position``; a position counts a day's timeslots without
its breaks. Days with fewer timeslots than ``P`` leave slots that do not exist.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MAX_DAYS = 20
"""Days of the week times layers."""
MAX_POSITIONS = 16
ELSEWHERE = -2
"""Place in force of an event that cannot be kept: no slot has it."""


class InstanceError(ValueError):
    """The instance contradicts itself or passes a limit of the engine."""


@dataclass(frozen=True)
class Relation:
    """A rule between events, by index; ``kind`` as in the wire contract.

    ``first``: the earliest of the first ``value`` events is before all the others.
    """

    kind: str
    events: tuple[int, ...]
    hard: bool
    weight: int
    value: int = 0


@dataclass(frozen=True)
class Instance:
    """One problem as arrays. Ragged lists are tuples of tuples of indices."""

    num_days: int
    num_positions: int
    slot_exists: BoolArray
    """(slots,)"""
    break_after: BoolArray
    """(slots,): no multi-period event may cover this slot and the next."""

    day_size: IntArray
    """(days,): weeks that each day stands for, in the smallest whole numbers."""
    weekday: IntArray
    """(days,): which day of the week it is. A day of the week is one for each *layer*:
    each class of weeks that no pattern tells apart."""

    event_class: IntArray
    event_duration: IntArray
    event_needs_room: BoolArray
    event_counts: IntArray
    """Events of the problem that each stands for: several if they are taught as one,
    none for further meetings of an event."""
    event_times: IntArray
    """The same with further meetings counted as the first."""
    event_pays_room: BoolArray
    """Whether its room costs: not of further meetings in the same weeks."""
    event_group: IntArray
    """Group of each event; -1 if its place is its own decision."""
    groups: tuple[tuple[int, ...], ...]
    """Events that are one decision, by length; the first counts."""
    group_options: tuple[tuple[tuple[int, ...], ...], ...]
    """For each group, where each of its options has its events: slots."""
    option_penalty: IntArray
    """(options of all groups,): what each costs, times its weeks."""
    option_moved: IntArray
    """(options of all groups,): 2 for each week in which it is not where the timetable
    in force has the group; 0 if that has it nowhere."""
    event_faculty: tuple[tuple[int, ...], ...]
    event_room_group: IntArray
    """Events of a class with the same kind of room share a group."""
    event_starts: BoolArray
    """(events, slots): starts that availability, bands and pins allow."""
    event_room_set: IntArray
    """Index into ``room_sets``."""
    room_sets: tuple[IntArray, ...]
    """Rooms that suit, by index, each sorted by seats."""
    room_penalties: tuple[IntArray, ...]
    """Penalty of each room of each set."""

    class_offering: IntArray
    class_events: tuple[tuple[int, ...], ...]
    class_limit: IntArray
    class_seats: IntArray
    """Seats that the rooms of each class need."""
    class_times: IntArray
    """Classes of the problem that each stands for: those taught as one."""
    class_one_per_day: BoolArray
    class_min_days: IntArray
    """0 where nothing is asked."""

    room_capacity: IntArray
    room_closed: BoolArray
    """(rooms, slots)"""
    room_parts: tuple[tuple[int, ...], ...]
    """Smallest rooms that each room is made of, itself if of no others; empty where all
    are such. Several rooms that an event has at once are one room here."""

    faculty_max_day: IntArray
    """-1 where there is no limit."""
    faculty_max_run: IntArray
    """-1 where there is no limit."""
    faculty_level: npt.NDArray[np.int8]
    """(faculty, slots): 2 avoid, 1 neutral where wishes exist, 0 otherwise."""

    curriculum_classes: tuple[tuple[int, ...], ...]

    num_students: int
    enrolment_student: IntArray
    enrolment_offering: IntArray
    enrolment_options: tuple[tuple[int, ...], ...]
    """Bundles open to each enrolment; one where it is decided already."""
    bundles: tuple[tuple[int, ...], ...]
    """Classes that a student of an offering attends together, by index: one of each
    component of a configuration, in the order of the components."""
    class_place: IntArray
    """Place of each class's component in its configuration."""
    class_group: IntArray
    """Number of each class's group: parallel classes, among which students divide."""
    group_fixed: BoolArray
    """(groups,): whether all students of the offering are in the group's classes,
    whatever they choose."""

    event_time_penalty: IntArray = field(
        default_factory=lambda: np.zeros((0, 0), np.int64)
    )
    """(events, slots) or empty: penalty of starting there."""
    student_max_run: int = 3
    """Periods in a row without cost."""
    student_max_day: int = -1
    """Periods of a day; -1 where there is no limit, as below."""
    student_max_span: int = -1
    """Minutes from the first class to the last."""
    student_min_free: int = 0
    """Days of the week."""
    faculty_max_span: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    """(faculty,)"""
    faculty_min_free: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    """(faculty,)"""
    lunch: tuple[int, int, int] | None = None
    """(start, end, minutes): a pause of so many minutes between two times."""
    rest_minutes: int = -1
    """From the end of a day to the start of the next."""
    hard_rules: frozenset[str] = frozenset()
    """Soft constraints that may not be broken here."""
    slot_clock: IntArray = field(default_factory=lambda: np.empty((0, 2), np.int64))
    """(slots, 2) or empty: minutes at which each starts and ends, where a rule asks."""
    day_follows: BoolArray = field(default_factory=lambda: np.empty(0, np.bool_))
    """(days,) or empty: whether the day before is the one before in the same week."""
    relations: tuple[Relation, ...] = ()
    room_building: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    """(rooms,) or empty: number of the building, 0 where none is known."""
    walk_minutes: IntArray = field(default_factory=lambda: np.zeros((1, 1), np.int64))
    """(buildings + 1, buildings + 1): minutes from one to another."""
    pause_minutes: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    """(slots,): minutes between a slot and the next of its day; -1 at the end."""
    previous_slot: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    """(events,) or empty; -1 where the event was not in the previous timetable, or
    ``ELSEWHERE``."""
    previous_room: IntArray = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def num_wanted(self) -> int:
        """Events of the problem."""
        return int(self.event_counts.sum())

    @property
    def weeks(self) -> int:
        """What the whole term counts for."""
        return int(self.day_size.sum() // max(1, len(set(self.weekday.tolist()))))

    @property
    def slot_size(self) -> IntArray:
        """(slots,): weeks that each stands for."""
        return np.repeat(self.day_size, self.num_positions)

    @property
    def num_slots(self) -> int:
        return self.num_days * self.num_positions

    @property
    def num_events(self) -> int:
        return len(self.event_class)

    @property
    def num_classes(self) -> int:
        return len(self.class_offering)

    @property
    def num_rooms(self) -> int:
        return len(self.room_capacity)

    @property
    def num_faculty(self) -> int:
        return len(self.faculty_max_day)

    @property
    def num_enrolments(self) -> int:
        return len(self.enrolment_student)

    def has_choices(self) -> bool:
        """Whether any student may yet go to one class or another."""
        return any(len(options) > 1 for options in self.enrolment_options)

    def day_length(self, day: int) -> int:
        """Timeslots of a day."""
        first = day * self.num_positions
        return int(self.slot_exists[first : first + self.num_positions].sum())
