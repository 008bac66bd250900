"""Universities with components, weeks and joint lectures: what was asked for."""

from collections import Counter, defaultdict
from dataclasses import replace

import pytest

from sidecar.cli import main
from sidecar.contract.consistency import find_faults
from sidecar.contract.problem import Problem
from sidecar.synthesis import PRESETS, generate

ASKED = replace(PRESETS["campus"], groups=(60, 30, 20), weeks=16, joint=8)


@pytest.fixture(scope="module")
def campus() -> Problem:
    return generate(ASKED, seed=2)


def test_the_counts_of_people_and_rooms_stay(campus: Problem) -> None:
    plain = generate(PRESETS["campus"], seed=2)
    for kind in ("students", "faculty", "rooms", "departments"):
        assert len(getattr(campus, kind)) == len(getattr(plain, kind))
    assert list(find_faults(campus)) == []


def test_each_section_has_groups_of_the_sizes_asked_for(campus: Problem) -> None:
    kind_of = {
        component.id: component.kind
        for offering in campus.offerings
        for configuration in offering.configurations
        for component in configuration.components
    }
    most = {"lecture": 60, "tutorial": 30, "practical": 20}
    seats: Counter[str] = Counter()
    limit_of = {cls.id: cls.limit for cls in campus.classes}
    for cls in campus.classes:
        if cls.component:
            assert cls.limit <= most[kind_of[cls.component]]
        if cls.parent:
            seats[cls.parent] += cls.limit
    groups = Counter(cls.parent for cls in campus.classes if cls.parent)
    assert max(groups.values()) >= 2
    demand = Counter(o for s in campus.students for o in s.offerings)
    lectures = defaultdict(list)
    for cls in campus.classes:
        if cls.component and not cls.parent:
            lectures[cls.offering].append(cls.id)
    for offering, ids in lectures.items():
        # Everybody finds a place in a lecture and in one of its groups.
        assert sum(min(limit_of[c], seats[c]) for c in ids) >= demand[offering]


def test_some_practicals_are_fortnightly(campus: Problem) -> None:
    events = [
        e for c in campus.classes for e in c.events if c.parent and e.duration == 2
    ]
    rare = [event for event in events if event.weeks == ["odd", "even"]]
    assert 0.2 < len(rare) / len(events) < 0.8
    assert [p.weeks[:3] for p in campus.week_patterns] == [[1, 3, 5], [2, 4, 6]]


def test_joint_lectures_have_students_under_two_codes(campus: Problem) -> None:
    demand = Counter(o for s in campus.students for o in s.offerings)
    classes = {cls.id: cls for cls in campus.classes}
    assert len(campus.joint_classes) == 8
    for joint in campus.joint_classes:
        one, two = (classes[key] for key in joint.classes)
        assert one.faculty == two.faculty
        for cls in (one, two):
            assert 0 < demand[cls.offering] <= cls.limit


@pytest.mark.parametrize("value", ["60/30", "60/30/x", "60/0/20", "60-30-20"])
def test_a_wrong_size_of_groups_is_named(value: str, tmp_path, capsys) -> None:
    argv = ["generate", "--components", value, "-o", str(tmp_path / "u.json")]
    assert main(argv) == 2
    assert "60/30/20" in capsys.readouterr().err
