"""Times and rooms of some classes by CP-SAT, everything else fixed.

A class has one literal for each time and one for each room, never one for each pair.
What a class breaks or pays beside the fixed ones is a matrix (times, rooms); it is
split into costs of times, costs of rooms and what is left over, and only the latter
needs literals of its own. Two free classes that would share a room meet in a literal
"they overlap". The objective is the official cost, exactly, of all that can change:
rules about breaks and blocks are kept out of it by leaving their classes where they
are in time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from ..model.patterned import Distribution, Kind, PatternedSolution
from .exact_model import ExactModel, Outcome
from .exact_view import Flags, Longs, Times, View, broken_pairs, gaps

FORBIDDEN = 1 << 40
MENDING = 1_000_000
"""What a broken hard rule costs where the solution breaks some already: then it is to
break fewer, and to insist on none would leave nothing to find."""
_TIED = (Kind.MAX_BREAKS, Kind.MAX_BLOCK)
"""Rules of sets that the model does not know."""


@dataclass
class _Free:
    """One class of the neighbourhood: its options and what they cost by themselves."""

    index: int
    options: list[int]
    times: Times
    rooms: list[int]
    """Indices; the number of rooms stands for none."""
    cost: Longs
    """(times, rooms): with FORBIDDEN and more for what may not be."""
    x: list[Any] = field(default_factory=list)
    y: list[Any] = field(default_factory=list)


class PlaceModel(ExactModel):
    """The model of one neighbourhood.

    Parameters
    ----------
    free
        Classes that may move.
    keep_times
        Only rooms are chosen.
    mending
        Hard rules may stay broken, at ``MENDING`` each.
    """

    def __init__(
        self,
        view: View,
        solution: PatternedSolution,
        free: Sequence[int],
        keep_times: bool = False,
        mending: bool = False,
    ) -> None:
        super().__init__(solution)
        self.view = view
        self.hard = MENDING if mending else FORBIDDEN
        self.overlaps: dict[tuple[int, int], Any] = {}
        self.possible = True
        self.chosen = set(free)
        self.free = {index: self._free(index, keep_times) for index in sorted(free)}
        self.members = list(self.free.values())
        self._fixed_rules()
        self._fixed_rooms()
        self._students_with_fixed()
        for item in self.members:
            self._literals(item)
        if self.possible:
            self._rules_among()
            self._sets()
            self._students_among()
            self._rooms_among()

    # Options and what they cost beside the fixed ------------------------------

    def _free(self, index: int, keep_times: bool) -> _Free:
        problem = self.view.problem
        cls = problem.classes[index]
        now = self.solution.time[index]
        kinds = {problem.distributions[n].kind for n in self.view.rules_of[index]}
        tied = now >= 0 and (keep_times or not kinds.isdisjoint(_TIED))
        options = [now] if tied else list(range(len(cls.times)))
        rooms = [option.room for option in cls.rooms] or [len(problem.rooms)]
        by_time: Longs = np.array([cls.times[k].penalty for k in options], np.int64)
        by_room: Longs = np.array(
            [option.penalty for option in cls.rooms] or [0], np.int64
        )
        weights = problem.weights
        cost = by_time[:, None] * weights.time + by_room[None, :] * weights.room
        times = Times.of([cls.times[k].pattern for k in options])
        for column, room in enumerate(rooms):
            if room < len(problem.rooms) and len(self.view.closed[room]):
                shut = gaps(times, self.view.closed[room]) < 0
                cost[:, column] += self.hard * shut.sum(axis=1)
        return _Free(index, options, times, rooms, cost)

    def _price(self, rule: Distribution) -> int:
        if rule.required:
            return self.hard
        return rule.penalty * self.view.problem.weights.distribution

    def _fixed_rules(self) -> None:
        """Rules of pairs with one class here and the other fixed."""
        for rule in self.view.rules_on(self.chosen):
            price = self._price(rule)
            if not rule.kind.of_pairs or not price:
                continue
            for place, index in enumerate(rule.classes):
                item = self.free.get(index)
                if item is None:
                    continue
                for sign, others in (
                    (-1, rule.classes[:place]),
                    (1, rule.classes[place + 1 :]),
                ):
                    fixed = [
                        k
                        for k in others
                        if k not in self.chosen and self.solution.time[k] >= 0
                    ]
                    if fixed:
                        self._add_fixed(item, rule, fixed, sign, price)

    def _add_fixed(
        self, item: _Free, rule: Distribution, fixed: list[int], sign: int, price: int
    ) -> None:
        placed = self.view.at_all(fixed, self.solution)
        if rule.kind in (Kind.SAME_ROOM, Kind.DIFFERENT_ROOM):
            for other in fixed:
                bad = self._room_pairs(rule.kind, item.rooms, [self._room(other)])
                item.cost += price * bad.T
        elif rule.kind == Kind.SAME_ATTENDEES:
            for column, other in enumerate(fixed):
                self._add_travel(item, placed, column, self._room(other), price)
        elif sign > 0:
            bad = broken_pairs(rule.kind, rule.first, item.times, placed)
            item.cost += price * bad.sum(axis=1)[:, None]
        else:
            bad = broken_pairs(rule.kind, rule.first, placed, item.times)
            item.cost += price * bad.sum(axis=0)[:, None]

    def _room(self, index: int) -> int:
        room = self.solution.room[index]
        return room if room >= 0 else len(self.view.problem.rooms)

    def _room_pairs(self, kind: Kind, a: list[int], b: list[int]) -> Flags:
        """Which pairs of rooms break the rule; "none" never does."""
        none = len(self.view.problem.rooms)
        one, other = np.array(a)[:, None], np.array(b)[None, :]
        real = (one != none) & (other != none)
        differ = one != other
        return np.asarray(real & (differ if kind == Kind.SAME_ROOM else ~differ))

    def _add_travel(
        self, item: _Free, placed: Times, column: int, room: int, price: int
    ) -> None:
        """Cost where a meeting overlaps a fixed one or cannot be reached from it."""
        there = Times(
            placed.days[column : column + 1],
            placed.weeks[column : column + 1],
            placed.start[column : column + 1],
            placed.end[column : column + 1],
        )
        free = gaps(item.times, there)[:, 0]
        way = self.view.travel[item.rooms, room]
        item.cost += price * (free[:, None] < way[None, :])

    def _fixed_rooms(self) -> None:
        """Rooms that fixed classes use while a class here might."""
        users: dict[int, list[int]] = {}
        for index, room in enumerate(self.solution.room):
            if (
                room >= 0
                and index not in self.chosen
                and self.solution.time[index] >= 0
            ):
                users.setdefault(room, []).append(index)
        columns = {
            room: self.view.at_all(k, self.solution) for room, k in users.items()
        }
        for item in self.free.values():
            for column, room in enumerate(item.rooms):
                if room in columns:
                    taken = gaps(item.times, columns[room]) < 0
                    item.cost[:, column] += self.hard * taken.sum(axis=1)

    def _students_with_fixed(self) -> None:
        weight = self.view.problem.weights.student
        self.shared = {}
        if not weight:
            return
        self.shared = self.view.together(self.solution, self.chosen)
        for (one, other), count in self.shared.items():
            if other not in self.chosen and self.solution.time[other] >= 0:
                there = self.view.at(other, self.solution)
                item = self.free[one]
                self._add_travel(item, there, 0, self._room(other), weight * count)

    # Literals -----------------------------------------------------------------

    def _literals(self, item: _Free) -> None:
        """Choice of a time and of a room, with the cost matrix."""
        # What is forbidden in every room or at every time is no option at all.
        good: Flags = np.asarray(item.cost < FORBIDDEN)
        rows: Flags = np.asarray(good.any(axis=1))
        columns: Flags = np.asarray(good.any(axis=0))
        if not rows.any():
            self.possible = False
            return
        item.options = [k for k, keep in zip(item.options, rows, strict=True) if keep]
        item.rooms = [r for r, keep in zip(item.rooms, columns, strict=True) if keep]
        item.cost = item.cost[rows][:, columns]
        times = item.times
        item.times = Times(
            times.days[rows], times.weeks[rows], times.start[rows], times.end[rows]
        )
        item.x = self._choice(
            len(item.options), item.options, self.solution.time[item.index]
        )
        item.y = self._choice(len(item.rooms), item.rooms, self._room(item.index))
        cost = item.cost
        bad: Flags = np.asarray(cost >= FORBIDDEN)
        by_time = np.where(bad, FORBIDDEN, cost).min(axis=1)
        rest = cost - by_time[:, None]
        by_room = np.where(bad, FORBIDDEN, rest).min(axis=0)
        rest = rest - by_room[None, :]
        self._pay(by_time, item.x)
        self._pay(by_room, item.y)
        for column, room in enumerate(item.y):
            closed = [x for x, no in zip(item.x, bad[:, column], strict=True) if no]
            if closed:
                self.model.add_at_most_one([*closed, room])
            over = np.where(bad[:, column], 0, rest[:, column])
            for value in np.unique(over[over > 0]).tolist():
                when = [x for x, c in zip(item.x, over, strict=True) if c == value]
                both = self.model.new_bool_var("")
                self.model.add(sum(when) + room - 1 <= both)
                self.terms.append((value, both))

    def _choice(self, count: int, names: list[int], now: int) -> list[Any]:
        literals = [self.model.new_bool_var("") for _ in range(count)]
        self.model.add_exactly_one(literals)
        for name, literal in zip(names, literals, strict=True):
            self.model.add_hint(literal, name == now)
        return literals

    def _pay(self, costs: Longs, literals: list[Any]) -> None:
        for cost, literal in zip(costs.tolist(), literals, strict=True):
            if cost:
                self.terms.append((cost, literal))

    # Pairs of free classes ----------------------------------------------------

    def _forbid(
        self, bad: Flags, a: list[Any], b: list[Any], held: list[Any] | None = None
    ) -> None:
        """No pair of options that is marked; with ``held``, only where those hold."""
        if bad.shape[0] > bad.shape[1]:
            bad, a, b = bad.T, b, a
        for row, literal in zip(bad, a, strict=True):
            others = [x for x, no in zip(b, row, strict=True) if no]
            if not others:
                continue
            if not held:
                self.model.add_at_most_one([literal, *others])
            else:
                self.model.add(sum(others) + literal + sum(held) <= 1 + len(held))

    def _flag(self, bad: Flags, a: list[Any], b: list[Any]) -> Any:
        """A literal that is 1 where a marked pair of options is taken."""
        if bad.all():
            return 1
        flag = self.model.new_bool_var("")
        self._forbid(bad, a, b, [flag.negated()])
        return flag

    def _charge(self, price: int, bad: Flags, a: list[Any], b: list[Any]) -> None:
        if not bad.any():
            return
        if price >= FORBIDDEN:
            self._forbid(bad, a, b)
        else:
            self._owe(price, self._flag(bad, a, b))

    def _owe(self, price: int, flag: Any) -> None:
        # A flag that is 1 whatever happens is a constant of the objective.
        if not isinstance(flag, int):
            self.terms.append((price, flag))

    def _rules_among(self) -> None:
        for rule in self.view.rules_on(self.chosen):
            price = self._price(rule)
            if not rule.kind.of_pairs or not price:
                continue
            inside = [self.free[k] for k in rule.classes if k in self.chosen]
            for one, other in combinations(inside, 2):
                if rule.kind in (Kind.SAME_ROOM, Kind.DIFFERENT_ROOM):
                    bad = self._room_pairs(rule.kind, one.rooms, other.rooms)
                    self._charge(price, bad, one.y, other.y)
                elif rule.kind == Kind.SAME_ATTENDEES:
                    self._apart(one, other, price)
                else:
                    bad = broken_pairs(rule.kind, rule.first, one.times, other.times)
                    self._charge(price, bad, one.x, other.x)

    def _students_among(self) -> None:
        weight = self.view.problem.weights.student
        for (one, other), count in self.shared.items():
            if other in self.chosen:
                self._apart(self.free[one], self.free[other], weight * count)

    def _apart(self, one: _Free, other: _Free, price: int) -> None:
        """Pay, or forbid, that two overlap or leave too little time for the way."""
        free = gaps(one.times, other.times)
        way = self.view.travel[np.ix_(one.rooms, other.rooms)]
        least = int(way.min())
        self._charge_overlap(one, other, price, free < least, least == 0)
        # From each length of way to the next, the rooms decide.
        before = least
        for length in np.unique(way[way > least]).tolist():
            tight = (free >= before) & (free < length)
            before = length
            if not tight.any():
                continue
            far = self._flag(way >= length, one.y, other.y)
            held = [] if isinstance(far, int) else [far]
            if price >= FORBIDDEN:
                self._forbid(tight, one.x, other.x, held)
            else:
                paid = self.model.new_bool_var("")
                self._forbid(tight, one.x, other.x, [*held, paid.negated()])
                self.terms.append((price, paid))

    def _charge_overlap(
        self, one: _Free, other: _Free, price: int, bad: Flags, plain: bool
    ) -> None:
        if not plain or price >= FORBIDDEN:
            self._charge(price, bad, one.x, other.x)
        elif bad.any():
            self._owe(price, self._overlap(one, other, bad))

    def _overlap(self, one: _Free, other: _Free, bad: Flags) -> Any:
        """The literal "these two overlap", made once; kept from below only."""
        key = (min(one.index, other.index), max(one.index, other.index))
        if key not in self.overlaps:
            self.overlaps[key] = self._flag(bad, one.x, other.x)
        return self.overlaps[key]

    def _rooms_among(self) -> None:
        """Two free classes that overlap are not in one room."""
        none = len(self.view.problem.rooms)
        by_room: dict[int, list[tuple[_Free, Any]]] = {}
        for item in self.members:
            for room, literal in zip(item.rooms, item.y, strict=True):
                if room != none:
                    by_room.setdefault(room, []).append((item, literal))
        clash: dict[tuple[int, int], Flags] = {}
        for users in by_room.values():
            for (one, y1), (other, y2) in combinations(users, 2):
                key = (one.index, other.index)
                if key not in clash:
                    clash[key] = gaps(one.times, other.times) < 0
                bad = clash[key]
                if not bad.any():
                    continue
                either = [y1.negated(), y2.negated()]
                if not bad.all():
                    either.append(self._overlap(one, other, bad).negated())
                if self.hard < FORBIDDEN:
                    broken = self.model.new_bool_var("")
                    either.append(broken)
                    self.terms.append((self.hard, broken))
                self.model.add_bool_or(either)

    # Rules of sets ------------------------------------------------------------

    def _sets(self) -> None:
        for rule in self.view.rules_on(self.chosen):
            if rule.kind == Kind.MAX_DAYS:
                self._max_days(rule)
            elif rule.kind == Kind.MAX_DAY_LOAD:
                self._max_day_load(rule)

    def _fixed_of(self, rule: Distribution) -> Times:
        fixed = [
            k
            for k in rule.classes
            if k not in self.chosen and self.solution.time[k] >= 0
        ]
        return self.view.at_all(fixed, self.solution)

    def _max_days(self, rule: Distribution) -> None:
        used = int(np.bitwise_or.reduce(self._fixed_of(rule).days, initial=0))
        inside = [self.free[k] for k in rule.classes if k in self.chosen]
        days: list[Any] = []
        for day in range(self.view.problem.nr_days):
            if used >> day & 1:
                continue
            flag = self.model.new_bool_var("")
            days.append(flag)
            for item in inside:
                there = [
                    x
                    for x, mask in zip(item.x, item.times.days.tolist(), strict=True)
                    if mask >> day & 1
                ]
                if there:
                    self.model.add(sum(there) <= flag)
        beyond = used.bit_count() - rule.first
        if self._price(rule) >= FORBIDDEN:
            self.model.add(sum(days) + beyond <= max(0, beyond))
            return
        excess = self.model.new_int_var(0, self.view.problem.nr_days, "")
        self.model.add(excess >= sum(days) + beyond)
        self.terms.append((self._price(rule), excess))

    def _max_day_load(self, rule: Distribution) -> None:
        problem = self.view.problem
        fixed = self._fixed_of(rule)
        inside = [self.free[k] for k in rule.classes if k in self.chosen]
        alike: dict[tuple[Any, ...], int] = {}
        for week in range(problem.nr_weeks):
            for day in range(problem.nr_days):
                load = _on(fixed, day, week)
                base = int(((fixed.end - fixed.start) * load).sum())
                there = tuple(
                    (item.index, k)
                    for item in inside
                    for k in np.flatnonzero(_on(item.times, day, week)).tolist()
                )
                if there or base > rule.first:
                    alike[base, there] = alike.get((base, there), 0) + 1
        excess: list[Any] = []
        most = 0
        for (base, there), count in alike.items():
            load = base + sum(
                int(self.free[i].times.end[k] - self.free[i].times.start[k])
                * self.free[i].x[k]
                for i, k in there
            )
            if self._price(rule) >= FORBIDDEN:
                self.model.add(load <= max(base, rule.first))
                continue
            largest = base + sum(
                int((self.free[i].times.end - self.free[i].times.start).max())
                for i in {i for i, _ in there}
            )
            if largest <= rule.first:
                continue
            over = self.model.new_int_var(0, largest, "")
            self.model.add(over >= load - rule.first)
            if rule.required:
                self.terms.append((self.hard * count, over))
                continue
            excess.append(count * over)
            most += count * largest
        if excess and rule.penalty:
            # The official cost is divided by the number of weeks and rounded down.
            weeks = problem.nr_weeks
            paid = self.model.new_int_var(0, rule.penalty * most, "")
            self.model.add(weeks * paid >= rule.penalty * sum(excess) - (weeks - 1))
            self.terms.append((problem.weights.distribution, paid))

    # Solving ------------------------------------------------------------------

    def solve(self, seconds: float, seed: int) -> Outcome:
        return super().solve(seconds, seed) if self.possible else Outcome("infeasible")

    def write(self, solver: Any, found: PatternedSolution) -> None:
        none = len(self.view.problem.rooms)
        for item in self.members:
            k = next(n for n, x in enumerate(item.x) if solver.boolean_value(x))
            r = next(n for n, y in enumerate(item.y) if solver.boolean_value(y))
            found.time[item.index] = item.options[k]
            found.room[item.index] = item.rooms[r] if item.rooms[r] != none else -1


def _on(times: Times, day: int, week: int) -> Flags:
    return ((times.days >> day & 1) & (times.weeks >> week & 1)).astype(np.bool_)
