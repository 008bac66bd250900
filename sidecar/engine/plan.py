"""How hot, with which moves and at which weights a run searches."""

from dataclasses import dataclass, replace

from . import repair
from .budget import Budget, Share
from .compile import compile_tables
from .cooling import Cooling, geometric
from .improve.genetic import Schedule
from .model import Instance
from .params import SolveParams
from .searcher import Searcher, steep_step, temperatures
from .tables import Tables

MANY_PEOPLE = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0)
"""Heat baths and section changes: many people an event."""
FEW_PEOPLE = (0.0, 1.0, 0.1, 0.05, 0.6, 0.3)
"""Cheap Metropolis moves and Kempe chains: few people an event. No heat baths: their
draw of a slot does not know what the room will cost, which at the cold end undoes more
than it finds."""
FEW_CHANGES = (0.02, 1.0, 0.3, 0.3, 0.1, 0.3)
"""In a repair, where what a heat bath costs is above all the change itself."""
FIXED_PEOPLE = (0.15, 0.3, 0.0, 0.3, 0.3, 0.0)
"""Many people an event, none with a choice of classes: the week is full, so that
exchanges and chains find what single moves do not."""
HOT_STEPS = 4.0
"""Hot end of Metropolis moves, in typical steps of one person's price. What an event's
move costs grows with the root of how many people are in it, since they do not agree."""
HOT_STEPS_OF_CHOICES = 12.0
"""The same where students' own moves and heat baths do the work."""

HARD_HEATS_OF_CHOICES, HARD_HEATS_OF_FIXED, HARD_HEATS_OF_FEW = 4.0, 0.5, 1.5
"""Weight of a hard violation, in hot ends, while it is still to be got rid of. Where
nobody has a choice of classes, the way from one division of the week to another leads
through clashes: a hot search must afford some, or it stays in the first corner."""
STEEP_STEPS = 10.0
"""The least such weight where they have, in steep steps of a person's day: a clash may
not be the cheap way out of a few dear preferences."""


@dataclass(frozen=True)
class Course:
    """How the budget goes to the start, members, their children and refinement."""

    building: float
    """Point of the budget at which construction ends at the latest."""
    mild: float
    """Where children and refinement begin, as a share of the hot end, if the cooling is
    geometric; as far along it, if a pilot told another."""
    children: int
    members: float
    """Share of the genetic stage that its first members have; more if hungry."""
    melt: float
    """How much hotter members begin."""
    genetic_end: float
    """Point of the budget at which that stage ends; later where members are hungry."""


OF_CHOICES = Course(0.35, 0.02, 4, 0.67, 6.0, 0.85)
"""Students with choices: what is worked out goes on gaining at little heat."""
OF_REPAIRS = replace(OF_CHOICES, genetic_end=0.65)
"""What is stuck is freed by what refinement learns more often than by a population."""
OF_FIXED = Course(0.04, 0.2, 4, 0.67, 1.0, 0.8)
"""Many people, no choices: the first members decide in which corner all end. Annealing
finds the way out of clashes by itself and forgets the start, so that gets little."""
OF_FEW = Course(0.04, 0.2, 8, 0.5, 1.0, 0.75)
"""Few people, no choices: the way to something better leads up and down many times."""

AIM_WEIGHT = 2000
"""Of a hard violation where only these count: far above what moving a class costs."""


class Plan:
    """What the stages ask before they search."""

    def __init__(self, instance: Instance, params: SolveParams) -> None:
        self.instance = instance
        self.params = params
        self.repairs = params.repair and instance.previous_slot.size > 0
        # What is one decision over several days or weeks is not repaired one by one:
        # the weight of what moves holds it in place.
        self.repairs &= not instance.groups
        self.choices = instance.has_choices()
        many = instance.num_enrolments > 2 * instance.num_events
        people = instance.num_enrolments / max(1, len(instance.class_limit))
        self.steps = HOT_STEPS * max(1.0, people) ** 0.5
        self.mix, heats = FEW_PEOPLE, HARD_HEATS_OF_FEW
        if self.repairs and not many:
            self.mix = FEW_CHANGES
        elif many and self.choices:
            self.mix, self.steps = MANY_PEOPLE, HOT_STEPS_OF_CHOICES
        elif many:
            self.mix, heats = FIXED_PEOPLE, HARD_HEATS_OF_FIXED
        self.hard_heats = HARD_HEATS_OF_CHOICES if self.choices else heats
        self.course = OF_REPAIRS if self.repairs else OF_CHOICES
        self.climbs = not self.choices and not self.repairs
        """Whether what comes after the first members goes up and down again."""
        if self.climbs:
            self.course = OF_FIXED if many else OF_FEW

    def runs(self, part: str) -> bool:
        """Whether a stage is not switched off."""
        return part not in self.params.without

    def tables(self, weights: dict[str, int]) -> Tables:
        """What the search for a variant of these weights reads."""
        tables = compile_tables(self.instance, weights)
        if not self.repairs:
            return tables
        weights = repair.weights_for_repair(weights, tables)
        return compile_tables(self.instance, weights)

    def refinement(self, schedule: Schedule) -> Cooling:
        """How refinement cools: as children do.

        Without a population before it, it has the annealing to do itself; in a repair
        the hot end is mild already.
        """
        if self.repairs or not self.runs("ga_optimization"):
            return schedule.cooling
        return schedule.milder().cooling

    def aim_weight(self, tables: Tables) -> int:
        """Of hard rules where moves aim at events in trouble."""
        return repair.hard_weight(tables) if self.repairs else AIM_WEIGHT

    def schedule(self, searcher: Searcher, learned: Cooling | None = None) -> Schedule:
        """From hot to cold; violations must not linger at the heat there is.

        ``learned`` is what a pilot found between the same ends.
        """
        hot, cold = temperatures(searcher, self.steps)
        priority = repair.priority(searcher.tables)
        if self.repairs:
            hot, cold = repair.HOT_SHARE * priority, min(cold, 1.0)
        plain, aim = geometric(hot, cold), self.aim_weight(searcher.tables)
        mild = plain.progress(hot * self.course.mild)
        cooling = learned or plain
        if self.repairs:
            return Schedule(self.mix, cooling, priority // 4, mild, aim)
        least = 1
        if self.choices:
            steep = round(STEEP_STEPS * steep_step(searcher))
            least = max(self.params.hard_weight, steep)
        weight = max(least, round(self.hard_heats * hot))
        return Schedule(self.mix, cooling, weight, mild, aim, self.course.melt)

    def speed(self, searcher: Searcher, budget: Budget) -> float:
        """Moves a second at the cold end, from a few short bursts."""
        schedule = self.schedule(searcher)
        share = Share(budget, 1.0)
        made, seconds = 0, 0.0
        while seconds < 0.1 and share.left():
            made = searcher.burst(share)
            seconds = searcher.step(
                share, schedule.weights, schedule.hard_weight, schedule.cooling.cold
            )
        return made / max(seconds, 1e-3)
