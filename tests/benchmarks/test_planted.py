"""Planted instances have the timetable that they were made around."""

import pytest

from benchmarks import plans, tables
from benchmarks.instances import Instances
from benchmarks.planted import SHAPES, planted
from sidecar.formats.reading import read_problem
from tests.formats.tim_evaluator import evaluate


@pytest.mark.parametrize("name", SHAPES)
def test_the_planted_timetable_breaks_and_costs_nothing(name):
    """By an evaluator that knows the rules of the competition only."""
    instance, timetable = planted(SHAPES[name], seed=3)
    hard, distance, soft = evaluate(instance, timetable)
    assert (hard, distance) == (0, 0)
    assert not any(soft.values())


def test_an_instance_follows_from_its_seed_and_is_as_large_as_it_says(tmp_path):
    shape = SHAPES["planted-200-10-500"]
    assert planted(shape, 1) == planted(shape, 1)
    assert planted(shape, 1) != planted(shape, 2)
    file = tmp_path / "planted.tim"
    file.write_text(planted(shape, 1)[0])
    problem = read_problem(file)
    assert len(problem.rooms) == shape.rooms
    assert len(problem.students) == shape.students
    assert sum(len(cls.events) for cls in problem.classes) == shape.events
    attended = sum(len(student.classes) for student in problem.students)
    assert attended / shape.students == pytest.approx(shape.choices, abs=1.5)


def test_planted_instances_are_run_once_and_have_a_table_of_their_own():
    """They need no public instance at hand."""
    cells = plans.quality(Instances(None))
    assert {c.instance for c in cells if c.instance in SHAPES} == set(SHAPES)
    assert all(c.seed == 1 for c in cells if c.instance in SHAPES)
    row = {
        "cell": {"instance": "planted-200-10-500", "seed": 1, "seconds": 60},
        "feasible_seconds": 4.25,
        "official": {"distance": 0},
        "soft": 35,
    }
    page = "\n".join(tables.quality_planted([row]))
    assert "| planted-200-10-500 | 4.2 | 0 | 35 |" in page
