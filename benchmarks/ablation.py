"""What each part is worth: ``python -m benchmarks.ablation [--quick]``.

Each stage and each operator is switched off in turn, on tight and loose universities
and on public instances. Its share of the time goes to the others.
"""

import sys

from . import cells, document, plans


def main() -> int:
    """Run, and write the page."""
    options = cells.arguments(__doc__).parse_args()
    plan = plans.ablation_quick if options.quick else plans.ablation
    wanted = cells.narrowed(plan(), options)
    study = "ablation-quick" if options.quick else "ablation"
    failed = cells.run(study, list(wanted), options)
    if not options.quick:
        document.write()
    return failed


if __name__ == "__main__":
    sys.exit(main())
