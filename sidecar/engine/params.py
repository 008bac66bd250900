"""What may be set about a run; everything has a default and is checked."""

from dataclasses import dataclass, field

CHECK_LEVELS = ("none", "incumbents", "bursts", "moves")
"""How closely the engine checks its own sums; see ``recount``."""

PARTS = ("clustering", "cp_sat", "ga_optimization", "rl_refinement")
"""Stages that ``SolveParams.without`` may name, beside the kernels' operators."""


@dataclass(frozen=True)
class VariantSpec:
    """One timetable wanted: a key and the weight of each soft constraint.

    ``axis`` names the constraints on which it is to be the best of the set; ``None``
    stands for all of them, at its own weights.
    """

    key: str
    weights: dict[str, int]
    axis: tuple[str, ...] | None = None


@dataclass(frozen=True)
class SolveParams:
    """Parameters of one run.

    ``time_limit`` is in seconds; with ``iterations`` the clock steers nothing and the
    run is reproducible. ``plan`` divides the budget among the stages.
    """

    variants: tuple[VariantSpec, ...]
    seed: int = 1
    time_limit: float = 300.0
    iterations: int | None = None
    repair: bool = False
    deep_search: bool = False
    threads: int = 1
    exact_share: float = 0.02
    hard_weight: int = 60
    incumbent_every: float = field(default=10.0)
    check_level: str = "none"
    """One of ``CHECK_LEVELS``."""
    without: frozenset[str] = frozenset()
    """Stages (``PARTS``) and operators that are switched off, to measure what each is
    worth. What they would have used of the budget goes to the others."""

    def __post_init__(self) -> None:
        if not self.variants:
            raise ValueError("Ask for at least one variant.")
        if self.check_level not in CHECK_LEVELS:
            raise ValueError(f"There is no check level '{self.check_level}'.")
        if self.time_limit <= 0:
            raise ValueError("The time limit must be more than 0 seconds.")
