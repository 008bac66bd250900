"""How fast the addon is with a whole university in it: ``python -m benchmarks.addon``.

Makes a database of its own with the addon, imports the ``bhu`` university through the
import wizard, lets the solver make three timetables of its snapshot, stores them as a
run does, and then measures what people wait for. Prints a table; ``--json`` keeps the
figures.
The database is kept (``--database``), so that a second call only measures.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INSIDE = Path(__file__).with_name("addon_inside.py")
PROFILES = ("balanced", "faculty_friendly", "student_friendly")
GOALS = {
    "snapshot": 10_000,
    "storing three timetables": 30_000,
    "opening the board": 1_000,
    "where an event can go": 300,
    "a list": 300,
}


def _stack(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.stack", *arguments],
        cwd=ROOT,
        text=True,
        check=True,
        **options,
    )


def _inside(step: str, database: str, folder: Path, addons: str) -> dict[str, Any]:
    """Run one step in ``odoo shell`` and read its figures."""
    environment = {**os.environ, "BENCH_FOLDER": str(folder), "BENCH_STEP": step}
    with INSIDE.open() as program:
        done = _stack(
            *("odoo", "shell", "-d", database, "--no-http", "--log-level=warn"),
            f"--addons-path={addons}",
            stdin=program,
            stdout=subprocess.PIPE,
            env=environment,
        )
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            figures: dict[str, Any] = json.loads(line.removeprefix("RESULT "))
            return figures
    raise SystemExit(f"Step {step} gave no figures:\n{done.stdout[-2000:]}")


def _sidecar(*arguments: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-m", "sidecar.cli", *arguments],
        cwd=ROOT,
        check=True,
        env=environment,
    )


def _prepare(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """A database with the university and three timetables in it."""
    database = options.database
    _stack("scratch", database)
    _stack(
        *("odoo", "-d", database, "-i", "timetable_nep", "--skip-auto-install"),
        *("--no-http", "--stop-after-init", "--log-level=warn"),
        f"--addons-path={options.addons}",
    )
    _sidecar(
        *("generate", "--preset", options.preset, "--seed", "1"),
        *("-o", str(folder / "university.json")),
    )
    figures = _inside("load", database, folder, options.addons)
    profiles = [part for name in PROFILES for part in ("--profile", name)]
    _sidecar(
        *("solve", str(folder / "problem.json"), "--time-limit", str(options.seconds)),
        *profiles,
        *("-o", str(folder / "result.json")),
    )
    return figures | _inside("store", database, folder, options.addons)


def _row(label: str, row: dict[str, Any]) -> str:
    return (
        f"| {label} | {row['median_ms']:.0f} | {row['worst_ms']:.0f} "
        f"| {row['cpu_ms']:.0f} | {row['queries']} |"
    )


def _table(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = []
    if "snapshot_s" in figures:
        lines += [
            f"import {figures.get('import_s', '–')} s · "
            f"snapshot {figures['snapshot_s']} s "
            f"({figures['snapshot_kb']} KB, {figures['snapshot_queries']} queries) · "
            f"storing {figures['store_rows']} placements of three timetables "
            f"{figures['store_s']} s; others' lists meanwhile "
            f"{figures['others_median_ms']} ms, worst {figures['others_worst_ms']} ms",
            "",
        ]
    if "meetings" in figures:
        lines += [f"{figures['meetings']} rows of meetings over 18 weeks", ""]
    lines += [
        "| | median ms | worst ms | CPU ms | queries |",
        "| --- | --: | --: | --: | --: |",
    ]
    lines += [
        _row(label.replace("_", " "), row)
        for label, row in figures.items()
        if isinstance(row, dict)
    ]
    return "\n".join(lines)


def main() -> int:
    """Prepare if need be, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", default="timetable_bench")
    parser.add_argument("--preset", default="bhu", choices=("campus", "bhu"))
    parser.add_argument("--seconds", type=int, default=90, help="for the solver")
    parser.add_argument("--addons", default=str(ROOT / "odoo_addons"))
    parser.add_argument("--measure", action="store_true", help="the database is there")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = {} if options.measure else _prepare(options, folder)
        figures |= _inside("measure", options.database, folder, options.addons)
    print(_table(figures))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
