"""Instance + weights → the tables that the kernels read."""

import itertools
from typing import Any

import numpy as np
import numpy.typing as npt

from .constraints import HARD, SOFT, DayShape, Primitives, Profile
from .model import Instance
from .tables import RELATION_KINDS, Tables, pointers_of, ragged

CONFLICT_CLASSES = 3000
"""Up to this many classes a full matrix of class conflicts is kept (9 MB)."""

STRICT = 8
"""A student's clash can go away by another section, so it weighs less than the rest."""


def compile_tables(instance: Instance, weights: dict[str, int]) -> Tables:
    """Compile all constraints with their weights (a weight of 0 leaves one out)."""
    primitives = Primitives(
        faculty=[Profile() for _ in range(instance.num_faculty)],
        curriculum=Profile(),
        student=Profile(),
        event_slot_cost=np.zeros((instance.num_events, instance.num_slots), np.int32),
    )
    for constraint in HARD:
        constraint.compile(instance, 1, primitives)
    for constraint in SOFT:
        if weights.get(constraint.name, 0):
            constraint.compile(instance, weights[constraint.name], primitives)
    return _pack(instance, primitives)


def day_shapes(instance: Instance) -> list[DayShape]:
    """The shape of each day."""
    shapes = []
    for day in range(instance.num_days):
        first = day * instance.num_positions
        length = instance.day_length(day)
        breaks = frozenset(p for p in range(length) if instance.break_after[first + p])
        shapes.append(DayShape(length, breaks))
    return shapes


class _DayTables:
    """Rows of the day tables, shared by agents whose penalties are the same."""

    def __init__(self, shapes: list[DayShape], positions: int) -> None:
        self.shapes = shapes
        self.masks = 1 << positions
        self.rows: dict[Any, int] = {}
        self.soft: list[npt.NDArray[np.int32]] = []
        self.hard: list[npt.NDArray[np.int32]] = []

    def row(self, key: Any, profile: Profile, shape: DayShape) -> int:
        if (key, shape) not in self.rows:
            soft = np.zeros(self.masks, np.int32)
            hard = np.zeros(self.masks, np.int32)
            for mask in range(1 << shape.length):
                soft[mask] = sum(
                    w * penalty(shape, mask) for w, penalty in profile.soft
                )
                hard[mask] = sum(f(shape, mask) for f in profile.hard)
            self.rows[key, shape] = len(self.soft)
            self.soft.append(soft)
            self.hard.append(hard)
        return self.rows[key, shape]

    def of_agent(self, key: Any, profile: Profile) -> list[int]:
        return [self.row(key, profile, shape) for shape in self.shapes]


def _pack(instance: Instance, primitives: Primitives) -> Tables:
    shapes = day_shapes(instance)
    tables = _DayTables(shapes, instance.num_positions)
    rows: list[list[int]] = []
    week_of: list[int] = []
    week_weights: list[int] = []

    def week_row(weight: int) -> int:
        if not weight:
            return -1
        if weight not in week_weights:
            week_weights.append(weight)
        return week_weights.index(weight)

    for member, profile in enumerate(primitives.faculty):
        key = (
            "faculty",
            int(instance.faculty_max_day[member]),
            int(instance.faculty_max_run[member]),
        )
        rows.append(tables.of_agent(key, profile))
        week_of.append(week_row(profile.week))
    curriculum = tables.of_agent("curriculum", primitives.curriculum)
    rows += [curriculum] * len(instance.curriculum_classes)
    week_of += [-1] * len(instance.curriculum_classes)
    num_static = len(rows)
    student = tables.of_agent("student", primitives.student)
    rows += [student] * instance.num_students
    week_of += [week_row(primitives.student.week)] * instance.num_students

    agents: list[list[int]] = [list(members) for members in instance.event_faculty]
    for number, classes in enumerate(instance.curriculum_classes):
        for cls in set(classes):
            for event in instance.class_events[cls]:
                agents[event].append(instance.num_faculty + number)
    agents_ptr, agents_idx = ragged(agents)

    sets = _room_sets(instance, primitives)
    class_ptr, class_event = ragged(instance.class_events)
    options_ptr, options_idx = ragged(instance.enrolment_options)
    week_soft = np.array(
        [
            [w * mask.bit_count() for mask in range(1 << instance.num_days)]
            for w in week_weights or [0]
        ],
        np.int32,
    )
    empty = np.full(instance.num_events, -1, np.int64)
    return Tables(
        num_days=instance.num_days,
        num_positions=instance.num_positions,
        num_static=num_static,
        strict=STRICT if instance.num_students else 1,
        student_rows=np.array([key == "student" for key, _ in tables.rows], np.bool_),
        event_class=instance.event_class,
        event_duration=instance.event_duration,
        event_needs_room=instance.event_needs_room,
        event_starts=instance.event_starts,
        event_slot_cost=primitives.event_slot_cost,
        event_room_group=instance.event_room_group,
        event_home_room=instance.previous_room
        if instance.previous_room.size
        else empty,
        agents_ptr=agents_ptr,
        agents_idx=agents_idx,
        room_closed=instance.room_closed,
        agent_row=np.array(rows, np.int32).reshape(len(rows), instance.num_days),
        agent_week=np.array(week_of, np.int32),
        day_soft=np.array(tables.soft, np.int32).reshape(-1, tables.masks),
        day_hard=np.array(tables.hard, np.int32).reshape(-1, tables.masks),
        week_soft=week_soft,
        class_ptr=class_ptr,
        class_event=class_event,
        class_one_per_day=instance.class_one_per_day,
        class_min_days=instance.class_min_days,
        class_limit=instance.class_limit,
        class_offering=instance.class_offering,
        offering_size=_mean_sizes(instance),
        weight_min_days=primitives.weight_min_days,
        weight_stability=primitives.weight_stability,
        weight_balance=primitives.weight_balance,
        weight_home_room=primitives.weight_home_room,
        enrolment_student=instance.enrolment_student + num_static,
        options_ptr=options_ptr,
        options_idx=options_idx,
        member_ptr=_member_pointers(instance),
        break_after=instance.break_after,
        class_conflict=_class_conflicts(instance),
        **sets,
        **_relations(instance, primitives.relation_weight),
    )


def _room_sets(instance: Instance, primitives: Primitives) -> dict[str, Any]:
    """Room sets by (suitable rooms, class limit): the limit decides the cost."""
    words = (instance.num_rooms + 63) // 64 or 1
    limit = instance.class_limit[instance.event_class]
    keys: dict[tuple[int, int], int] = {}
    event_set = np.zeros(instance.num_events, np.int64)
    for event in range(instance.num_events):
        key = (int(instance.event_room_set[event]), int(limit[event]))
        event_set[event] = keys.setdefault(key, len(keys))
    rooms_of, costs = [], []
    bits = np.zeros((max(1, len(keys)), words), np.uint64)
    position = np.full((max(1, len(keys)), max(1, instance.num_rooms)), -1, np.int32)
    for (index, seats), number in keys.items():
        rooms = instance.room_sets[index]
        cost = [sum(f(int(r), seats) for f in primitives.room_costs) for r in rooms]
        order = np.argsort(cost, kind="stable")
        rooms_of.append([int(rooms[k]) for k in order])
        costs.append([cost[k] for k in order])
        for k, room in enumerate(rooms_of[-1]):
            bits[number, room // 64] |= np.uint64(1 << (room % 64))
            position[number, room] = k
    set_ptr, set_room = ragged(rooms_of)
    _, set_cost = ragged(costs)
    return {
        "set_ptr": set_ptr,
        "set_room": set_room,
        "set_cost": set_cost,
        "set_bits": bits,
        "set_position": position,
    } | {"event_room_set": event_set}


def _mean_sizes(instance: Instance) -> npt.NDArray[np.int64]:
    count = int(instance.class_offering.max(initial=-1)) + 1
    demand = np.bincount(instance.enrolment_offering, minlength=count)
    parallel = np.bincount(instance.class_offering, minlength=count)
    return (demand // np.maximum(parallel, 1)).astype(np.int64)


def _member_pointers(instance: Instance) -> npt.NDArray[np.int64]:
    """Room for every class to hold all who may choose it."""
    capacity = np.zeros(instance.num_classes, np.int64)
    for options in instance.enrolment_options:
        capacity[list(options)] += 1
    pointers = np.zeros(instance.num_classes + 1, np.int64)
    np.cumsum(capacity, out=pointers[1:])
    return pointers


def _class_conflicts(instance: Instance) -> npt.NDArray[np.bool_]:
    """Which classes share faculty, a curriculum or a student whatever the sections."""
    count = instance.num_classes
    if count > CONFLICT_CLASSES:
        return np.zeros((0, 0), np.bool_)
    conflict = np.zeros((count, count), np.bool_)
    groups: dict[tuple[str, int], set[int]] = {}
    for event, members in enumerate(instance.event_faculty):
        for member in members:
            key = ("faculty", member)
            groups.setdefault(key, set()).add(int(instance.event_class[event]))
    for number, classes in enumerate(instance.curriculum_classes):
        groups["curriculum", number] = set(classes)
    for student, options in zip(
        instance.enrolment_student, instance.enrolment_options, strict=True
    ):
        if len(options) == 1:
            groups.setdefault(("student", int(student)), set()).add(options[0])
    for group in groups.values():
        index = np.fromiter(group, np.int64)
        conflict[np.ix_(index, index)] = True
    np.fill_diagonal(conflict, True)
    return conflict


def _relations(instance: Instance, weight: int) -> dict[str, Any]:
    count = instance.num_events
    seen: list[list[tuple[int, int, bool, bool, int, int]]] = [[] for _ in range(count)]
    spread_events: list[tuple[int, ...]] = []
    spread_hard, spread_weight, spread_value = [], [], []
    event_spread: list[list[int]] = [[] for _ in range(count)]
    for relation in instance.relations:
        events = relation.events
        cost = relation.weight * weight
        if relation.kind == "maximum_days":
            for event in events:
                event_spread[event].append(len(spread_events))
            spread_events.append(events)
            spread_hard.append(relation.hard)
            spread_weight.append(cost)
            spread_value.append(relation.value)
            continue
        pairs = (
            list(itertools.pairwise(events))
            if relation.kind == "back_to_back"
            else [(a, b) for i, a in enumerate(events) for b in events[i + 1 :]]
        )
        kind = RELATION_KINDS.index(relation.kind)
        for a, b in pairs:
            rest = (relation.hard, cost, relation.value)
            seen[a].append((b, kind, True, *rest))
            seen[b].append((a, kind, False, *rest))
    relation_ptr = pointers_of(seen)
    flat = [entry for entries in seen for entry in entries]
    column = [list(values) for values in zip(*flat, strict=True)] or [[]] * 6
    spread_ptr, spread_event = ragged(spread_events)
    event_spread_ptr, event_spread_idx = ragged(event_spread)
    return {
        "relation_ptr": relation_ptr,
        "relation_other": np.array(column[0], np.int64),
        "relation_kind": np.array(column[1], np.int64),
        "relation_first": np.array(column[2], np.bool_),
        "relation_hard": np.array(column[3], np.bool_),
        "relation_weight": np.array(column[4], np.int64),
        "relation_value": np.array(column[5], np.int64),
        "spread_ptr": spread_ptr,
        "spread_event": spread_event,
        "spread_hard": np.array(spread_hard, np.bool_),
        "spread_weight": np.array(spread_weight, np.int64),
        "spread_value": np.array(spread_value, np.int64),
        "event_spread_ptr": event_spread_ptr,
        "event_spread_idx": event_spread_idx,
    }
