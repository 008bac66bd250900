"""``timetable-nep validate``: check a problem, or score a solution of it.

Neither trusts the engine: the problem is checked and diagnosed, the solution is scored
by the contract's definitions alone.
"""

import argparse
import json
import sys
from pathlib import Path

from pydantic import ValidationError

from sidecar.contract import Assignment, Problem, Result

from .parsers import Subparsers

Answer = tuple[str, str, dict[str, int], list[Assignment], dict[str, list[str]]]
"""(key, profile, weights, assignments, sectioning)"""


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "validate", help="check a problem, or score a solution independently"
    )
    parser.add_argument(
        "file", type=Path, help="the problem (.json, .ctt, .tim or .xml)"
    )
    parser.add_argument(
        "solution",
        type=Path,
        nargs="?",
        help=".json of `solve`, .sol, .sln or .xml; without it, the problem is checked",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one JSON object; 1 on a hard violation, 2 on a fault in the input."""
    from sidecar.formats.itc2019 import is_itc2019

    if is_itc2019(arguments.file):
        from . import patterned

        return patterned.validate(arguments)

    from sidecar.formats.outside import format_of, is_solution
    from sidecar.formats.reading import read_problem
    from sidecar.scoring import score_timetable

    from .reading import costs, read_error

    current = arguments.file
    try:
        problem = read_problem(arguments.file)
        if arguments.solution is None:
            return check(arguments.file, problem)
        current = arguments.solution
        text = arguments.solution.read_bytes()
        answers: list[Answer]
        outside = format_of(arguments.file)
        if outside is not None and is_solution(arguments.solution):
            placed = outside.read_solution(problem, text.decode())
            answers = [("solution", outside.profile, {}, placed, {})]
        else:
            result = Result.model_validate_json(text)
            answers = [
                (
                    v.key,
                    v.profile,
                    {row.constraint: row.weight for row in v.breakdown if not row.hard},
                    v.assignments,
                    v.sectioning,
                )
                for v in result.variants
            ]
        report = {}
        hard = 0
        for key, profile, weights, assignments, sectioning in answers:
            scored = score_timetable(problem, assignments, sectioning, profile, weights)
            hard += scored.score.hard
            report[key] = {
                "placed": scored.placed,
                "total": scored.total,
                "hard": scored.score.hard,
                "soft": scored.score.soft,
                "breakdown": costs(scored.breakdown),
                "metrics": scored.metrics,
                "violations": [v.sentence for v in scored.violations[:50]],
            }
    except (OSError, ValidationError, ValueError) as error:
        print(read_error(current, error), file=sys.stderr)
        return 2
    print(json.dumps({"valid": hard == 0, "variants": report}))
    return 1 if hard else 0


def check(file: Path, problem: Problem) -> int:
    """Print what cannot work, one fault a line; 2 if there is any."""
    from sidecar.diagnosis import diagnose

    diagnosis = diagnose(problem)
    for item in diagnosis.items:
        ways = f" {item.suggestions[0]}" if item.suggestions else ""
        print(f"{file}: {item.code}: {item.sentence}{ways}", file=sys.stderr)
    print(json.dumps({"possible": diagnosis.feasible, "figures": diagnosis.figures}))
    return 0 if diagnosis.feasible else 2
