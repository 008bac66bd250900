"""CB-CTT files in and out, against an evaluator that shares no code with us."""

from pathlib import Path

import pytest

from sidecar.formats import itc2007_curriculum as ctt
from sidecar.formats.errors import FormatError
from sidecar.solving.answers import evaluate_problem

from .ctt_evaluator import evaluate
from .solving import solve

TOY = (Path(__file__).parent / "data" / "toy.ctt").read_text()
BENCH = Path(__file__).parents[3] / "shared" / "bench" / "itc2007-ctt"


def test_toy_is_read_as_it_stands():
    problem = ctt.read(TOY)
    assert len(problem.timeslots) == 20
    assert [len(c.events) for c in problem.classes] == [3, 3, 5, 5]
    assert problem.classes[2].unavailable == ["2-0", "2-1"]
    assert problem.curricula[0].classes == ["SceCosC", "ArcTec", "TecCos"]
    assert problem.profile == ctt.PROFILE


def test_toy_is_solved_to_the_cost_that_the_independent_evaluator_finds():
    """The toy instance has a timetable of cost 0."""
    problem, best = solve(ctt, TOY, 400_000)
    hard, soft = evaluate(TOY, ctt.write(problem, best))
    assert hard == 0
    assert sum(soft.values()) == best.score.soft == 0
    again = ctt.read_solution(problem, ctt.write(problem, best))
    assert evaluate_problem(problem, again, {}, ctt.PROFILE, {}).score == best.score


@pytest.mark.parametrize("name", ["comp01", "comp05"])
def test_benchmark_instances_are_feasible_and_scored_alike(name):
    path = BENCH / f"{name}.ctt"
    if not path.exists():
        pytest.skip("the public benchmark instances are not at hand")
    text = path.read_text()
    problem, best = solve(ctt, text, 1_500_000)
    hard, soft = evaluate(text, ctt.write(problem, best))
    assert hard == best.score.hard == 0
    costs = {row.constraint: row.cost for row in best.breakdown if not row.hard}
    assert costs["room_overflow"] == soft["capacity"]
    assert costs["class_min_days"] == soft["days"]
    assert costs["curriculum_compactness"] == soft["compactness"]
    assert costs["room_stability"] == soft["stability"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("SceCosC Ocra 3 3 30", "SceCosC Ocra three 3 30", "Line 10"),
        ("TecCos 2 0", "TecCos 9 0", "outside the grid"),
        ("Cur2 2 TecCos Geotec", "Cur2 2 TecCos Nowhere", "Nowhere"),
        ("ROOMS:", "CHAMBERS:", "ROOMS"),
        ("Days: 5", "Weeks: 5", "Days"),
        ("rB 50", "rB -50", "negative"),
    ],
)
def test_a_faulty_file_names_the_place(old, new, words):
    with pytest.raises(FormatError, match=words):
        ctt.read(TOY.replace(old, new))
