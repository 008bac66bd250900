"""A plain, slow scorer of the general problem, from the rules of ITC-2019 alone.

It shares the description of problem and solution with the engine and nothing else:
what a timetable costs and breaks is worked out here class by class from the rules on
the competition's page *Format* (T. Müller, H. Rudová, Z. Müllerová, PATAT 2018).

Soft costs. Time and room: the penalties of the options taken. Distributions of pairs:
the penalty for each pair that breaks the rule. MaxDays: the penalty for each day beyond
the limit. MaxDayLoad, MaxBreaks, MaxBlock: the penalty times what is beyond the limit,
summed over all days and weeks, divided by the number of weeks and rounded down.
Students: one for each pair of a student's classes that cannot both be attended.
Each sum is multiplied by the instance's weight.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations

from sidecar.engine.model.patterned import (
    Distribution,
    Kind,
    PatternedProblem,
    PatternedSolution,
    Weights,
)


@dataclass(frozen=True)
class Meeting:
    """A class that has a time; masks have the first day or week as bit 0."""

    start: int
    end: int
    days: int
    weeks: int
    room: int
    """Index, or -1."""

    def same_day(self, other: "Meeting") -> bool:
        """Whether some day of some week has both."""
        return bool(self.days & other.days) and bool(self.weeks & other.weeks)


@dataclass
class PatternedScore:
    """Sums before weights, and what is broken, in words."""

    weights: Weights
    time: int = 0
    room: int = 0
    distribution: int = 0
    student: int = 0
    hard: Counter[str] = field(default_factory=Counter)
    """How often each hard rule is broken, by its name."""
    violations: list[str] = field(default_factory=list)
    """A sentence for each broken hard rule and place."""
    costs: Counter[str] = field(default_factory=Counter)
    """Distribution cost before the weight, by kind."""

    @property
    def total(self) -> int:
        """The official cost; it counts only where ``valid``."""
        sums = (self.time, self.room, self.distribution, self.student)
        return sum(w * s for w, s in zip(self.weights, sums, strict=True))

    @property
    def valid(self) -> bool:
        return not self.violations

    def broken(self, rule: str, sentence: str, times: int = 1) -> None:
        self.hard[rule] += times
        self.violations.append(sentence)


def score_patterned(
    problem: PatternedProblem, solution: PatternedSolution
) -> PatternedScore:
    """Cost and violations of a solution, complete or not."""
    score = PatternedScore(problem.weights)
    meetings = _meetings(problem, solution)
    _score_options(problem, solution, score)
    _score_rooms(problem, meetings, score)
    for rule in problem.distributions:
        _score_distribution(problem, rule, meetings, score)
    _check_sectioning(problem, solution, score)
    _score_students(problem, solution, meetings, score)
    return score


def _meetings(
    problem: PatternedProblem, solution: PatternedSolution
) -> dict[int, Meeting]:
    """Of each class that has a time."""
    found = {}
    for index, option in enumerate(solution.time):
        if option >= 0:
            days, start, length, weeks = problem.classes[index].times[option].pattern
            room = solution.room[index]
            found[index] = Meeting(start, start + length, days, weeks, room)
    return found


# Times and rooms ---------------------------------------------------------------


def _score_options(
    problem: PatternedProblem, solution: PatternedSolution, score: PatternedScore
) -> None:
    for cls, option, room in zip(
        problem.classes, solution.time, solution.room, strict=True
    ):
        if option < 0:
            score.broken("time", f"Class {cls.id} has no time.")
        else:
            score.time += cls.times[option].penalty
        offered = dict(cls.rooms)
        if room in offered:
            score.room += offered[room]
        elif room >= 0:
            name = problem.rooms[room].id
            score.broken("room", f"Class {cls.id} may not be in room {name}.")
        elif offered:
            score.broken("room", f"Class {cls.id} has no room.")


def _score_rooms(
    problem: PatternedProblem, meetings: dict[int, Meeting], score: PatternedScore
) -> None:
    """Rooms hold one class at a time, and none while they are closed."""
    inside = defaultdict(list)
    for index, meeting in meetings.items():
        if meeting.room >= 0:
            inside[meeting.room].append(index)
    for room, classes in inside.items():
        name = problem.rooms[room].id
        for index in classes:
            for days, start, length, weeks in problem.rooms[room].unavailable:
                closed = Meeting(start, start + length, days, weeks, room)
                if _overlap(meetings[index], closed):
                    score.broken(
                        "closed room",
                        f"Class {problem.classes[index].id} is in room {name} while it "
                        "is not available.",
                    )
        for one, other in combinations(classes, 2):
            if _overlap(meetings[one], meetings[other]):
                score.broken(
                    "room clash",
                    f"Classes {problem.classes[one].id} and "
                    f"{problem.classes[other].id} are in room {name} at once.",
                )


# Rules of pairs ----------------------------------------------------------------


def _overlap(a: Meeting, b: Meeting) -> bool:
    return a.same_day(b) and a.start < b.end and b.start < a.end


def _within(a: int, b: int) -> bool:
    """Whether one mask is a subset of the other."""
    return a | b in (a, b)


def _first(mask: int) -> int:
    return (mask & -mask).bit_length()


def _precedes(a: Meeting, b: Meeting) -> bool:
    """Whether a's first meeting ends before b's first begins."""
    if _first(a.weeks) != _first(b.weeks):
        return _first(a.weeks) < _first(b.weeks)
    if _first(a.days) != _first(b.days):
        return _first(a.days) < _first(b.days)
    return a.end <= b.start


def _apart(a: Meeting, b: Meeting, slots: int) -> bool:
    """Whether so many slots are between two meetings of a day."""
    return not a.same_day(b) or a.end + slots <= b.start or b.end + slots <= a.start


def _roomed(a: Meeting, b: Meeting) -> bool:
    """Whether both are in rooms, so that these can be compared."""
    return a.room >= 0 and b.room >= 0


_KEPT: dict[Kind, Callable[[Meeting, Meeting, int], bool]] = {
    Kind.SAME_START: lambda a, b, _: a.start == b.start,
    Kind.SAME_TIME: lambda a, b, _: (
        (a.start <= b.start and b.end <= a.end)
        or (b.start <= a.start and a.end <= b.end)
    ),
    Kind.DIFFERENT_TIME: lambda a, b, _: a.end <= b.start or b.end <= a.start,
    Kind.SAME_DAYS: lambda a, b, _: _within(a.days, b.days),
    Kind.DIFFERENT_DAYS: lambda a, b, _: not a.days & b.days,
    Kind.SAME_WEEKS: lambda a, b, _: _within(a.weeks, b.weeks),
    Kind.DIFFERENT_WEEKS: lambda a, b, _: not a.weeks & b.weeks,
    Kind.SAME_ROOM: lambda a, b, _: not _roomed(a, b) or a.room == b.room,
    Kind.DIFFERENT_ROOM: lambda a, b, _: not _roomed(a, b) or a.room != b.room,
    Kind.OVERLAP: lambda a, b, _: _overlap(a, b),
    Kind.NOT_OVERLAP: lambda a, b, _: not _overlap(a, b),
    Kind.PRECEDENCE: lambda a, b, _: _precedes(a, b),
    Kind.WORK_DAY: lambda a, b, slots: (
        not a.same_day(b) or max(a.end, b.end) - min(a.start, b.start) <= slots
    ),
    Kind.MIN_GAP: _apart,
}
"""By kind, whether a pair keeps the rule; SameAttendees also looks at travel."""


def _can_attend(problem: PatternedProblem, a: Meeting, b: Meeting) -> bool:
    """Whether the same people can be in both, with the way between the rooms."""
    way = problem.rooms[a.room].travel.get(b.room, 0) if _roomed(a, b) else 0
    return _apart(a, b, way)


def _pairs_broken(
    problem: PatternedProblem, rule: Distribution, meetings: dict[int, Meeting]
) -> Iterator[tuple[int, int]]:
    placed = [index for index in rule.classes if index in meetings]
    for one, other in combinations(placed, 2):
        a, b = meetings[one], meetings[other]
        if rule.kind == Kind.SAME_ATTENDEES:
            kept = _can_attend(problem, a, b)
        else:
            kept = _KEPT[rule.kind](a, b, rule.first)
        if not kept:
            yield one, other


# Rules of sets -----------------------------------------------------------------


def _days_of_weeks(
    problem: PatternedProblem, members: list[Meeting]
) -> Iterator[list[Meeting]]:
    """For each day of each week, those that meet then."""
    for week in range(problem.nr_weeks):
        for day in range(problem.nr_days):
            yield [m for m in members if m.weeks >> week & 1 and m.days >> day & 1]


def _blocks(meetings: list[Meeting], gap: int) -> list[list[Meeting]]:
    """Meetings of one day in blocks, joined over gaps of at most ``gap`` slots."""
    blocks: list[list[Meeting]] = []
    end = 0
    for meeting in sorted(meetings, key=lambda m: (m.start, m.end)):
        if blocks and meeting.start <= end + gap:
            blocks[-1].append(meeting)
            end = max(end, meeting.end)
        else:
            blocks.append([meeting])
            end = meeting.end
    return blocks


def _excess(
    problem: PatternedProblem, rule: Distribution, members: list[Meeting]
) -> int:
    """By how much a rule of a set is passed: days, slots, breaks or blocks."""
    if rule.kind == Kind.MAX_DAYS:
        used = 0
        for meeting in members:
            used |= meeting.days
        return max(0, used.bit_count() - rule.first)
    excess = 0
    for meetings in _days_of_weeks(problem, members):
        if rule.kind == Kind.MAX_DAY_LOAD:
            excess += max(0, sum(m.end - m.start for m in meetings) - rule.first)
            continue
        blocks = _blocks(meetings, rule.second)
        if rule.kind == Kind.MAX_BREAKS:
            excess += max(0, len(blocks) - (rule.first + 1))
        else:
            excess += sum(
                len(block) > 1
                and max(m.end for m in block) - block[0].start > rule.first
                for block in blocks
            )
    return excess


def _score_distribution(
    problem: PatternedProblem,
    rule: Distribution,
    meetings: dict[int, Meeting],
    score: PatternedScore,
) -> None:
    name = kind_name(rule)
    if rule.kind.of_pairs:
        count = 0
        for one, other in _pairs_broken(problem, rule, meetings):
            count += 1
            if rule.required:
                score.broken(
                    name,
                    f"Classes {problem.classes[one].id} and "
                    f"{problem.classes[other].id} break the rule {name}.",
                )
        cost = rule.penalty * count
    else:
        members = [meetings[index] for index in rule.classes if index in meetings]
        count = _excess(problem, rule, members)
        if rule.required and count:
            ids = ", ".join(problem.classes[index].id for index in rule.classes)
            score.broken(name, f"Classes {ids} pass the limit of {name}.", count)
        cost = rule.penalty * count
        if rule.kind != Kind.MAX_DAYS:
            cost //= problem.nr_weeks
    if not rule.required:
        score.distribution += cost
        score.costs[name.partition("(")[0]] += cost


def kind_name(rule: Distribution) -> str:
    """As the format writes it, for example ``MaxBlock(60,6)``."""
    words = rule.kind.name.title().replace("_", "")
    given = {
        Kind.WORK_DAY: (rule.first,),
        Kind.MIN_GAP: (rule.first,),
        Kind.MAX_DAYS: (rule.first,),
        Kind.MAX_DAY_LOAD: (rule.first,),
        Kind.MAX_BREAKS: (rule.first, rule.second),
        Kind.MAX_BLOCK: (rule.first, rule.second),
    }.get(rule.kind)
    return f"{words}({','.join(map(str, given))})" if given else words


# Students ----------------------------------------------------------------------


def _check_sectioning(
    problem: PatternedProblem, solution: PatternedSolution, score: PatternedScore
) -> None:
    """Each student has one class of each subpart of one configuration, with parents."""
    course_of = {
        index: course
        for course, parts in enumerate(problem.courses)
        for configuration in parts.configurations
        for subpart in problem.configurations[configuration].subparts
        for index in problem.subparts[subpart].classes
    }
    seated: Counter[int] = Counter()
    for student, classes in zip(problem.students, solution.attends, strict=True):
        seated.update(classes)
        by_course = defaultdict(set)
        for index in classes:
            by_course[course_of[index]].add(index)
            if course_of[index] not in student.courses:
                score.broken(
                    "student",
                    f"Student {student.id} is in class {problem.classes[index].id} of "
                    "a course that is not asked for.",
                )
        for course in student.courses:
            if not _complete(problem, course, by_course[course]):
                score.broken(
                    "student",
                    f"Student {student.id} does not have one class of each part of "
                    f"course {problem.courses[course].id}, with their parents.",
                )
    for index, count in seated.items():
        limit = problem.classes[index].limit
        if count > limit:
            score.broken(
                "class limit",
                f"Class {problem.classes[index].id} has {count} students, {limit} are "
                "allowed.",
                count - limit,
            )


def _complete(problem: PatternedProblem, course: int, classes: set[int]) -> bool:
    """Whether the classes are what one configuration of the course asks for."""
    for configuration in problem.courses[course].configurations:
        parts = problem.configurations[configuration].subparts
        chosen = [classes & set(problem.subparts[part].classes) for part in parts]
        if all(len(some) == 1 for some in chosen) and len(classes) == len(parts):
            return all(
                problem.classes[index].parent in classes
                for index in classes
                if problem.classes[index].parent >= 0
            )
    return False


def _score_students(
    problem: PatternedProblem,
    solution: PatternedSolution,
    meetings: dict[int, Meeting],
    score: PatternedScore,
) -> None:
    together: Counter[tuple[int, int]] = Counter()
    for classes in solution.attends:
        placed = sorted(index for index in classes if index in meetings)
        together.update(combinations(placed, 2))
    for (one, other), students in together.items():
        if not _can_attend(problem, meetings[one], meetings[other]):
            score.student += students
