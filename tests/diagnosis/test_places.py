"""Places in an offering, as the checks ask for them, against all tuples of classes."""

from itertools import product

import pytest

from sidecar.contract.problem import Class, Component, Configuration, Offering, Problem
from sidecar.diagnosis.places import Places

LIMIT = {"A": 40, "B": 30, "A1": 20, "A2": 30, "B1": 20, "B2": 20, "X": 10}
PARENT = {"A1": "A", "A2": "A", "B1": "B", "B2": "B"}
COMPONENT = {"A": "L", "B": "L", "X": "S"} | dict.fromkeys(PARENT, "P")


def places(*classes: str) -> Places:
    return Places(
        Problem(
            rooms=[],
            timeslots=[{"id": "t", "day": 0, "period": 0}],
            offerings=[
                Offering(
                    id="o",
                    configurations=[
                        Configuration(
                            id="full",
                            components=[
                                Component(id="L", kind="lecture"),
                                Component(id="P", kind="field_work", parent="L"),
                            ],
                        ),
                        Configuration(id="short", components=[Component(id="S")]),
                    ],
                )
            ],
            classes=[
                Class(
                    id=key,
                    offering="o",
                    component=COMPONENT[key],
                    parent=PARENT.get(key),
                    limit=LIMIT[key],
                    events=[],
                )
                for key in classes
            ],
        )
    )


def test_seats_are_those_of_the_tightest_component_under_its_parents() -> None:
    """A holds 40 of the 50 of its groups, B its 30 of their 40."""
    assert places("A", "B", "A1", "A2", "B1", "B2").seats("o") == 70
    assert places("A", "A1").seats("o") == 20
    assert places("A", "A1", "X").seats("o") == 30


def test_the_tightest_component_is_named() -> None:
    assert places("A", "A1").tightest("o") == "field work"
    assert places("X").tightest("o") is None


@pytest.mark.parametrize("decided", [(), ("A",), ("B1",), ("X",)])
def test_open_classes_keep_what_is_decided(decided: tuple[str, ...]) -> None:
    found = places("A", "B", "A1", "A2", "B1", "B2", "X").open_to("o", decided)
    wanted = {
        (): {"A", "B", "A1", "A2", "B1", "B2", "X"},
        ("A",): {"A", "A1", "A2", "B1", "B2"},
        ("B1",): {"A", "B", "B1"},
        ("X",): {"X"},
    }
    assert set(found) == wanted[decided]


def test_a_likely_place_is_a_place() -> None:
    every = places("A", "B", "A1", "A2", "B1", "B2", "X")
    for worth in product((1, 2), repeat=len(LIMIT)):
        value = dict(zip(LIMIT, worth, strict=True))
        assert every.is_complete(every.likely("o", value.__getitem__))


def test_the_least_place_is_that_of_the_shortest_configuration() -> None:
    every = places("A", "B", "A1", "B1", "X")
    hours = {"A": 3, "B": 2, "A1": 2, "B1": 4, "X": 9}
    # The bound takes each component by itself, which is never too much.
    assert every.least(LIMIT.keys() & hours, hours.__getitem__) == 4
