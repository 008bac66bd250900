"""What a relation asks for, in words."""

from typing import Any, Final

IN_WORDS: Final = {
    "same_start": "the same start",
    "same_time": "the same time",
    "same_days": "the same days",
    "same_weeks": "the same weeks",
    "same_room": "the same room",
    "different_time": "different times",
    "different_days": "different days",
    "different_weeks": "different weeks",
    "different_room": "different rooms",
    "overlap": "an overlap",
    "not_overlap": "no overlap",
    "same_attendees": "time to attend all",
    "precedence": "this order",
    "work_day": "all within {amount} from first to last",
    "min_gap": "a gap of at least {amount}",
    "max_days": "at most {days}",
    "max_day_load": "at most {amount} a day",
    "max_breaks": "at most {breaks} of more than {pause} a day",
    "max_block": "at most {minutes} in a row",
    "back_to_back": "one right after the other",
}
"""Relation → what it asks for; ``amount`` is in periods or minutes."""


def in_words(relation: Any) -> str:
    """What a relation asks for, as part of a sentence."""
    return IN_WORDS[relation.type].format(
        amount=_counted(relation.value, "period")
        if relation.minutes is None
        else _counted(relation.minutes, "minute"),
        days=_counted(relation.value, "day"),
        breaks=_counted(relation.value, "break"),
        minutes=_counted(relation.minutes, "minute"),
        pause=_counted(relation.pause, "minute"),
    )


def _counted(number: int | None, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"
