"""Rules for people's days that go beyond a day's gaps: lunch, load, length, free days
and rest over night.

Which of them hold for whom stands in the problem; those that the term makes hard are
counted as broken rules, the others as penalties.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sidecar.contract.catalogue import message, ref
from sidecar.contract.problem import Lunch, Problem
from sidecar.contract.structure import minutes_of

from .layers import STRIDE
from .ledger import Ledger
from .week import Week

DAY = 24 * 60

Busy = dict[int, set[int]]
"""Virtual day → positions."""


@dataclass(frozen=True)
class Limits:
    """What holds for one person's days; ``None`` where nothing is asked."""

    lunch: Lunch | None = None
    periods: int | None = None
    minutes: int | None = None
    """Of the longest day."""
    free_days: int | None = None
    rest: int | None = None

    @property
    def any(self) -> bool:
        return self != Limits()


def of_students(problem: Problem) -> Limits:
    """Limits of students and of batches that are not listed by student."""
    return Limits(
        problem.lunch,
        problem.student_max_periods_day,
        problem.student_max_span_minutes,
        problem.student_min_free_days,
        problem.rest_minutes,
    )


def of_faculty(problem: Problem) -> dict[str, Limits]:
    """Limits of each faculty member; their daily load is a rule of its own."""
    return {
        member.id: Limits(
            problem.lunch,
            None,
            member.max_span_minutes,
            member.min_free_days,
            problem.rest_minutes,
        )
        for member in problem.faculty
    }


class Days:
    """Judges the weeks of people by the clock of the grid."""

    def __init__(self, problem: Problem, week: Week) -> None:
        self.hard = frozenset(problem.hard_rules)
        self.layers = week.layers
        self.number = len({day % STRIDE for day in week.length})
        clock = {slot.id: slot for slot in problem.timeslots}
        self.times: dict[tuple[int, int], tuple[int, int]] = {}
        for place, key in week.slots.items():
            slot = clock[key]
            if slot.start is not None and slot.end is not None:
                self.times[place] = (minutes_of(slot.start), minutes_of(slot.end))

    def faults(self, limits: Limits, busy: Busy) -> Iterator[tuple[str, int, int]]:
        """(rule, virtual day, amount) of all that a person's week breaks."""
        for day, positions in busy.items():
            if limits.lunch is not None and self._no_lunch(
                limits.lunch, day, positions
            ):
                yield "lunch", day, 1
            if limits.periods is not None and len(positions) > limits.periods:
                yield "daily_load", day, len(positions) - limits.periods
            if limits.minutes is not None:
                begin = self.times[day, min(positions)][0]
                end = self.times[day, max(positions)][1]
                beyond = end - begin - limits.minutes
                if beyond > 0:
                    yield "long_day", day, (beyond + 59) // 60
            after = busy.get(day + 1)
            if limits.rest is not None and after and day % STRIDE < STRIDE - 1:
                end = self.times[day, max(positions)][1]
                begin = self.times[day + 1, min(after)][0]
                if begin + DAY - end < limits.rest:
                    yield "rest", day, 1
        if limits.free_days is not None:
            for layer in range(len(self.layers.sizes)):
                used = sum(day // STRIDE == layer for day in busy)
                lacking = limits.free_days - (self.number - used)
                if lacking > 0:
                    yield "free_days", layer * STRIDE, lacking

    def _no_lunch(self, lunch: Lunch, day: int, positions: set[int]) -> bool:
        """Whether no pause of the day is long enough, within the hours for it."""
        start, end = minutes_of(lunch.start), minutes_of(lunch.end)
        taken = sorted(self.times[day, position] for position in positions)
        free_from = start
        for begin, until in taken:
            if min(begin, end) - free_from >= lunch.minutes:
                return False
            free_from = max(free_from, until)
        return end - free_from < lunch.minutes

    def weigh(
        self, kind: str, limits: Limits, busy: Busy, weights: dict[str, int]
    ) -> tuple[int, int]:
        """(hard, soft) of a person's week."""
        hard = soft = 0
        for rule, day, amount in self.faults(limits, busy):
            name = f"{kind}_{rule}"
            if name in self.hard:
                hard += amount
            else:
                soft += weights[name] * amount * self.layers.size(day)
        return hard, soft

    def charge(
        self,
        ledger: Ledger,
        kind: str,
        who: tuple[str, str],
        found: Iterable[tuple[str, int, int]],
        events: list[str],
    ) -> None:
        """Write down what a person's week breaks.

        ``kind`` is ``student`` or ``faculty``: whose rules hold for ``who``, as
        (kind, id), which may be a curriculum.
        """
        agent, key = who
        for rule, day, amount in found:
            name = f"{kind}_{rule}"
            if name not in self.hard:
                ledger.add_days(name, day, amount)
                continue
            args: dict[str, str | int] = {"who": ref(agent, key)}
            if rule in ("daily_load", "long_day", "free_days"):
                args["count"] = amount
            if rule != "free_days":
                args["day"] = day % STRIDE
            ledger.broken(
                "people",
                amount,
                message(f"people_{rule}", (), **args),
                [e for e in events if e in ledger.cover],
                **{agent: key},
            )
