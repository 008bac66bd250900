"""Lecture, tutorial and practical of one course: who attends what together."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings

from sidecar.contract import (
    Class,
    Event,
    JobOptions,
    Offering,
    Problem,
    Room,
    Student,
    Timeslot,
    VariantRequest,
)
from sidecar.contract.problem import Component, Configuration
from sidecar.engine.construct.seating import Seating
from sidecar.engine.kernels import moves, state
from sidecar.engine.progress import NullSink, RunControl
from sidecar.engine.recount import recount
from sidecar.formats import bundles as module
from sidecar.formats.bundles import structure_of
from sidecar.formats.checks import find_errors
from sidecar.formats.previous import start_from
from sidecar.solving.solve_request import solve_request

from .problems import make_searcher, problems


def course(*components, parents=(), name="a"):
    """An offering of one configuration; classes by component; parents by class."""
    ways = [
        Component(id=f"{name}-{key}", parent=above and f"{name}-{above}")
        for key, above, _ in components
    ]
    offering = Offering(
        id=name, configurations=[Configuration(id=f"{name}-all", components=ways)]
    )
    classes = [
        Class(
            id=f"{name}{key}{n}",
            offering=name,
            component=f"{name}-{key}",
            parent=dict(parents).get(f"{name}{key}{n}"),
            limit=30,
            events=[Event(id=f"{name}{key}{n}e", needs_room=False)],
        )
        for key, _, count in components
        for n in range(count)
    ]
    return offering, classes


def problem_of(*courses, **more):
    return Problem(
        rooms=[Room(id="r", capacity=100)],
        timeslots=[Timeslot(id=f"t{p}", day=p // 4, period=p % 4) for p in range(12)],
        offerings=[offering for offering, _ in courses],
        classes=[cls for _, classes in courses for cls in classes],
        **more,
    )


TREE = course(
    ("L", None, 2),
    ("T", "L", 3),
    ("P", "T", 3),
    parents=[
        ("aT0", "aL0"),
        ("aT1", "aL1"),
        ("aP0", "aT0"),
        ("aP1", "aT1"),
        ("aP2", "aT2"),
    ],
)


def test_bundles_of_a_tree():
    """Parents hold along the whole way; who has none goes with every class above."""
    found = structure_of(problem_of(TREE)).bundles["a"]
    assert sorted(found) == [
        ("aL0", "aT0", "aP0"),
        ("aL0", "aT2", "aP2"),
        ("aL1", "aT1", "aP1"),
        ("aL1", "aT2", "aP2"),
    ]


@given(problem=problems())
@settings(max_examples=40, deadline=None)
def test_bundles_are_all_products_that_the_parents_allow(problem):
    parent = {cls.id: cls.parent for cls in problem.classes}
    structure = structure_of(problem)
    for offering in problem.offerings:
        mine = [cls for cls in problem.classes if cls.offering == offering.id]
        if not offering.configurations:
            assert structure.bundles[offering.id] == [(cls.id,) for cls in mine]
            continue
        expected = {
            chosen
            for way in offering.configurations
            for chosen in itertools.product(
                *(
                    [cls.id for cls in mine if cls.component == component.id]
                    for component in way.components
                )
            )
            if all(parent[cls] in (None, *chosen) for cls in chosen)
        }
        assert set(structure.bundles[offering.id]) == expected
        assert len(structure.bundles[offering.id]) == len(expected)


def test_components_may_be_listed_in_any_order():
    offering, classes = TREE
    way = offering.configurations[0]
    turned = way.model_copy(update={"components": way.components[::-1]})
    other = offering.model_copy(update={"configurations": [turned]})
    found = structure_of(problem_of((other, classes))).bundles["a"]
    plain = structure_of(problem_of(TREE)).bundles["a"]
    assert sorted(bundle[::-1] for bundle in found) == sorted(plain)


@pytest.mark.parametrize("dead", [False, True])
def test_too_many_ways_are_refused_in_words_and_in_time(dead):
    """Also where hardly any of them leads anywhere."""
    many = [(key, "L", 40) for key in "PQRSTUV"]
    parents = [(f"aV{n}", "aL1") for n in range(40)] if dead else []
    problem = problem_of(course(("L", None, 2), *many, parents=parents))
    began = time.process_time()
    (fault,) = find_errors(problem)
    assert time.process_time() - began < 5
    assert fault.field == "offerings[0].configurations"
    assert "more than 4096 ways" in fault.message
    assert "parent" in fault.message


def test_a_course_that_nobody_can_attend_is_refused():
    tree = course(
        ("L", None, 2),
        ("T", "L", 1),
        ("P", "L", 1),
        parents=[("aT0", "aL0"), ("aP0", "aL1")],
    )
    (fault,) = find_errors(problem_of(tree))
    assert "go together" in fault.message


def test_decided_classes_of_different_parents_are_refused():
    students = [
        Student(id="s0", classes=["aT0", "aL0"]),
        Student(id="s1", classes=["aT0", "aL1"]),
    ]
    (fault,) = find_errors(problem_of(TREE, students=students))
    assert fault.field == "students[1].classes"
    assert "aL1, aT0" in fault.message


def test_a_timetable_in_force_keeps_what_still_goes_together():
    """A tutorial that hangs on another lecture now opens the choice again."""
    students = [Student(id=f"s{k}", offerings=["a"]) for k in range(2)]
    sectioning = {"s0": ["aL0", "aT0", "aP0"], "s1": ["aL1", "aT0", "aP0"]}
    problem = start_from(problem_of(TREE, students=students), [], sectioning)
    assert [student.classes for student in problem.students] == [
        ["aL0", "aT0", "aP0"],
        [],
    ]
    assert not find_errors(problem)


# -- moves -----------------------------------------------------------------------------


def standing(problem, sections, times):
    """A searcher with these bundles of the students, events at these slots."""
    searcher, names = make_searcher(problem)
    ids = [tuple(names.classes[c] for c in bundle) for bundle in names.bundles]
    section = np.array([ids.index(bundle) for bundle in sections])
    slot = np.array([times.get(event, -1) for event in names.events])
    state.transform(
        searcher.tables, searcher.state, slot, np.full(len(slot), -1), section
    )
    searcher.forget()
    searcher.keep()
    return searcher, lambda: [ids[k] for k in searcher.state.section], ids


def seats(problem, **limits):
    for cls in problem.classes:
        object.__setattr__(cls, "limit", limits.get(cls.id, cls.limit))
    return problem


FLAT = course(("L", None, 1), ("P", "L", 2), ("Q", "L", 2))


def test_who_sits_in_a_full_practical_takes_the_seat_left():
    """The others of both students' classes stay as they are."""
    students = [Student(id=f"s{k}", offerings=["a"]) for k in range(2)]
    problem = seats(problem_of(FLAT, students=students), aP1=1)
    first = [("aL0", "aP0", "aQ0"), ("aL0", "aP1", "aQ1")]
    searcher, now, ids = standing(problem, first, {})
    target = ids.index(("aL0", "aP1", "aQ0"))
    assert moves.resection(
        searcher.tables, searcher.state, searcher.journal, 0, target, 60, 1e6
    )
    assert now() == [("aL0", "aP1", "aQ0"), ("aL0", "aP0", "aQ1")]
    recount(searcher)


def test_where_two_classes_are_full_whole_bundles_are_exchanged():
    students = [Student(id=f"s{k}", offerings=["a"]) for k in range(2)]
    problem = seats(problem_of(FLAT, students=students), aP1=1, aQ1=1)
    first = [("aL0", "aP0", "aQ0"), ("aL0", "aP1", "aQ1")]
    searcher, now, ids = standing(problem, first, {})
    assert moves.resection(
        searcher.tables,
        searcher.state,
        searcher.journal,
        0,
        ids.index(first[1]),
        60,
        1e6,
    )
    assert now() == first[::-1]
    recount(searcher)


def test_a_student_whose_classes_of_one_course_clash_is_seated_anew():
    """Lecture and practical at one time; the free practical is full."""
    students = [Student(id=f"s{k}", offerings=["a"]) for k in range(2)]
    tree = course(("L", None, 2), ("P", "L", 2))
    problem = seats(problem_of(tree, students=students), aP1=1)
    times = {"aL0e": 0, "aL1e": 1, "aP0e": 0, "aP1e": 2}
    first = [("aL0", "aP0"), ("aL1", "aP1")]
    searcher, now, _ = standing(problem, first, times)
    assert searcher.current_score()[0] == 1
    assert Seating(searcher).settle()
    assert searcher.score()[0] == 0
    recount(searcher)
    assert ("aL0", "aP0") not in now()


# -- from beginning to end -------------------------------------------------------------


def groups(students=60):
    """Three courses: a lecture of 60, tutorials of 30, practicals of 20 (two hours)."""
    courses = []
    for name in "abc":
        offering, classes = course(
            ("L", None, 1), ("T", "L", 2), ("P", "L", 3), name=name
        )
        for cls in classes:
            kind = cls.id[1]
            object.__setattr__(cls, "limit", {"L": 60, "T": 30, "P": 20}[kind])
            if kind == "P":
                cls.events[:] = [
                    Event(id=cls.events[0].id, duration=2, room_type="lab")
                ]
        courses.append((offering, classes))
    people = [Student(id=f"s{k}", offerings=["a", "b", "c"]) for k in range(students)]
    slots = [Timeslot(id=f"t{p}", day=p // 6, period=p % 6) for p in range(18)]
    problem = problem_of(*courses, students=people)
    return problem.model_copy(
        update={
            "timeslots": slots,
            "rooms": [Room(id=f"r{k}", type="lab", capacity=20) for k in range(3)],
        }
    )


def test_groups_in_rotation_are_planned_without_a_clash():
    """Every seat is taken: 60 students, 1 × 60, 2 × 30 and 3 × 20 of each course."""
    problem = groups()
    result = solve_request(
        problem,
        JobOptions(
            iteration_budget=300_000,
            variants=[VariantRequest(key="A")],
            check_level="incumbents",
        ),
        digest="0" * 64,
        sink=NullSink(),
        control=RunControl(),
    )
    (best,) = result.variants
    assert best.score.hard == 0
    assert best.placed == 18
    limit = {cls.id: cls.limit for cls in problem.classes}
    sizes = dict.fromkeys(limit, 0)
    for classes in best.sectioning.values():
        assert len(classes) == 9
        for cls in classes:
            sizes[cls] += 1
    assert sizes == limit


def test_no_configurations_means_what_it_meant():
    """Bundles of one class have the numbers of their classes."""
    plain = problem_of(
        *[
            (
                Offering(id=name),
                [
                    Class(id=f"{name}{n}", offering=name, limit=9, events=[])
                    for n in range(3)
                ],
            )
            for name in "ba"
        ],
        students=[Student(id="s", offerings=["a", "b"])],
    )
    searcher, names = make_searcher(plain)
    assert names.bundles == [(k,) for k in range(6)]
    assert searcher.instance.enrolment_options == ((3, 4, 5), (0, 1, 2))
    assert module.MOST_BUNDLES == 4096
