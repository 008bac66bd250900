"""All that is said about a problem or a timetable: codes with arguments, and English.

What crosses the wire is a ``Message``: a code and its arguments. Whoever shows it makes
the sentence in the reader's language; the English one is made here, for people without
Odoo. An argument that names a record is written ``[kind:id]``, a day is 0 to 6 from
Monday. Nobody reads a sentence to find out what it says.
"""

from collections.abc import Iterable
from string import Formatter
from typing import Any, Final

from pydantic import Field

from .base import WireModel

Argument = str | int | float | list[str]

MAX_NAMED = 6
DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


class Message(WireModel):
    """A code with its arguments, and the messages that are its reasons."""

    code: str
    args: dict[str, Argument] = Field(default_factory=dict)
    because: list["Message"] = Field(default_factory=list)


VIOLATIONS: Final = {
    "unplaced_time": "{event} of {class} has no timeslot.",
    "unplaced_room": "{event} of {class} has no room.",
    "clash": "{who} has {count:n event} at {timeslot}.",
    "class_same_day": "{class} has {count:n event} on {day:day}.",
    "faculty_daily_load": "{faculty} teaches {count:n period} on {day:day}; the limit "
    "is {limit}.",
    "left_pin": "{event} left its pinned place.",
    "joint_apart": "{event} is not where {other} is, with which it is taught as one.",
    "outside_weeks": "{event} is held in weeks that are not allowed for it.",
    "outside_times": "{event} is outside the timeslots allowed for it.",
    "not_available": "{who} is not available at {timeslot}, where {event} is.",
    "room_closed": "{room} is closed at {timeslot}.",
    "room_type": "{room} is a {type}, not a {wanted}, which {event} needs.",
    "room_features": "{room} lacks {features:and}, which {event} needs.",
    "room_seats": "{room} seats {seats}, not {wanted}, which {event} needs.",
    "room_not_allowed": "{room} is not among the rooms allowed for {event}.",
    "room_not_required": "{room} is not one of those that {event} requires.",
    "room_forbidden": "{room} is forbidden for {event}.",
    "relation_broken": "Relation {relation} does not hold: it asks for {because}.",
    "no_place": "{student} does not have exactly one class of each chosen offering.",
    "class_full": "{class} holds {count:n student}; its limit is {limit}.",
}

RELATIONS: Final = {
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
    "back_to_back": "one right after the other",
    "work_day_periods": "all within {value:n period} from first to last",
    "work_day_minutes": "all within {minutes:n minute} from first to last",
    "min_gap_periods": "a gap of at least {value:n period}",
    "min_gap_minutes": "a gap of at least {minutes:n minute}",
    "max_days": "at most {value:n day}",
    "max_day_load_periods": "at most {value:n period} a day",
    "max_day_load_minutes": "at most {minutes:n minute} a day",
    "max_breaks": "at most {value:n break} of more than {pause:n minute} a day",
    "max_block": "at most {minutes:n minute} in a row",
}
"""What a relation asks for, as part of a sentence."""

NOTES: Final = {
    "variant_left_out": "There was no time to make variant {key} differ from the "
    "others; it is left out.",
    "variant_not_best": "Variant {key} ({profile}) is not the best on its own axis: "
    "it costs {cost} there, another variant {other}.",
    "variants_alike": "Variants {a} and {b} differ in {share}% of placements only.",
    "deep_search_left_out": "Variant {key} has {events:n event} in trouble; deep "
    "search is for {most} at most and was left out.",
    "deep_search_done": "Deep search brought variant {key} from {before:n event} in "
    "trouble to {after}.",
}

CATALOGUE: Final[dict[str, str]] = {**VIOLATIONS, **RELATIONS, **NOTES}
"""Code → English, with the arguments as gaps."""


def ref(kind: str, key: str) -> str:
    """A record as an argument."""
    return f"[{kind}:{key}]"


def refs(kind: str, keys: Iterable[str]) -> list[str]:
    """Records as an argument."""
    return [ref(kind, key) for key in keys]


def message(code: str, because: Iterable[Message] = (), /, **args: Argument) -> Message:
    """A message of the catalogue.

    Raises
    ------
    KeyError
        If there is no such code.
    """
    if code not in CATALOGUE:
        raise KeyError(f"The catalogue has no code '{code}'.")
    return Message(code=code, args=args, because=list(because))


def relation_message(relation: Any) -> Message:
    """What a relation asks for."""
    kind = relation.type
    args = {
        name: value
        for name in ("value", "minutes", "pause")
        if (value := getattr(relation, name)) is not None
    }
    if kind in ("work_day", "min_gap", "max_day_load"):
        kind += "_periods" if relation.minutes is None else "_minutes"
    return message(kind, (), **args)


def english(said: Message) -> str:
    """The sentence, or the part of one, in English."""
    reasons = "; ".join(english(reason) for reason in said.because)
    return _WORDS.vformat(CATALOGUE[said.code], (), {**said.args, "because": reasons})


def listed(items: list[str], most: int = MAX_NAMED) -> str:
    """``a, b and c``; a long list ends with a count."""
    shown = list(items)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(items) - most + 1} more"]
    if len(shown) < 2:
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


class _Words(Formatter):
    """``{n:n event}`` counts, ``{d:day}`` names a day, lists are put in a row."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("n "):
            thing = format_spec[2:]
            return f"{value} {thing if value == 1 else _plural(thing)}"
        if format_spec == "day":
            return DAYS[value]
        if isinstance(value, list):
            return listed(value, len(value) if format_spec == "and" else MAX_NAMED)
        return str(super().format_field(value, format_spec))


def _plural(thing: str) -> str:
    """English plural of the last word of a term; ``class`` is the one in -es."""
    return f"{thing}es" if thing.endswith("ss") else f"{thing}s"


_WORDS = _Words()
