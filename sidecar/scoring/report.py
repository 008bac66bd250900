"""Score a timetable: counts per constraint, violations in words, metrics."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sidecar.contract.objective import HARD_CONSTRAINTS, SOFT_CONSTRAINTS, weights_of
from sidecar.contract.problem import Assignment, Problem
from sidecar.contract.solution import ConstraintScore, Score, Violation

from . import agents, events, students
from .ledger import Ledger
from .sectioning import score_sectioning


@dataclass
class ScoredTimetable:
    """What the scorer found; ``breakdown`` lists hard constraints first."""

    placed: int
    total: int
    score: Score
    breakdown: list[ConstraintScore]
    violations: list[Violation]
    metrics: dict[str, float]
    unplaced: list[str] = field(default_factory=list)


def score_timetable(
    problem: Problem,
    assignments: Iterable[Assignment],
    sectioning: dict[str, list[str]],
    profile: str = "balanced",
    weights: dict[str, int] | None = None,
) -> ScoredTimetable:
    """Score a timetable by the contract's definitions alone.

    Raises
    ------
    ValueError
        If the timetable names an event, timeslot, room, class or student that the
        problem does not have, or places an event twice.
    """
    ledger = Ledger(problem, weights_of(profile, weights))
    ledger.read(assignments, sectioning)
    score_sectioning(ledger, sectioning)
    events.score_events(ledger)
    agents.score_classes(ledger)
    agents.score_faculty(ledger)
    agents.score_curricula(ledger)
    students.score_students(ledger)
    agents.score_rooms(ledger)
    events.score_relations(ledger)
    return report(ledger)


def report(ledger: Ledger) -> ScoredTimetable:
    """Sum up what was found."""
    lines = [
        ConstraintScore(
            constraint=name, hard=True, violations=ledger.hard[name], weight=1, cost=0
        )
        for name in HARD_CONSTRAINTS
    ]
    for name in SOFT_CONSTRAINTS:
        count, weight = ledger.soft[name], ledger.weights[name]
        lines.append(
            ConstraintScore(
                constraint=name,
                hard=False,
                violations=count,
                weight=weight,
                cost=count * weight,
            )
        )
    total = len(ledger.events)
    return ScoredTimetable(
        placed=total - len(ledger.unplaced),
        total=total,
        score=Score(
            hard=sum(ledger.hard.values()), soft=sum(line.cost for line in lines)
        ),
        breakdown=lines,
        violations=ledger.violations,
        metrics={name: round(value, 3) for name, value in ledger.metrics.items()},
        unplaced=ledger.unplaced,
    )
