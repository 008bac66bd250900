"""Memory of the exact solver over 216 clusters: ``python -m benchmarks.memory``.

The 7,712 events of ``bhu`` in 216 clusters, each placed by CP-SAT in a child process,
one after the other. Once as the service does it, with a new child after every eight
tasks, and once with one child for all. Prints a table and, with ``--plot``, draws the
resident memory after each cluster.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from sidecar.contract import Problem
from sidecar.engine.budget import Budget
from sidecar.engine.construct import cp_sat
from sidecar.engine.progress import RunControl

CLUSTERS = 216
FOR_EVER = 10**9
GROWTH_MB = 30.0
"""Most that the last clusters may take beyond the first ones."""


class Point(NamedTuple):
    """Resident memory in MB after a cluster."""

    parent: float
    child: float
    pid: int


def tasks_of(problem: Problem, count: int) -> list[dict[str, Any]]:
    """Cut a problem's events into clusters, as tasks for the child.

    Neighbours in the file belong to the same department; two events conflict if they
    share a class, a member of faculty, or students who have no other class to go to.
    """
    slots = sorted(problem.timeslots, key=lambda slot: (slot.day, slot.period))
    positions = max(slot.period for slot in slots) + 1
    starts = [slot.day * positions + slot.period for slot in slots]
    only = defaultdict(list)
    for item in problem.classes:
        only[item.offering].append(item.id)
    students = defaultdict(set)
    for student in problem.students:
        for offering in student.offerings:
            if len(only[offering]) == 1:
                students[only[offering][0]].add(student.id)
    events = [(item, event) for item in problem.classes for event in item.events]
    chance, tasks = random.Random(1), []
    for number in range(count):
        first, end = (len(events) * k // count for k in (number, number + 1))
        part = events[first:end]
        last = {
            day: max(s for s in starts if s // positions == day)
            for day in range(7)
            if any(s // positions == day for s in starts)
        }
        described = []
        for _, event in part:
            fits = [s for s in starts if s + event.duration - 1 <= last[s // positions]]
            described.append(
                {
                    "starts": fits,
                    "costs": [chance.randint(0, 20) for _ in fits],
                    "duration": event.duration,
                    "hint": fits[0],
                }
            )
        conflicts = [
            (a, b)
            for a in range(len(part))
            for b in range(a + 1, len(part))
            if part[a][0].id == part[b][0].id
            or set(part[a][0].faculty) & set(part[b][0].faculty)
            or students[part[a][0].id] & students[part[b][0].id]
        ]
        by_class = defaultdict(list)
        for position, (item, _) in enumerate(part):
            by_class[item.id].append(position)
        tasks.append(
            {
                "events": described,
                "conflicts": conflicts,
                "classes": [group for group in by_class.values() if len(group) > 1],
                "rooms": [
                    {"events": list(range(len(part))), "free": [6] * 7 * positions}
                ],
                "positions": positions,
                "seconds": 0.7,
                "seed": 1,
            }
        )
    return tasks


def run(tasks: list[dict[str, Any]], tasks_per_child: int) -> list[Point]:
    """Solve all tasks in a row; gives the memory after each."""
    cp_sat.TASKS_PER_CHILD = tasks_per_child
    me, points = psutil.Process(), []
    budget = Budget(3600.0, None, RunControl())
    with cp_sat.SolverChild() as child:
        for task in tasks:
            # Whether it finds the optimum in its time does not matter here.
            child.ask(task, budget)
            (process,) = [
                p for p in me.children() if "cp_sat_child" in str(p.cmdline())
            ]
            points.append(
                Point(
                    me.memory_info().rss / 2**20,
                    process.memory_info().rss / 2**20,
                    process.pid,
                )
            )
    return points


def summary(name: str, points: list[Point]) -> str:
    """Give one line of the table: first and last tenth, and the peak."""
    tenth = max(1, len(points) // 10)
    totals = [point.parent + point.child for point in points]
    first, last = statistics.mean(totals[:tenth]), statistics.mean(totals[-tenth:])
    children = len({point.pid for point in points})
    return (
        f"| {name} | {children} | {first:.0f} | {last:.0f} | {last - first:+.0f} | "
        f"{max(totals):.0f} |"
    )


def draw(path: Path, runs: dict[str, list[Point]]) -> None:
    """Draw the memory of both processes after each cluster."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.2), layout="constrained")
    for name, points in runs.items():
        totals = [point.parent + point.child for point in points]
        axes.plot(range(1, len(points) + 1), totals, label=name, linewidth=1.2)
    axes.set_xlabel("clusters solved")
    axes.set_ylabel("resident memory, MB")
    axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
    axes.set_xlim(1, CLUSTERS)
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=130)


def main() -> int:
    """Measure and print; exit code 1 if memory grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problem", type=Path, help="instead of generating `bhu`")
    parser.add_argument("--plot", type=Path, help="where to draw the curves")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.problem or Path(folder) / "bhu.json"
        if arguments.problem is None:
            words = ["generate", "--preset", "bhu", "--seed", "1", "-o", str(path)]
            subprocess.run([sys.executable, "-m", "sidecar", *words], check=True)
        tasks = tasks_of(Problem.model_validate_json(path.read_bytes()), CLUSTERS)
    each = cp_sat.TASKS_PER_CHILD
    runs = {
        f"a new child every {each} tasks": run(tasks, each),
        "one child for all": run(tasks, FOR_EVER),
    }
    lines = [
        f"{len(tasks)} clusters of {len(tasks[0]['events'])} events, one after another",
        "",
        "| | children | first tenth, MB | last tenth, MB | growth | peak |",
        "|---|--:|--:|--:|--:|--:|",
        *(summary(name, points) for name, points in runs.items()),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    if arguments.plot:
        draw(arguments.plot, runs)
    ours = [point.parent + point.child for point in next(iter(runs.values()))]
    tenth = len(ours) // 10
    grown = statistics.mean(ours[-tenth:]) - statistics.mean(ours[:tenth])
    return 0 if grown < GROWTH_MB else 1


if __name__ == "__main__":
    sys.exit(main())
