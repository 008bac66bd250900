"""Quick proof that a part of the problem is possible: place it, first fit.

Only what first fit cannot place is worth an exact answer.
"""

from collections.abc import Iterable, Sequence

from .grid import Grid, Unit

Ties = dict[int, list[tuple[int, list[int]]]]
"""For each event, the events tied to it by relations: with the starts of the first
that go with each start of the second."""


def fits_one_agent(
    grid: Grid, units: Iterable[Unit], daily_limit: int | None = None
) -> bool:
    """Whether first fit places events of which no two may overlap."""
    order = sorted(units, key=_few_starts)
    return any(_first_fit(grid, order, daily_limit, skip) for skip in (0, 1, 2, 5))


def _few_starts(unit: Unit) -> tuple[int, int]:
    return unit.starts.bit_count() - 8 * unit.duration, unit.number


def _first_fit(
    grid: Grid, order: Sequence[Unit], daily_limit: int | None, skip: int
) -> bool:
    busy = 0
    closed: dict[str, int] = {}
    load: dict[int, int] = {}
    for number, unit in enumerate(order):
        duration = unit.duration
        free = unit.starts & ~busy & ~closed.get(unit.cls.id, 0)
        for k in range(1, duration):
            free &= ~(busy >> k)
        if daily_limit is not None:
            for day, periods in load.items():
                if periods + duration > daily_limit:
                    free &= ~day
            if duration > daily_limit:
                return False
        for _ in range((skip * number) % 7):
            if free & (free - 1):
                free &= free - 1
        if not free:
            return False
        low = free & -free
        busy |= grid.cover(low, duration)
        day = grid.day_of[low.bit_length() - 1]
        if unit.cls.one_event_per_day:
            closed[unit.cls.id] = closed.get(unit.cls.id, 0) | day
        if daily_limit is not None:
            load[day] = load.get(day, 0) + duration
    return True


def fits_related(grid: Grid, units: Sequence[Unit], ties: Ties) -> bool:
    """Whether first fit places events that relations tie together."""
    at: dict[int, int] = {}
    for unit in units:
        free = unit.starts
        for first, table in ties.get(unit.number, ()):
            if first in at:
                free &= table[at[first]]
        for other in units:
            if other.number not in at or other is unit:
                continue
            place = at[other.number]
            same_class = other.cls.id == unit.cls.id
            if same_class and unit.cls.one_event_per_day:
                free &= ~grid.day_of[place]
            if same_class or set(other.teachers) & set(unit.teachers):
                # Starts from which the two would overlap.
                for k in range(-unit.duration + 1, other.duration):
                    if place + k >= 0:
                        free &= ~(1 << (place + k))
        if not free:
            return False
        at[unit.number] = (free & -free).bit_length() - 1
    return True
