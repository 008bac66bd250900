"""The best places for one event, and the chain of moves that each needs."""

from dataclasses import dataclass
from itertools import islice

from sidecar.contract.advice import Suggestion, Suggestions
from sidecar.contract.catalogue import (
    Argument,
    Message,
    english,
    message,
    ref,
    refs,
)
from sidecar.contract.problem import Assignment, Problem
from sidecar.diagnosis.grid import Unit

from .costs import Cost, EventCosts
from .timetable import Place, Time, Timetable

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

    size: int = 1
    """Events that move."""

    @property
    def rank(self) -> tuple[int, int, int, str]:
        return self.hard, self.size, self.soft, str(self.moves)


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
        unit, timetable = self.unit, self.timetable
        classes = set()
        for one in self.costs.together:
            classes.add(one.cls.id)
            for curriculum in timetable.curricula[one.cls.id]:
                classes.update(curriculum)
        for student in self.costs.students:
            classes.update(timetable.sections[student])
        found = {other.id for other in timetable.units_of(classes)}
        for member in unit.teachers:
            found.update(other.id for other in timetable.of_faculty[member])
        found.discard(unit.id)
        return sorted(found & timetable.at.keys())

    def options(self, limit: int) -> list[_Option]:
        try:
            direct, taken = self._places()
            clean = sum(option.hard <= 0 for option in direct)
            found = sorted(direct, key=lambda option: option.rank)
            if clean < limit or self.old[0]:
                for time in islice(taken, CHAINS):
                    option = self._chain(time)
                    if option is not None:
                        found.append(option)
        finally:
            self.timetable.put(self.unit, self.before)
        found.sort(key=lambda option: option.rank)
        return found[:limit]

    def _change(self, cost: Cost) -> Cost:
        return cost[0] - self.old[0], cost[1] - self.old[1]

    def _option(self, moves: list[tuple[str, Place]], cost: Cost) -> _Option:
        together = self.timetable.together
        size = sum(len(together[event]) for event, _ in moves)
        return _Option(moves, *cost, size)

    def _places(self) -> tuple[list[_Option], list[Time]]:
        """Free places, and times that others hold, the most promising first."""
        unit, costs = self.unit, self.costs
        rooms = costs.rooms_by_wish()
        direct: list[_Option] = []
        taken: list[tuple[int, int, str, Time]] = []
        for time in self.timetable.times(unit):
            place = free_place(self.timetable, unit, time, rooms)
            blockers = 0
            if place is not None:
                cost = costs.cost(place)
                if place != self.before:
                    move = [(unit.id, place)]
                    direct.append(self._option(move, self._change(cost)))
                if cost[0] == 0:
                    continue
                blockers = len(self._blockers(place))
                if not 1 <= blockers <= MAX_BLOCKERS:
                    continue
            hard, soft = costs.time_cost(time)
            taken.append((blockers + hard, soft, str(time), time))
        taken.sort()
        return direct, [time for *_, time in taken]

    def _blockers(self, place: Place) -> set[str]:
        """Events that would have to leave for this place to be free of faults."""
        timetable = self.timetable
        cover = timetable.cover(self.unit, place)
        covers = timetable.covers
        found = {event for event in self.others if covers.get(event, 0) & cover}
        if self.unit.cls.one_event_per_day:
            days = timetable.days_of(cover)
            day = sum(timetable.day_masks[k] for k in days)
            for other in self.costs.class_units:
                if other is not self.unit and covers.get(other.id, 0) & day:
                    found.add(other.id)
        found |= self.costs.tied(place)
        return found | timetable.holders(place.rooms, cover)

    def _chain(self, time: Time) -> _Option | None:
        """Take a place that others hold, and find them another one each."""
        timetable, unit = self.timetable, self.unit
        best: _Option | None = None
        for rooms in self._rooms_to_take(time):
            place = Place(time, rooms)
            blockers = sorted(self._blockers(place))
            if not 1 <= len(blockers) <= MAX_BLOCKERS:
                continue
            if any(timetable.is_pinned(event) for event in blockers):
                continue
            if self.resolves == 0:
                break
            self.resolves -= 1
            option = self._resolve(place, blockers)
            if option is not None and (best is None or option.rank < best.rank):
                best = option
        timetable.put(unit, None)
        return best

    def _rooms_to_take(self, time: Time) -> list[tuple[str, ...]]:
        if self.unit.room_key is None:
            return [()]
        rooms = self.costs.rooms_by_wish()
        free = free_place(self.timetable, self.unit, time, rooms)
        if free is not None:
            return [free.rooms]
        cover = self.timetable.cover(self.unit, Place(time))
        open_rooms = [r for r in rooms if not cover & ~self.timetable.room_open(r)]
        needed = self.unit.event.rooms_needed
        some = (tuple(open_rooms[k : k + needed]) for k in range(OCCUPIED_ROOMS))
        return [rooms for rooms in some if len(rooms) == needed]

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
        return self._option(moves, (hard, soft))

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
    timetable: Timetable, unit: Unit, time: Time, rooms: list[str]
) -> Place | None:
    """This time with the best rooms that are free then; None if there are too few."""
    if unit.room_key is None:
        return Place(time)
    cover = timetable.cover(unit, Place(time))
    needed = unit.event.rooms_needed
    if needed == 1:
        for room in rooms:
            if timetable.free(room, cover):
                return Place(time, (room,))
        return None
    free = [room for room in rooms if timetable.free(room, cover)]
    chosen = distinct(timetable, free, needed)
    seats = sum(timetable.rooms[room].capacity for room in chosen)
    if seats < timetable.grid.seats(unit.cls.id):
        # The largest seat as many as can be.
        free.sort(key=lambda room: -timetable.rooms[room].capacity)
        chosen = distinct(timetable, free, needed)
    return Place(time, chosen) if len(chosen) == needed else None


def distinct(timetable: Timetable, rooms: list[str], number: int) -> tuple[str, ...]:
    """The first so many rooms of which none is a part of another."""
    chosen: list[str] = []
    taken: set[str] = set()
    for room in rooms:
        if len(chosen) < number and taken.isdisjoint(timetable.parts[room]):
            chosen.append(room)
            taken.update(timetable.parts[room])
    return tuple(chosen)


def _best_free(timetable: Timetable, unit: Unit) -> tuple[Place, Cost] | None:
    """The cheapest place of an event that breaks nothing."""
    costs = EventCosts(timetable, unit)
    rooms = costs.rooms_by_wish()
    by_time = sorted(
        (cost[1], str(time), time)
        for time in timetable.times(unit)
        if (cost := costs.time_cost(time))[0] == 0
    )
    best: tuple[Place, Cost] | None = None
    for soft, _, time in by_time[:8]:
        if best is not None and soft >= best[1][1]:
            break
        place = free_place(timetable, unit, time, rooms)
        if place is None:
            continue
        cost = costs.cost(place)
        if cost[0] == 0 and (best is None or cost[1] < best[1][1]):
            best = (place, cost)
    return best


def time_said(time: Time) -> Message:
    """A time in words: its timeslot or pattern, and its weeks if they are some."""
    named = ref("timeslot", time.timeslot)
    if time.pattern is not None:
        named = ref("pattern", time.pattern)
    at = message("at_time", (), timeslot=named)
    if time.weeks is None:
        return at
    return message("in_weeks", (), place=at, weeks=ref("week_pattern", time.weeks))


def place_said(place: Place) -> Message:
    """A place in words."""
    at = time_said(place.time)
    if not place.rooms:
        return at
    rooms = refs("room", place.rooms)
    if at.code != "at_time":
        return message("in_rooms", (), place=at, rooms=rooms)
    if len(rooms) == 1:
        return message("at_time_in_room", (), **at.args, room=rooms[0])
    return message("in_rooms", (), place=at, rooms=rooms)


def _in_words(timetable: Timetable, event: str, option: _Option) -> Suggestion:
    (_, first), *others = option.moves
    placed = timetable.leader[event] in timetable.at
    code = "suggest_move" if placed else "suggest_place"
    args: dict[str, Argument] = {
        "event": ref("event", event),
        "place": place_said(first),
    }
    if others:
        code += "_with"
        args["others"] = [
            message("moved_to", (), event=ref("event", key), place=place_said(place))
            for key, place in others
        ]
    effect = []
    if option.hard:
        mends = "mends_rules" if option.hard < 0 else "adds_rules"
        effect.append(message(mends, (), count=abs(option.hard)))
    effect.append(message("soft_cost", (), soft=option.soft))
    said = message(code, effect, **args)
    moves = [(event, first), *others]
    return Suggestion(
        moves=[
            item for key, place in moves for item in timetable.assignments(key, place)
        ],
        hard=option.hard,
        soft=option.soft,
        message=said,
        sentence=english(said),
    )
