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
from .catalogue_texts import (
    FACTS,
    FINDINGS,
    HEADLINES,
    MOVES,
    NOTES,
    REASONS,
    REFUSALS,
    RELATIONS,
    ROOMS,
    SUGGESTIONS,
    VIOLATIONS,
    WAYS_OUT,
    WHY_UNPLACED,
)

MAX_NAMED = 6
OWN = ("[room_type:", "[feature:")
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
    args: dict[str, "Argument"] = Field(default_factory=dict)
    because: list["Message"] = Field(default_factory=list)


Argument = str | int | float | list[str] | Message | list[Message]
Message.model_rebuild()


CATALOGUE: Final[dict[str, str]] = {
    **VIOLATIONS,
    **RELATIONS,
    **NOTES,
    **HEADLINES,
    **FACTS,
    **ROOMS,
    **FINDINGS,
    **WAYS_OUT,
    **WHY_UNPLACED,
    **MOVES,
    **SUGGESTIONS,
    **REASONS,
    **REFUSALS,
}
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
    reasons = [english(reason) for reason in said.because]
    args = {name: _said(value) for name, value in said.args.items()}
    text = _WORDS.vformat(CATALOGUE[said.code], (), {**args, "because": reasons})
    if said.code not in HEADLINES:
        return text.strip()  # of a reason that may be missing, its space would stay
    return f"{text}, because {'; '.join(reasons)}." if reasons else f"{text}."


def _said(value: Argument) -> str | int | float | list[str]:
    """An argument with the messages in it put into words."""
    if isinstance(value, Message):
        return english(value)
    if isinstance(value, list):
        return [english(v) if isinstance(v, Message) else v for v in value]
    return value


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
        if isinstance(value, str):
            # Types of rooms and features are called by their own name.
            return value[value.index(":") + 1 : -1] if value.startswith(OWN) else value
        if isinstance(value, list):
            value = [self.format_field(item, "") for item in value]
            if format_spec:
                return {"and": " and ", "semi": "; "}[format_spec].join(value)
            return listed(value)
        return str(super().format_field(value, format_spec))


def _plural(thing: str) -> str:
    """English plural of the last word of a term; ``class`` is the one in -es."""
    return f"{thing}es" if thing.endswith("ss") else f"{thing}s"


_WORDS = _Words()
