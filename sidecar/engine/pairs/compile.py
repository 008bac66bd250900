"""From the general problem to tables of the pair kernels."""

from collections.abc import Sequence
from itertools import combinations, islice
from typing import Any

import numpy as np
import numpy.typing as npt

from ..kernels.pairs import reduce
from ..kernels.pairs.rules import DAYS
from ..model.patterned import Distribution, Kind, Pattern, PatternedProblem
from .tables import Ints, Longs, PairTables

MOST_BUNDLES = 4096
"""Of one course; of more only so many are used."""
MOST_WEEKS = 63 - DAYS
PASSES = 20
"""Over all hard pairs, to drop impossible options."""
MEETS = (Kind.NOT_OVERLAP, Kind.SAME_ATTENDEES)
ROOM_KINDS = (Kind.SAME_ROOM, Kind.DIFFERENT_ROOM)


def pointers(sizes: Sequence[int] | npt.NDArray[Any]) -> Longs:
    """Where each of consecutive lists begins, and the end of the last."""
    return np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))).astype(np.int64)


def flat(lists: Sequence[Sequence[int]], dtype: Any = np.int32) -> npt.NDArray[Any]:
    return np.array([item for one in lists for item in one], dtype)


class Patterns:
    """Distinct times of classes, packed."""

    def __init__(self, problem: PatternedProblem) -> None:
        seen = {option.pattern for cls in problem.classes for option in cls.times}
        self.all = sorted(seen)
        self.index = {pattern: k for k, pattern in enumerate(self.all)}
        self.days = np.array([pack(one) for one in self.all], np.int64)
        self.start = np.array([one.start for one in self.all], np.int32)
        self.end = np.array([one.end for one in self.all], np.int32)

    def closed_by(self, closure: Pattern) -> npt.NDArray[np.bool_]:
        """(P,): which share time with a closure."""
        both = self.days & pack(closure)
        on = ((both & ((1 << DAYS) - 1)) != 0) & ((both >> DAYS) != 0)
        shared = on & (self.start < closure.end) & (closure.start < self.end)
        return np.asarray(shared)

    def overlaps(self) -> tuple[Longs, Ints]:
        sizes = np.zeros(len(self.all), np.int64)
        reduce.count_overlaps(self.days, self.start, self.end, sizes)
        ptr = pointers(sizes)
        result = np.zeros(ptr[-1], np.int32)
        reduce.list_overlaps(self.days, self.start, self.end, ptr, result)
        return ptr, result


def pack(pattern: Pattern) -> int:
    return pattern.days | pattern.weeks << DAYS


class Domains:
    """Options of time and room of each class, impossible ones left out."""

    def __init__(
        self, problem: PatternedProblem, patterns: Patterns, closed: npt.NDArray[Any]
    ) -> None:
        self.problem = problem
        self.patterns = patterns
        self.closed = closed
        none = len(problem.rooms)
        self.times: list[list[tuple[int, int, int]]] = []
        """(pattern, cost, index of the problem's option)"""
        self.rooms: list[list[tuple[int, int]]] = []
        for cls in problem.classes:
            cheapest: dict[int, tuple[int, int]] = {}
            for k, option in enumerate(cls.times):
                cost = option.penalty * problem.weights.time
                index = patterns.index[option.pattern]
                cheapest[index] = min(cheapest.get(index, (cost, k)), (cost, k))
            self.times.append([(p, *cheapest[p]) for p in sorted(cheapest)])
            weight = problem.weights.room
            self.rooms.append(
                [(r.room, r.penalty * weight) for r in cls.rooms] or [(none, 0)]
            )

    def reduce(self) -> None:
        """Leave out what rooms' closures and hard pairs of times forbid."""
        self._reduce_closures()
        hard = [
            (a, b, int(rule.kind), rule.first)
            for rule in self.problem.distributions
            if rule.required and rule.kind.of_pairs and rule.kind not in ROOM_KINDS
            for a, b in combinations(rule.classes, 2)
        ]
        hard = sorted(set(hard))
        if not hard:
            return
        first, second, kind, value = (
            np.array(c, np.int64) for c in zip(*hard, strict=True)
        )
        ptr = pointers([len(times) for times in self.times])
        option = np.array([t[0] for times in self.times for t in times], np.int64)
        alive = np.ones(len(option), np.uint8)
        p = self.patterns
        for _ in range(PASSES):
            if not reduce.revise_all(
                p.days, p.start, p.end, ptr, option, alive, first, second, kind, value
            ):
                break
        for cls, times in enumerate(self.times):
            kept = alive[ptr[cls] : ptr[cls + 1]]
            self.times[cls] = [t for t, k in zip(times, kept, strict=True) if k]
        self._reduce_closures()

    def _reduce_closures(self) -> None:
        for cls, times in enumerate(self.times):
            rooms = [room for room, _ in self.rooms[cls]]
            open_ = self.closed[np.ix_(rooms, [t[0] for t in times])] == 0
            kept = [t for t, some in zip(times, open_.any(axis=0), strict=True) if some]
            if kept:
                self.times[cls] = kept
                self.rooms[cls] = [
                    r
                    for r, some in zip(self.rooms[cls], open_.any(axis=1), strict=True)
                    if some
                ]


Pair = tuple[int, int, int, int, int, int]
"""(class, other, rule, kind, whether the class is first, value)"""


def pairs_of(problem: PatternedProblem) -> tuple[list[Pair], list[Pair]]:
    """Pairs that must not meet, and pairs of other kinds; one way.

    Of hard rules against meeting, the strictest for each pair is enough.
    """
    meets: list[Pair] = []
    links: list[Pair] = []
    strictest: dict[tuple[int, int], Pair] = {}
    for index, rule in enumerate(problem.distributions):
        if not rule.kind.of_pairs:
            continue
        for a, b in combinations(rule.classes, 2):
            pair = (a, b, index, int(rule.kind), 1, rule.first)
            if rule.kind in ROOM_KINDS and not (
                problem.classes[a].needs_room and problem.classes[b].needs_room
            ):
                continue
            if rule.kind not in MEETS:
                links.append(pair)
            elif not rule.required:
                meets.append(pair)
            else:
                key = (min(a, b), max(a, b))
                known = strictest.get(key)
                if known is None or known[3] == Kind.NOT_OVERLAP:
                    strictest[key] = pair
    return meets + list(strictest.values()), links


def both_ways(pairs: list[Pair], num_classes: int) -> tuple[Longs, Longs]:
    """Pointers by class, and rows (other, rule, kind, first, value)."""
    rows = np.array(pairs, np.int64).reshape(-1, 6)
    back = rows[:, [1, 0, 2, 3, 4, 5]].copy()
    back[:, 4] = 1 - back[:, 4]
    rows = np.concatenate((rows, back))
    order = np.lexsort((rows[:, 2], rows[:, 3], rows[:, 0]))
    rows = rows[order]
    sizes = np.bincount(rows[:, 0], minlength=num_classes)
    return pointers(sizes), rows[:, 1:].copy()


class Sets:
    """Groups that count days, loads, breaks or blocks."""

    def __init__(self, problem: PatternedProblem, domains: Domains) -> None:
        self.rules = [
            (index, rule)
            for index, rule in enumerate(problem.distributions)
            if not rule.kind.of_pairs
        ]
        self.weeks: list[list[int]] = []
        self.weeks_alike: list[list[int]] = []
        self.of: list[list[int]] = [[] for _ in problem.classes]
        for group, (_, rule) in enumerate(self.rules):
            seen = self._weeks(problem, domains, rule)
            self.weeks.append([alike[0] for alike in seen])
            self.weeks_alike.append([len(alike) for alike in seen])
            for cls in set(rule.classes):
                self.of[cls].append(group)

    @staticmethod
    def _weeks(
        problem: PatternedProblem, domains: Domains, rule: Distribution
    ) -> list[list[int]]:
        """Weeks, those together that no time of a member tells apart."""
        patterns = domains.patterns.all
        masks = sorted(
            {patterns[t[0]].weeks for cls in rule.classes for t in domains.times[cls]}
        )
        alike: dict[tuple[int, ...], list[int]] = {}
        for week in range(problem.nr_weeks):
            key = tuple(mask >> week & 1 for mask in masks)
            if any(key):
                alike.setdefault(key, []).append(week)
        return list(alike.values())


class Sectioning:
    """Bundles of courses, enrolments, and which classes may share students."""

    def __init__(self, problem: PatternedProblem) -> None:
        self.bundles = [
            list(islice(problem.bundles(course), MOST_BUNDLES))
            for course in range(len(problem.courses))
        ]
        rows = [
            (student, course)
            for student, one in enumerate(problem.students)
            for course in one.courses
            if self.bundles[course]
        ]
        self.student = np.array([row[0] for row in rows], np.int32)
        self.course = np.array([row[1] for row in rows], np.int32)
        self.problem = problem

    def joint(self, domains: Domains, gap: int) -> tuple[Longs, Ints]:
        """For each class, rising, those that one student may attend as well.

        Classes that can never be in conflict with it are left out.
        """
        problem = self.problem
        taught = [sorted({c for b in bundles for c in b}) for bundles in self.bundles]
        near: list[set[int]] = [set() for _ in problem.courses]
        for student in problem.students:
            for course in student.courses:
                near[course].update(student.courses)
        first: list[int] = []
        second: list[int] = []
        for course, others in enumerate(near):
            reach = sorted({cls for other in others for cls in taught[other]})
            for cls in taught[course]:
                first += [cls] * len(reach)
                second += reach
        pairs = np.array([first, second], np.int64)
        pairs = pairs[:, pairs[0] != pairs[1]]
        p = domains.patterns
        ptr = pointers([len(times) for times in domains.times])
        option = np.array([t[0] for times in domains.times for t in times], np.int64)
        can = np.zeros(pairs.shape[1], np.uint8)
        reduce.which_can_meet(
            p.days, p.start, p.end, ptr, option, pairs[0], pairs[1], gap, can
        )
        pairs = pairs[:, can > 0]
        pairs = pairs[:, np.lexsort((pairs[1], pairs[0]))]
        sizes = np.bincount(pairs[0], minlength=len(problem.classes))
        return pointers(sizes), pairs[1].astype(np.int32)


def courses_of(problem: PatternedProblem) -> Ints:
    """(C,): the course of each class."""
    result = np.zeros(len(problem.classes), np.int32)
    for index, course in enumerate(problem.courses):
        for configuration in course.configurations:
            for subpart in problem.configurations[configuration].subparts:
                result[list(problem.subparts[subpart].classes)] = index
    return result


def travel_of(problem: PatternedProblem) -> Ints:
    """(R + 1, R + 1): slots; none from or to "no room"."""
    none = len(problem.rooms)
    travel = np.zeros((none + 1, none + 1), np.int32)
    for room, one in enumerate(problem.rooms):
        for other, slots in one.travel.items():
            travel[room, other] = travel[other, room] = slots
    return travel


def closures_of(problem: PatternedProblem, patterns: Patterns) -> npt.NDArray[np.int16]:
    closed = np.zeros((len(problem.rooms) + 1, len(patterns.all)), np.int16)
    for room, one in enumerate(problem.rooms):
        for closure in one.unavailable:
            closed[room] |= patterns.closed_by(closure)
    return closed


def possible(
    pairs: list[Pair], domains: Domains, gap: int, walking: bool
) -> list[Pair]:
    """Those pairs against meeting that can be broken at all."""
    if not pairs:
        return pairs
    rows = np.array(pairs, np.int64)
    p = domains.patterns
    ptr = pointers([len(times) for times in domains.times])
    option = np.array([t[0] for times in domains.times for t in times], np.int64)
    can = np.zeros(len(rows), np.uint8)
    first, second = rows[:, 0].copy(), rows[:, 1].copy()
    reduce.which_can_meet(
        p.days, p.start, p.end, ptr, option, first, second, gap if walking else 0, can
    )
    return [pair for pair, yes in zip(pairs, can, strict=True) if yes]


def compile_pairs(problem: PatternedProblem) -> PairTables:
    """Tables of a problem.

    Raises
    ------
    ValueError
        If there are more weeks than a word holds, or a class without a time.
    """
    if problem.nr_days > DAYS or problem.nr_weeks > MOST_WEEKS:
        raise ValueError(
            f"at most {DAYS} days and {MOST_WEEKS} weeks can be planned, "
            f"not {problem.nr_days} and {problem.nr_weeks}"
        )
    for cls in problem.classes:
        if not cls.times:
            raise ValueError(f"class {cls.id} has no time that it may take")
    patterns = Patterns(problem)
    closed = closures_of(problem, patterns)
    domains = Domains(problem, patterns, closed)
    domains.reduce()
    travel = travel_of(problem)
    longest = int(travel.max(initial=0))
    meets, links = pairs_of(problem)
    walk = Kind.SAME_ATTENDEES
    meets = possible([m for m in meets if m[3] == walk], domains, longest, True) + (
        possible([m for m in meets if m[3] != walk], domains, longest, False)
    )
    num_classes, num_rooms = len(problem.classes), len(problem.rooms)
    meet_ptr, meet = both_ways(meets, num_classes)
    link_ptr, link = both_ways(links, num_classes)
    sets = Sets(problem, domains)
    sectioning = Sectioning(problem)
    joint_ptr, joint = sectioning.joint(domains, longest)
    overlap_ptr, overlap = patterns.overlaps()
    weights = problem.weights
    rules = problem.distributions
    extra = num_rooms + num_classes
    bundles = [bundle for course in sectioning.bundles for bundle in course]
    attend = np.argsort(sectioning.course, kind="stable")
    num_courses = len(problem.courses)
    return PairTables(
        num_classes=num_classes,
        num_rooms=num_rooms,
        num_rules=len(rules),
        num_weeks=problem.nr_weeks,
        student_weight=weights.student,
        set_weight=weights.distribution,
        longest_walk=longest,
        pattern_days=patterns.days,
        pattern_start=patterns.start,
        pattern_end=patterns.end,
        overlap_ptr=overlap_ptr,
        overlap=overlap,
        closed=closed,
        travel=travel,
        time_ptr=pointers([len(times) for times in domains.times]),
        time_pattern=flat([[t[0] for t in times] for times in domains.times]),
        time_cost=flat([[t[1] for t in times] for times in domains.times], np.int64),
        time_source=flat([[t[2] for t in times] for times in domains.times]),
        room_ptr=pointers([len(rooms) for rooms in domains.rooms]),
        room=flat([[r[0] for r in rooms] for rooms in domains.rooms]),
        room_cost=flat([[r[1] for r in rooms] for rooms in domains.rooms], np.int64),
        meet_ptr=meet_ptr,
        meet_other=meet[:, 0].astype(np.int32),
        meet_rule=meet[:, 1].astype(np.int32),
        meet_walk=(meet[:, 2] == walk).astype(np.uint8),
        link_ptr=link_ptr,
        link_other=link[:, 0].astype(np.int32),
        link_rule=link[:, 1].astype(np.int32),
        link_kind=link[:, 2].astype(np.uint8),
        link_first=link[:, 3].astype(np.uint8),
        link_value=link[:, 4].astype(np.int32),
        rule_hard=np.array([rule.required for rule in rules] + [1] * extra, np.uint8),
        rule_cost=np.array(
            [
                0 if rule.required else rule.penalty * weights.distribution
                for rule in rules
            ]
            + [0] * extra,
            np.int64,
        ),
        set_kind=np.array([rule.kind for _, rule in sets.rules], np.uint8),
        set_rule=np.array([index for index, _ in sets.rules], np.int32),
        set_first=np.array([rule.first for _, rule in sets.rules], np.int32),
        set_second=np.array([rule.second for _, rule in sets.rules], np.int32),
        set_cost=np.array([rule.penalty for _, rule in sets.rules], np.int64),
        set_ptr=pointers([len(rule.classes) for _, rule in sets.rules]),
        set_class=flat([rule.classes for _, rule in sets.rules]),
        set_week_ptr=pointers([len(weeks) for weeks in sets.weeks]),
        set_week=flat(sets.weeks),
        set_weeks=flat(sets.weeks_alike),
        of_ptr=pointers([len(groups) for groups in sets.of]),
        of_set=flat(sets.of),
        limit=np.array([cls.limit for cls in problem.classes], np.int32),
        class_course=courses_of(problem),
        course_ptr=pointers([len(course) for course in sectioning.bundles]),
        bundle_ptr=pointers([len(bundle) for bundle in bundles]),
        bundle_class=flat(bundles),
        enrolment_student=sectioning.student,
        enrolment_course=sectioning.course,
        student_ptr=pointers(
            np.bincount(sectioning.student, minlength=len(problem.students))
        ),
        attend_ptr=pointers(np.bincount(sectioning.course, minlength=num_courses)),
        attend=attend.astype(np.int32),
        joint_ptr=joint_ptr,
        joint_other=joint,
    )
