"""Which classes some students attend by CP-SAT, all times and rooms fixed.

Each student has a literal for each bundle of each course: a set of classes that makes
up the course. Seats that others leave are what classes can take.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, islice
from typing import Any

from ..model.patterned import PatternedSolution
from .exact_model import ExactModel
from .exact_view import View, gaps

MOST_BUNDLES = 150
"""Of a course; beyond them the first of the list and the present one are offered."""

Bundle = tuple[int, ...]


class Clashes:
    """Which classes cannot both be attended, as they are placed."""

    def __init__(self, view: View, solution: PatternedSolution) -> None:
        self.view = view
        self.solution = solution
        self.known: dict[tuple[int, int], bool] = {}
        self.times = [
            view.at(k, solution) if option >= 0 else None
            for k, option in enumerate(solution.time)
        ]

    def __call__(self, one: int, other: int) -> bool:
        key = (one, other) if one < other else (other, one)
        if key not in self.known:
            a, b = self.times[one], self.times[other]
            way = self.view.travel[self.solution.room[one], self.solution.room[other]]
            self.known[key] = (
                a is not None and b is not None and bool(gaps(a, b)[0, 0] < way)
            )
        return self.known[key]

    def within(self, classes: Sequence[int]) -> int:
        return sum(self(a, b) for a, b in combinations(classes, 2))

    def between(self, one: Sequence[int], other: Sequence[int]) -> int:
        return sum(self(a, b) for a in one for b in other)


class StudentModel(ExactModel):
    """The model of some students."""

    def __init__(
        self,
        view: View,
        solution: PatternedSolution,
        students: Sequence[int],
        clashes: Clashes | None = None,
    ) -> None:
        super().__init__(solution)
        self.view = view
        self.clashes = clashes or Clashes(view, solution)
        self.students = sorted(students)
        self.offered: dict[int, list[Bundle]] = {}
        """By course."""
        self.seats = self._seats()
        self.inside: dict[int, list[Any]] = {}
        """By class, the literals that fill it."""
        self.choices = {student: self._choices(student) for student in self.students}
        for index, literals in self.inside.items():
            if len(literals) > self.seats[index]:
                self.model.add(sum(literals) <= self.seats[index])

    def _seats(self) -> list[int]:
        """By class the seats for these students: never fewer than they have now."""
        taken: Counter[int] = Counter()
        own: Counter[int] = Counter()
        chosen = set(self.students)
        for student, classes in enumerate(self.solution.attends):
            (own if student in chosen else taken).update(classes)
        return [
            max(own[k], cls.limit - taken[k])
            for k, cls in enumerate(self.view.problem.classes)
        ]

    def _choices(self, student: int) -> list[tuple[list[Bundle], list[Any]]]:
        """By course the bundles and their literals, with what clashes paid."""
        now = set(self.solution.attends[student])
        found = []
        for course in self.view.problem.students[student].courses:
            bundles = self._bundles(course, now)
            literals = [self.model.new_bool_var("") for _ in bundles]
            self.model.add_exactly_one(literals)
            for bundle, literal in zip(bundles, literals, strict=True):
                self.model.add_hint(literal, now.issuperset(bundle))
                cost = self.clashes.within(bundle)
                if cost:
                    self.terms.append((cost, literal))
                for index in bundle:
                    self.inside.setdefault(index, []).append(literal)
            found.append((bundles, literals))
        for one, other in combinations(found, 2):
            self._pay_clashes(*one, *other)
        return found

    def _bundles(self, course: int, now: set[int]) -> list[Bundle]:
        if course not in self.offered:
            self.offered[course] = list(
                islice(self.view.problem.bundles(course), MOST_BUNDLES)
            )
        bundles = [
            bundle
            for bundle in self.offered[course]
            if now.issuperset(bundle) or all(self.seats[k] > 0 for k in bundle)
        ]
        if not any(now.issuperset(bundle) for bundle in bundles):
            # Beyond the list, or a student without a seat so far.
            mine = {k for k in now if self.view.course_of[k] == course}
            bundles += [
                bundle
                for bundle in islice(self.view.problem.bundles(course), 100_000)
                if mine == set(bundle)
            ][:1]
        return bundles

    def _pay_clashes(
        self, a: list[Bundle], x: list[Any], b: list[Bundle], y: list[Any]
    ) -> None:
        """One unit for each pair of classes that clash."""
        costs = [[self.clashes.between(one, other) for other in b] for one in a]
        for level in range(
            1, max((max(row, default=0) for row in costs), default=0) + 1
        ):
            paid = self.model.new_bool_var("")
            self.terms.append((1, paid))
            for row, literal in zip(costs, x, strict=True):
                bad = [z for z, cost in zip(y, row, strict=True) if cost >= level]
                if bad:
                    self.model.add(sum(bad) + literal <= 1 + paid)

    def write(self, solver: Any, found: PatternedSolution) -> None:
        for student, courses in self.choices.items():
            attends: list[int] = []
            for bundles, literals in courses:
                for bundle, literal in zip(bundles, literals, strict=True):
                    if solver.boolean_value(literal):
                        attends += bundle
            found.attends[student] = tuple(attends)
