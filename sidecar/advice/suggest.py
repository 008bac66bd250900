"""The best places for one event, and the chain of moves that each needs."""

from dataclasses import dataclass, field
from itertools import islice

from sidecar.contract.advice import Suggestion, Suggestions
from sidecar.contract.catalogue import Argument, Message, english, message, ref
from sidecar.contract.problem import Assignment, Problem
from sidecar.diagnosis.grid import Unit, bits

from .costs import Cost, EventCosts
from .timetable import Place, Timetable

CHAINS = 14
"""Places held by others that are looked into."""
MAX_BLOCKERS = 2
RESOLVES = 14
"""Chains of moves worked out to the end."""
OCCUPIED_ROOMS = 3


@dataclass
class _Option:
    """A way to place the event: the moves in order, and the change in score."""

    moves: list[tuple[str, Place]]
    hard: int
    soft: int
    slots: set[int] = field(default_factory=set)

    @property
    def rank(self) -> tuple[int, int, int, list[tuple[str, Place]]]:
        return self.hard, len(self.moves), self.soft, self.moves


def suggest_placements(
    problem: Problem,
    assignments: list[Assignment],
    sectioning: dict[str, list[str]],
    event: str,
    profile: str = "balanced",
    weights: dict[str, int] | None = None,
    limit: int = 5,
) -> Suggestions:
    """Better places for one event of a timetable, best first.

    Fewest broken rules come first, then fewest moves, then the least soft cost. A place
    held by others is offered with the moves that free it.

    Parameters
    ----------
    problem
        Must be consistent.
    assignments, sectioning
        The timetable; the event may be missing.
    event
        Which event to place.
    profile, weights
        How soft constraints count.
    limit
        Most suggestions wanted.

    Raises
    ------
    ValueError
        If something named does not exist.
    """
    timetable = Timetable(problem, assignments, sectioning, profile, weights)
    return suggest_in(timetable, event, limit)


def suggest_in(timetable: Timetable, event: str, limit: int = 5) -> Suggestions:
    """The same for a timetable that is indexed already; it is left as it was."""
    unit = timetable.unit(event)
    options = _Search(timetable, unit).options(limit)
    return Suggestions(
        event=event,
        suggestions=[_in_words(timetable, event, option) for option in options],
    )


class _Search:
    def __init__(self, timetable: Timetable, unit: Unit) -> None:
        self.timetable = timetable
        self.unit = unit
        self.before = timetable.put(unit, None)
        self.costs = EventCosts(timetable, unit)
        self.old = self.costs.cost(self.before)
        self.others = self._others()
        self.resolves = RESOLVES

    def _others(self) -> list[str]:
        """Placed events that share a person with this one."""
        unit, timetable, grid = self.unit, self.timetable, self.timetable.grid
        classes = {unit.cls.id}
        for curriculum in timetable.curricula[unit.cls.id]:
            classes.update(curriculum)
        for student in timetable.members[unit.cls.id]:
            classes.update(timetable.sections[student])
        found = {other.id for other in timetable.units_of(classes)}
        for member in unit.teachers:
            found.update(other.id for other in grid.of_faculty[member])
        found.discard(unit.id)
        return sorted(found & timetable.at.keys())

    def options(self, limit: int) -> list[_Option]:
        try:
            direct, taken = self._places()
            clean = sum(option.hard <= 0 for option in direct)
            found = sorted(direct, key=lambda option: option.rank)
            if clean < limit or self.old[0]:
                for start in islice(taken, CHAINS):
                    option = self._chain(start)
                    if option is not None:
                        found.append(option)
        finally:
            self.timetable.put(self.unit, self.before)
        found.sort(key=lambda option: option.rank)
        return found[:limit]

    def _change(self, cost: Cost) -> Cost:
        return cost[0] - self.old[0], cost[1] - self.old[1]

    def _places(self) -> tuple[list[_Option], list[int]]:
        """Free places, and starts that others hold, the most promising first."""
        unit, costs = self.unit, self.costs
        rooms = costs.rooms_by_wish()
        direct: list[_Option] = []
        taken: list[tuple[int, int, int]] = []
        for start in bits(unit.starts):
            place = free_place(self.timetable, unit, start, rooms)
            blockers = 0
            if place is not None:
                cost = costs.cost(place)
                if place != self.before:
                    hard, soft = self._change(cost)
                    direct.append(_Option([(unit.id, place)], hard, soft))
                if cost[0] == 0:
                    continue
                blockers = len(self._blockers(place))
                if not 1 <= blockers <= MAX_BLOCKERS:
                    continue
            hard, soft = costs.time_cost(start)
            taken.append((blockers + hard, soft, start))
        taken.sort()
        return direct, [start for _, _, start in taken]

    def _blockers(self, place: Place) -> set[str]:
        """Events that would have to leave for this place to be free of faults."""
        timetable = self.timetable
        cover = timetable.cover(self.unit, place)
        covers = timetable.covers
        found = {event for event in self.others if covers.get(event, 0) & cover}
        if self.unit.cls.one_event_per_day:
            day = timetable.grid.day_of[place[0]]
            for other in self.costs.class_units:
                if other is not self.unit and covers.get(other.id, 0) & day:
                    found.add(other.id)
        found |= self.costs.tied(place)
        if place[1] is not None:
            found |= timetable.holders(place[1], cover)
        return found

    def _chain(self, start: int) -> _Option | None:
        """Take a place that others hold, and find them another one each."""
        timetable, unit = self.timetable, self.unit
        best: _Option | None = None
        for room in self._rooms_to_take(start):
            place = (start, room)
            blockers = sorted(self._blockers(place))
            if not 1 <= len(blockers) <= MAX_BLOCKERS:
                continue
            if any(event in timetable.grid.pins for event in blockers):
                continue
            if self.resolves == 0:
                break
            self.resolves -= 1
            option = self._resolve(place, blockers)
            if option is not None and (best is None or option.rank < best.rank):
                best = option
        timetable.put(unit, None)
        return best

    def _rooms_to_take(self, start: int) -> list[str | None]:
        if self.unit.room_key is None:
            return [None]
        rooms = self.costs.rooms_by_wish()
        free = free_place(self.timetable, self.unit, start, rooms)
        if free is not None:
            return [free[1]]
        cover = self.timetable.cover(self.unit, (start, None))
        open_rooms = [
            room for room in rooms if not cover & ~self.timetable.grid.room_open[room]
        ]
        return list(open_rooms[:OCCUPIED_ROOMS])

    def _resolve(self, place: Place, blockers: list[str]) -> _Option | None:
        """Put the event there and each blocker at its best free place."""
        timetable, unit = self.timetable, self.unit
        left = {event: timetable.put(timetable.unit(event), None) for event in blockers}
        moves: list[tuple[str, Place]] = [(unit.id, place)]
        try:
            hard, soft = self._total_before(blockers, left)
            here = EventCosts(timetable, unit).cost(place)
            hard, soft = here[0] - hard, here[1] - soft
            timetable.put(unit, place)
            for event in blockers:
                other = timetable.unit(event)
                found = _best_free(timetable, other)
                if found is None:
                    return None
                moves.append((event, found[0]))
                hard, soft = hard + found[1][0], soft + found[1][1]
                timetable.put(other, found[0])
        finally:
            timetable.put(unit, None)
            for event, old in left.items():
                timetable.put(timetable.unit(event), old)
        return _Option(moves, hard, soft)

    def _total_before(self, blockers: list[str], left: dict[str, Place | None]) -> Cost:
        """Cost of all that moves, put back one by one; they are taken out again."""
        timetable = self.timetable
        hard = soft = 0
        order = [*((event, left[event]) for event in blockers)]
        order.append((self.unit.id, self.before))
        for event, place in order:
            unit = timetable.unit(event)
            cost = EventCosts(timetable, unit).cost(place)
            hard, soft = hard + cost[0], soft + cost[1]
            timetable.put(unit, place)
        for event, _ in order:
            timetable.put(timetable.unit(event), None)
        return hard, soft


def free_place(
    timetable: Timetable, unit: Unit, start: int, rooms: list[str]
) -> Place | None:
    """This start with the best room that is free then; None if there is none."""
    if unit.room_key is None:
        return start, None
    cover = timetable.cover(unit, (start, None))
    for room in rooms:
        if cover & ~timetable.grid.room_open[room]:
            continue
        held = timetable.occupants.get(room)
        if held is None or not any(held.get(bit) for bit in bits(cover)):
            return start, room
    return None


def _best_free(timetable: Timetable, unit: Unit) -> tuple[Place, Cost] | None:
    """The cheapest place of an event that breaks nothing."""
    costs = EventCosts(timetable, unit)
    rooms = costs.rooms_by_wish()
    by_time = sorted(
        (cost[1], start)
        for start in bits(unit.starts)
        if (cost := costs.time_cost(start))[0] == 0
    )
    best: tuple[Place, Cost] | None = None
    for soft, start in by_time[:8]:
        if best is not None and soft >= best[1][1]:
            break
        place = free_place(timetable, unit, start, rooms)
        if place is None:
            continue
        cost = costs.cost(place)
        if cost[0] == 0 and (best is None or cost[1] < best[1][1]):
            best = (place, cost)
    return best


def _in_words(timetable: Timetable, event: str, option: _Option) -> Suggestion:
    slot_of = timetable.grid.slot_of

    def where(place: Place) -> Message:
        at = ref("timeslot", slot_of[place[0]])
        if place[1] is None:
            return message("at_time", (), timeslot=at)
        room = ref("room", place[1])
        return message("at_time_in_room", (), timeslot=at, room=room)

    first, *others = option.moves
    code = "suggest_move" if event in timetable.at else "suggest_place"
    args: dict[str, Argument] = {
        "event": ref("event", event),
        "place": where(first[1]),
    }
    if others:
        code += "_with"
        args["others"] = [
            message("moved_to", (), event=ref("event", key), place=where(place))
            for key, place in others
        ]
    effect = []
    if option.hard:
        mends = "mends_rules" if option.hard < 0 else "adds_rules"
        effect.append(message(mends, (), count=abs(option.hard)))
    effect.append(message("soft_cost", (), soft=option.soft))
    said = message(code, effect, **args)
    return Suggestion(
        moves=[
            Assignment(event=key, timeslot=slot_of[place[0]], room=place[1])
            for key, place in option.moves
        ],
        hard=option.hard,
        soft=option.soft,
        message=said,
        sentence=english(said),
    )
