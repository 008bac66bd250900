"""How good in how much time: ``python -m benchmarks.quality [--quick]``.

Instance × seed × time → cost and gap to the best known, each in a process of its own.
"""

import sys

from . import plans, study

if __name__ == "__main__":
    sys.exit(study.run("quality", __doc__, plans.quality, plans.quality_quick))
