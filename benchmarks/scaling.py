"""How seconds and memory grow with size: ``python -m benchmarks.scaling [--quick]``.

The synthetic university at 1, 2, 5 and 10 times its size, until the first timetable
that is complete and breaks nothing.
"""

import sys

from . import cells, document, plans


def main() -> int:
    """Run, and write the page."""
    options = cells.arguments(__doc__).parse_args()
    plan = plans.scaling_quick if options.quick else plans.scaling
    wanted = cells.narrowed(plan(), options)
    study = "scaling-quick" if options.quick else "scaling"
    failed = cells.run(study, list(wanted), options)
    if not options.quick:
        document.write()
    return failed


if __name__ == "__main__":
    sys.exit(main())
