"""Aiming at events in trouble, whoever left them there."""

from collections.abc import Callable

from ..budget import Budget
from ..searcher import Searcher
from .seating import Seating

HEATS = (2.0, 1.0, 3.0, 1.0)
"""Heats of the turns, in hard violations, over and over. A hotter first turn takes
twice the moves for no better end; cool ones alone lead large universities into corners.
"""
TURNS, ROUNDS = 14, 25
VAIN_TURNS = 2
"""Cool turns without gain after which a fresh start is the better chance."""


def mend(
    searcher: Searcher,
    strict: int,
    budget: Budget,
    on_turn: Callable[[bool], None] | None = None,
) -> int:
    """Aim at events in trouble, hot and cool by turns, until none is; the moves.

    Heat is in hard violations: hot turns shift trouble to where there is room for it,
    cool ones settle it. At one heat it stalls. The incumbent is what the searcher stood
    at, or what became of that, and there it stands at the end.

    Parameters
    ----------
    strict
        Weight of a hard violation, far above all soft costs of a move.
    budget
        Pays for the moves; ends the mending soon after its own end.
    on_turn
        Called before the first turn and after each, with whether nothing is broken.
    """
    searcher.forget()
    searcher.keep()
    moves = vain = 0
    last = searcher.score()[0]

    def going() -> bool:
        """Obeys commands; False once there is no time left."""
        budget.obey()
        return not budget.overtime()

    seating = Seating(searcher, going)
    if on_turn is not None:
        on_turn(last == 0)
    for turn in range(TURNS):
        heat = strict * HEATS[turn % len(HEATS)]
        made = searcher.repair(searcher.events, ROUNDS, strict, heat, going)
        moves += made
        budget.spend(made)
        if heat == strict * HEATS[-1] and searcher.score()[0] > 0:
            seating.settle()
            vain = vain + 1 if searcher.score()[0] == last else 0
            last = searcher.score()[0]
        done = searcher.score()[0] == 0
        if on_turn is not None:
            on_turn(done)
        if done or vain == VAIN_TURNS or not going():
            break
    searcher.restore()
    return moves
