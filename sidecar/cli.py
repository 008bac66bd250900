"""Console script ``timetable-nep``: one module of ``sidecar.commands`` each verb."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from . import __version__

COMMANDS = (
    "generate",
    "solve",
    "validate",
    "export",
    "warm",
    "serve",
    "machine",
    "token",
    "doctor",
)


def build_parser(named: str | None = None) -> argparse.ArgumentParser:
    """Parser of the program with all commands, or with ``named`` alone."""
    parser = argparse.ArgumentParser(
        prog="timetable-nep",
        description="University timetables under NEP 2020: generate, solve, serve.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        if named is None or name == named:
            module = importlib.import_module(f".commands.{name}", __package__)
            module.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit code."""
    own_process = argv is None
    argv = list(sys.argv[1:] if argv is None else argv)
    # Only the named command's module is imported: `serve` must never load numba.
    named = next((word for word in argv if word in COMMANDS), None)
    arguments = build_parser(named).parse_args(argv)
    # Only then does the start of the process belong to the command.
    arguments.own_process = own_process
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
