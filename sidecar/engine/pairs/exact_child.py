"""Process that solves exact neighbourhoods of one problem, one after the other.

A process of its own, for OR-Tools holds on to memory and to Python's lock. The first
line is the problem, each other line the newest solution; each answer is a *patch*: what
some classes or students should be instead. All is JSON, but for the problem itself.
"""

import base64
import json
import pickle
import random
import sys
import time
from typing import Any

from ..model.patterned import PatternedProblem, PatternedSolution
from .exact_choice import Choice, Chooser
from .exact_model import Outcome
from .exact_place import PlaceModel
from .exact_students import StudentModel
from .exact_view import View

Patch = dict[str, Any]


class Exact:
    """Chooses, solves and learns."""

    def __init__(self, problem: PatternedProblem, seed: int) -> None:
        self.view = View(problem)
        self.rng = random.Random(seed)
        self.chooser = Chooser(self.view, self.rng)
        self.last: tuple[Choice, Outcome, float] | None = None

    def reward(self, gain: float) -> None:
        """What the last patch was worth to whoever asked for it."""
        if self.last is None:
            return
        choice, outcome, seconds = self.last
        self.last = None
        done = outcome.status in ("optimal", "infeasible")
        self.chooser.arms[choice.arm].learn(gain, seconds, done, choice.whole)

    def improve(self, solution: PatternedSolution, seconds: float) -> Patch:
        """Solve one neighbourhood of a solution; the patch may be empty."""
        began = time.monotonic()
        choice = self.chooser.pick(solution)
        if choice is None or not choice.members:
            return {"arm": "none", "status": "optimal", "classes": {}, "students": {}}
        seed = self.rng.randrange(1 << 30)
        model: PlaceModel | StudentModel
        if choice.arm == "students":
            model = StudentModel(self.view, solution, choice.members)
        else:
            mending = choice.arm == "broken"
            model = PlaceModel(
                self.view, solution, choice.members, choice.keep_times, mending
            )
        outcome = model.solve(seconds, seed)
        self.last = (choice, outcome, time.monotonic() - began)
        found = outcome.solution or solution
        return {
            "arm": choice.arm,
            "status": outcome.status,
            "size": len(choice.members),
            "seconds": round(time.monotonic() - began, 2),
            "classes": {
                k: (found.time[k], found.room[k])
                for k in range(len(found.time))
                if (found.time[k], found.room[k])
                != (solution.time[k], solution.room[k])
            },
            "students": {
                k: found.attends[k]
                for k in range(len(found.attends))
                if set(found.attends[k]) != set(solution.attends[k])
            },
        }


def main() -> None:
    """Serve tasks until standard input ends."""
    head = json.loads(sys.stdin.readline())
    # Written by our own parent, on a pipe that nobody else has.
    problem = pickle.loads(base64.b64decode(head["problem"]))  # noqa: S301
    exact = Exact(problem, head["seed"])
    attends: list[tuple[int, ...]] = []
    for line in sys.stdin:
        task = json.loads(line)
        if task["attends"] is not None:
            attends = [tuple(classes) for classes in task["attends"]]
        exact.reward(task["gain"])
        solution = PatternedSolution(task["time"], task["room"], list(attends))
        sys.stdout.write(json.dumps(exact.improve(solution, task["seconds"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
