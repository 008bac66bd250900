"""What the kernels on time patterns read, and the state that they change.

A *pattern* is a distinct (days, weeks, start, end); every class has a list of them and
one of rooms, never their product. What classes have to do with each other is kept as
lists of pairs: two classes that must not meet at once, relations of other kinds, and
the joint enrolments of students. Groups that count days, loads, breaks or blocks are
*sets*.

Everything that is paid has a *rule*: the problem's distributions, then one for each
room (classes there at once) and one for each class (students above its limit). A state
holds for each rule how much it is broken and what one unit of that weighs now.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..kernels.block import Block

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]

HARD, SOFT, TIME, ROOM, DISTRIBUTION, STUDENT = range(6)
"""Places in ``PairState.totals``; the last four add up to the second."""
LARGEST_COST = 1 << 50
"""Never reached by a sum of costs."""


@dataclass(frozen=True, eq=False)
class PairTables(Block):
    """The problem; C classes, R rooms, P patterns, E enrolments (student × course)."""

    num_classes: int
    num_rooms: int
    """Real ones; room R stands for "needs none"."""
    num_rules: int
    """Of the problem's distributions, K."""
    num_weeks: int
    student_weight: int
    set_weight: int
    """Of a unit of a soft set's cost."""
    longest_walk: int
    """Largest travel of all, slots."""
    pattern_days: Longs
    """(P,): days in bits 0-6, weeks from bit 7."""
    pattern_start: Ints
    pattern_end: Ints
    overlap_ptr: Longs
    """(P + 1,): patterns that share time with each, itself included, in ..."""
    overlap: Ints
    closed: npt.NDArray[np.int16]
    """(R + 1, P): 1 where the room is not available."""
    travel: Ints
    """(R + 1, R + 1): slots."""
    time_ptr: Longs
    """(C + 1,): options of time of each class, in the order of patterns, in ..."""
    time_pattern: Ints
    time_cost: Longs
    """Weighted."""
    time_source: Ints
    """Which of the problem's options it is."""
    room_ptr: Longs
    room: Ints
    room_cost: Longs
    meet_ptr: Longs
    """(C + 1,): pairs that must not meet at once, in ..."""
    meet_other: Ints
    meet_rule: Ints
    meet_walk: npt.NDArray[np.uint8]
    """1 where time for the way counts too."""
    link_ptr: Longs
    """(C + 1,): pairs of other kinds, in ..."""
    link_other: Ints
    link_rule: Ints
    link_kind: npt.NDArray[np.uint8]
    link_first: npt.NDArray[np.uint8]
    """1 where the class comes before the other in the rule."""
    link_value: Ints
    rule_hard: npt.NDArray[np.uint8]
    """(K + R + C,)"""
    rule_cost: Longs
    """(K + R + C,): weighted cost of a violation of a pair, 0 where hard."""
    set_kind: npt.NDArray[np.uint8]
    set_rule: Ints
    set_first: Ints
    set_second: Ints
    set_cost: Longs
    """Penalty, without the weight."""
    set_ptr: Longs
    set_class: Ints
    set_week_ptr: Longs
    """Weeks that no member tells apart: one of them (its bit), and how many."""
    set_week: Ints
    set_weeks: Ints
    of_ptr: Longs
    """(C + 1,): sets of each class, in ..."""
    of_set: Ints
    limit: Ints
    """(C,): students."""
    class_course: Ints
    course_ptr: Longs
    """(courses + 1,): bundles of a course."""
    bundle_ptr: Longs
    bundle_class: Ints
    enrolment_student: Ints
    """In the order of students."""
    enrolment_course: Ints
    student_ptr: Longs
    attend_ptr: Longs
    """(courses + 1,): enrolments of a course, in ..."""
    attend: Ints
    joint_ptr: Longs
    """(C + 1,): classes, rising, with which one may have students in common, in ..."""
    joint_other: Ints


@dataclass(frozen=True, eq=False)
class PairState(Block):
    """A complete timetable and all that follows from it."""

    random: npt.NDArray[np.uint64]
    time: Ints
    """(C,): option, an index of ``time_pattern``."""
    place: Ints
    """(C,): option, an index of ``room``."""
    pattern: Ints
    days: Longs
    start: Ints
    end: Ints
    room: Ints
    """(C,): these five follow from the options."""
    load: npt.NDArray[np.int16]
    """(R + 1, P): classes in the room that share time with the pattern; closures."""
    room_head: Ints
    """(R + 1,): a class in the room or -1; the others by ..."""
    room_next: Ints
    room_before: Ints
    broken: Longs
    """(K + R + C,)"""
    weight: Longs
    """(K + R + C,): of a violation now; of soft rules the cost."""
    set_amount: Longs
    """(sets,)"""
    bundle: Ints
    """(E,): index into ``bundle_ptr``."""
    members: Ints
    """(C,): students."""
    joint_size: Ints
    """(C,): classes with which it has students in common, in ..."""
    joint_class: Ints
    joint_count: Ints
    joint_place: Ints
    """For each of ``joint_other``: where in its class's list, or -1."""
    totals: Longs
    """See HARD and following."""


@dataclass(frozen=True, eq=False)
class PairWork(Block):
    """Scratch memory of one thread."""

    sizes: Longs
    """[classes moved, dirty classes, dirty enrolments, change of the last move,
    enrolments moved]"""
    moved: Longs
    """Classes that a compound move changed ..."""
    moved_time: Longs
    moved_place: Longs
    """... and where they were before."""
    moved_enrolment: Longs
    moved_bundle: Longs
    """Likewise of students."""
    dirty_class: Longs
    dirty_enrolment: Longs
    """Changed since the incumbent was kept; more than fit: copy everything."""
    costs: Longs
    options: Longs
    places: Longs
    """Of a heat bath."""
    starts: Longs
    ends: Longs
    """Of the classes of a set on a day."""
    dice: npt.NDArray[np.uint8]
    """The operator on each side."""
    statistics: Longs
    """(operators, 3): tried, accepted, gained."""
    movable: Longs
    """Classes with more than one option."""
    choosers: Longs
    """Enrolments with more than one bundle."""


@dataclass(frozen=True, eq=False)
class PairBest(Block):
    """The incumbent."""

    time: Ints
    place: Ints
    bundle: Ints
    totals: Longs

    def copy(self) -> "PairBest":
        return PairBest(
            self.time.copy(), self.place.copy(), self.bundle.copy(), self.totals.copy()
        )
