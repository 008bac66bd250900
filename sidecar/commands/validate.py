"""``timetable-nep validate``: score a solution independently of the engine."""

import argparse
import json
import sys
from pathlib import Path

import orjson
from pydantic import ValidationError

from sidecar.contract import Assignment, Problem, Result

from .parsers import Subparsers

Answer = tuple[str, str, dict[str, int], list[Assignment], dict[str, list[str]]]
"""(key, profile, weights, assignments, sectioning)"""


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "validate", help="score a solution by the contract's definitions alone"
    )
    parser.add_argument("file", type=Path, help="the problem (.json or .ctt)")
    parser.add_argument("solution", type=Path, help=".json of `solve`, or .sol")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one JSON object; 1 on a hard violation, 2 on unreadable input."""
    from sidecar.formats import itc2007_curriculum
    from sidecar.formats.checks import check_problem
    from sidecar.scoring import score_timetable

    from .reading import costs, read_error

    current = arguments.file
    try:
        body = arguments.file.read_bytes()
        if arguments.file.suffix == ".ctt":
            problem = itc2007_curriculum.read(body.decode())
        else:
            problem = Problem.model_validate_json(body)
        check_problem(problem)
        current = arguments.solution
        text = arguments.solution.read_bytes()
        answers: list[Answer]
        if arguments.solution.suffix == ".sol":
            placed = itc2007_curriculum.read_solution(problem, text.decode())
            answers = [("solution", itc2007_curriculum.PROFILE, {}, placed, {})]
        else:
            result = Result.model_validate(orjson.loads(text))
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
