"""What each part is worth: ``python -m benchmarks.ablation [--quick]``.

Each stage and each operator is switched off in turn, on tight and loose universities
and on public instances. Its share of the time goes to the others.
"""

import sys

from . import plans, study

if __name__ == "__main__":
    sys.exit(
        study.run(
            "ablation",
            __doc__,
            lambda _: plans.ablation(),
            lambda _: plans.ablation_quick(),
            plans.ABLATION_SIDE_BY_SIDE,
        )
    )
