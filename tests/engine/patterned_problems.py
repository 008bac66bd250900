"""Random problems with time patterns, and random solutions, whole or damaged."""

import random

from sidecar.engine.model.patterned import (
    Configuration,
    Course,
    Distribution,
    Kind,
    Pattern,
    PatternedClass,
    PatternedProblem,
    PatternedSolution,
    Room,
    RoomOption,
    Student,
    Subpart,
    TimeOption,
    Weights,
)

_LIMITS = {
    Kind.WORK_DAY: lambda r: (r.randint(4, 12), 0),
    Kind.MIN_GAP: lambda r: (r.randint(0, 4), 0),
    Kind.MAX_DAYS: lambda r: (r.randint(1, 3), 0),
    Kind.MAX_DAY_LOAD: lambda r: (r.randint(2, 8), 0),
    Kind.MAX_BREAKS: lambda r: (r.randint(0, 1), r.randint(0, 3)),
    Kind.MAX_BLOCK: lambda r: (r.randint(3, 8), r.randint(0, 3)),
}


def random_problem(seed: int) -> PatternedProblem:
    """A small problem with every kind of distribution, hard and soft.

    Slots are few (24 a day), so that most pairs meet in some way.
    """
    rng = random.Random(seed)
    days, weeks, slots = rng.randint(2, 7), rng.randint(1, 6), 24

    def pattern() -> Pattern:
        length = rng.randint(1, 6)
        return Pattern(
            rng.randint(1, (1 << days) - 1) & rng.randint(1, (1 << days) - 1) or 1,
            rng.randint(0, slots - length),
            length,
            rng.choice([(1 << weeks) - 1, rng.randint(1, (1 << weeks) - 1)]),
        )

    travel: list[dict[int, int]] = [{} for _ in range(rng.randint(1, 5))]
    for here in range(len(travel)):
        for there in range(here):
            if rng.random() < 0.6:
                travel[here][there] = travel[there][here] = rng.randint(1, 6)
    rooms = tuple(
        Room(f"r{k}", 30, way, tuple(pattern() for _ in range(rng.randint(0, 2))))
        for k, way in enumerate(travel)
    )
    classes: list[PatternedClass] = []
    subparts: list[Subpart] = []
    configurations: list[Configuration] = []
    courses: list[Course] = []
    for course in range(rng.randint(2, 4)):
        own: list[int] = []
        for _ in range(rng.randint(1, 2)):
            parts: list[int] = []
            above: tuple[int, ...] = ()
            for _ in range(rng.randint(1, 3)):
                first = len(classes)
                for _ in range(rng.randint(1, 3)):
                    asked = rng.sample(range(len(rooms)), rng.randint(0, len(rooms)))
                    classes.append(
                        PatternedClass(
                            f"c{len(classes)}",
                            rng.randint(1, 6),
                            rng.choice([-1, *above]),
                            len(subparts),
                            tuple(RoomOption(r, rng.randint(0, 5)) for r in asked),
                            _times(rng, pattern),
                        )
                    )
                above = tuple(range(first, len(classes)))
                parts.append(len(subparts))
                subparts.append(Subpart(f"p{len(subparts)}", above))
            own.append(len(configurations))
            configurations.append(Configuration(f"g{len(own)}-{course}", tuple(parts)))
        courses.append(Course(f"k{course}", tuple(own)))
    rules = []
    for kind in Kind:
        for required in (True, False):
            members = rng.sample(range(len(classes)), rng.randint(2, len(classes)))
            first, second = _LIMITS.get(kind, lambda _: (0, 0))(rng)
            penalty = 0 if required else rng.randint(1, 9)
            rules.append(
                Distribution(kind, tuple(members), required, penalty, first, second)
            )
    students = tuple(
        Student(f"s{k}", tuple(rng.sample(range(len(courses)), rng.randint(1, 2))))
        for k in range(rng.randint(0, 8))
    )
    return PatternedProblem(
        f"random-{seed}",
        days,
        weeks,
        slots,
        Weights(*(rng.randint(0, 9) for _ in range(4))),
        rooms,
        tuple(classes),
        tuple(subparts),
        tuple(configurations),
        tuple(courses),
        tuple(rules),
        students,
    )


def _times(rng, pattern) -> tuple[TimeOption, ...]:
    """Options that a solution can tell apart: no two of the same days, start, weeks."""
    found = {}
    for _ in range(rng.randint(1, 5)):
        item = pattern()
        found.setdefault((item.days, item.start, item.weeks), item)
    return tuple(TimeOption(item, rng.randint(0, 5)) for item in found.values())


def random_solution(problem: PatternedProblem, rng: random.Random) -> PatternedSolution:
    """Everything at random among what is offered."""
    return PatternedSolution(
        [rng.randrange(len(cls.times)) for cls in problem.classes],
        [rng.choice(cls.rooms).room if cls.rooms else -1 for cls in problem.classes],
        [
            tuple(
                index
                for course in student.courses
                for index in _any(rng, list(problem.bundles(course)))
            )
            for student in problem.students
        ],
    )


def _any(rng, bundles):
    return rng.choice(bundles) if bundles else ()


def damage(
    problem: PatternedProblem, solution: PatternedSolution, rng: random.Random
) -> PatternedSolution:
    """A copy with some classes, rooms and students where they should not be."""
    bad = solution.copy()
    for _ in range(rng.randint(1, 4)):
        index = rng.randrange(len(problem.classes))
        what = rng.randrange(4)
        if what == 0:
            bad.time[index] = rng.randrange(-1, len(problem.classes[index].times))
        elif what == 1:
            bad.room[index] = rng.randrange(-1, len(problem.rooms))
        elif problem.students:
            student = rng.randrange(len(problem.students))
            classes = set(bad.attends[student]) ^ {index}
            bad.attends[student] = tuple(sorted(classes))
    return bad
