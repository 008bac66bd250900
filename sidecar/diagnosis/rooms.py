"""Rooms: one that suits, and enough of them in every part of the week."""

from collections import Counter, defaultdict

from sidecar.contract.catalogue import Argument, message, ref, refs

from .exact import Clock, LocalModel
from .findings import Findings
from .grid import Grid, RoomKey, Unit, bits
from .sentences import Wording, rooms_wanted

MAX_KEYS = 200
MAX_PARTS = 80
SMALL_SET = 10
SMALL_EVENTS = 60


def check_suitable(grid: Grid, findings: Findings) -> None:
    """Events no room suits, and pins to rooms that do not suit."""
    told: set[tuple[str, RoomKey]] = set()
    for unit in grid.units:
        key = unit.room_key
        if key is None:
            continue
        pin = grid.pins.get(unit.id)
        if pin is not None and pin.room is not None:
            _check_pin(grid, unit, pin.room, findings)
        elif not grid.rooms(key) and (unit.cls.id, key) not in told:
            told.add((unit.cls.id, key))
            _no_room(grid, unit, key, findings)


def _no_room(grid: Grid, unit: Unit, key: RoomKey, findings: Findings) -> None:
    limit, event = grid.seats(unit.cls.id), unit.event
    same_type = [
        room for room in grid.problem.rooms if event.room_type in (None, room.type)
    ]
    equipped = [room for room in same_type if set(event.features) <= set(room.features)]
    if not same_type:
        kind = ref("room_type", event.room_type or "")
        why = message("no_room_of_type", (), type=kind)
        mend = message("add_room_of_type", (), type=kind)
    elif not equipped:
        wanted = refs("feature", sorted(set(event.features)))
        why = message("none_has_features", (), features=wanted)
        mend = message("equip_room")
    else:
        largest = max(room.capacity for room in equipped)
        why = message("largest_seats", (), seats=largest)
        mend = message("add_room_with_seats", (), seats=limit)
    cls = ref("class", unit.cls.id)
    findings.say(
        "room_none_suits",
        message(
            "room_none_suits",
            [why],
            event=ref("event", unit.id),
            room=rooms_wanted("|".join(key)),
            **{"class": cls},
        ),
        [("event", unit.id), ("class", unit.cls.id)],
        [mend, message("lower_limit", (), **{"class": cls})],
    )


def _check_pin(grid: Grid, unit: Unit, room_id: str, findings: Findings) -> None:
    room = next(room for room in grid.problem.rooms if room.id == room_id)
    event = unit.event
    lacking = sorted(set(event.features) - set(room.features))
    if event.room_type not in (None, room.type):
        why = message(
            "is_of_type",
            (),
            type=ref("room_type", room.type),
            wanted=ref("room_type", event.room_type or ""),
        )
    elif lacking:
        why = message("lacks_features", (), features=refs("feature", lacking))
    elif room.capacity < grid.seats(unit.cls.id) and not grid.soft_seats:
        wanted = grid.seats(unit.cls.id)
        why = message("seats_too_few", (), seats=room.capacity, wanted=wanted)
    else:
        return
    who = ref("event", unit.id)
    findings.say(
        "pin_room_unsuitable",
        message("pin_room_unsuitable", [why], event=who, room=ref("room", room_id)),
        [("event", unit.id), ("room", room_id)],
        [message("unpin", (), event=who), message("pin_elsewhere", (), event=who)],
    )


def check_rooms(grid: Grid, findings: Findings, clock: Clock) -> None:
    """Room-periods wanted and open, for nested sets of rooms and parts of the week."""
    wanted: dict[RoomKey, dict[int, list[Unit]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for unit in grid.units:
        key = unit.room_key
        if key is None or unit.id in findings.hopeless | grid.movable:
            continue
        if not grid.rooms(key):
            continue
        wanted[key][unit.cover].append(unit)
    if not wanted:
        return
    sets = {key: frozenset(room.id for room in grid.rooms(key)) for key in wanted}
    keys = sorted(sets, key=lambda key: (len(sets[key]), key))[:MAX_KEYS]
    parts = _parts_of_week(wanted)
    inside = {key: [k for k in wanted if sets[k] <= sets[key]] for key in keys}
    need: Counter[tuple[int, RoomKey]] = Counter()
    for key, by_cover in wanted.items():
        for cover, units in by_cover.items():
            periods = sum(unit.duration for unit in units)
            for part in parts:
                if not cover & ~part:
                    need[part, key] += periods
    told: list[frozenset[str]] = []
    for key in keys:
        if sets[key] in told or findings.speaks_of("rooms", "|".join(key)):
            continue
        short = _shortest(grid, sets[key], inside[key], parts, need)
        if short is None:
            small = len(sets[key]) <= SMALL_SET
            units = [
                u for k in inside[key] for group in wanted[k].values() for u in group
            ]
            if small and 1 < len(units) <= SMALL_EVENTS:
                _decide(grid, units, sets[key], findings, clock)
            continue
        told.append(sets[key])
        periods, have, part = short
        units = [
            unit
            for k in inside[key]
            for cover, group in wanted[k].items()
            if not cover & ~part
            for unit in group
        ]
        _too_few(grid, key, units, periods, have, part, findings)


def _parts_of_week(wanted: dict[RoomKey, dict[int, list[Unit]]]) -> list[int]:
    """Sets of slots to count over: all that many events share."""
    weight: Counter[int] = Counter()
    week = 0
    for by_cover in wanted.values():
        for cover, units in by_cover.items():
            weight[cover] += len(units)
            week |= cover
    common = [cover for cover, _ in weight.most_common(MAX_PARTS)]
    parts = dict.fromkeys([*common, week])
    for first in common[:8]:
        for second in common[:8]:
            parts[first | second] = None
    return sorted(parts, key=lambda part: (part.bit_count(), part))


def _shortest(
    grid: Grid,
    rooms: frozenset[str],
    keys: list[RoomKey],
    parts: list[int],
    need: Counter[tuple[int, RoomKey]],
) -> tuple[int, int, int] | None:
    """The smallest part of the week in which these rooms do not suffice."""
    masks = Counter(grid.room_open[room] for room in rooms)
    total = grid.everything.bit_count()
    closed = sum((total - mask.bit_count()) * n for mask, n in masks.items())
    for part in parts:
        periods = sum(need[part, key] for key in keys)
        if periods <= len(rooms) * part.bit_count() - closed:
            continue
        have = sum((mask & part).bit_count() * n for mask, n in masks.items())
        if periods > have:
            return periods, have, part
    return None


def _decide(
    grid: Grid,
    units: list[Unit],
    rooms: frozenset[str],
    findings: Findings,
    clock: Clock,
) -> None:
    """First fit into a few rooms; what it cannot place is decided exactly."""
    left = {slot: 0 for slot in bits(grid.everything)}
    for room in rooms:
        for slot in bits(grid.room_open[room]):
            left[slot] += 1
    for unit in sorted(units, key=lambda u: (u.starts.bit_count(), -u.duration)):
        for start in bits(unit.starts):
            slots = range(start, start + unit.duration)
            if all(left[slot] > 0 for slot in slots):
                for slot in slots:
                    left[slot] -= 1
                break
        else:
            core = LocalModel(grid, units).smallest_conflict(clock)
            if core is not None:
                findings.add(Wording(grid).conflict(core), core)
            return


def _too_few(
    grid: Grid,
    key: RoomKey,
    units: list[Unit],
    periods: int,
    have: int,
    part: int,
    findings: Findings,
) -> None:
    code = "rooms_too_few"
    where: dict[str, Argument] = {}
    if part.bit_count() < grid.everything.bit_count():
        code = "rooms_too_few_there"
        slots = refs("timeslot", (grid.slot_of[bit] for bit in bits(part)))
        where = {"open": part.bit_count(), "timeslots": slots}
    classes = list(dict.fromkeys(unit.cls.id for unit in units))
    wanted = rooms_wanted("|".join(key))
    findings.say(
        "rooms_too_few",
        message(
            code,
            (),
            count=len(units),
            classes=refs("class", classes),
            periods=periods,
            rooms=len(grid.rooms(key)),
            room=wanted,
            have=have,
            **where,
        ),
        [("class", cls) for cls in classes[:20]],
        [
            message("add_this_room", (), room=wanted),
            message("split_classes"),
            message("open_slots_for_these"),
        ],
    )
