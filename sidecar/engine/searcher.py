"""One thread of search: tables, a state, an incumbent, and the moves over them."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from .budget import Share
from .cooling import Cooling
from .kernels import agents, journal, search, state
from .model import Instance, Timetable
from .recount import recount
from .tables import Tables

OPERATORS = search.OPERATORS
SECTION_CHANGE = OPERATORS.index("section_change")
KEMPE = OPERATORS.index("kempe_chain")
LARGEST_TABLE = 4_000_000
"""Entries of a baked table; days of many periods are priced without one."""
WIDE = 1 << 31
"""Where costs do not fit a baked table any more."""
WORST = np.iinfo(np.int64).max

Weights = Sequence[float]
Score = tuple[int, int]
"""(hard, soft), compared as a pair."""


class Searcher:
    """Search over one instance under one set of weights.

    Parameters
    ----------
    instance, tables
        The instance, and what its constraints compiled to.
    rng
        Where all seeds of the kernels come from.
    """

    def __init__(
        self, instance: Instance, tables: Tables, rng: np.random.Generator
    ) -> None:
        self.instance = instance
        self.tables = tables
        self.rng = rng
        led = tables.event_counts > 0
        self.events = np.flatnonzero(tables.event_starts.any(axis=1) & led)
        """Events that moves speak of; where they lead a group, of all of that."""
        self.options = tables.options_end - tables.options_first
        """(enrolments,): how many bundles each may go to."""
        self.choosers = np.flatnonzero(self.options > 1).astype(np.int64)
        self.longest = int(instance.event_duration.max(initial=1))
        self.work = search.new_work(tables)
        self.statistics = np.zeros((len(OPERATORS), 3), np.int64)
        self.iterations_per_second = 50_000.0
        self.disabled: frozenset[str] = frozenset()
        """Operators that ``anneal`` leaves out."""
        self.check_level = "none"
        """See ``recount``."""
        self._baked: tuple[int, npt.NDArray[np.int32]] | None = None
        self.clear()

    # -- the timetable -----------------------------------------------------------------

    def clear(self) -> None:
        """Start from nothing, without an incumbent."""
        self.state = state.new_state(self.tables, self.instance.num_rooms)
        state.initial_balance(self.tables, self.state)
        self.journal = journal.new_journal()
        self.forget()

    def forget(self) -> None:
        """Drop the incumbent; the next timetable looked at becomes it."""
        self.best = search.Best(
            self.state.slot.copy(),
            self.state.room.copy(),
            self.state.section.copy(),
            np.array([WORST, WORST], np.int64),
        )
        self.journal.size[:] = 0

    def load(self, timetable: Timetable) -> None:
        """Turn the state into this timetable, which also becomes the incumbent."""
        self.stand_at(timetable)
        self.forget()
        self.keep()

    def stand_at(self, timetable: Timetable) -> None:
        """Turn the state into this timetable; the incumbent stays."""
        state.transform(
            self.tables, self.state, timetable.slot, timetable.room, timetable.section
        )
        self.changed()

    def changed(self) -> None:
        """Note that more differs from the incumbent than the journal lists."""
        self.journal.size[:] = journal.JOURNAL_SIZE + 1

    def keep(self) -> None:
        search.keep_best(self.state, self.journal, self.best)

    def incumbent(self) -> Timetable:
        return Timetable(
            self.best.slot.copy(), self.best.room.copy(), self.best.section.copy()
        )

    def current(self) -> Timetable:
        """Where the search stands, which may be worse than the incumbent."""
        state = self.state
        return Timetable(state.slot.copy(), state.room.copy(), state.section.copy())

    def restore(self) -> None:
        """Go back to the incumbent."""
        best = self.best
        state.transform(self.tables, self.state, best.slot, best.room, best.section)
        self.journal.size[:] = 0

    def score(self) -> Score:
        """The incumbent's."""
        return int(self.best.totals[0]), int(self.best.totals[1])

    def current_score(self) -> Score:
        return int(self.state.totals[0]), int(self.state.totals[1])

    def num_placed(self) -> int:
        best = self.best
        roomless = self.instance.event_needs_room & (best.room < 0)
        placed = (best.slot >= 0) & ~roomless
        return int(self.tables.event_counts[placed].sum())

    # -- search ------------------------------------------------------------------------

    def table(self, hard_weight: int) -> npt.NDArray[np.int32]:
        """Costs with the hard weight baked in; empty where they would be too large."""
        if self._baked is None or self._baked[0] != hard_weight:
            size = self.tables.day_soft.size * self.tables.width * self.longest
            table = np.zeros(0, np.int32)
            if size <= LARGEST_TABLE and self._dearest_day(hard_weight) < WIDE:
                table = agents.bake(self.tables, hard_weight, self.longest)
            self._baked = (hard_weight, table)
        return self._baked[1]

    def _dearest_day(self, hard_weight: int) -> int:
        """More than an event can cost one person on a day."""
        tables = self.tables
        hard = int(tables.day_hard.max(initial=0)) + self.longest
        soft = int(np.abs(tables.day_soft).max(initial=0))
        return 2 * soft + hard * hard_weight * tables.strict

    def seed(self) -> int:
        return int(self.rng.integers(2**31))

    def section_students(self) -> None:
        """Give every enrolment without a bundle one; those without choice first."""
        order = self.rng.permutation(self.instance.num_enrolments)
        order = order[np.argsort(self.options[order], kind="stable")].astype(np.int64)
        search.section_all(self.tables, self.state, order, self.seed())
        self.changed()
        self.check()

    def take_out(self, events: npt.NDArray[np.int64]) -> None:
        """Unplace events; students of their classes who have a choice leave them."""
        left = self.current()
        # Of a group whose first event is nowhere, all are.
        left.slot[events] = left.room[events] = -1
        tables = self.tables
        own = np.isin(tables.bundle_class, tables.event_class[events])
        bundle = np.repeat(
            np.arange(len(tables.bundle_ptr) - 1), np.diff(tables.bundle_ptr)
        )
        going = np.isin(left.section[self.choosers], bundle[own])
        left.section[self.choosers[going]] = -1
        self.stand_at(left)

    def construct(self, events: npt.NDArray[np.int64], hard_weight: int) -> None:
        """Place the listed events, the hardest first (many people, few starts)."""
        people = self.state.member_count[self.instance.event_class[events]]
        starts = self.tables.event_starts[events].sum(axis=1)
        hardness = (people + 5) * self.instance.event_duration[events] / (starts + 1)
        order = events[np.argsort(-hardness, kind="stable")].astype(np.int64)
        search.construct(
            self.tables,
            self.state,
            self.journal,
            self.table(hard_weight),
            order,
            hard_weight,
            self.seed(),
        )
        self.check()

    def repair(
        self,
        events: npt.NDArray[np.int64],
        rounds: int,
        hard_weight: int,
        heat: float,
        going: Callable[[], bool] = lambda: True,
    ) -> int:
        """Aim at events in trouble; returns the number of moves made.

        ``going`` is asked before each round: there are universities of which one round
        takes a second.
        """
        seed, moves = self.seed(), 0
        for _ in range(rounds):
            if not going():
                break
            made = search.repair(
                self.tables,
                self.state,
                self.journal,
                self.work,
                self.best,
                self.table(hard_weight),
                events,
                self.events,
                hard_weight,
                heat,
                seed,
            )
            if made < 0:
                break
            seed, moves = -1, moves + int(made)
        self.check()
        return moves

    def anneal(
        self, weights: Weights, hard_weight: int, temperature: float, iterations: int
    ) -> None:
        """One burst of moves at one temperature; ``weights`` follow OPERATORS."""
        usable = np.array([name not in self.disabled for name in OPERATORS], float)
        if not len(self.choosers):
            usable[SECTION_CHANGE] = 0
        if not self.tables.class_conflict.size:
            usable[KEMPE] = 0
        probabilities = np.array(weights, float) * usable
        if not probabilities.sum():
            # Nothing of this mix is left: the others take its place.
            probabilities = usable
        if not len(self.events) or not probabilities.sum():
            return
        shares = np.cumsum(probabilities / probabilities.sum()) * search.DICE
        sides = np.arange(search.DICE)
        self.work.dice[:] = np.searchsorted(np.round(shares), sides, side="right")
        one_by_one = self.check_level == "moves"
        for _ in range(iterations if one_by_one else 1):
            search.anneal(
                self.tables,
                self.state,
                self.journal,
                self.work,
                self.best,
                self.table(hard_weight),
                self.events,
                self.choosers,
                hard_weight,
                temperature,
                1 if one_by_one else iterations,
                self.seed(),
                self.statistics,
            )
            self.check()

    def check(self) -> None:
        """Recount all totals, where the check level asks for it."""
        if self.check_level in ("bursts", "moves"):
            recount(self)

    def troubled(self) -> npt.NDArray[np.int64]:
        """Events of the current timetable that are unplaced or break a hard rule."""
        count = search.troubled_events(self.tables, self.state, self.work, self.events)
        return self.work.events[:count].copy()

    def burst(self, share: Share) -> int:
        """Iterations of about 0.1 s (in an iteration budget: a fixed number)."""
        if share.budget.iterations is not None:
            return max(1_000, share.budget.iterations // 400)
        return max(1_000, int(self.iterations_per_second * 0.1))

    def anneal_share(
        self,
        share: Share,
        weights: Weights,
        cooling: Cooling,
        hard_weight: int,
        firm: float,
        on_burst: Callable[[float], None],
    ) -> None:
        """Cool over a share of the budget.

        From the point ``firm`` of it on the hard weight rises, so that the end is free
        of violations where that can be.
        """
        while share.left():
            fraction = min(1.0, share.fraction())
            temperature = cooling.at(fraction)
            ramp = 1 + round(max(0.0, fraction - firm) / (1 - firm) * 10)
            self.step(share, weights, hard_weight * ramp, temperature)
            on_burst(fraction)

    def step(
        self, share: Share, weights: Weights, hard_weight: int, temperature: float
    ) -> float:
        """Anneal for one burst and charge it to the budget; its seconds."""
        iterations = self.burst(share)
        before = share.budget.elapsed()
        self.anneal(weights, hard_weight, temperature, iterations)
        seconds = share.budget.elapsed() - before
        self.measure(iterations, seconds)
        share.budget.spend(iterations)
        return seconds

    def measure(self, iterations: int, seconds: float) -> None:
        """Follow the machine's speed, so that bursts keep their length."""
        if seconds > 0:
            self.iterations_per_second += 0.3 * (
                iterations / seconds - self.iterations_per_second
            )


def day_steps(searcher: Searcher) -> npt.NDArray[np.int32]:
    """(rows, masks - 1): how a day's cost changes from one mask to the next."""
    return np.abs(np.diff(searcher.tables.day_soft, axis=1))


def steep_step(searcher: Searcher) -> float:
    """One of the dearer changes of a person's day, 0 where none costs anything."""
    steps = day_steps(searcher)
    steps = steps[steps > 0]
    return float(np.percentile(steps, 90)) if steps.size else 0.0


def temperatures(searcher: Searcher, height: float) -> tuple[float, float]:
    """Hot and cold ends of the schedule, from the price of uphill moves.

    The cold end is well below the cheapest step and the hot end ``height`` times the
    typical one, so that the schedule fits whatever weights a user chooses. Steps of a
    day count by how many people have them.
    """
    tables = searcher.tables
    people = np.bincount(tables.agent_kind, minlength=len(tables.kind_row))
    days = np.zeros(len(tables.day_soft))
    np.add.at(days, tables.kind_row, people[:, None])
    day = day_steps(searcher)
    share = np.broadcast_to(days[:, None], day.shape)
    cost = tables.event_slot_cost
    spread = np.ptp(np.where(tables.event_starts, cost, 0), axis=1)
    other = np.array([tables.weight_min_days, tables.weight_stability])
    values = np.concatenate([day.ravel(), spread, other]).astype(float)
    counts = np.concatenate([share.ravel(), np.ones(len(spread)), np.ones(len(other))])
    counts[values == 0] = 0
    if not counts.any():
        return 1.0, 0.1
    low, middle = np.quantile(
        values, [0.02, 0.5], weights=counts, method="inverted_cdf"
    )
    return height * max(1.0, middle), 0.05 * max(1.0, low)
