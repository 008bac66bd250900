"""Suggestions on the wire: better places for one event, and what each needs."""

from typing import Annotated

from pydantic import Field

from .base import Id, WireModel
from .catalogue import Message
from .problem import Assignment, Problem


class Suggestion(WireModel):
    """One way to place an event: the moves to make, and what they change."""

    moves: list[Assignment] = Field(min_length=1)
    """The event's own placement first, then where others have to go, in order."""
    hard: int
    """Change in broken hard constraints; negative mends."""
    soft: int
    """Change in soft cost under the profile asked for; negative is better."""
    message: Message | None = None
    sentence: str
    """The message in English, with opaque ids in square brackets: ``[kind:id]``."""


class Suggestions(WireModel):
    """Answer of ``POST /v1/suggest``, best first."""

    event: Id
    suggestions: list[Suggestion] = Field(default_factory=list)


class SuggestQuestion(WireModel):
    """What is asked of a problem: a timetable, and the event to place better."""

    assignments: list[Assignment]
    sectioning: dict[Id, list[Id]] = Field(default_factory=dict)
    event: Id
    profile: str = "balanced"
    weights: dict[str, Annotated[int, Field(ge=0, le=1_000_000)]] = Field(
        default_factory=dict
    )
    limit: Annotated[int, Field(ge=1, le=50)] = 5


class SuggestRequest(SuggestQuestion):
    """Body of ``POST /v1/suggest``: the question and its problem."""

    problem: Problem
