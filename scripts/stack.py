"""Entry point: ``python3 -m scripts.stack setup|up|down|clean|demo|test|…``."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - said before anything else fails
    sys.exit(
        "Python 3.11 or newer is needed; this is "
        + sys.version.split()[0]
        + ". Give another one with 'make PYTHON=python3.12 ...'."
    )

from scripts.command_line import main

if __name__ == "__main__":
    sys.exit(main())
