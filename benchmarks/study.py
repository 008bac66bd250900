"""What the three studies share: their options, the short form, the page."""

from collections.abc import Callable

from . import cells, document
from .cells import Cell
from .instances import Instances, find

Plan = Callable[[Instances], list[Cell]]


def run(name: str, about: str, full: Plan, quick: Plan, side_by_side: int = 1) -> int:
    """Run one study by the command line's options; the full form writes the page.

    Only a study that compares runs with each other may do them ``side_by_side``.
    """
    options = cells.arguments(about).parse_args()
    plan = quick if options.quick else full
    wanted = cells.narrowed(plan(find(options.instances)), options)
    study = f"{name}-quick" if options.quick else name
    failed = cells.run(study, list(wanted), options, side_by_side)
    if not options.quick:
        document.write()
    return failed
