"""The primitives that constraints compile to, packed for the kernels.

An *agent* is whoever can be in one place at a time: a faculty member, a curriculum, a
student. Its cost is a table over the bitmask of its busy positions of a day
(``day_soft``, ``day_hard``) and one over the bitmask of its days (``week_soft``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .kernels.block import Block


@dataclass(frozen=True, eq=False)
class Tables(Block):
    """Everything immutable that the kernels read. Names say what indexes what.

    Indices are int64, which is what the compiler computes with: arguments of one type
    keep each kernel to one compiled version. Large tables are int32.
    """

    num_days: int
    num_positions: int
    num_static: int
    """Agents before the students: faculty, then curricula."""
    strict: int
    """In the search, how many student clashes any other hard violation weighs."""
    width: int
    """Positions of a day in tables of costs, padded for vector additions."""
    student_kind: int
    students_strict: int
    """1 if a student's days alone can break a hard rule, else 0."""
    comes: int
    """Column of ``State.week`` with the bitmask of days."""
    day_size: npt.NDArray[np.int64]
    """(days,): weeks that the day stands for, in the smallest whole numbers."""
    weekday: npt.NDArray[np.int64]
    """(days,): which day of the week it is, whatever the weeks."""
    slot_day: npt.NDArray[np.int64]
    slot_position: npt.NDArray[np.int64]
    student_rows: npt.NDArray[np.bool_]
    """(rows,): day tables of students."""
    # events
    event_class: npt.NDArray[np.int64]
    event_duration: npt.NDArray[np.int64]
    event_needs_room: npt.NDArray[np.bool_]
    event_starts: npt.NDArray[np.bool_]
    event_slot_cost: npt.NDArray[np.int32]
    """(events, slots)"""
    event_start_set: npt.NDArray[np.int64]
    """Index of the event's list of starts; events with the same starts share one."""
    start_ptr: npt.NDArray[np.int64]
    start_slot: npt.NDArray[np.int64]
    event_lane: npt.NDArray[np.int64]
    """Index of the event's row of ``lane_cost``; equal rows are one."""
    lane_cost: npt.NDArray[np.int32]
    """(lanes, days × width): ``event_slot_cost``, 2**30 where there is no start."""
    event_counts: npt.NDArray[np.int64]
    """Events of the problem that it stands for; 0 for further meetings of one."""
    event_group: npt.NDArray[np.int64]
    """The group whose options decide where it is; -1 if it is free."""
    group_ptr: npt.NDArray[np.int64]
    group_event: npt.NDArray[np.int64]
    option_ptr: npt.NDArray[np.int64]
    """(groups + 1,): where the options of each group begin."""
    option_first: npt.NDArray[np.int64]
    """(options,): where the option's slots begin in ``option_slot``: one for each
    event of its group."""
    option_slot: npt.NDArray[np.int64]
    option_cost: npt.NDArray[np.int64]
    event_related: npt.NDArray[np.bool_]
    """Whether any relation speaks of the event."""
    event_bound: npt.NDArray[np.int64]
    """Most soft cost that moving the event can gain, its students apart."""
    student_bound: int
    """The same for one student."""
    event_hard: npt.NDArray[np.int64]
    """Most hard violations that the event can be in at a slot, its students apart."""
    student_hard: int
    """The same for one student."""
    event_room_set: npt.NDArray[np.int64]
    event_room_group: npt.NDArray[np.int64]
    event_twins: npt.NDArray[np.int64]
    """Equal where events are alike in all that a place may cost: an exchange of their
    places changes nothing."""
    event_home_room: npt.NDArray[np.int64]
    """Room of the previous timetable, -1 if none."""
    agents_ptr: npt.NDArray[np.int64]
    agents_idx: npt.NDArray[np.uint32]
    # rooms
    set_ptr: npt.NDArray[np.int64]
    set_room: npt.NDArray[np.int64]
    set_cost: npt.NDArray[np.int64]
    set_bits: npt.NDArray[np.uint64]
    """(sets, words): bit r of the set's rooms."""
    set_words: npt.NDArray[np.int64]
    """(sets, 2): first word of those with a bit set, and the one after the last."""
    room_price: npt.NDArray[np.int64]
    """(sets, rooms): soft cost of the room, ``1 << 60`` if it does not suit."""
    room_closed: npt.NDArray[np.bool_]
    composite: int
    """1 if rooms are parts of others, else 0; then the lists below are empty."""
    part_ptr: npt.NDArray[np.int64]
    part_idx: npt.NDArray[np.int64]
    """Smallest rooms that each room is made of."""
    overlap_ptr: npt.NDArray[np.int64]
    overlap_idx: npt.NDArray[np.int64]
    """Rooms that share a part with each room, itself among them."""
    # agents
    agent_kind: npt.NDArray[np.int32]
    """(agents,): agents of a kind have the same tables."""
    kind_row: npt.NDArray[np.int64]
    """(kinds, days): row of the day tables."""
    kind_week: npt.NDArray[np.int64]
    """(kinds,): row of the week table, -1 if none."""
    day_soft: npt.NDArray[np.int32]
    """(rows, masks)"""
    day_hard: npt.NDArray[np.int32]
    row_hard: npt.NDArray[np.bool_]
    """(rows,): whether any day of the row breaks a hard rule."""
    week_soft: npt.NDArray[np.int32]
    """(rows, sets of days)"""
    week_hard: npt.NDArray[np.int32]
    rests: int
    """1 if somebody's nights may be too short, else 0."""
    kind_rest_soft: npt.NDArray[np.int64]
    """(kinds,): cost of a short night in one week."""
    kind_rest_hard: npt.NDArray[np.int64]
    """(kinds,): 1 where no night may be short."""
    follows: npt.NDArray[np.bool_]
    """(days,): whether the day before it is the one before."""
    night: npt.NDArray[np.bool_]
    """(days, positions, positions) or (0, 0, 0): whether the night is too short from
    the day's last busy position to the first of the next."""
    first_busy: npt.NDArray[np.int64]
    """(masks,) or (0,): first busy position of a day."""
    last_busy: npt.NDArray[np.int64]
    # classes
    class_ptr: npt.NDArray[np.int64]
    class_event: npt.NDArray[np.int64]
    class_one_per_day: npt.NDArray[np.bool_]
    class_min_days: npt.NDArray[np.int64]
    class_times: npt.NDArray[np.int64]
    """Classes of the problem that it stands for: those taught as one."""
    class_limit: npt.NDArray[np.int64]
    class_size: npt.NDArray[np.int64]
    """Mean number of students per parallel class, rounded down; -1 where it hangs on
    what students choose."""
    class_group: npt.NDArray[np.int64]
    parallel_ptr: npt.NDArray[np.int64]
    parallel_class: npt.NDArray[np.int64]
    """Classes of each group of parallel ones."""
    class_place: npt.NDArray[np.int64]
    """Place of the class in its bundles."""
    bundle_ptr: npt.NDArray[np.int64]
    bundle_class: npt.NDArray[np.int64]
    weight_min_days: int
    weight_stability: int
    weight_balance: int
    weight_travel: int
    room_building: npt.NDArray[np.int64]
    """(rooms,): 0 where none is known."""
    walk: npt.NDArray[np.int64]
    """(buildings + 1, buildings + 1): minutes."""
    pause: npt.NDArray[np.int64]
    """(slots,): minutes before the next slot of the day; -1 where there is none."""
    weight_home_room: int
    # enrolments
    sections_open: int
    """1 if any student may yet go to one class or another, else 0."""
    enrolment_student: npt.NDArray[np.int64]
    options_first: npt.NDArray[np.int32]
    """(enrolments,): where the bundles open to it begin in ``options_idx``."""
    options_end: npt.NDArray[np.int32]
    options_idx: npt.NDArray[np.int32]
    member_ptr: npt.NDArray[np.int64]
    """(classes + 1,): where each class's member list begins."""
    # relations between pairs of events, seen from each of the two
    relation_ptr: npt.NDArray[np.int64]
    relation_other: npt.NDArray[np.int64]
    relation_kind: npt.NDArray[np.int64]
    relation_first: npt.NDArray[np.bool_]
    relation_hard: npt.NDArray[np.bool_]
    relation_weight: npt.NDArray[np.int64]
    relation_value: npt.NDArray[np.int64]
    # sets of events that may use few days, or of which the first part comes before
    spread_split: npt.NDArray[np.int64]
    """Events of the class that is to meet first; 0 where days are counted."""
    spread_ptr: npt.NDArray[np.int64]
    spread_event: npt.NDArray[np.int64]
    spread_hard: npt.NDArray[np.bool_]
    spread_weight: npt.NDArray[np.int64]
    spread_value: npt.NDArray[np.int64]
    event_spread_ptr: npt.NDArray[np.int64]
    event_spread_idx: npt.NDArray[np.int64]
    break_after: npt.NDArray[np.bool_]
    # conflicts between classes that no sectioning can change; (0, 0) if too large
    class_conflict: npt.NDArray[np.bool_]


def pointers_of(lists: Any) -> Any:
    """Where each list begins once they stand one after the other."""
    pointers = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(items) for items in lists], out=pointers[1:])
    return pointers


def ragged(lists: Any, dtype: Any = np.int64) -> tuple[Any, Any]:
    """(pointers, values) of a list of lists."""
    pointers = pointers_of(lists)
    values = np.fromiter((x for items in lists for x in items), dtype, pointers[-1])
    return pointers, values
