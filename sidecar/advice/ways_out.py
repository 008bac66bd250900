"""For what is unplaced or broken in a timetable: the three cheapest ways out."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from sidecar.contract.catalogue import Message, english, message, ref
from sidecar.contract.problem import Problem
from sidecar.contract.solution import Variant, Violation

from .suggest import suggest_in
from .timetable import Timetable
from .why import why_unplaced

VIOLATIONS = 20
WAYS = 3
MOVABLE = 2
"""Events of one violation that are tried."""

LAST_RESORT = {
    "unplaced": ("open_or_add_room", "class"),
    "student_conflict": ("drop_course_of", "student"),
    "faculty_conflict": ("give_event", "faculty"),
    "curriculum_conflict": ("take_class_out", "curriculum"),
    "class_same_day": ("allow_several_a_day", "class"),
    "faculty_daily_load": ("raise_daily_limit", "faculty"),
    "section_limit": ("raise_limit_or_add", "class"),
    "sectioning": ("choose_by_hand", "student"),
    "relation": ("drop_relation", "relation"),
    "room_conflict": ("add_such_room", "room"),
    "room_suitability": ("accept_room", "room"),
}
"""What else can be done, where no move mends it; also fills the list."""


@dataclass(order=True, frozen=True)
class _Way:
    hard: int
    moves: int
    soft: int
    text: str
    """The message in English, so that equal ways have one order."""
    message: Message = field(compare=False)


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
    if not variant.violations:
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
        ways = ways_out(timetable, violation, known)
        update: dict[str, object] = {
            "ways_out": ways,
            "suggestions": [english(way) for way in ways],
        }
        if violation.constraint == "unplaced":
            reason = why_unplaced(timetable, violation.events[0])
            update["why"] = reason
            update["sentence"] = f"{violation.sentence} {english(reason)}"
        violations[number] = violation.model_copy(update=update)
    return variant.model_copy(update={"violations": violations})


def ways_out(
    timetable: Timetable,
    violation: Violation,
    known: dict[str, list[_Way]] | None = None,
) -> list[Message]:
    """Up to three, the cheapest way first.

    Moves of the events at fault and changes of section that mend more than they break
    come first; what a user may decide about the rule itself comes after.
    """
    known = {} if known is None else known
    found = list(_other_sections(timetable, violation))
    movable = [e for e in violation.events if not timetable.is_pinned(e)]
    for event in movable[:MOVABLE]:
        if event not in known:
            known[event] = [
                _Way(s.hard, len(s.moves), s.soft, s.sentence, s.message)
                for s in suggest_in(timetable, event, WAYS).suggestions
                if s.hard < 0 and s.message is not None
            ]
        found += known[event]
    ways = [way.message for way in sorted(found)[:WAYS]]
    pinned = [e for e in violation.events if e in timetable.grid.pins]
    ways += [message("unpin", (), event=ref("event", event)) for event in pinned]
    if violation.constraint in LAST_RESORT:
        code, kind = LAST_RESORT[violation.constraint]
        # A violation that does not say whose rule it is leaves nothing to name.
        if kind in violation.resources:
            whose = {kind: ref(kind, violation.resources[kind])}
            ways.append(message(code, (), **whose))
    return ways[:WAYS]


def _other_sections(timetable: Timetable, violation: Violation) -> Iterator[_Way]:
    """Parallel classes with a seat in which the student has no clash."""
    student = violation.resources.get("student")
    if violation.constraint != "student_conflict" or student is None:
        return
    grid = timetable.grid
    decided = next(s.classes for s in timetable.problem.students if s.id == student)
    mine = timetable.sections[student]
    offering_of = {c.id: c.offering for c in timetable.problem.classes}
    clashing = {grid.unit_of[event].cls.id for event in violation.events}
    for cls in sorted(clashing & set(mine) - set(decided)):
        rest_of = [c for c in mine if c != cls]
        rest = timetable.units_of(rest_of)
        busy = timetable.busy(rest)
        offering = offering_of[cls]
        for other in timetable.problem.classes:
            if other.offering != offering or other.id == cls:
                continue
            here = [c for c in rest_of if offering_of[c] == offering]
            if not grid.structure.is_complete([*here, other.id]):
                continue
            full = len(timetable.members[other.id]) >= other.limit
            if full or busy & timetable.busy(timetable.of_class[other.id]):
                continue
            way = message(
                "attend_other",
                (),
                student=ref("student", student),
                other=ref("class", other.id),
                **{"class": ref("class", cls)},
            )
            yield _Way(-1, 0, 0, english(way), way)
