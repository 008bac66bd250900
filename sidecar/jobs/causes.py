"""Puts the reasons of failed attempts under few words, for counting."""

import re

_CAUSES = (
    ("time", r"It ran longer than"),
    ("memory", r"It used \d+ MB of memory|It ran out of memory"),
    ("disk", r"It wrote \d+ MB|Its result could not|Its files could not"),
    ("silence", r"It gave no sign of life"),
    ("crash", r"The solver (crashed|stopped itself|was stopped)|Its process ended w"),
    ("killed", r"Its process was ended from outside"),
    ("interrupted", r"The service stopped|It gave its place"),
    ("problem", r"The problem contradicts itself"),
    ("engine", r"The engine stopped with an error"),
    ("start", r"Its process could not be started"),
)
CAUSES = (*(name for name, _ in _CAUSES), "other")
INTERRUPTED = "interrupted"
"""Not a failure: the service was stopped in order, and the job goes on."""


def cause_of(reason: str | None) -> str:
    """Give the cause that a reason is of; ``other`` if it is none we know."""
    for name, pattern in _CAUSES:
        if re.match(pattern, reason or ""):
            return name
    return "other"
