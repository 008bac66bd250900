"""For what is unplaced or broken in a timetable: the three cheapest ways out."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from sidecar.contract.problem import Problem
from sidecar.contract.solution import Variant, Violation

from .suggest import suggest_in
from .timetable import Timetable, can_advise
from .why import why_unplaced

VIOLATIONS = 20
WAYS = 3
MOVABLE = 2
"""Events of one violation that are tried."""

LAST_RESORT = {
    "unplaced": "Open more timeslots for [class:{class}], or add a suitable room.",
    "student_conflict": "Drop a course of [student:{student}].",
    "faculty_conflict": "Give an event of [faculty:{faculty}] to somebody else.",
    "curriculum_conflict": "Take a class out of [curriculum:{curriculum}].",
    "class_same_day": "Allow [class:{class}] several events a day.",
    "faculty_daily_load": "Raise the daily limit of [faculty:{faculty}].",
    "section_limit": "Raise the limit of [class:{class}], or add a parallel class.",
    "sectioning": "Choose the classes of [student:{student}] by hand.",
    "relation": "Drop [relation:{relation}] or make it soft.",
    "room_conflict": "Add a room such as [room:{room}].",
    "room_suitability": "Accept [room:{room}] by changing what the event needs.",
}
"""What else can be done, where no move mends it; also fills the list."""


@dataclass(order=True, frozen=True)
class _Way:
    hard: int
    moves: int
    soft: int
    sentence: str


def explain(
    problem: Problem,
    variant: Variant,
    weights: dict[str, int] | None = None,
    seconds: float = 1.0,
) -> Variant:
    """The variant with ways out for its first violations.

    Parameters
    ----------
    problem
        Must be consistent.
    variant
        As scored; one without violations is returned as it is.
    weights
        Overrides of its profile.
    seconds
        No further violation is looked into after this time.
    """
    if not variant.violations or not can_advise(problem):
        return variant
    end = time.monotonic() + seconds
    timetable = Timetable(
        problem, variant.assignments, variant.sectioning, variant.profile, weights
    )
    known: dict[str, list[_Way]] = {}
    violations = list(variant.violations)
    for number, violation in enumerate(violations[:VIOLATIONS]):
        if time.monotonic() > end:
            break
        update: dict[str, object] = {
            "suggestions": ways_out(timetable, violation, known)
        }
        if violation.constraint == "unplaced":
            reason = why_unplaced(timetable, violation.events[0])
            update["sentence"] = f"{violation.sentence} {reason}"
        violations[number] = violation.model_copy(update=update)
    return variant.model_copy(update={"violations": violations})


def ways_out(
    timetable: Timetable,
    violation: Violation,
    known: dict[str, list[_Way]] | None = None,
) -> list[str]:
    """Up to three sentences, the cheapest way first.

    Moves of the events at fault and changes of section that mend more than they break
    come first; what a user may decide about the rule itself comes after.
    """
    known = {} if known is None else known
    found = list(_other_sections(timetable, violation))
    movable = [e for e in violation.events if e not in timetable.grid.pins]
    for event in movable[:MOVABLE]:
        if event not in known:
            known[event] = [
                _Way(s.hard, len(s.moves), s.soft, s.sentence)
                for s in suggest_in(timetable, event, WAYS).suggestions
                if s.hard < 0
            ]
        found += known[event]
    sentences = [way.sentence for way in sorted(found)[:WAYS]]
    pinned = [e for e in violation.events if e in timetable.grid.pins]
    sentences += [f"Unpin [event:{event}]." for event in pinned]
    last = LAST_RESORT.get(violation.constraint)
    if last is not None:
        try:
            sentences.append(last.format_map(violation.resources))
        except KeyError:
            # The violation does not say whose rule it is; nothing to name.
            return sentences[:WAYS]
    return sentences[:WAYS]


def _other_sections(timetable: Timetable, violation: Violation) -> Iterator[_Way]:
    """Parallel classes with a seat in which the student has no clash."""
    student = violation.resources.get("student")
    if violation.constraint != "student_conflict" or student is None:
        return
    grid = timetable.grid
    decided = next(s.classes for s in timetable.problem.students if s.id == student)
    mine = timetable.sections[student]
    here = {grid.unit_of[event].cls.id for event in violation.events}
    for cls in sorted(here & set(mine) - set(decided)):
        rest = timetable.units_of(c for c in mine if c != cls)
        busy = timetable.busy(rest)
        offering = grid.of_class[cls][0].cls.offering
        for other in timetable.problem.classes:
            if other.offering != offering or other.id == cls:
                continue
            full = len(timetable.members[other.id]) >= other.limit
            if full or busy & timetable.busy(grid.of_class[other.id]):
                continue
            yield _Way(
                -1,
                0,
                0,
                f"Let [student:{student}] attend [class:{other.id}] instead of "
                f"[class:{cls}].",
            )
