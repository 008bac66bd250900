"""The general problem: bundles of a course."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from sidecar.engine.model.patterned import (
    Configuration,
    Course,
    Kind,
    PatternedClass,
    PatternedProblem,
    Subpart,
    Weights,
)


@st.composite
def courses(draw):
    """A course of up to two configurations, with parents inside each."""
    classes, subparts, configurations = [], [], []
    for _ in range(draw(st.integers(1, 2))):
        own = []
        for _ in range(draw(st.integers(1, 3))):
            size = draw(st.integers(1, 3))
            number = len(subparts)
            own.append(number)
            first = len(classes)
            classes += [[number, -1] for _ in range(size)]
            subparts.append(Subpart(str(number), tuple(range(first, first + size))))
        for place, subpart in enumerate(own):
            for index in subparts[subpart].classes:
                others = [s for p, s in enumerate(own) if p != place]
                if others and draw(st.booleans()):
                    parents = subparts[draw(st.sampled_from(others))].classes
                    classes[index][1] = draw(st.sampled_from(parents))
        configurations.append(Configuration(str(len(configurations)), tuple(own)))
    return PatternedProblem(
        "random",
        7,
        1,
        288,
        Weights(1, 1, 1, 1),
        classes=tuple(
            PatternedClass(str(i), 1, parent, subpart, (), ())
            for i, (subpart, parent) in enumerate(classes)
        ),
        subparts=tuple(subparts),
        configurations=tuple(configurations),
        courses=(Course("1", tuple(range(len(configurations)))),),
    )


@given(courses())
def test_bundles_are_the_choices_that_keep_every_parent(problem):
    expected = [
        choice
        for configuration in problem.configurations
        for choice in product(
            *(problem.subparts[s].classes for s in configuration.subparts)
        )
        if all(
            problem.classes[c].parent in choice
            for c in choice
            if problem.classes[c].parent >= 0
        )
    ]
    assert list(problem.bundles(0)) == expected


def test_fifteen_kinds_are_of_pairs():
    assert len(Kind) == 19
    assert sum(kind.of_pairs for kind in Kind) == 15
