"""Students: seats for all, and choices that can be combined."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from sidecar.contract.catalogue import message, ref

from .exact import Clock, LocalModel
from .facts import Fact
from .findings import MAX_ITEMS, Findings
from .grid import Grid
from .screen import fits_one_agent
from .sentences import Wording

MAX_STUDENT_EVENTS = 120
Choice = tuple[str, tuple[str, ...]]
"""An offering and the classes of it that are open to the student."""


def check_sections(grid: Grid, findings: Findings) -> None:
    """Seats of each offering and of each class with decided students."""
    problem = grid.problem
    structure = grid.structure
    seats = {
        offering.id: structure.seats(offering.id) for offering in problem.offerings
    }
    offering_of = {cls.id: cls.offering for cls in problem.classes}
    demand: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    for student in problem.students:
        decided.update(student.classes)
        demand.update({*student.offerings, *(offering_of[c] for c in student.classes)})
    for cls in problem.classes:
        if decided[cls.id] > cls.limit:
            findings.say(
                "class_seats",
                message(
                    "class_seats",
                    (),
                    count=decided[cls.id],
                    limit=cls.limit,
                    **{"class": ref("class", cls.id)},
                ),
                [("class", cls.id)],
                [
                    message("raise_limit", (), **{"class": ref("class", cls.id)}),
                    message("change_class"),
                ],
            )
    for offering, students in demand.items():
        if students <= seats[offering]:
            continue
        tight = structure.tightest(offering)
        kind = {} if tight is None else {"kind": tight}
        who = ref("offering", offering)
        findings.say(
            "section_seats",
            message(
                "section_seats" if tight is None else "component_seats",
                (),
                count=students,
                offering=who,
                seats=seats[offering],
                **kind,
            ),
            [("offering", offering)],
            [
                message("add_parallel", (), offering=who),
                message("raise_limits", (), offering=who),
            ],
        )


class _ClassShape:
    """What the quick test needs to know of a class."""

    __slots__ = ("events", "longest", "own", "periods", "starts")

    def __init__(self, grid: Grid, key: str, hopeless: set[str]) -> None:
        units = [u for u in grid.of_class[key] if u.id not in hopeless]
        self.periods = sum(unit.duration for unit in units)
        self.events = len(units)
        self.longest = max((unit.duration for unit in units), default=1)
        self.starts = min((u.starts.bit_count() for u in units), default=10**6)
        # Each event may close the rest of its day to its class.
        self.own = (len(units) - 1) * (grid.positions + self.longest - 1)


def check_students(grid: Grid, findings: Findings, clock: Clock) -> None:
    """Students who cannot have all they chose, whichever classes they get."""
    problem = grid.problem
    structure = grid.structure
    offering_of = {cls.id: cls.offering for cls in problem.classes}
    troubled = findings.troubled()
    shapes = {cls.id: _ClassShape(grid, cls.id, troubled) for cls in problem.classes}

    def roomy(cls: str) -> int:
        return shapes[cls].starts - shapes[cls].own

    def periods(cls: str) -> int:
        return shapes[cls].periods

    best = {
        offering: structure.likely(offering, roomy)
        for offering in set(offering_of.values())
    }
    cores: dict[frozenset[Choice], tuple[list[Fact], list[str]]] = {}
    week = grid.everything.bit_count()
    room = MAX_ITEMS - len(findings.items)
    for student in problem.students:
        decided: dict[str, list[str]] = defaultdict(list)
        for cls_id in student.classes:
            decided[offering_of[cls_id]].append(cls_id)
        chosen = dict.fromkeys([*student.offerings, *decided])
        taken = [
            c
            for o in chosen
            for c in (
                structure.likely(o, roomy, decided[o]) if o in decided else best[o]
            )
        ]
        if _fits_surely([shapes[c] for c in taken]):
            continue
        choices: list[Choice] = [
            (o, structure.open_to(o, decided.get(o, ()))) for o in chosen
        ]
        known = next((c for c in cores if c.issubset(choices)), None)
        if known is not None:
            cores[known][1].append(student.id)
            continue
        if len(cores) >= room:
            break
        need = sum(structure.least(classes, periods) for _, classes in choices)
        if need > week:
            findings.say(
                "student_overloaded",
                message(
                    "student_overloaded",
                    (),
                    student=ref("student", student.id),
                    periods=need,
                    week=week,
                ),
                [("student", student.id)],
                [message("drop_course")],
            )
            continue
        if _first_fit(grid, taken, troubled):
            continue
        core = _smallest(grid, choices, troubled, clock)
        if core is not None:
            wanted = {fact.id for fact in core if fact.kind == "choice"}
            part = frozenset(choice for choice in choices if choice[0] in wanted)
            cores[part] = (core, [student.id])
    words = Wording(grid)
    for core, students in cores.values():
        findings.add(words.student(core, students), core)


def _fits_surely(shapes: list[_ClassShape]) -> bool:
    """Whether, in order of choice, each event has more starts than can be blocked."""
    shapes.sort(key=lambda shape: shape.starts)
    periods = events = 0
    for shape in shapes:
        blocked = periods + events * (shape.longest - 1) + shape.own
        if shape.starts <= blocked:
            return False
        periods += shape.periods
        events += shape.events
    return True


def _first_fit(grid: Grid, classes: Iterable[str], hopeless: set[str]) -> bool:
    units = [u for c in classes for u in grid.of_class[c] if u.id not in hopeless]
    return fits_one_agent(grid, units)


def _smallest(
    grid: Grid, choices: list[Choice], hopeless: set[str], clock: Clock
) -> list[Fact] | None:
    units = [
        unit
        for _, classes in choices
        for cls in classes
        for unit in grid.of_class[cls]
        if unit.id not in hopeless
    ]
    if len(units) > MAX_STUDENT_EVENTS or clock.left() <= 0:
        return None
    model = LocalModel(grid, units, {o: list(classes) for o, classes in choices})
    core = model.smallest_conflict(clock)
    if core is None or not any(fact.kind == "choice" for fact in core):
        return None
    return core
