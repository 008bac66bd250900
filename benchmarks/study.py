"""What the three studies share: their options, the short form, the page."""

from collections.abc import Callable

from . import cells, document
from .cells import Cell
from .instances import Instances, find

Plan = Callable[[Instances], list[Cell]]


def run(name: str, about: str, full: Plan, quick: Plan) -> int:
    """Run one study by the command line's options; the full form writes the page."""
    options = cells.arguments(about).parse_args()
    plan = quick if options.quick else full
    wanted = cells.narrowed(plan(find(options.instances)), options)
    failed = cells.run(
        f"{name}-quick" if options.quick else name, list(wanted), options
    )
    if not options.quick:
        document.write()
    return failed
