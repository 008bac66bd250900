"""``timetable-nep generate``: write a synthetic university."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import orjson

from sidecar.synthesis import PRESETS, generate
from sidecar.synthesis.figures import tightness

from .parsers import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    parser = subparsers.add_parser(
        "generate", help="write a synthetic university under NEP 2020 as one problem"
    )
    parser.add_argument(
        "--preset", choices=sorted(PRESETS), default="campus", help="size and shape"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="the same seed, the same bytes"
    )
    parser.add_argument("--scale", type=int, default=1, help="times as large")
    parser.add_argument(
        "--days", type=int, choices=(5, 6), default=6, help="days a week"
    )
    parser.add_argument(
        "--room-use",
        type=float,
        metavar="SHARE",
        help="keep only as many rooms as make this share of room-periods busy",
    )
    parser.add_argument(
        "--components",
        metavar="L/T/P",
        help="most students of a lecture, a tutorial and a practical of a major, such "
        "as 60/30/20; without it a class is together in all its events",
    )
    parser.add_argument(
        "--weeks",
        type=int,
        default=1,
        help="weeks of the term; from 2 on half of the practicals are fortnightly",
    )
    parser.add_argument(
        "--joint",
        type=int,
        default=0,
        metavar="N",
        help="elective lectures that two programmes share under two codes",
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="the problem, .json"
    )
    parser.set_defaults(run=run)


def read_groups(text: str) -> tuple[int, int, int] | None:
    """The three sizes of ``60/30/20``; None if they are not three sizes."""
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        return None
    lecture, tutorial, practical = map(int, parts)
    return lecture, tutorial, practical


def run(arguments: argparse.Namespace) -> int:
    """Generate, write, and print one line of figures on how tight it is."""
    preset = PRESETS[arguments.preset]
    if arguments.scale < 1 or (
        arguments.room_use is not None and not 0 < arguments.room_use <= 1
    ):
        print("--scale is at least 1 and --room-use between 0 and 1.", file=sys.stderr)
        return 2
    groups = None
    if arguments.components is not None:
        groups = read_groups(arguments.components)
        if groups is None:
            print(
                "--components takes three numbers such as 60/30/20: most students of "
                "a lecture, a tutorial and a practical.",
                file=sys.stderr,
            )
            return 2
    if not 1 <= arguments.weeks <= 60 or arguments.joint < 0:
        print("--weeks is between 1 and 60 and --joint at least 0.", file=sys.stderr)
        return 2
    if arguments.scale > 1:
        preset = preset.scaled(arguments.scale)
    preset = replace(
        preset,
        days=arguments.days,
        room_use=arguments.room_use,
        groups=groups,
        weeks=arguments.weeks,
        joint=arguments.joint,
    )
    try:
        problem = generate(preset, arguments.seed)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    body = orjson.dumps(problem.model_dump(mode="json", exclude_none=True))
    arguments.output.write_bytes(body)
    print(json.dumps({"file": str(arguments.output), **tightness(problem)}))
    return 0
