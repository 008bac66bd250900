"""How hot, with which moves and at which weights a run searches."""

from . import repair
from .budget import Budget, Share
from .improve.genetic import Schedule
from .model import Instance
from .params import SolveParams
from .searcher import Searcher, temperatures

MANY_PEOPLE = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
"""Heat baths and section changes: many people an event."""
FEW_PEOPLE = (0.02, 1.0, 0.3, 0.3, 0.1, 0.3)
"""Cheap Metropolis moves and Kempe chains: few people an event."""

AIM_WEIGHT = 2000
"""Of a hard violation where only these count: far above what moving a class costs."""


class Plan:
    """What the stages ask before they search."""

    def __init__(self, instance: Instance, params: SolveParams) -> None:
        self.instance = instance
        self.params = params
        self.repairs = params.repair and instance.previous_slot.size > 0
        many = instance.num_enrolments > 2 * instance.num_events
        self.mix = MANY_PEOPLE if many else FEW_PEOPLE

    def runs(self, part: str) -> bool:
        """Whether a stage is not switched off."""
        return part not in self.params.without

    def weights(self, weights: dict[str, int]) -> dict[str, int]:
        """Weights of the search for a variant's weights."""
        return repair.weights_for_repair(weights) if self.repairs else weights

    def reheat(self) -> float:
        """Where refinement begins, as a share of the hot end.

        Without a population before it, it has the annealing to do itself; in a repair
        the hot end is mild already.
        """
        return 0.05 if self.runs("ga_optimization") and not self.repairs else 1.0

    def aim_weight(self) -> int:
        """Of hard rules where moves aim at events in trouble."""
        return repair.HARD_WEIGHT if self.repairs else AIM_WEIGHT

    def schedule(self, searcher: Searcher) -> Schedule:
        """From hot to cold; violations must not linger at the heat there is."""
        hot, cold = temperatures(searcher)
        if self.repairs:
            hot, cold = repair.HOT_SHARE * repair.PRIORITY, min(cold, 1.0)
            return Schedule(self.mix, hot, cold, repair.PRIORITY // 4)
        weight = max(self.params.hard_weight, round(4 * hot))
        return Schedule(self.mix, hot, cold, weight)

    def speed(self, searcher: Searcher, budget: Budget) -> float:
        """Moves a second at the cold end, from a few short bursts."""
        schedule = self.schedule(searcher)
        share = Share(budget, 1.0)
        made, seconds = 0, 0.0
        while seconds < 0.1 and share.left():
            made = searcher.burst(share)
            seconds = searcher.step(
                share, schedule.weights, schedule.hard_weight, schedule.cold
            )
        return made / max(seconds, 1e-3)
