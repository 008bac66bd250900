"""Process that solves small exact problems with CP-SAT and then ends.

Native memory returns to the system only when a process ends, so the parent lets each
child solve a bounded number of tasks. Tasks and answers are JSON, one a line.
"""

import json
import sys
from typing import Any


def solve(task: dict[str, Any]) -> dict[str, Any]:
    """Place events exactly.

    Parameters
    ----------
    task
        ``events``: each with ``starts``, ``costs`` (same length), ``duration``,
        ``hint`` and ``class_days`` (days its class may not use any more, or null);
        ``conflicts``: pairs of events that may not overlap; ``classes``: groups of
        events that need different days; ``rooms``: each ``{"events", "free"}`` with
        the number of free rooms at each slot for those events; ``positions``,
        ``seconds``, ``seed``; ``steady`` counts seconds of the solver's own work
        instead of the clock's.

    Returns
    -------
    dict
        ``status`` (optimal, feasible, infeasible, unknown) and ``starts``.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    events = task["events"]
    positions = task["positions"]
    choice = []
    for event in events:
        literals = {s: model.new_bool_var("") for s in event["starts"]}
        model.add_exactly_one(literals.values())
        for slot, literal in literals.items():
            model.add_hint(literal, slot == event["hint"])
        choice.append(literals)

    def covering(number: int, slot: int) -> list[Any]:
        duration = events[number]["duration"]
        return [
            choice[number][s]
            for s in range(slot - duration + 1, slot + 1)
            if s in choice[number]
        ]

    covered: list[set[int]] = [
        {s + k for s in event["starts"] for k in range(event["duration"])}
        for event in events
    ]
    for a, b in task["conflicts"]:
        for slot in covered[a] & covered[b]:
            model.add_at_most_one([*covering(a, slot), *covering(b, slot)])
    for group in task["classes"]:
        by_day: dict[int, list[Any]] = {}
        for number in group:
            for slot, literal in choice[number].items():
                by_day.setdefault(slot // positions, []).append(literal)
        for same_day in by_day.values():
            model.add_at_most_one(same_day)
    for rooms in task["rooms"]:
        for slot, free in enumerate(rooms["free"]):
            inside = [x for number in rooms["events"] for x in covering(number, slot)]
            if len(inside) > free:
                model.add(sum(inside) <= free)
    model.minimize(
        sum(
            cost * choice[number][slot]
            for number, event in enumerate(events)
            for slot, cost in zip(event["starts"], event["costs"], strict=True)
        )
    )
    solver = cp_model.CpSolver()
    if task.get("steady"):
        # The solver's own measure of work: the same on every machine, in every load.
        solver.parameters.max_deterministic_time = task["seconds"]
    else:
        solver.parameters.max_time_in_seconds = task["seconds"]
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = task["seed"]
    status = solver.solve(model)
    names = {
        cp_model.OPTIMAL: "optimal",
        cp_model.FEASIBLE: "feasible",
        cp_model.INFEASIBLE: "infeasible",
    }
    answer: dict[str, Any] = {"status": names.get(status, "unknown"), "starts": []}
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        answer["starts"] = [
            next(s for s, literal in literals.items() if solver.boolean_value(literal))
            for literals in choice
        ]
    return answer


def main() -> None:
    """Answer tasks from standard input until it closes."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(solve(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
