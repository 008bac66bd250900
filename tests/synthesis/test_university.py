"""Presets have the numbers they promise, and a timetable exists."""

import math
from collections import Counter

import pytest

from sidecar.diagnosis import diagnose
from sidecar.formats.checks import find_errors
from sidecar.synthesis import PRESETS, generate
from sidecar.synthesis.figures import tightness


@pytest.fixture(scope="module")
def bhu():
    """The university of the mission's size."""
    return generate(PRESETS["bhu"], seed=1)


def test_bhu_has_exactly_the_promised_numbers(bhu):
    figures = tightness(bhu)
    expected = {
        "departments": 127,
        "offerings": 1332,
        "classes": 2494,
        "faculty": 2320,
        "rooms": 1147,
        "timeslots": 48,
        "students": 19072,
    }
    assert {key: figures[key] for key in expected} == expected


def test_bhu_is_split_at_sixty_and_consistent(bhu):
    """An offering has as many classes as its enrolment at sixty a class needs."""
    demand = Counter(o for s in bhu.students for o in s.offerings)
    classes = Counter(c.offering for c in bhu.classes)
    for offering, count in classes.items():
        assert count == math.ceil(demand[offering] / 60)
    assert find_errors(bhu) == []
    assert diagnose(bhu).feasible


def test_students_cross_departments(bhu):
    department = {o.id: o.department for o in bhu.offerings}
    spread = [len({department[o] for o in s.offerings}) for s in bhu.students]
    assert sum(count >= 3 for count in spread) / len(spread) > 0.9


def test_same_seed_same_university():
    one = generate(PRESETS["campus"], seed=4)
    assert one == generate(PRESETS["campus"], seed=4)
    assert one != generate(PRESETS["campus"], seed=5)
    assert 170 <= len(one.classes) <= 190
    assert len(one.students) == 1200
