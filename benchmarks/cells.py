"""Cells of a study, run one by one and kept, so that a study can be taken up again.

A cell is one run. Each finished cell is one line of ``benchmarks/results/STUDY.jsonl``;
a cell that stands there is not run again (``--fresh`` forgets them). Cells are ordered
by seed first, so that a study cut short still has a row for everything.
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .instances import CACHE, ROOT, find

RESULTS = ROOT / "benchmarks" / "results"
"""Of the full forms; those of the short forms are not kept with the sources."""
Row = dict[str, Any]
LEFT: Row = {}
"""In place of the row of a cell that there was no time for."""


@dataclass(frozen=True)
class Cell:
    """One run: ``stop`` is ``budget``, or ``feasible`` to end at the first timetable
    that is complete and breaks nothing."""

    instance: str
    seed: int
    seconds: float
    without: str = ""
    stop: str = "budget"
    threads: int = 1
    profiles: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return key_of({"cell": asdict(self)})


def key_of(row: Row) -> str:
    """What tells a cell from others; 60 and 60.0 seconds are the same."""
    cell = row["cell"] | {"seconds": float(row["cell"]["seconds"])}
    return json.dumps(cell, sort_keys=True)


def commit() -> str:
    """Short commit, with a ``+`` where files of the engine differ from it."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    name = git("rev-parse", "--short", "HEAD") or "unknown"
    return name + "+" * bool(git("status", "--porcelain", "--", "sidecar"))


def machine() -> str:
    """Processor, number of cores, memory, Python."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"Python {platform.python_version()}"
    )


def file_of(study: str) -> Path:
    """Where a study's finished cells are."""
    return (CACHE if study.endswith("-quick") else RESULTS) / f"{study}.jsonl"


def load(study: str) -> list[Row]:
    """Finished cells, in the order in which they were run; the last of a key counts."""
    path = file_of(study)
    if not path.exists():
        return []
    rows = [json.loads(line) for line in path.read_text().splitlines() if line]
    return list({key_of(row): row for row in rows}.values())


def arguments(about: str) -> argparse.ArgumentParser:
    """What every study understands."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--quick", action="store_true", help="the short form")
    parser.add_argument("--instances", type=Path, help="folder of public instances")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these instances")
    parser.add_argument("--seeds", type=int, nargs="+", help="these seeds")
    parser.add_argument(
        "--time", type=float, default=1.0, metavar="FACTOR", help="of every time limit"
    )
    parser.add_argument(
        "--minutes", type=float, help="begin no further cell after so many"
    )
    parser.add_argument("--fresh", action="store_true", help="forget finished cells")
    return parser


def narrowed(cells: Iterable[Cell], options: argparse.Namespace) -> Iterator[Cell]:
    """The cells that the options leave, their times multiplied."""
    for cell in cells:
        if options.only and cell.instance not in options.only:
            continue
        if options.seeds and cell.seed not in options.seeds:
            continue
        values = asdict(cell) | {"seconds": round(cell.seconds * options.time, 2)}
        values["profiles"] = tuple(values["profiles"])
        yield Cell(**values)


def run(
    study: str,
    cells: list[Cell],
    options: argparse.Namespace,
    side_by_side: int = 1,
) -> int:
    """Run what is not done yet; 1 if a cell failed, 0 otherwise."""
    instances = find(options.instances)
    path = file_of(study)
    path.parent.mkdir(parents=True, exist_ok=True)
    if options.fresh:
        path.unlink(missing_ok=True)
    known = {key_of(row) for row in load(study)}
    absent = sorted({c.instance for c in cells if not instances.has(c.instance)})
    if absent:
        print(f"Left out, not at hand: {', '.join(absent)}.", flush=True)
    todo = [c for c in cells if c.key not in known and instances.has(c.instance)]
    print(f"{study}: {len(todo)} cells to run, {len(known)} kept.", flush=True)
    if todo:
        warm()
    files = {name: instances.file(name) for name in {c.instance for c in todo}}
    head = {"commit": commit(), "machine": machine()}
    end = time.monotonic() + 60 * options.minutes if options.minutes else None

    def run_in_time(cell: Cell) -> Row | None:
        late = end is not None and time.monotonic() > end
        return LEFT if late else run_one(cell, files[cell.instance])

    failed = left = 0
    pool = ThreadPoolExecutor(side_by_side)
    try:
        rows = pool.map(run_in_time, todo)
        for number, (cell, row) in enumerate(zip(todo, rows, strict=True), 1):
            if row is None:
                failed += 1
            elif row is LEFT:
                left += 1
            else:
                row = {"cell": asdict(cell), **head, **row}
                with path.open("a") as out:
                    out.write(json.dumps(row) + "\n")
                print(f"[{number}/{len(todo)}] {told(cell, row)}", flush=True)
    finally:
        # Interrupted, those that have not begun are for another time.
        pool.shutdown(cancel_futures=True)
    if left:
        print(f"{left} cells are left for another time.")
    return int(failed > 0)


def warm() -> None:
    """Compile before anything is timed."""
    subprocess.run(
        [sys.executable, "-m", "sidecar", "warm"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def run_one(cell: Cell, file: Path) -> Row | None:
    """Run a cell in a process of its own; None if that failed."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.one_cell", json.dumps(asdict(cell)), file],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"FAILED {cell}:\n{done.stderr[-2000:]}", file=sys.stderr, flush=True)
        return None
    row: Row = json.loads(done.stdout.splitlines()[-1])
    row["at"] = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return row


def told(cell: Cell, row: Row) -> str:
    """One line for the terminal."""
    without = f" without {cell.without}" if cell.without else ""
    return (
        f"{cell.instance}, seed {cell.seed}, {cell.seconds:g} s{without}: "
        f"{row['placed']}/{row['total']} placed, hard {row['hard']}, "
        f"soft {row['soft']}, {row['seconds']:.1f} s, {row['all_mb']:.0f} MB"
    )
