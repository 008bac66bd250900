"""A timetable in force that no longer fits: ``python -m benchmarks.disruption``.

Takes a problem and a result of ``timetable-nep solve`` for it, and closes one day of
some rooms and of some people who teach. What is written is for a repair: the timetable
in force is in it, and students are in the classes that it gave them.
"""

import argparse
import random
import sys
from pathlib import Path

from sidecar.contract import Problem, Result
from sidecar.formats.previous import start_from
from sidecar.formats.reading import read_problem

ROOMS, FACULTY = 0.15, 0.1
"""Shares of the rooms and of the faculty that lose a day."""


def disrupted(problem: Problem, result: Result, seed: int) -> Problem:
    """The problem with the result's first timetable in force, and days closed."""
    found = result.variants[0]
    changed = start_from(problem, found.assignments, found.sectioning)
    rng = random.Random(seed)
    days = sorted({slot.day for slot in problem.timeslots})
    slots = {
        day: {slot.id for slot in problem.timeslots if slot.day == day} for day in days
    }
    closed = {}
    for what, share in (("rooms", ROOMS), ("faculty", FACULTY)):
        rows = list(getattr(problem, what))
        for number in rng.sample(range(len(rows)), max(1, int(share * len(rows)))):
            unavailable = slots[rng.choice(days)].union(rows[number].unavailable)
            rows[number] = rows[number].model_copy(
                update={"unavailable": sorted(unavailable)}
            )
        closed[what] = rows
    return changed.model_copy(update=closed)


def main() -> int:
    """Read both files and write the third."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    asked = parser.parse_args()
    result = Result.model_validate_json(asked.result.read_bytes())
    made = disrupted(read_problem(asked.problem), result, asked.seed)
    asked.output.write_text(made.model_dump_json(exclude_none=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
