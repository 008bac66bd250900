"""Process that solves small exact problems with OR-Tools and then ends.

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


def assign_rooms(task: dict[str, Any]) -> dict[str, Any]:
    """Rooms for the ``slots`` of a task, in order, as ``rooms_of_slot`` finds them."""
    return {"status": "optimal", "rooms": [rooms_of_slot(s) for s in task["slots"]]}


def rooms_of_slot(task: dict[str, Any]) -> list[int]:
    """Give each event one of the rooms of its set, no room to two: a least-cost flow.

    Parameters
    ----------
    task
        ``sets``: pairs of rooms and their costs; for each event the number of its
        ``set`` and its ``home`` (the room that costs no ``change``; -1: any); ``none``
        is the cost of having no room.

    Returns
    -------
    list
        A room for each event, or -1.
    """
    import numpy as np
    from ortools.graph.python import min_cost_flow

    flow = min_cost_flow.SimpleMinCostFlow()
    count = len(task["set"])
    sets = [(np.array(rooms), np.array(costs)) for rooms, costs in task["sets"]]
    who, where, price = [], [], []
    for event, (number, home) in enumerate(zip(task["set"], task["home"], strict=True)):
        rooms, costs = sets[number]
        who.append(np.full(len(rooms), event))
        where.append(rooms)
        price.append(costs + task["change"] * ((home >= 0) & (rooms != home)))
    ids, place = np.unique(np.concatenate(where), return_inverse=True)
    sink = count + len(ids)
    events, rooms = np.arange(count), np.arange(len(ids))
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([*who, events, count + rooms]).astype(np.int32),
        np.concatenate(
            [count + place, np.full(count + len(ids), sink)],
        ).astype(np.int32),
        np.ones(len(place) + count + len(ids), np.int64),
        np.concatenate([*price, np.full(count, task["none"]), 0 * rooms]).astype(
            np.int64
        ),
    )
    flow.set_nodes_supplies(events.astype(np.int32), np.ones(count, np.int64))
    flow.set_node_supply(sink, -count)
    status = flow.solve()
    assert status == flow.OPTIMAL, status
    used = flow.flows(arcs[: len(place)]) > 0
    found = np.full(count, -1)
    found[np.concatenate(who)[used]] = np.concatenate(where)[used]
    answer: list[int] = found.tolist()
    return answer


def main() -> None:
    """Answer tasks from standard input until it closes."""
    kinds = {"events": solve, "rooms": assign_rooms}
    for line in sys.stdin:
        task = json.loads(line)
        sys.stdout.write(json.dumps(kinds[task["kind"]](task)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
