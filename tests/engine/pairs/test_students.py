"""Students of a class that moves are seated anew, by exchange where all is full."""

import numpy as np

from sidecar.engine.model.patterned import (
    Configuration,
    Course,
    Pattern,
    PatternedClass,
    PatternedProblem,
    PatternedSolution,
    Student,
    Subpart,
    TimeOption,
    Weights,
)
from sidecar.engine.pairs.compile import compile_pairs
from sidecar.engine.pairs.searcher import PairSearcher
from sidecar.engine.pairs.tables import SOFT
from sidecar.scoring.patterned import score_patterned

EARLY, LATE, LAST = (Pattern(1, start, 12, 1) for start in (96, 120, 144))


def full_course():
    """Two parallel classes of one seat; only one of their students has another course.

    The first class may leave its dear time for that of the other course.
    """

    def held(name, *times):
        options = tuple(TimeOption(pattern, cost) for pattern, cost in times)
        return PatternedClass(name, 1, -1, len(name) - 1, (), options)

    classes = (
        held("a", (LATE, 9), (EARLY, 0)),
        held("b", (LAST, 0)),
        held("cc", (EARLY, 0)),
    )
    return PatternedProblem(
        "full",
        7,
        1,
        288,
        Weights(1, 1, 1, 5),
        (),
        classes,
        (Subpart("p", (0, 1)), Subpart("q", (2,))),
        (Configuration("p", (0,)), Configuration("q", (1,))),
        (Course("p", (0,)), Course("q", (1,))),
        (),
        (Student("s", (0, 1)), Student("t", (0,))),
    )


def test_a_class_moves_where_two_students_exchange_their_places():
    """Neither the move alone nor either student alone is an improvement."""
    problem = full_course()
    searcher = PairSearcher(problem, compile_pairs(problem), np.random.default_rng(1))
    searcher.load(PatternedSolution([0, 0, 0], [-1, -1, -1], [(0, 2), (1,)]))
    searcher.weigh(1000)
    assert searcher.score() == (0, 9)
    searcher.roll({"time_students_change": 1.0})
    searcher.anneal(0.01, 0, 200)
    assert searcher.score() == (0, 0)
    assert searcher.state.totals[SOFT] == 0
    found = searcher.solution()
    assert found.attends == [(1, 2), (0,)]
    assert score_patterned(problem, found).total == 0
