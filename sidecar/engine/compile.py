"""Instance + weights → the tables that the kernels read."""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .constraints import HARD, OF_REPAIR, SOFT, DayShape, Primitives, Profile
from .kernels.rules import RelationKind
from .memory import without_collector
from .model import Instance, InstanceError
from .tables import Tables, pointers_of, ragged

CONFLICT_CLASSES = 3000
"""Up to this many classes a full matrix of class conflicts is kept (9 MB)."""

NEVER = 1 << 30
UNSUITABLE = 1 << 60
"""Price of a room that does not suit; see ``kernels.pricing``."""
MOST = 1 << 29
"""Below it must be what one placement, or one day of one person, costs by itself."""

MINUTES_OF_A_DAY = 24 * 60

STRICT = 8
"""A student's clash can go away by another section, so it weighs less than the rest."""


@without_collector()
def compile_tables(
    instance: Instance,
    weights: dict[str, int],
    extra: npt.NDArray[np.int64] | None = None,
) -> Tables:
    """Compile all constraints with their weights (a weight of 0 leaves one out).

    Parameters
    ----------
    extra
        (events, slots): what starting there costs besides.

    Raises
    ------
    InstanceError
        If the weights are so large that sums of their costs would not fit.
    """
    primitives = Primitives(
        faculty=[Profile() for _ in range(instance.num_faculty)],
        curriculum=Profile(),
        student=Profile(),
        event_slot_cost=np.zeros((instance.num_events, instance.num_slots), np.int64),
    )
    for constraint in HARD:
        constraint.compile(instance, 1, primitives)
    for constraint in (*SOFT, *OF_REPAIR):
        weight = weights.get(constraint.name, 0)
        if weight or constraint.name in instance.hard_rules:
            constraint.compile(instance, weight, primitives)
    if extra is not None:
        primitives.event_slot_cost += extra
    return _pack(instance, primitives)


def day_shapes(instance: Instance) -> list[DayShape]:
    """The shape of each day."""
    shapes = []
    for day in range(instance.num_days):
        first = day * instance.num_positions
        length = instance.day_length(day)
        breaks = frozenset(p for p in range(length) if instance.break_after[first + p])
        clock = instance.slot_clock[first : first + length].tolist()
        shapes.append(DayShape(length, breaks, tuple(map(tuple, clock))))
    return shapes


class _DayTables:
    """Rows of the day tables, shared by agents whose penalties are the same."""

    def __init__(
        self, shapes: list[DayShape], sizes: list[int], positions: int
    ) -> None:
        self.shapes = shapes
        self.sizes = sizes
        self.masks = 1 << positions
        self.rows: dict[Any, int] = {}
        self.soft: list[npt.NDArray[np.int32]] = []
        self.hard: list[npt.NDArray[np.int32]] = []

    def row(self, key: Any, profile: Profile, shape: DayShape, size: int) -> int:
        if (key, shape, size) not in self.rows:
            soft = np.zeros(self.masks, np.int32)
            hard = np.zeros(self.masks, np.int32)
            masks = np.arange(1 << shape.length, dtype=np.int64)
            cost = np.zeros_like(masks)
            for weight, penalty in profile.soft:
                cost += weight * penalty(shape, masks)
            cost *= size
            _bounded(int(np.abs(cost).max()), "a day of one person")
            soft[masks] = cost
            hard[masks] = sum(f(shape, masks) for f in profile.hard)
            self.rows[key, shape, size] = len(self.soft)
            self.soft.append(soft)
            self.hard.append(hard)
        return self.rows[key, shape, size]

    def of_agent(self, key: Any, profile: Profile) -> list[int]:
        return [
            self.row(key, profile, shape, size)
            for shape, size in zip(self.shapes, self.sizes, strict=True)
        ]


class _Kinds:
    """Agents whose tables are the same on every day are of one kind."""

    def __init__(self) -> None:
        self.number: dict[Any, int] = {}
        self.weeks: list[tuple[int, tuple[int, int, bool]]] = []

    def of(self, rows: list[int], profile: Profile) -> int:
        """The kind with these day rows and these costs of the days of a week."""
        week = -1
        if profile.week or profile.free[0]:
            key = profile.week, profile.free
            if key not in self.weeks:
                self.weeks.append(key)
            week = self.weeks.index(key)
        return self.number.setdefault(
            (tuple(rows), week, profile.rest), len(self.number)
        )

    def tables(self, instance: Instance) -> dict[str, Any]:
        """Rows of day tables, costs of sets of days and of nights, by kind."""
        shape = (len(self.weeks) or 1, 1 << instance.num_days if self.weeks else 1)
        soft, hard = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        masks = np.arange(shape[1])
        sizes = instance.day_size
        layers: dict[int, list[int]] = {}
        for day, weekday in enumerate(instance.weekday.tolist()):
            layers.setdefault(day - weekday, []).append(day)
        for row, (rate, (free, cost, strict)) in enumerate(self.weeks):
            weeks = sum(size * (masks >> day & 1) for day, size in enumerate(sizes))
            soft[row] = rate * weeks
            for days in layers.values() if free else ():
                used = sum(masks >> day & 1 for day in days)
                lacking = np.maximum(0, free - (len(days) - used))
                soft[row] += cost * sizes[days[0]] * lacking
                hard[row] += strict * lacking
        return {
            "kind_row": np.array([rows for rows, *_ in self.number], np.int64),
            "kind_week": np.array([week for _, week, _ in self.number], np.int64),
            "kind_rest_soft": np.array([r[0] for *_, r in self.number], np.int64),
            "kind_rest_hard": np.array([r[1] for *_, r in self.number], np.int64),
            "week_soft": soft,
            "week_hard": hard,
        }


def _nights(instance: Instance, rests: bool) -> dict[str, Any]:
    """Which nights are too short, from a last position to a first one."""
    days, positions = instance.num_days, instance.num_positions
    if not rests:
        return {
            "follows": np.zeros(days, np.bool_),
            "night": np.zeros((0, 0, 0), np.bool_),
            "first_busy": np.zeros(0, np.int64),
            "last_busy": np.zeros(0, np.int64),
        }
    start, end = instance.slot_clock.reshape(days, positions, 2).transpose(2, 0, 1)
    night = np.zeros((days, positions, positions), np.bool_)
    for day in np.flatnonzero(instance.day_follows) - 1:
        length = start[day + 1][None, :] + MINUTES_OF_A_DAY - end[day][:, None]
        night[day] = length < instance.rest_minutes
    masks = np.arange(1 << positions)
    first = np.zeros_like(masks)
    last = np.zeros_like(masks)
    for position in range(positions):
        last = np.where(masks >> position & 1, position, last)
        other = positions - 1 - position
        first = np.where(masks >> other & 1, other, first)
    return {
        "follows": instance.day_follows,
        "night": night,
        "first_busy": first,
        "last_busy": last,
    }


def _bounded(cost: int, what: str) -> int:
    """The cost, if sums of such fit."""
    if abs(cost) >= MOST:
        raise InstanceError(
            f"The weights are too large: {what} may cost {cost}, and {MOST - 1} is the "
            "most. Divide all weights by the same number."
        )
    return cost


def _pack(instance: Instance, primitives: Primitives) -> Tables:
    shapes = day_shapes(instance)
    tables = _DayTables(shapes, instance.day_size.tolist(), instance.num_positions)
    kinds = _Kinds()
    kind_of: list[int] = []
    for member, profile in enumerate(primitives.faculty):
        key = (
            "faculty",
            int(instance.faculty_max_day[member]),
            int(instance.faculty_max_run[member]),
            int(instance.faculty_max_span[member]),
        )
        kind_of.append(kinds.of(tables.of_agent(key, profile), profile))
    if instance.curriculum_classes:
        rows = tables.of_agent("curriculum", primitives.curriculum)
        kind = kinds.of(rows, primitives.curriculum)
        kind_of += [kind] * len(instance.curriculum_classes)
    num_static = len(kind_of)
    rows = tables.of_agent("student", primitives.student)
    student_kind = kinds.of(rows, primitives.student)
    agent_kind = np.full(num_static + instance.num_students, student_kind, np.int32)
    agent_kind[:num_static] = kind_of

    agents: list[list[int]] = [list(members) for members in instance.event_faculty]
    for number, classes in enumerate(instance.curriculum_classes):
        for cls in set(classes):
            for event in instance.class_events[cls]:
                agents[event].append(instance.num_faculty + number)
    agents_ptr, agents_idx = ragged(agents, np.uint32)

    home_room = instance.previous_room
    if not home_room.size:
        home_room = np.full(instance.num_events, -1, np.int64)
    width = 8 if instance.num_positions <= 8 else 16
    slots = np.arange(instance.num_slots)
    related = _relations(instance, primitives.relation_weight)
    day_hard = np.array(tables.hard, np.int32)
    parts: dict[str, Any] = {
        "agents_ptr": agents_ptr,
        "agents_idx": agents_idx,
        "agent_kind": agent_kind,
        **kinds.tables(instance),
        "day_soft": np.array(tables.soft, np.int32),
        "day_hard": day_hard,
        "row_hard": day_hard.any(axis=1),
    }
    rests = bool(parts["kind_rest_soft"].any() or parts["kind_rest_hard"].any())
    sets = _room_sets(instance, primitives)
    class_ptr, class_event = ragged(instance.class_events)
    bundle_ptr, bundle_class = ragged(instance.bundles)
    groups: list[list[int]] = [[] for _ in instance.group_fixed]
    for cls, group in enumerate(instance.class_group.tolist()):
        groups[group].append(cls)
    parallel_ptr, parallel_class = ragged(groups)
    options = _options(instance)
    steps = _largest_steps(instance, parts)
    hard_steps = _largest_hard_steps(instance, parts)
    largest = int(np.abs(primitives.event_slot_cost).max(initial=0))
    _bounded(largest, "a start of one event")
    bound = _event_bounds(instance, primitives, parts, sets, related, steps)
    lanes = _lanes(instance, primitives.event_slot_cost, width)
    event_related = np.diff(related["relation_ptr"]) > 0
    event_related |= np.diff(related["event_spread_ptr"]) > 0
    grouped = instance.event_group >= 0
    return Tables(
        num_days=instance.num_days,
        num_positions=instance.num_positions,
        num_static=num_static,
        strict=STRICT if instance.has_choices() else 1,
        student_rows=np.array([key == "student" for key, *_ in tables.rows], np.bool_),
        width=width,
        student_kind=student_kind,
        students_strict=int(_is_strict(parts, student_kind)),
        rests=int(rests),
        **_nights(instance, rests),
        slot_day=slots // instance.num_positions,
        slot_position=slots % instance.num_positions,
        event_related=event_related,
        event_bound=bound,
        student_bound=int(2 * steps[student_kind].max()),
        event_hard=_event_hard(instance, parts, related, hard_steps),
        student_hard=int(hard_steps[student_kind].max()),
        event_class=instance.event_class,
        event_duration=instance.event_duration,
        event_needs_room=instance.event_needs_room,
        event_starts=instance.event_starts,
        event_slot_cost=primitives.event_slot_cost.astype(np.int32),
        event_room_group=instance.event_room_group,
        event_home_room=home_room,
        room_closed=instance.room_closed,
        **_parts(instance),
        class_ptr=class_ptr,
        class_event=class_event,
        class_one_per_day=instance.class_one_per_day,
        class_min_days=instance.class_min_days,
        class_limit=instance.class_limit,
        class_size=_mean_sizes(instance),
        class_place=instance.class_place,
        bundle_ptr=bundle_ptr,
        bundle_class=bundle_class,
        class_group=instance.class_group,
        parallel_ptr=parallel_ptr,
        parallel_class=parallel_class,
        weight_min_days=primitives.weight_min_days,
        weight_stability=primitives.weight_stability,
        weight_balance=primitives.weight_balance,
        weight_travel=primitives.weight_travel,
        room_building=instance.room_building,
        walk=instance.walk_minutes,
        pause=instance.pause_minutes,
        weight_home_room=primitives.weight_home_room,
        enrolment_student=instance.enrolment_student + num_static,
        break_after=instance.break_after,
        class_conflict=_class_conflicts(instance),
        **parts,
        **sets,
        **options,
        **_starts(instance),
        **lanes,
        event_twins=_twins(
            np.column_stack(
                (
                    instance.event_class,
                    instance.event_duration,
                    instance.event_needs_room,
                    instance.event_room_group,
                    sets["event_room_set"],
                    lanes["event_lane"],
                    home_room,
                )
            ),
            instance.event_faculty,
            event_related | grouped,
        ),
        comes=max(8, instance.num_days + 1) - 1,
        day_size=instance.day_size,
        weekday=instance.weekday,
        event_counts=instance.event_counts,
        event_group=instance.event_group,
        class_times=instance.class_times,
        **_groups(instance, primitives),
        **related,
    )


def _groups(instance: Instance, primitives: Primitives) -> dict[str, Any]:
    """Events that are one decision, and where each of their options has them."""
    group_ptr, group_event = ragged(instance.groups)
    options = [option for group in instance.group_options for option in group]
    option_first, option_slot = ragged(options)
    cost = primitives.weight_option * instance.option_penalty
    cost = cost + primitives.weight_moved * instance.option_moved
    return {
        "group_ptr": group_ptr,
        "group_event": group_event,
        "option_ptr": pointers_of(instance.group_options),
        "option_first": option_first[:-1],
        "option_slot": option_slot,
        "option_cost": cost,
    }


def _room_sets(instance: Instance, primitives: Primitives) -> dict[str, Any]:
    """Room sets by (suitable rooms, class limit): the limit decides the cost."""
    words = (instance.num_rooms + 63) // 64 or 1
    seats = instance.class_seats[instance.event_class]
    # The room of further meetings has its price already.
    free = ~instance.event_pays_room
    keys, event_set = _numbered(
        zip(
            instance.event_room_set.tolist(),
            seats.tolist(),
            free.tolist(),
            strict=True,
        )
    )
    rooms_of, costs = [], []
    bits = np.zeros((max(1, len(keys)), words), np.uint64)
    prices = np.full((max(1, len(keys)), instance.num_rooms), UNSUITABLE, np.int64)
    spans = np.zeros((max(1, len(keys)), 2), np.int64)
    for (index, wanted, without), number in keys.items():
        rooms = instance.room_sets[index]
        cost = [sum(f(int(r), wanted) for f in primitives.room_costs) for r in rooms]
        penalty = primitives.weight_room_penalty * instance.room_penalties[index]
        cost = [a + int(b) for a, b in zip(cost, penalty, strict=True)]
        if without:
            cost = [0] * len(cost)
        order = np.argsort(cost, kind="stable")
        rooms_of.append([int(rooms[k]) for k in order])
        costs.append([cost[k] for k in order])
        for k, room in enumerate(rooms_of[-1]):
            bits[number, room // 64] |= np.uint64(1 << (room % 64))
            prices[number, room] = costs[-1][k]
        used = np.flatnonzero(bits[number])
        if used.size:
            spans[number] = used[0], used[-1] + 1
    set_ptr, set_room = ragged(rooms_of)
    _, set_cost = ragged(costs)
    return {
        "set_ptr": set_ptr,
        "set_room": set_room,
        "set_cost": set_cost,
        "set_bits": bits,
        "set_words": spans,
        "room_price": prices,
    } | {"event_room_set": event_set}


def _parts(instance: Instance) -> dict[str, Any]:
    """Of what rooms are made, and which of them share a part."""
    parts = instance.room_parts
    with_part: dict[int, list[int]] = {}
    for room, those in enumerate(parts):
        for part in those:
            with_part.setdefault(part, []).append(room)
    overlap = [
        sorted({r for part in those for r in with_part[part]}) for those in parts
    ]
    part_ptr, part_idx = ragged(parts)
    overlap_ptr, overlap_idx = ragged(overlap)
    return {
        "composite": int(bool(parts)),
        "part_ptr": part_ptr,
        "part_idx": part_idx,
        "overlap_ptr": overlap_ptr,
        "overlap_idx": overlap_idx,
    }


def _starts(instance: Instance) -> dict[str, Any]:
    """Lists of starts; events that may start at the same slots share one."""
    rows, number = _distinct(instance.event_starts)
    start_ptr, start_slot = ragged([np.flatnonzero(row).tolist() for row in rows])
    return {
        "event_start_set": number,
        "start_ptr": start_ptr,
        "start_slot": start_slot,
    }


def _lanes(instance: Instance, cost: Any, width: int) -> dict[str, Any]:
    """Unary costs by event and slot as the kernels begin with them."""
    shape = (instance.num_events, instance.num_days, instance.num_positions)
    priced = np.full((*shape[:2], width), NEVER, np.int32)
    priced[:, :, : instance.num_positions] = np.where(
        instance.event_starts, cost, NEVER
    ).reshape(shape)
    rows, number = _distinct(priced.reshape(shape[0], shape[1] * width))
    return {"event_lane": number, "lane_cost": rows}


def _twins(traits: Any, faculty: Any, related: Any) -> npt.NDArray[np.int64]:
    """Numbers of events, equal where traits and faculty are; related ones have none."""
    rows = zip(traits.tolist(), faculty, related.tolist(), strict=True)
    _, number = _numbered(
        (event,) if alone else (*row, frozenset(members))
        for event, (row, members, alone) in enumerate(rows)
    )
    return number


def _numbered(keys: Iterable[Any]) -> tuple[dict[Any, int], npt.NDArray[np.int64]]:
    """Numbers of the distinct keys, in order, and which of them each one is."""
    known: dict[Any, int] = {}
    number = (known.setdefault(key, len(known)) for key in keys)
    return known, np.fromiter(number, np.int64)


def _distinct(rows: Any) -> tuple[Any, npt.NDArray[np.int64]]:
    """The distinct rows of a matrix, and which of them each row is."""
    _, number = _numbered(row.tobytes() for row in rows)
    _, first = np.unique(number, return_index=True)
    return rows[first], number


def _largest_steps(instance: Instance, parts: dict[str, Any]) -> Any:
    """(kinds, durations): most that one event of that length changes an agent's soft
    cost of a day, the cost of coming at all included."""
    of_kind = _largest_day_steps(instance, parts, "day_soft")
    week = parts["week_soft"].max(axis=1)[parts["kind_week"]]
    rest = 2 * parts["kind_rest_soft"] * int(instance.day_size.max())
    return of_kind + (np.where(parts["kind_week"] >= 0, week, 0) + rest)[:, None]


def _largest_hard_steps(instance: Instance, parts: dict[str, Any]) -> Any:
    """(kinds, durations): the same of hard violations, the clashes included."""
    of_kind = _largest_day_steps(instance, parts, "day_hard")
    week = parts["week_hard"].max(axis=1)[parts["kind_week"]]
    rest = 2 * parts["kind_rest_hard"]
    return of_kind + (np.where(parts["kind_week"] >= 0, week, 0) + rest)[:, None]


def _is_strict(parts: dict[str, Any], kind: int) -> bool:
    """Whether the days of agents of a kind can break a hard rule by themselves."""
    week = parts["kind_week"][kind]
    return bool(
        parts["row_hard"][parts["kind_row"][kind]].any()
        or (week >= 0 and parts["week_hard"][week].any())
        or parts["kind_rest_hard"][kind]
    )


def _largest_day_steps(instance: Instance, parts: dict[str, Any], name: str) -> Any:
    """(kinds, durations): most that one event of that length changes in a day table.

    Of ``day_hard``, with the clashes that it may have.
    """
    cost = parts[name]
    longest = int(instance.event_duration.max(initial=1))
    of_row = np.zeros((len(cost), longest), np.int64)
    masks = np.arange(cost.shape[1])
    for duration in range(1, longest + 1):
        for first in range(instance.num_positions - duration + 1):
            after = masks | (((1 << duration) - 1) << first)
            step = np.abs(cost[:, after] - cost).max(axis=1)
            of_row[:, duration - 1] = np.maximum(of_row[:, duration - 1], step)
    if name == "day_hard":
        of_row += np.arange(1, longest + 1)
    return of_row[parts["kind_row"]].max(axis=1)


def _event_hard(
    instance: Instance, parts: dict[str, Any], related: dict[str, Any], steps: Any
) -> npt.NDArray[np.int64]:
    """Most hard violations that each event can be in at a slot, students apart."""
    events = np.arange(instance.num_events)
    event = np.repeat(events, np.diff(parts["agents_ptr"]))
    kind = parts["agent_kind"][parts["agents_idx"]]
    step = steps[kind, instance.event_duration[event] - 1]
    most = np.bincount(event, step, instance.num_events).astype(np.int64)
    # Its class: overlap, and another event on the day. Then no room that is free.
    most += instance.event_duration + 2
    most *= instance.class_times[instance.event_class]
    most += np.diff(related["relation_ptr"]) + np.diff(related["event_spread_ptr"])
    return most


def _event_bounds(
    instance: Instance,
    primitives: Primitives,
    parts: dict[str, Any],
    sets: dict[str, Any],
    related: dict[str, Any],
    steps: Any,
) -> npt.NDArray[np.int64]:
    """Most soft cost that moving each event can gain, its students apart."""
    lengths = np.diff(parts["agents_ptr"])
    event = np.repeat(np.arange(instance.num_events), lengths)
    kind = parts["agent_kind"][parts["agents_idx"]]
    step = 2 * steps[kind, instance.event_duration[event] - 1]
    bound = np.bincount(event, step, instance.num_events).astype(np.int64)
    cost = primitives.event_slot_cost
    if cost.shape[1]:
        bound += np.maximum(cost.max(axis=1), 0) - np.minimum(cost.min(axis=1), 0)
    price = sets["room_price"]
    if price.shape[1]:
        dearest = np.where(price < UNSUITABLE, price, 0).max(axis=1)
        bound += dearest[sets["event_room_set"]] * int(instance.day_size.max())
    of_class = primitives.weight_min_days + primitives.weight_stability
    bound += of_class * instance.class_times[instance.event_class]
    bound += primitives.weight_home_room * instance.event_counts
    # A relation is paid once for each pair; a set of events for each of its days.
    owner = np.repeat(np.arange(instance.num_events), np.diff(related["relation_ptr"]))
    bound += np.bincount(owner, related["relation_weight"], instance.num_events).astype(
        np.int64
    )
    pointers, index = related["event_spread_ptr"], related["event_spread_idx"]
    owner = np.repeat(np.arange(instance.num_events), np.diff(pointers))
    bound += np.bincount(
        owner, related["spread_weight"][index], instance.num_events
    ).astype(np.int64)
    return bound


def _mean_sizes(instance: Instance) -> npt.NDArray[np.int64]:
    """(classes,): demand of its offering over the parallel classes."""
    offerings = int(instance.class_offering.max(initial=-1)) + 1
    demand = np.bincount(instance.enrolment_offering, minlength=offerings)
    parallel = np.bincount(instance.class_group)[instance.class_group]
    size = demand[instance.class_offering] // np.maximum(parallel, 1)
    known = instance.group_fixed[instance.class_group]
    return np.where(known, size, -1).astype(np.int64)


def _options(instance: Instance) -> dict[str, Any]:
    """Bundles open to each enrolment, and room for each class to hold all of those.

    Enrolments with the same choice share one list.
    """
    known, choice = _numbered(instance.enrolment_options)
    pointers, values = ragged(known, np.int32)
    classes = [
        {cls for bundle in bundles for cls in instance.bundles[bundle]}
        for bundles in known
    ]
    sizes = [len(those) for those in classes]
    many = np.repeat(np.bincount(choice, minlength=len(known)), sizes)
    _, flat = ragged(classes)
    capacity = np.bincount(flat, many, instance.num_classes).astype(np.int64)
    return {
        "sections_open": int(instance.has_choices()),
        "options_first": pointers[choice].astype(np.int32),
        "options_end": pointers[choice + 1].astype(np.int32),
        "options_idx": values,
        "member_ptr": np.concatenate(([0], np.cumsum(capacity))),
    }


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
    sure: dict[tuple[int, ...], set[int]] = {}
    for student, options in zip(
        instance.enrolment_student, instance.enrolment_options, strict=True
    ):
        if options not in sure:
            each = [set(instance.bundles[bundle]) for bundle in options]
            sure[options] = set.intersection(*each) if each else set()
        groups.setdefault(("student", int(student)), set()).update(sure[options])
    # Whoever attends a class attends what stands in all of its bundles.
    with_class: dict[int, list[set[int]]] = {}
    for bundle in instance.bundles:
        if len(bundle) > 1:
            for cls in bundle:
                with_class.setdefault(cls, []).append(set(bundle))
    for cls, bundles in with_class.items():
        for other in set.intersection(*bundles):
            conflict[cls, other] = conflict[other, cls] = True
    for group in groups.values():
        index = np.fromiter(group, np.int64)
        conflict[np.ix_(index, index)] = True
    np.fill_diagonal(conflict, True)
    return conflict


def _relations(instance: Instance, weight: int) -> dict[str, Any]:
    count = instance.num_events
    seen: list[list[tuple[int, int, bool, bool, int, int]]] = [[] for _ in range(count)]
    spread_events: list[tuple[int, ...]] = []
    spread_hard, spread_weight, spread_value, spread_split = [], [], [], []
    event_spread: list[list[int]] = [[] for _ in range(count)]
    for relation in instance.relations:
        events = relation.events
        cost = relation.weight * weight
        if relation.kind in ("max_days", "first"):
            for event in events:
                event_spread[event].append(len(spread_events))
            spread_events.append(events)
            spread_hard.append(relation.hard)
            spread_weight.append(cost)
            spread_value.append(relation.value)
            spread_split.append(relation.value if relation.kind == "first" else 0)
            continue
        pairs = (
            list(itertools.pairwise(events))
            if relation.kind == "back_to_back"
            else [(a, b) for i, a in enumerate(events) for b in events[i + 1 :]]
        )
        kind = RelationKind[relation.kind.upper()]
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
        "spread_split": np.array(spread_split, np.int64),
        "event_spread_ptr": event_spread_ptr,
        "event_spread_idx": event_spread_idx,
    }
