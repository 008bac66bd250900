"""Weeks of a term: their numbers, and sets of them as one number each.

Plain Python. Week 1 is the one in which the term begins, weeks begin on Monday.
"""

from datetime import date, timedelta

EVERY = -1
"""The set of all weeks: shares a week with every other set."""
MOST = 60
"""Weeks of the longest term that the contract takes."""


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_number(day: date, first: date) -> int:
    """Number of the week of ``day`` in a term that begins on ``first``."""
    return (monday(day) - monday(first)).days // 7 + 1


def parse_weeks(text: str) -> list[int]:
    """``"3-9, 12"`` as numbers.

    :raises ValueError: where it is anything else, or a week is beyond :data:`MOST`
    """
    found: set[int] = set()
    for part in text.replace("–", "-").split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        numbers = range(int(first), int(last if dash else first) + 1)
        if not numbers or numbers[0] < 1 or numbers[-1] > MOST:
            raise ValueError(part)
        found.update(numbers)
    return sorted(found)


def weeks_of(rule: str, text: str, count: int) -> list[int]:
    """Numbers of the weeks of a pattern, in a term of ``count`` weeks."""
    half = (count + 1) // 2
    weeks = range(1, count + 1)
    if rule == "odd":
        return list(weeks[::2])
    if rule == "even":
        return list(weeks[1::2])
    if rule == "first_half":
        return list(weeks[:half])
    if rule == "second_half":
        return list(weeks[half:])
    return [week for week in parse_weeks(text) if week <= count]


def mask(weeks: list[int]) -> int:
    """A set of weeks as one number, a bit each."""
    return sum(1 << week for week in set(weeks))


def heaviest(items: list[tuple[int, int]], weeks: int) -> int:
    """The largest sum of loads in any one of these weeks.

    :param items: ``(weeks, load)``
    """
    mine = [(mask, load) for mask, load in items if mask & weeks]
    if all(mask == EVERY for mask, _ in mine):
        return sum(load for _, load in mine)
    return max(
        (
            sum(load for mask, load in mine if mask >> week & 1)
            for week in range(1, MOST + 1)
            if weeks >> week & 1
        ),
        default=0,
    )
