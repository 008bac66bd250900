"""A timetable in force that no longer fits: ``python -m benchmarks.disruption``.

Takes a problem and a result of ``timetable-nep solve`` for it, and closes some rooms
for one day each. What is written is for a repair: the timetable in force is in it, and
students are in the classes that it gave them. Nobody who teaches is away, for then a
tight university has no timetable at all: the people of a class are from all over it,
and free together only when all such classes meet.
"""

import argparse
import random
import sys
from pathlib import Path

from sidecar.contract import Problem, Result
from sidecar.formats.previous import start_from
from sidecar.formats.reading import read_problem

SHARE = 0.15
"""Of the rooms; each of them loses a day."""


def disrupted(problem: Problem, result: Result, seed: int) -> Problem:
    """The problem with the result's first timetable in force, and rooms closed."""
    found = result.variants[0]
    changed = start_from(problem, found.assignments, found.sectioning)
    rng = random.Random(seed)
    days = sorted({slot.day for slot in problem.timeslots})
    rooms = list(problem.rooms)
    for number in rng.sample(range(len(rooms)), max(1, int(SHARE * len(rooms)))):
        day = rng.choice(days)
        closed = {slot.id for slot in problem.timeslots if slot.day == day}
        unavailable = sorted(closed.union(rooms[number].unavailable))
        rooms[number] = rooms[number].model_copy(update={"unavailable": unavailable})
    return changed.model_copy(update={"rooms": rooms})


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
