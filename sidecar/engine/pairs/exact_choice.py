"""Which exact neighbourhood comes next, and how large: learnt from what they gain.

An *arm* is a way to choose classes or students. Each has a value, what it gained a
second lately, and a size that grows while its tasks are solved to optimality before
their time ends and shrinks otherwise.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from ..model.patterned import Distribution, Kind, PatternedSolution
from .exact_students import Clashes
from .exact_view import View, broken_pairs, gaps

FORGET = 0.7
"""How much of an arm's value outlasts one more task."""
MENDING_SHARE = 0.8
"""Of the tasks, as long as hard rules are broken."""
LEAST_SHARE = 0.08
"""Of the best value, that every arm counts as: none is given up for good."""


@dataclass
class Arm:
    size: float
    most: int
    value: float = 0.0
    tasks: int = 0

    def learn(self, gain: float, seconds: float, optimal: bool, whole: bool) -> None:
        """``whole``: the task was as large as the arm can make it."""
        rate = max(0.0, gain) / max(0.05, seconds)
        self.value = (
            rate if not self.tasks else (FORGET * self.value + (1 - FORGET) * rate)
        )
        self.tasks += 1
        if not optimal:
            self.size = max(8.0, self.size * 0.75)
        elif not whole:
            self.size = min(float(self.most), self.size * 1.3)


@dataclass
class Choice:
    """What to solve: classes or students, by index."""

    arm: str
    members: list[int]
    keep_times: bool = False
    whole: bool = False


@dataclass
class Chooser:
    """Neighbourhoods around what costs, for one solution after the other."""

    view: View
    rng: random.Random
    arms: dict[str, Arm] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problem = self.view.problem
        self.movable = [
            k
            for k, cls in enumerate(problem.classes)
            if len(cls.times) > 1 or len(cls.rooms) > 1
        ]
        self.roomy = [k for k in self.movable if len(problem.classes[k].rooms) > 1]
        self.timed = {k for k in self.movable if len(problem.classes[k].times) > 1}
        count = len(self.movable)
        if self.roomy and (problem.weights.room or problem.weights.distribution):
            self.arms["rooms"] = Arm(min(150, len(self.roomy)), len(self.roomy))
        if count:
            self.arms["broken"] = Arm(min(16, count), count)
        for name in ("rule", "course", "day", "dear", "room"):
            if count:
                self.arms[name] = Arm(min(24, count), count)
        if problem.students and problem.weights.student:
            students = len(problem.students)
            self.arms["students"] = Arm(min(150, students), min(1500, students))

    def pick(self, solution: PatternedSolution) -> Choice | None:
        """The next neighbourhood; None where nothing can move."""
        if not self.arms:
            return None
        broken = self.broken(solution)
        if broken and self.movable and self.rng.random() < MENDING_SHARE:
            return self.mend(solution, broken)
        arms = {name: arm for name, arm in self.arms.items() if name != "broken"}
        fresh = [name for name, arm in arms.items() if not arm.tasks]
        if fresh:
            name = self.rng.choice(fresh)
        else:
            best = max(arm.value for arm in arms.values()) or 1.0
            weights = [max(arm.value, LEAST_SHARE * best) for arm in arms.values()]
            name = self.rng.choices(list(arms), weights)[0]
        return self._choice(name, solution)

    def broken(self, solution: PatternedSolution) -> "Counter[int]":
        """By class, how many hard rules of pairs and rooms it breaks with others."""
        found: Counter[int] = Counter()
        for rule in self.view.problem.distributions:
            if rule.required and rule.kind.of_pairs:
                found.update(self._broken(rule, solution))
        users: dict[int, list[int]] = {}
        for index, room in enumerate(solution.room):
            if room >= 0 and solution.time[index] >= 0:
                users.setdefault(room, []).append(index)
        for room, inside in users.items():
            times = self.view.at_all(inside, solution)
            clash = np.triu(gaps(times, times) < 0, 1)
            closed = (gaps(times, self.view.closed[room]) < 0).sum(axis=1)
            counts = clash.sum(axis=0) + clash.sum(axis=1) + closed
            for index, count in zip(inside, counts.tolist(), strict=True):
                if count:
                    found[index] += count
        return found

    def mend(self, solution: PatternedSolution, broken: "Counter[int]") -> Choice:
        """Classes around hard rules that are broken."""
        size = round(self.arms["broken"].size)
        start = self._draw(broken, max(2, size // 3))
        return Choice("broken", self._near(start, size, self._by_all))

    def _choice(self, name: str, solution: PatternedSolution) -> Choice:
        size = round(self.arms[name].size)
        if name == "students":
            members = self._students(solution, size)
            return Choice(name, members, whole=size >= self.arms[name].most)
        if name == "rooms":
            members = self._near(self._seeds(solution, 4), size, self._by_rooms)
            return Choice(name, members, True, len(members) >= len(self.roomy))
        ways: dict[str, Callable[[PatternedSolution, int], list[int]]] = {
            "rule": self._of_rule,
            "course": self._of_course,
            "day": self._of_day,
            "dear": lambda now, count: self._seeds(now, max(2, count // 4)),
            "room": self._of_room,
        }
        start = ways[name](solution, size)
        members = self._near(start, size, self._by_all)
        return Choice(name, members, whole=len(members) >= len(self.movable))

    # What costs ---------------------------------------------------------------

    def costs(self, solution: PatternedSolution) -> "Counter[int]":
        """By class, what it pays above its best options, and half of its rules' pay."""
        problem = self.view.problem
        weights = problem.weights
        found: Counter[int] = Counter()
        for index in self.movable:
            cls = problem.classes[index]
            paid = weights.time * (
                cls.times[solution.time[index]].penalty
                - min(option.penalty for option in cls.times)
            )
            if cls.rooms:
                price = dict(cls.rooms)
                paid += weights.room * (
                    price.get(solution.room[index], 0) - min(price.values())
                )
            if paid:
                found[index] += paid
        for rule in problem.distributions:
            if not rule.required and rule.penalty and rule.kind.of_pairs:
                price_of_pair = rule.penalty * weights.distribution
                for index, count in self._broken(rule, solution).items():
                    found[index] += price_of_pair * count
        return found

    def _broken(
        self, rule: Distribution, solution: PatternedSolution
    ) -> dict[int, int]:
        """By class, the pairs of the rule that it breaks."""
        members = [k for k in rule.classes if solution.time[k] >= 0]
        times = self.view.at_all(members, solution)
        rooms = np.array([solution.room[k] for k in members])
        if rule.kind == Kind.SAME_ATTENDEES:
            bad = gaps(times, times) < self.view.travel[np.ix_(rooms, rooms)]
        elif rule.kind in (Kind.SAME_ROOM, Kind.DIFFERENT_ROOM):
            differ = rooms[:, None] != rooms[None, :]
            bad = differ if rule.kind == Kind.SAME_ROOM else ~differ
            bad = bad & (rooms[:, None] >= 0) & (rooms[None, :] >= 0)
        else:
            bad = broken_pairs(rule.kind, rule.first, times, times)
        bad = np.triu(bad, 1)
        counts = bad.sum(axis=0) + bad.sum(axis=1)
        return {k: int(c) for k, c in zip(members, counts, strict=True) if c}

    def _draw(self, weights: "Counter[int]", count: int) -> list[int]:
        """Some of the keys, the heavier the likelier."""
        keys = [k for k, weight in weights.items() if weight > 0]
        # Exponential races: the smallest of draws at the weights' rates come first.
        keys.sort(key=lambda k: self.rng.expovariate(1.0) / weights[k])
        return keys[:count]

    def _seeds(self, solution: PatternedSolution, count: int) -> list[int]:
        found = self._draw(self.costs(solution), count)
        return found or self.rng.sample(self.movable, min(count, len(self.movable)))

    # Ways to choose -----------------------------------------------------------

    def _of_rule(self, solution: PatternedSolution, size: int) -> list[int]:
        problem = self.view.problem
        paid: Counter[int] = Counter()
        for number, rule in enumerate(problem.distributions):
            if rule.required or not rule.penalty:
                continue
            if rule.kind.of_pairs:
                paid[number] = rule.penalty * sum(self._broken(rule, solution).values())
            else:
                paid[number] = rule.penalty
        chosen = self._draw(paid, 2)
        members = [
            k for number in chosen for k in problem.distributions[number].classes
        ]
        self.rng.shuffle(members)
        return members[: max(2, size // 2)] or self._seeds(solution, 2)

    def _of_course(self, solution: PatternedSolution, size: int) -> list[int]:
        course = self.view.course_of[self._seeds(solution, 1)[0]]
        mine = [k for k in self.movable if self.view.course_of[k] == course]
        self.rng.shuffle(mine)
        return mine[:size]

    def _of_day(self, solution: PatternedSolution, size: int) -> list[int]:
        problem = self.view.problem
        bit = 1 << self.rng.randrange(problem.nr_days)
        there = [
            k
            for k in self.movable
            if problem.classes[k].times[solution.time[k]].pattern.days & bit
        ]
        self.rng.shuffle(there)
        return there[:size] or self._seeds(solution, 2)

    def _of_room(self, solution: PatternedSolution, size: int) -> list[int]:
        used = [r for r in solution.room if r >= 0]
        if not used:
            return self._seeds(solution, 2)
        room = self.rng.choice(used)
        there = [k for k in self.movable if solution.room[k] == room]
        self.rng.shuffle(there)
        return there[:size]

    def _students(self, solution: PatternedSolution, size: int) -> list[int]:
        """Students who clash, and others of their courses to change seats with."""
        clashes = Clashes(self.view, solution)
        crossed = [
            s for s, classes in enumerate(solution.attends) if clashes.within(classes)
        ]
        self.rng.shuffle(crossed)
        chosen = dict.fromkeys(crossed[: max(4, size // 3)])
        students = self.view.problem.students
        courses = {c for s in chosen for c in students[s].courses}
        rest = list(range(len(students)))
        self.rng.shuffle(rest)
        rest.sort(key=lambda s: courses.isdisjoint(students[s].courses))
        for student in rest:
            if len(chosen) >= size:
                break
            chosen[student] = None
        return list(chosen)

    # Growing ------------------------------------------------------------------

    def _by_rooms(self, index: int) -> Iterable[int]:
        """Those who might use the same rooms and can change theirs."""
        options = self.view.problem.classes[index].rooms
        if not options:
            return ()
        room = self.rng.choice(options).room
        return [k for k in self.view.may_use[room] if len(self._rooms(k)) > 1]

    def _rooms(self, index: int) -> tuple[object, ...]:
        return self.view.problem.classes[index].rooms

    def _by_all(self, index: int) -> Iterable[int]:
        """Those of a rule, a room or the course of a class."""
        ways = [self._by_rooms(index)]
        numbers = self.view.rules_of[index]
        if numbers:
            rule = self.view.problem.distributions[self.rng.choice(numbers)]
            ways.append(rule.classes)
        return self.rng.choice(ways)

    def _near(
        self, start: list[int], size: int, way: Callable[[int], Iterable[int]]
    ) -> list[int]:
        """As many classes as ``size``, near each other, from ``start`` on."""
        allowed = set(self.roomy if way == self._by_rooms else self.movable)
        chosen = dict.fromkeys(k for k in start if k in allowed)
        failed = 0
        while len(chosen) < min(size, len(allowed)):
            pool = list(chosen) or [self.rng.choice(sorted(allowed))]
            near = [
                k
                for k in way(self.rng.choice(pool))
                if k in allowed and k not in chosen
            ]
            if near:
                chosen[self.rng.choice(near)] = None
                continue
            failed += 1
            if failed > 20:
                failed = 0
                rest = [k for k in allowed if k not in chosen]
                chosen[self.rng.choice(sorted(rest))] = None
        return list(chosen)[:size]
