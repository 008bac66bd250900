"""A handful of classes with time patterns that reach every kernel for such problems."""

from sidecar.engine.model.patterned import (
    Configuration,
    Course,
    Distribution,
    Kind,
    Pattern,
    PatternedClass,
    PatternedProblem,
    Room,
    RoomOption,
    Student,
    Subpart,
    TimeOption,
    Weights,
)

CLASSES = 8
HOUR = 12


def tiny_patterned() -> PatternedProblem:
    """Lectures and their labs, each kind of distribution once, some students."""
    times = tuple(
        TimeOption(Pattern(1 << day, 96 + hour * HOUR, HOUR, 0b11), hour)
        for day in range(2)
        for hour in range(4)
    )
    rooms = (Room("r0", 20, {1: 2}, ()), Room("r1", 20, {0: 2}, (times[0].pattern,)))
    options = (RoomOption(0, 0), RoomOption(1, 1))
    classes = tuple(
        PatternedClass(f"c{k}", 4, -1, k // 2, options, times) for k in range(CLASSES)
    )
    parts = CLASSES // 2
    limits = {Kind.WORK_DAY: 96, Kind.MAX_DAYS: 2, Kind.MAX_DAY_LOAD: 36}
    return PatternedProblem(
        "tiny",
        nr_days=7,
        nr_weeks=2,
        slots_per_day=288,
        weights=Weights(1, 1, 2, 3),
        rooms=rooms,
        classes=classes,
        subparts=tuple(Subpart(f"p{k}", (2 * k, 2 * k + 1)) for k in range(parts)),
        configurations=tuple(Configuration(f"g{k}", (k,)) for k in range(parts)),
        courses=tuple(Course(f"k{k}", (k,)) for k in range(parts)),
        distributions=tuple(
            Distribution(
                kind,
                (int(kind) % CLASSES, (int(kind) + 3) % CLASSES),
                kind in (Kind.NOT_OVERLAP, Kind.SAME_ROOM),
                0 if kind in (Kind.NOT_OVERLAP, Kind.SAME_ROOM) else 1,
                limits.get(kind, 3),
                1,
            )
            for kind in Kind
        ),
        students=tuple(
            Student(f"s{k}", (k % parts, (k + 1) % parts)) for k in range(6)
        ),
    )
