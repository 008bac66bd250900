"""``timetable-nep warm``: compile the kernels once, at install or image build."""

import argparse
import json
import time

from .parsers import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "warm", help="compile the kernels now, so that no job has to"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Solve a tiny synthetic university that reaches every kernel, both ways.

    The budget is in iterations: by the clock, compiling would use it up.
    """
    from sidecar.contract import JobOptions
    from sidecar.engine.pairs.solve import solve
    from sidecar.engine.progress import NullSink, RunControl
    from sidecar.formats.itc2019_export import export
    from sidecar.solving.solve_request import solve_request
    from sidecar.synthesis.tiny import tiny_problem

    started = time.monotonic()
    solve_request(
        tiny_problem(),
        JobOptions(iteration_budget=150_000),
        digest="",
        sink=NullSink(),
        control=RunControl(),
    )
    solve(export(tiny_problem()).problem, iterations=150_000)
    print(json.dumps({"seconds": round(time.monotonic() - started, 1)}))
    return 0
