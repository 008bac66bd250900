"""``timetable-nep machine``: solve jobs of a service that runs on another machine."""

import argparse
import signal
import sys
from pathlib import Path
from typing import Any

from ..agent.agent import Agent
from ..agent.link import KEY_FILE, Link, read_key
from ..logs import set_up_logging
from ..settings import UnsafeConfigurationError, load_settings
from ..system.files import private_folder
from .warming import Warming


def add_parser(subparsers: Any) -> None:
    """Register the command."""
    parser = subparsers.add_parser(
        "machine", help="run jobs of a service on another machine"
    )
    parser.add_argument("--api", required=True, help="address of the service")
    parser.add_argument(
        "--key",
        type=Path,
        help="what `token create --machine NAME --json` printed there (default: "
        f"{KEY_FILE} in the data folder)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Work until a signal comes."""
    try:
        settings = load_settings()
        private_folder(settings.data_dir)
        key = read_key(arguments.key or settings.data_dir / KEY_FILE)
        set_up_logging(settings.log_level)
        with Warming(settings) as warming:
            agent = Agent(settings, Link(arguments.api, key), warming.look)
            signal.signal(signal.SIGTERM, agent.stop)
            signal.signal(signal.SIGINT, agent.stop)
            agent.run()
    except (UnsafeConfigurationError, OSError) as error:
        sys.stderr.write(f"timetable-nep: {error}\n")
        return 2
    return 0
