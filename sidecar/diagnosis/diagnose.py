"""Runs all checks, cheap ones first."""

from collections import Counter, defaultdict

from sidecar.contract.catalogue import message, ref, refs
from sidecar.contract.problem import Problem
from sidecar.contract.solution import Diagnosis
from sidecar.formats.checks import find_errors

from . import related, rooms, students
from .exact import Clock, LocalModel
from .facts import Fact
from .findings import Findings, item_of
from .grid import Grid, Unit
from .screen import fits_one_agent
from .sentences import Wording

EXACT_SECONDS = 6.0
MAX_LOCAL_EVENTS = 80


def diagnose(problem: Problem, exact_seconds: float = EXACT_SECONDS) -> Diagnosis:
    """Impossible facts in words, and how tight the problem is.

    Parameters
    ----------
    problem
        Any problem; one that contradicts itself is answered with its faults.
    exact_seconds
        Time that CP-SAT may take in all for the smallest reasons.
    """
    errors = find_errors(problem)
    if errors:
        return Diagnosis(
            feasible=False,
            items=[
                item_of(
                    "inconsistent",
                    message("inconsistent", (), field=e.field, fault=e.message),
                    [],
                    [],
                )
                for e in errors
            ],
        )
    grid = Grid(problem)
    findings = Findings()
    clock = Clock(exact_seconds)
    check = _Checks(grid, findings, clock)
    check.events()
    check.bands()
    check.classes()
    check.faculty()
    check.curricula()
    related.check_relations(grid, findings, clock)
    rooms.check_rooms(grid, findings, clock)
    students.check_sections(grid, findings)
    students.check_students(grid, findings, clock)
    return Diagnosis(
        feasible=all(item.severity != "error" for item in findings.items),
        items=findings.items,
        figures=_figures(grid),
    )


def smallest_reason(grid: Grid, unit: Unit) -> list[Fact]:
    """Facts that leave an event no start, none of which can be left out."""
    limits = grid.limits(unit)
    for fact in [fact for fact, _ in limits]:
        rest = [(other, starts) for other, starts in limits if other != fact]
        left = grid.grid_starts[unit.duration]
        for _, starts in rest:
            left &= starts
        if not left:
            limits = rest
    return [Fact("event", unit.id), *(fact for fact, _ in limits)]


class _Checks:
    def __init__(self, grid: Grid, findings: Findings, clock: Clock) -> None:
        self.grid = grid
        self.findings = findings
        self.clock = clock
        self.words = Wording(grid)

    def events(self) -> None:
        """Events that fit nowhere, whatever the others do."""
        for unit in self.grid.units:
            if self.findings.full:
                return
            if not unit.starts:
                core = smallest_reason(self.grid, unit)
                self.findings.add(self.words.conflict(core), core)
                self.findings.hopeless.add(unit.id)
        rooms.check_suitable(self.grid, self.findings)

    def placeable(self, units: list[Unit]) -> list[Unit]:
        return [unit for unit in units if unit.id not in self.findings.hopeless]

    def decide(self, units: list[Unit], daily_limit: int | None = None) -> None:
        """Ask CP-SAT about events that first fit cannot place."""
        if self.findings.full or fits_one_agent(self.grid, units, daily_limit):
            return
        if len(units) <= MAX_LOCAL_EVENTS and self.clock.left() > 0:
            core = LocalModel(self.grid, units).smallest_conflict(self.clock)
            if core is not None:
                self.findings.add(self.words.conflict(core), core)

    def bands(self) -> None:
        """Bands with fewer timeslots or days than a class of theirs needs."""
        grid = self.grid
        short: dict[str, list[str]] = defaultdict(list)
        for cls in grid.problem.classes:
            category = grid.category[cls.offering]
            if category not in grid.bands:
                continue
            band, units = grid.bands[category], grid.of_class[cls.id]
            days = sum(bool(band & mask) for mask in grid.day_masks)
            periods = sum(unit.duration for unit in units)
            if periods > band.bit_count() or (
                cls.one_event_per_day and len(units) > days
            ):
                short[category].append(cls.id)
        for name, classes in short.items():
            band = grid.bands[name]
            slots, days = band.bit_count(), sum(bool(band & m) for m in grid.day_masks)
            self.findings.hopeless.update(
                unit.id for cls in classes for unit in grid.of_class[cls]
            )
            self.findings.say(
                "band_too_small",
                message(
                    "band_too_small",
                    (),
                    category=name,
                    slots=slots,
                    days=days,
                    classes=refs("class", classes),
                ),
                [("class", cls) for cls in classes[:20]],
                [
                    message("widen_band_days", (), category=name),
                    message("fewer_events"),
                ],
            )

    def classes(self) -> None:
        for units in self.grid.of_class.values():
            if len(units) > 1:
                self.decide(self.placeable(units))

    def faculty(self) -> None:
        grid, say = self.grid, self.findings.say
        for key, units in grid.of_faculty.items():
            person, who = grid.faculty[key], ref("faculty", key)
            periods = sum(unit.duration for unit in units)
            limit = person.max_periods_day
            per_day = [
                (grid.faculty_open[key] & mask).bit_count() for mask in grid.day_masks
            ]
            free = sum(n if limit is None else min(n, limit) for n in per_day)
            if periods > free:
                say(
                    "faculty_overloaded",
                    message(
                        "faculty_overloaded",
                        (),
                        faculty=who,
                        periods=periods,
                        free=free,
                    ),
                    [("faculty", key)],
                    [
                        message("give_class", (), faculty=who),
                        message("open_slots", (), who=who)
                        if limit is None
                        else message("raise_daily_limit", (), faculty=who),
                    ],
                )
                continue
            norm = person.max_periods_week
            if norm is not None and periods > norm:
                say(
                    "faculty_over_norm",
                    message(
                        "faculty_over_norm",
                        (),
                        faculty=who,
                        periods=periods,
                        limit=norm,
                    ),
                    [("faculty", key)],
                    [
                        message("give_class", (), faculty=who),
                        message("raise_weekly_limit", (), faculty=who),
                    ],
                    severity="warning",
                )
            if len(units) > 1 or limit is not None:
                self.decide(self.placeable(units), limit)

    def curricula(self) -> None:
        grid = self.grid
        for curriculum in grid.problem.curricula:
            classes = list(dict.fromkeys(curriculum.classes))
            units = [unit for c in classes for unit in grid.of_class[c]]
            periods = sum(unit.duration for unit in units)
            week = grid.everything.bit_count()
            if periods > week:
                self.findings.say(
                    "curriculum_overloaded",
                    message(
                        "curriculum_overloaded",
                        (),
                        curriculum=ref("curriculum", curriculum.id),
                        periods=periods,
                        week=week,
                    ),
                    [("curriculum", curriculum.id)],
                    [
                        message(
                            "take_class_out",
                            (),
                            curriculum=ref("curriculum", curriculum.id),
                        )
                    ],
                )
            else:
                self.decide(self.placeable(units))


def _figures(grid: Grid) -> dict[str, float]:
    """How tight: shares of what there is that is needed."""
    units = grid.units
    periods = sum(unit.duration for unit in units if unit.room_key is not None)
    available = sum(mask.bit_count() for mask in grid.room_open.values())
    taught: Counter[str] = Counter()
    for unit in units:
        for member in unit.teachers:
            taught[member] += unit.duration
    free = sum(grid.faculty_open[member].bit_count() for member in taught)
    hours: dict[str, int] = defaultdict(int)
    for cls in grid.problem.classes:
        need = sum(unit.duration for unit in grid.of_class[cls.id])
        known = hours.get(cls.offering)
        hours[cls.offering] = need if known is None else min(known, need)
    offering_of = {cls.id: cls.offering for cls in grid.problem.classes}
    chosen = sum(
        hours[offering]
        for student in grid.problem.students
        for offering in {
            *student.offerings,
            *(offering_of[cls] for cls in student.classes),
        }
    )
    weeks = len(grid.problem.students) * grid.everything.bit_count()
    return {
        "events": float(len(units)),
        "room_periods_used": round(periods / max(1, available), 3),
        "faculty_periods_used": round(sum(taught.values()) / max(1, free), 3),
        "student_periods_used": round(chosen / max(1, weeks), 3),
    }
