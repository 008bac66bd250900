"""Relations that contradict each other, or the week."""

from collections import defaultdict

from sidecar.contract.catalogue import message, ref, refs
from sidecar.contract.problem import Relation
from sidecar.scoring.relations import related_pairs

from .exact import Clock, LocalModel
from .findings import Findings
from .grid import Grid, Unit, bits
from .screen import Ties, fits_related
from .sentences import Wording

MAX_COMPONENT = 60


def check_relations(grid: Grid, findings: Findings, clock: Clock) -> None:
    """Each set of events that relations tie together, and pinned events."""
    components = _components(grid, findings)
    pinned = _pinned_neighbours(grid, findings)
    for units in pinned:
        _explain(grid, units, findings, clock)
    for units in components:
        if findings.full or clock.left() <= 0:
            break
        if not _fits(grid, units):
            _explain(grid, units, findings, clock)
    _check_same_room(grid, findings)


def _components(grid: Grid, findings: Findings) -> list[list[Unit]]:
    """Events tied by hard relations; a large set is cut into single relations."""
    parent: dict[str, str] = {}

    def root(event: str) -> str:
        while parent.setdefault(event, event) != event:
            parent[event] = parent[parent[event]]
            event = parent[event]
        return event

    for relation in grid.hard_relations:
        for event in relation.events[1:]:
            parent[root(event)] = root(relation.events[0])
    groups: dict[str, set[str]] = defaultdict(set)
    for relation in grid.hard_relations:
        groups[root(relation.events[0])].update(relation.events)
    result: list[set[str]] = []
    for events in groups.values():
        if len(events) <= MAX_COMPONENT:
            result.append(events)
        else:
            inside = [r for r in grid.hard_relations if r.events[0] in events]
            result += [set(r.events[:MAX_COMPONENT]) for r in inside]
            result += _cycles(inside)
    return [
        [grid.unit_of[e] for e in sorted(events) if e not in findings.hopeless]
        for events in result
    ]


def _cycles(relations: list[Relation]) -> list[set[str]]:
    """Events on a circle of precedences, one set for each circle met."""
    after: dict[str, list[str]] = defaultdict(list)
    for relation in relations:
        if relation.type == "precedence":
            for first, second in zip(
                relation.events, relation.events[1:], strict=False
            ):
                after[first].append(second)
    done: set[str] = set()
    circles: list[set[str]] = []
    for start in sorted(after):
        path: list[str] = []
        on_path: dict[str, int] = {}
        stack = [(start, iter(after[start]))] if start not in done else []
        if stack:
            path, on_path = [start], {start: 0}
        while stack:
            event, following = stack[-1]
            for other in following:
                if other in on_path:
                    circles.append(set(path[on_path[other] :]))
                elif other not in done:
                    on_path[other] = len(path)
                    path.append(other)
                    stack.append((other, iter(after[other])))
                    break
            else:
                stack.pop()
                path.pop()
                del on_path[event]
                done.add(event)
    return [circle for circle in circles if len(circle) <= MAX_COMPONENT]


def _pinned_neighbours(grid: Grid, findings: Findings) -> list[list[Unit]]:
    """Pairs of pinned events that share a slot and an agent or a room."""
    curricula: dict[str, set[str]] = defaultdict(set)
    for curriculum in grid.problem.curricula:
        for cls in curriculum.classes:
            curricula[cls].add(curriculum.id)
    at: dict[tuple[object, ...], Unit] = {}
    pairs: dict[tuple[int, int], list[Unit]] = {}
    for pin in grid.problem.pins:
        unit = grid.unit_of[pin.event]
        if pin.timeslot is None or unit.id in findings.hopeless:
            continue
        agents = [("class", unit.cls.id), *(("faculty", f) for f in unit.teachers)]
        agents += [("curriculum", q) for q in sorted(curricula[unit.cls.id])]
        if pin.room is not None and unit.room_key is not None:
            agents.append(("room", pin.room))
        start = grid.bit_of[pin.timeslot]
        day = start // grid.positions
        places = [
            (*agent, slot)
            for agent in agents
            for slot in range(start, start + unit.duration)
        ]
        if unit.cls.one_event_per_day:
            places.append(("class day", unit.cls.id, day))
        for place in places:
            other = at.setdefault(place, unit)
            if other is not unit:
                pairs[other.number, unit.number] = [other, unit]
    return list(pairs.values())


def _explain(grid: Grid, units: list[Unit], findings: Findings, clock: Clock) -> None:
    if findings.full or clock.left() <= 0:
        return
    core = LocalModel(grid, units).smallest_conflict(clock)
    if core is not None:
        findings.add(Wording(grid).conflict(core), core)


def _fits(grid: Grid, units: list[Unit]) -> bool:
    """Whether first fit keeps all relations; a limit of days is left to CP-SAT."""
    here = {unit.id: unit for unit in units}
    ties: Ties = defaultdict(list)
    relations = {r.id: r for unit in units for r in grid.relations_of[unit.id]}
    for relation in relations.values():
        if relation.type == "max_days":
            return False
        for a, b in related_pairs(relation):
            if a in here and b in here:
                first, second = here[a], here[b]
                table = grid.compatible(relation, first, second)
                ties[second.number].append((first.number, table))
                ties[first.number].append((second.number, _turned(table)))
    return fits_related(grid, units, ties)


def _turned(table: list[int]) -> list[int]:
    """For each start of the second, the starts of the first with which it goes."""
    result = [0] * len(table)
    for s, mask in enumerate(table):
        for t in bits(mask):
            result[t] |= 1 << s
    return result


def _check_same_room(grid: Grid, findings: Findings) -> None:
    """Events that must share a room although no room suits them all."""
    for relation in grid.hard_relations:
        if relation.type != "same_room":
            continue
        units = [grid.unit_of[e] for e in relation.events]
        sets = {
            unit.id: {room.id for room in grid.rooms(unit.room_key)}
            for unit in units
            if unit.room_key is not None and grid.rooms(unit.room_key)
        }
        if len(sets) < 2 or set.intersection(*sets.values()):
            continue
        for event in list(sets):
            rest = [rooms for other, rooms in sets.items() if other != event]
            if len(rest) > 1 and not set.intersection(*rest):
                del sets[event]
        findings.say(
            "relation_impossible",
            message(
                "share_no_room",
                (),
                relation=ref("relation", relation.id),
                events=refs("event", sets),
            ),
            [("relation", relation.id), *(("event", event) for event in sets)],
            [
                message("drop_relation", (), relation=ref("relation", relation.id)),
                message("add_room_for_all"),
            ],
        )
