"""How good on ITC-2019 in how much time: ``python -m benchmarks.itc2019 [--quick]``.

Instance × seed × time → official cost, each in a process of its own. The full form
takes hours and can be interrupted; see ``--only``, ``--seeds``, ``--minutes``.
"""

import sys

from . import plans, study

if __name__ == "__main__":
    sys.exit(study.run("itc2019", __doc__, plans.itc2019, plans.itc2019_quick))
