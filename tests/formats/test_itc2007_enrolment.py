"""Track 2 files in and out, against an evaluator that shares no code with us."""

import json
from pathlib import Path

import pytest

from sidecar.cli import main
from sidecar.contract import Assignment
from sidecar.diagnosis import diagnose
from sidecar.formats import itc2007_enrolment as tim
from sidecar.formats.errors import FormatError
from sidecar.formats.leaving_out import leave_out
from sidecar.solving.answers import evaluate_problem

from .solving import solve
from .tim_evaluator import evaluate

TOY_FILE = Path(__file__).parent / "data" / "toy.tim"
TOY = TOY_FILE.read_text()
BENCH = Path(__file__).parents[3] / "shared" / "bench" / "itc2007-tim"


def check(problem, text, best):
    """The file that is written, by both evaluators; (distance, soft)."""
    solution = tim.write(problem, best)
    hard, distance, soft = evaluate(text, solution)
    assert hard == 0
    again = evaluate_problem(
        problem, tim.read_solution(problem, solution), {}, tim.PROFILE, {}
    )
    assert again.score.hard == len(again.unplaced)
    costs = {row.constraint: row.cost for row in again.breakdown if not row.hard}
    assert costs["student_late"] == soft["last"]
    assert costs["student_long_run"] == soft["run"]
    assert costs["student_single"] == soft["single"]
    assert again.score.soft == sum(soft.values())
    return distance, again.score.soft


def test_toy_is_read_as_it_stands():
    problem = tim.read(TOY)
    assert len(problem.timeslots) == 45
    assert [room.capacity for room in problem.rooms] == [20, 12, 8]
    assert [r.features for r in problem.rooms] == [["f0", "f1"], ["f0"], ["f1"]]
    assert len(problem.students) == 20
    assert {len(s.classes) for s in problem.students} == {4}
    assert [r.events for r in problem.relations] == [
        ["e0", "e4"],
        ["e2", "e7"],
        ["e7", "e11"],
    ]
    assert problem.student_max_consecutive == 2


def test_toy_is_solved_to_what_the_independent_evaluator_finds():
    problem, best = solve(tim, TOY, 300_000)
    distance, soft = check(problem, TOY, best)
    assert distance == best.score.hard == 0
    assert soft == best.score.soft


@pytest.mark.parametrize("name", ["comp-2007-2-5", "comp-2007-2-8"])
def test_benchmark_instances_break_nothing_and_are_scored_alike(name):
    path = BENCH / f"{name}.tim"
    if not path.exists():
        pytest.skip("the public benchmark instances are not at hand")
    text = path.read_text()
    problem, best = solve(tim, text, 300_000)
    distance, soft = check(problem, text, best)
    if best.score.hard == 0:
        assert (distance, soft) == (0, best.score.soft)


def test_what_breaks_a_rule_is_left_out_or_moved():
    """All events at one place: one stays there, the others go where they can."""
    problem = tim.read(TOY)
    crowd = [
        Assignment(event=cls.id, timeslot="t4", room="r0") for cls in problem.classes
    ]
    kept, distance = leave_out(problem, crowd)
    at = {item.event: item for item in kept}
    lines = [
        f"{at[c.id].timeslot[1:]} {at[c.id].room[1:]}" if c.id in at else "-1 -1"
        for c in problem.classes
    ]
    hard, counted, _ = evaluate(TOY, "\n".join(lines))
    assert (hard, counted) == (0, distance)
    assert len(kept) > 10


def test_the_event_with_fewer_students_is_left_out():
    """Two events, one slot open to both, shared students: the larger one stays."""
    attends = "1 1\n1 1\n1 0\n"
    slots = " ".join("1" if k == 3 else "0" for k in range(45))
    text = f"2 1 0 3\n9\n{attends}{slots}\n{slots}\n0 0\n0 0\n"
    problem = tim.read(text)
    both = [Assignment(event=e, timeslot="t3", room="r0") for e in ("e0", "e1")]
    kept, distance = leave_out(problem, both)
    assert [item.event for item in kept] == ["e0"]
    assert distance == 2


def test_command_line_writes_the_official_file(tmp_path, capsys):
    """As in the competition: one line for each event; `validate` agrees."""
    out = tmp_path / "toy.sln"
    arguments = ["solve", str(TOY_FILE), "--iterations", "200000", "-o", str(out)]
    assert main(arguments) == 0
    told = json.loads(capsys.readouterr().out)["official"]
    lines = out.read_text().splitlines()
    assert len(lines) == 14
    assert all(len(line.split()) == 2 for line in lines)
    hard, distance, soft = evaluate(TOY, out.read_text())
    assert (hard, distance, sum(soft.values())) == (0, told["distance"], told["soft"])
    assert main(["validate", str(TOY_FILE), str(out)]) == bool(told["left_out"])
    report = json.loads(capsys.readouterr().out)["variants"]["solution"]
    assert report["soft"] == told["soft"]


def test_diagnosis_counts_the_hours_of_decided_classes():
    """Four events each, of forty-five slots."""
    figures = diagnose(tim.read(TOY)).figures
    assert figures["student_periods_used"] == pytest.approx(4 / 45, abs=0.001)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Line 1: the file ends before the number of events"),
        ("two 1 0 1", "Line 1.*whole number, not 'two'"),
        ("1 1 0 -3", "Line 1.*from 0 to 50000, not -3"),
        ("9" * 5000, "Line 1.*from 1 to 5000"),
        (TOY.replace("\n20\n", "\n-20\n", 1), "Line 2: a room's size"),
        (TOY.replace("\n1\n", "\n2\n", 1), "a student's attendance must be from 0"),
        (TOY[: len(TOY) // 2], "the file ends before an event's availability"),
        (TOY + "0\n", "should have ended"),
    ],
)
def test_a_faulty_file_names_the_place(text, words):
    with pytest.raises(FormatError, match=words):
        tim.read(text)
