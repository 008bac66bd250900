"""``timetable-nep export``: a problem of our own as an instance of ITC-2019."""

import argparse
import json
import sys
from pathlib import Path

from .parsers import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "export", help="write a problem as an instance of ITC-2019 for other solvers"
    )
    parser.add_argument("file", type=Path, help="the problem (.json of the contract)")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help=".xml or .xml.gz"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the instance; prints its size and what was left out."""
    from sidecar.formats import itc2019, itc2019_writer
    from sidecar.formats.itc2019_export import export
    from sidecar.formats.reading import read_problem

    from .patterned import sizes, write_whole
    from .reading import read_error

    current = arguments.file
    try:
        if not itc2019.is_itc2019(arguments.output):
            raise ValueError(
                f"An instance of ITC-2019 is an .xml file; write it to a name that "
                f"ends so, not to {arguments.output.name}."
            )
        exported = export(read_problem(arguments.file))
        current = arguments.output
        write_whole(arguments.output, itc2019_writer.write(exported.problem))
    except (OSError, ValueError) as error:
        print(read_error(current, error), file=sys.stderr)
        return 2
    print(json.dumps({**sizes(exported.problem), "notes": exported.notes}))
    return 0
