"""One run in a process of its own: ``python -m benchmarks.one_cell CELL FILE``.

Prints one JSON line: figures by the plain scorer, the stages, the trace of the
incumbent, and the memory of this process and of all its children.
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

_STARTED = time.monotonic()

MEMORY_SECONDS = 0.05
MOST_POINTS = 400


class Memory(threading.Thread):
    """Resident memory now and then, with the stage and the clusters done."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        import psutil

        self._psutil = psutil
        self._self = psutil.Process()
        self._end = threading.Event()
        self.where: tuple[str, int] = ("starting", 0)
        self.rows: list[list[object]] = []

    def run(self) -> None:
        while not self._end.wait(MEMORY_SECONDS):
            own = self._self.memory_info().rss
            whole = own
            for child in self._self.children(recursive=True):
                try:
                    whole += child.memory_info().rss
                except self._psutil.NoSuchProcess:
                    continue
            seconds = round(time.monotonic() - _STARTED, 2)
            sizes = [round(own / 2**20, 1), round(whole / 2**20, 1)]
            self.rows.append([seconds, *sizes, *self.where])

    def stop(self) -> None:
        self._end.set()
        self.join()

    def peak(self, column: int) -> float:
        return max((float(row[column]) for row in self.rows), default=0.0)  # type: ignore[arg-type]


class Watch:
    """Sink and control in one: keeps the trace, and stops where that is asked."""

    def __init__(self, memory: Memory, stop_at_first: bool) -> None:
        self._memory = memory
        self._stop_at_first = stop_at_first
        self.feasible_at: float | None = None
        self._best: tuple[int, int, int] | None = None
        self.trace: list[list[object]] = []
        """Improvements of the best so far: seconds, stage, placed, hard, soft."""

    def report(self, sample) -> None:  # type: ignore[no-untyped-def]
        now = time.monotonic() - _STARTED
        self._memory.where = (sample.stage, sample.completed_items)
        if sample.total and sample.placed == sample.total and sample.hard == 0:
            self.feasible_at = now if self.feasible_at is None else self.feasible_at
        # A stage may look at a poorer timetable; the best one is still kept.
        score = (sample.total - sample.placed, sample.hard, sample.soft)
        if sample.placed and (self._best is None or score < self._best):
            self._best = score
            figures = [sample.stage, sample.placed, sample.hard, sample.soft]
            self.trace.append([round(now, 2), *figures])

    def command(self) -> str:
        done = self._stop_at_first and self.feasible_at is not None
        return "cancel" if done else "run"


def thinned(rows: list[list[object]]) -> list[list[object]]:
    """Every so-manieth row, and the last."""
    step = len(rows) // MOST_POINTS + 1
    return rows[::step] + (rows[-1:] if rows and (len(rows) - 1) % step else [])


def patterned(cell: dict[str, Any], path: Path, memory: Memory) -> dict[str, object]:
    """A run on an instance of ITC-2019; ``parts`` are the official cost's, weighted."""
    from sidecar.commands.patterned import figures
    from sidecar.engine.pairs.solve import solve
    from sidecar.formats import itc2019
    from sidecar.scoring.patterned import score_patterned

    problem = itc2019.read(path)
    loaded = time.monotonic() - _STARTED
    watch = Watch(memory, cell["stop"] == "feasible")
    solution = solve(
        problem,
        seed=cell["seed"],
        time_limit=max(1.0, cell["seconds"] - loaded),
        threads=cell["threads"],
        on_progress=watch.report,
        control=watch,  # type: ignore[arg-type]
    )
    seconds = time.monotonic() - _STARTED
    memory.stop()
    score = score_patterned(problem, solution)
    found = figures(problem, score)
    return {
        "placed": len(problem.classes) - score.hard["time"],
        "total": len(problem.classes),
        "hard": sum(score.hard.values()),
        "soft": score.total,
        "official": None,
        "parts": {name: found[name] for name in score.weights._fields},
        "load_seconds": round(loaded, 2),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(time.process_time(), 2),
        "feasible_seconds": watch.feasible_at and round(watch.feasible_at, 2),
        "engine_mb": memory.peak(1),
        "all_mb": memory.peak(2),
        "trace": thinned(watch.trace),
    }


def main() -> int:
    """Run the cell given as JSON."""
    cell = json.loads(sys.argv[1])
    memory = Memory()
    memory.start()
    from sidecar.commands.solve import official_figures
    from sidecar.contract import JobOptions, VariantRequest
    from sidecar.formats.itc2019 import is_itc2019
    from sidecar.formats.outside import format_of
    from sidecar.formats.reading import read_problem
    from sidecar.solving.solve_request import solve_request

    path = Path(sys.argv[2])
    if is_itc2019(path):
        print(json.dumps(patterned(cell, path, memory)))
        return 0
    problem = read_problem(path)
    loaded = time.monotonic() - _STARTED
    repairs = bool(problem.previous)
    profile = problem.profile or ("minimal_change" if repairs else "balanced")
    watch = Watch(memory, cell["stop"] == "feasible")
    # From the start of the process, as a user's clock counts.
    left = max(1.0, cell["seconds"] - loaded)
    profiles = cell.get("profiles") or [profile]
    result = solve_request(
        problem,
        JobOptions(
            mode="repair" if repairs else "scratch",
            seed=cell["seed"],
            time_limit_seconds=left,
            threads=cell["threads"],
            variants=[
                VariantRequest(key=chr(65 + k), profile=name)
                for k, name in enumerate(profiles)
            ],
        ),
        digest="",
        sink=watch,
        control=watch,  # type: ignore[arg-type]
        without=[cell["without"]] if cell["without"] else [],
    )
    memory.stop()
    best = result.variants[0]
    outside = format_of(path)
    answer = {
        "placed": best.placed,
        "total": best.total,
        "hard": best.score.hard,
        "soft": best.score.soft,
        "changes": len(best.moves) if repairs else None,
        "metrics": best.metrics,
        "official": official_figures(problem, outside, best) if outside else None,
        "load_seconds": round(loaded, 2),
        "seconds": round(time.monotonic() - _STARTED, 2),
        "cpu_seconds": round(time.process_time(), 2),
        "feasible_seconds": watch.feasible_at and round(watch.feasible_at, 2),
        "engine_mb": memory.peak(1),
        "all_mb": memory.peak(2),
        "variants": {v.profile: [v.score.hard, v.score.soft] for v in result.variants},
        "differences": result.differences,
        "stages": [
            {
                "stage": stage.stage,
                "seconds": stage.seconds,
                "placed": stage.placed,
                "hard": stage.hard,
                "soft": stage.soft,
            }
            for stage in result.stages
        ],
        "trace": thinned(watch.trace),
        "memory": thinned(memory.rows),
    }
    print(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main())
