"""How good in how much time: ``python -m benchmarks.quality [--quick]``.

Instance × seed × time → cost and gap to the best known, each in a process of its own.
"""

import sys

from . import cells, document, plans
from .instances import find


def main() -> int:
    """Run, and write the page."""
    options = cells.arguments(__doc__).parse_args()
    plan = plans.quality_quick if options.quick else plans.quality
    wanted = cells.narrowed(plan(find(options.instances)), options)
    study = "quality-quick" if options.quick else "quality"
    failed = cells.run(study, list(wanted), options)
    if not options.quick:
        document.write()
    return failed


if __name__ == "__main__":
    sys.exit(main())
