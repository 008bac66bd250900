"""Checks of the running totals against a full recount, for whoever wants to be sure.

The kernels keep their totals up to date move by move. At a *check level* above
``none`` they are counted again from nothing:

- ``incumbents``: whoever scores the results compares them with the engine's own score;
- ``bursts``: besides, all totals and occupancies after each burst of moves;
- ``moves``: besides, after each single move. Thousands of times slower.
"""

from typing import TYPE_CHECKING, Final

import numpy as np

from .kernels import state

if TYPE_CHECKING:
    from .searcher import Searcher

COUNTED: Final = (
    "totals",
    "week",
    "room_count",
    "room_event",
    "occupied",
    "member_count",
    "slot_size",
    "option",
)
"""Arrays of the state that a timetable alone decides, whatever led to it."""


class RecountError(RuntimeError):
    """The engine's own figures are wrong: an error in the engine, never in the data."""


def recount(searcher: "Searcher") -> None:
    """Build the searcher's current timetable anew and compare.

    Raises
    ------
    RecountError
        Naming what differs, and by how much.
    """
    fresh = state.new_state(searcher.tables, searcher.instance.num_rooms)
    state.initial_balance(searcher.tables, fresh)
    now = searcher.current()
    state.transform(searcher.tables, fresh, now.slot, now.room, now.section)
    for name in COUNTED:
        kept, counted = getattr(searcher.state, name), getattr(fresh, name)
        wrong = np.flatnonzero((kept != counted).ravel())
        if wrong.size:
            first = int(wrong[0])
            raise RecountError(
                f"The engine's '{name}' differs from a recount in {wrong.size} places, "
                f"the first being {first}: {kept.ravel()[first]} instead of "
                f"{counted.ravel()[first]}. Please report this, with the problem."
            )


def agree(key: str, engine: tuple[int, int], scorer: tuple[int, int]) -> None:
    """Compare the engine's (hard, soft) of a variant with the plain scorer's.

    Raises
    ------
    RecountError
        If they differ.
    """
    if engine != scorer:
        raise RecountError(
            f"The engine scores variant {key} with {engine}, the plain scorer with "
            f"{scorer} (hard, soft). Please report this, with the problem."
        )
