"""``timetable-nep solve``: solve a problem file without any service."""

import argparse
import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any, get_args

import orjson
from pydantic import ValidationError

from sidecar.contract import JobOptions, Problem, Result, Variant, VariantRequest
from sidecar.contract.job import DEFAULT_VARIANTS, CheckLevel
from sidecar.contract.objective import PROFILES
from sidecar.engine.progress import Command, Sample
from sidecar.formats.outside import OutsideFormat, format_of, is_solution
from sidecar.formats.previous import start_from, within_departments

from .parsers import Subparsers

MOST_THREADS = 8
"""By default: each has a state of its own to keep in memory."""


def usable_cores() -> int:
    """Cores that this process may run on, within ``MOST_THREADS``."""
    known = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1
    return min(MOST_THREADS, cores)


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "solve",
        help="solve a problem (.json of the contract, .ctt, .tim or .xml) and write it",
    )
    parser.add_argument("file", type=Path, help="the problem")
    parser.add_argument(
        "--time-limit", type=float, default=60, metavar="SECONDS", help="all of it"
    )
    parser.add_argument("--iterations", type=int, help="a reproducible budget instead")
    parser.add_argument("--seed", type=int, default=1, help="of all that is random")
    parser.add_argument(
        "--threads",
        type=int,
        help=f"most to use (default: the cores there are, at most {MOST_THREADS})",
    )
    parser.add_argument(
        "--profile",
        action="append",
        choices=sorted(PROFILES),
        help="objective profile; repeat it for several variants",
    )
    parser.add_argument(
        "--variants",
        action="store_true",
        help="the usual three: balanced, faculty_friendly, student_friendly",
    )
    parser.add_argument(
        "--deep-search",
        action="store_true",
        help="the last three tenths for up to 50 events that are left over",
    )
    parser.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="SOLUTION",
        help="the timetable in force (.json of `solve`, .sol, .sln or .xml)",
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="change as little as possible of the timetable in force",
    )
    parser.add_argument(
        "--department",
        action="append",
        metavar="ID",
        help="plan this department only, all others stay as in force; may be repeated",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FOLDER",
        help="keep the run's state there, and go on from it if it is of this run",
    )
    parser.add_argument(
        "--report", type=Path, help=".json of how the run went, without timetables"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help=".json, .sol for .ctt, .sln for .tim, .xml for .xml",
    )
    parser.add_argument(
        "--check-level",
        choices=get_args(CheckLevel),
        default="none",
        help="the engine checks its own sums; `moves` is very slow",
    )
    # For benchmarks: a stage or an operator to leave out.
    parser.add_argument(
        "--without", action="append", default=[], help=argparse.SUPPRESS
    )
    parser.set_defaults(run=run)


class Bar:
    """Progress bar on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description:16}"),
            BarColumn(bar_width=32),
            TextColumn("{task.percentage:5.1f} %  {task.fields[figures]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._progress.add_task("loading", total=100, figures="")
        self._progress.start()

    def report(self, sample: Sample) -> None:
        self._progress.update(
            self._task,
            completed=sample.overall_progress,
            description=sample.stage,
            figures=f"{sample.placed}/{sample.total} placed, hard {sample.hard}, "
            f"soft {sample.soft}",
        )

    def stop(self) -> None:
        self._progress.stop()


class Interrupt:
    """Ctrl-C once keeps the best so far; twice ends the program."""

    def __init__(self) -> None:
        self._stop = False
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        if self._stop:
            raise KeyboardInterrupt
        self._stop = True

    def command(self) -> Command:
        return "cancel" if self._stop else "run"


def run(arguments: argparse.Namespace) -> int:
    """Solve; prints one JSON line on standard output."""
    from sidecar.formats.itc2019 import is_itc2019

    if is_itc2019(arguments.file):
        from . import patterned

        return patterned.solve(arguments)

    from sidecar.engine.recount import RecountError
    from sidecar.formats.reading import read_problem
    from sidecar.solving.solve_request import solve_request

    from .reading import read_error

    outside = format_of(arguments.file)
    current = arguments.file
    try:
        problem = read_problem(arguments.file)
        digest = hashlib.sha256(arguments.file.read_bytes())
        if arguments.start is not None:
            current = arguments.start
            problem = in_force(problem, outside, arguments.start)
            digest.update(arguments.start.read_bytes())
            current = arguments.file
        if arguments.department:
            problem = within_departments(problem, arguments.department)
            digest.update(" ".join(arguments.department).encode())
        options = options_of(arguments, problem)
        if arguments.checkpoint is not None:
            arguments.checkpoint.mkdir(parents=True, exist_ok=True)
        bar = Bar()
        try:
            result = solve_request(
                problem,
                options,
                digest=digest.hexdigest(),
                sink=bar,
                control=Interrupt(),
                work_dir=arguments.checkpoint,
                started=process_began() if arguments.own_process else None,
                without=arguments.without,
            )
        finally:
            bar.stop()
    except (OSError, ValidationError, ValueError) as error:
        print(read_error(current, error), file=sys.stderr)
        return 2
    except RecountError as error:
        print(error, file=sys.stderr)
        return 4
    if not result.variants:
        print("No timetable was found before the run ended.", file=sys.stderr)
        return 3
    best = result.variants[0]
    official = None
    if outside:
        official = official_figures(problem, outside, best)
    if arguments.output and outside and is_solution(arguments.output):
        arguments.output.write_text(outside.write(problem, best))
    elif arguments.output:
        arguments.output.write_bytes(orjson.dumps(result.model_dump(mode="json")))
    if arguments.report is not None:
        timetables = {"assignments", "sectioning"}
        report = result.model_dump(
            mode="json", exclude={"variants": {"__all__": timetables}}
        )
        arguments.report.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    line = summary(result)
    if official:
        line["official"] = official
    print(json.dumps(line))
    return 0


def options_of(arguments: argparse.Namespace, problem: Problem) -> JobOptions:
    """What the command line asks for.

    Raises
    ------
    ValueError
        If it cannot be done with this problem.
    """
    if arguments.repair and not problem.previous:
        raise ValueError(
            "There is no timetable in force to repair; give one with --from."
        )
    if arguments.profile:
        profiles = arguments.profile
    elif arguments.variants:
        profiles = [variant.profile for variant in DEFAULT_VARIANTS]
    elif arguments.repair:
        profiles = ["minimal_change"]
    else:
        profiles = [problem.profile or "balanced"]
    return JobOptions(
        seed=arguments.seed,
        time_limit_seconds=arguments.time_limit,
        iteration_budget=arguments.iterations,
        threads=arguments.threads or usable_cores(),
        check_level=arguments.check_level,
        mode="repair" if arguments.repair else "scratch",
        deep_search=arguments.deep_search,
        variants=[
            VariantRequest(key=f"{chr(65 + k)}", profile=profile)
            for k, profile in enumerate(profiles)
        ],
    )


def in_force(problem: Problem, outside: OutsideFormat | None, file: Path) -> Problem:
    """The problem with the best timetable of a solution file as the one in force."""
    if outside is not None and is_solution(file):
        return start_from(problem, outside.read_solution(problem, file.read_text()), {})
    result = Result.model_validate_json(file.read_bytes())
    if not result.variants:
        raise ValueError("The solution holds no timetable.")
    best = result.variants[0]
    return start_from(problem, best.assignments, best.sectioning)


def process_began() -> float:
    """When this process began, on the monotonic clock: its start counts as well."""
    import psutil

    age: float = time.time() - psutil.Process().create_time()
    return time.monotonic() - age


def summary(result: Result) -> dict[str, Any]:
    """What is printed: the best variant's figures, and how the run went."""
    from .reading import costs

    best = result.variants[0]
    line: dict[str, Any] = {
        "placed": best.placed,
        "total": best.total,
        "hard": best.score.hard,
        "soft": best.score.soft,
        "breakdown": costs(best.breakdown),
        "metrics": best.metrics,
        "seconds": result.seconds,
        "peak_rss_mb": result.peak_rss_mb,
        "reproducible": result.reproducible,
        "stop_reason": result.stop_reason,
        "attempts": result.attempts,
        "stages": {stage.stage: stage.seconds for stage in result.stages},
        "operators": result.operators,
        "notes": result.notes,
    }
    if best.moves:
        line["moves"] = [move.sentence for move in best.moves]
    if len(result.variants) > 1:
        line["variants"] = {
            v.key: {
                "profile": v.profile,
                "hard": v.score.hard,
                "soft": v.score.soft,
                "leads": v.lead.leads if v.lead else None,
            }
            for v in result.variants
        }
        line["differences"] = result.differences
    return line


def official_figures(
    problem: Problem, outside: OutsideFormat, variant: Variant
) -> dict[str, int]:
    """What the competition's rules make of it: hard and soft of the file written.

    ``distance`` is the number of students of events left out.
    """
    from sidecar.scoring import score_timetable

    placed = outside.read_solution(problem, outside.write(problem, variant))
    scored = score_timetable(problem, placed, {}, outside.profile)
    limit = {event.id: cls.limit for cls in problem.classes for event in cls.events}
    return {
        "left_out": len(scored.unplaced),
        "distance": sum(limit[event] for event in scored.unplaced),
        "broken": scored.score.hard - len(scored.unplaced),
        "soft": scored.score.soft,
    }
