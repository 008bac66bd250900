"""Answers to short questions about a problem; nothing here loads the engine."""

from sidecar.contract import Assignment, Problem, Variant
from sidecar.formats.outside import FORMATS
from sidecar.scoring import score_timetable


def evaluate_problem(
    problem: Problem,
    assignments: list[Assignment],
    sectioning: dict[str, list[str]],
    profile: str,
    weights: dict[str, int],
    key: str = "evaluated",
) -> Variant:
    """Score a given timetable with the plain scorer.

    Raises
    ------
    ValueError
        If the timetable names what the problem does not have.
    """
    scored = score_timetable(problem, assignments, sectioning, profile, weights)
    return Variant(
        key=key,
        profile=profile,
        placed=scored.placed,
        total=scored.total,
        score=scored.score,
        breakdown=scored.breakdown,
        metrics=scored.metrics,
        assignments=assignments,
        unplaced=scored.unplaced,
        sectioning=sectioning,
        violations=scored.violations,
    )


def convert(text: str, format: str) -> Problem:
    """Read a benchmark file as a problem of the contract.

    Raises
    ------
    FormatError
        Naming the line at fault.
    ValueError
        If the format is not known.
    """
    if format not in FORMATS:
        known = ", ".join(FORMATS)
        raise ValueError(f"There is no format '{format}'; known are: {known}.")
    return FORMATS[format].read(text)
