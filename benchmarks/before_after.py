"""Two versions of the sources side by side: results and speed of the same work.

    git worktree add ../old COMMIT
    python -m benchmarks.before_after ../old problem.json …

Each problem is solved by both in turn, several times, one thread, with a budget of
iterations: versions that ought to search alike find the same timetable, and what counts
is the time of the processor, of which others on the machine take less than of the
clock's. One line of JSON for each problem.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

ONE = """
import hashlib, json, sys, time
from pathlib import Path
from sidecar.contract import JobOptions, Problem, VariantRequest
from sidecar.engine.progress import NullSink, RunControl
from sidecar.solving.solve_request import solve_request

problem = Problem.model_validate_json(Path(sys.argv[1]).read_bytes())
began = time.process_time()
result = solve_request(
    problem,
    JobOptions(
        iteration_budget=int(sys.argv[2]),
        seed=1,
        threads=1,
        variants=[VariantRequest(key="A", profile=problem.profile or "balanced")],
    ),
    digest="0" * 64,
    sink=NullSink(),
    control=RunControl(),
)
seconds = time.process_time() - began
(best,) = result.variants
found = json.dumps(
    [[a.event, a.timeslot, a.room] for a in best.assignments]
    + sorted(best.sectioning.items())
)
print(json.dumps({
    "seconds": seconds,
    "mb": result.peak_rss_mb,
    "score": [best.score.hard, best.score.soft],
    "digest": hashlib.sha256(found.encode()).hexdigest()[:12],
    "moves": sum(o["tried"] for o in result.operators.values()),
}))
"""


def once(tree: Path, problem: Path, iterations: int) -> dict[str, Any]:
    """Solve in a process of its own, with the sources of ``tree``."""
    done = subprocess.run(
        [sys.executable, "-c", ONE, str(problem.resolve()), str(iterations)],
        cwd=tree,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(old: Path, problem: Path, iterations: int, times: int) -> dict[str, Any]:
    """Medians of both, after a run each that compiles the kernels."""
    trees = {"before": old, "after": Path(__file__).parent.parent}
    for tree in trees.values():
        once(tree, problem, 1000)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in trees}
    for _ in range(times):
        for name, tree in trees.items():
            runs[name].append(once(tree, problem, iterations))
    line: dict[str, Any] = {"problem": problem.name}
    for name, those in runs.items():
        line[name] = {
            "seconds": round(statistics.median(one["seconds"] for one in those), 2),
            "mb": statistics.median(one["mb"] for one in those),
            "score": those[0]["score"],
        }
    before, after = (runs[name][0] for name in trees)
    line["same_timetable"] = before["digest"] == after["digest"]
    line["speed_ratio"] = round(
        min(one["seconds"] for one in runs["before"])
        / min(one["seconds"] for one in runs["after"]),
        3,
    )
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path, help="a worktree of the older sources")
    parser.add_argument("problems", type=Path, nargs="+")
    parser.add_argument("--iterations", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    for problem in arguments.problems:
        found = compare(
            arguments.old.resolve(), problem, arguments.iterations, arguments.times
        )
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
