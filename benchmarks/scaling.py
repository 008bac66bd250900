"""How seconds and memory grow with size: ``python -m benchmarks.scaling [--quick]``.

The synthetic university at 1, 2, 5 and 10 times its size, until the first timetable
that is complete and breaks nothing.
"""

import sys

from . import plans, study

if __name__ == "__main__":
    sys.exit(
        study.run(
            "scaling",
            __doc__,
            lambda _: plans.scaling(),
            lambda _: plans.scaling_quick(),
        )
    )
