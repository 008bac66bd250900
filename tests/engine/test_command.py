"""``timetable-nep solve`` from the command line: what it takes and what it tells."""

import json
import signal
import subprocess
import sys
import time

import pytest

from sidecar.cli import main
from sidecar.contract import Problem, Result
from sidecar.formats.previous import start_from, within_departments
from sidecar.synthesis.tiny import tiny_problem

from .problems import campus


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a problem, and a timetable of it."""
    folder = tmp_path_factory.mktemp("solve")
    (folder / "campus.json").write_text(campus().model_dump_json())
    (folder / "tiny.json").write_text(tiny_problem().model_dump_json())
    words = ["campus.json", "-o", "first.json", "--iterations", "200000"]
    assert call(folder, *words) == 0
    return folder


def call(folder, *words):
    """Run ``solve`` with paths in a folder."""
    endings = (".json", ".state")
    paths = [str(folder / w) if w.endswith(endings) else w for w in words]
    return main(["solve", *paths])


def told(capsys):
    return json.loads(capsys.readouterr().out)


def result_of(folder, name):
    return Result.model_validate_json((folder / name).read_bytes())


def test_a_report_tells_how_the_run_went(folder, capsys):
    """Stages, trace, operators, standing of each variant; no timetables."""
    words = ["--variants", "--iterations", "300000", "--report", "report.json"]
    assert call(folder, "campus.json", *words) == 0
    line = told(capsys)
    assert line["reproducible"] is True
    assert {v["profile"] for v in line["variants"].values()} == {
        "balanced",
        "faculty_friendly",
        "student_friendly",
    }
    report = json.loads((folder / "report.json").read_bytes())
    assert [stage["stage"] for stage in report["stages"]][-1] == "rl_refinement"
    assert report["trace"][0]["seconds"] <= report["trace"][-1]["seconds"]
    assert report["operators"]["heat_bath"]["tried"] > 0
    for variant in report["variants"]:
        assert variant["lead"]["cost"] >= 0
        assert "assignments" not in variant


def test_a_timetable_in_force_is_repaired(folder, capsys):
    """A room is closed: its events move, the command says where and why."""
    problem = campus()
    first = result_of(folder, "first.json").variants[0]
    closed = first.assignments[0].room
    data = problem.model_dump()
    for room in data["rooms"]:
        if room["id"] == closed:
            room["unavailable"] = [slot["id"] for slot in data["timeslots"]]
    (folder / "closed.json").write_text(Problem.model_validate(data).model_dump_json())
    capsys.readouterr()
    words = ["--from", "first.json", "--repair", "--iterations", "100000"]
    assert call(folder, "closed.json", *words, "-o", "repaired.json") == 0
    line = told(capsys)
    assert line["hard"] == 0
    held = [item.event for item in first.assignments if item.room == closed]
    assert len(line["moves"]) == len(held)
    assert all("is no longer available." in sentence for sentence in line["moves"])
    repaired = result_of(folder, "repaired.json").variants[0]
    assert {move.event for move in repaired.moves} == set(held)


def test_a_department_is_planned_beside_the_others(folder, capsys):
    """What is outside stays to the last event; nothing is broken."""
    problem = campus()
    chosen = problem.departments[0].id
    words = ["--from", "first.json", "--department", chosen, "--iterations", "100000"]
    assert call(folder, "campus.json", *words, "-o", "part.json") == 0
    inside = {o.id for o in problem.offerings if o.department == chosen}
    ours = {e.id for c in problem.classes if c.offering in inside for e in c.events}
    before = {
        i.event: i for i in result_of(folder, "first.json").variants[0].assignments
    }
    after = {i.event: i for i in result_of(folder, "part.json").variants[0].assignments}
    moved = {event for event in before if before[event] != after[event]}
    assert moved
    assert moved <= ours
    assert told(capsys)["hard"] == 0


def test_what_is_outside_a_department_stays_although_its_own_pin_says_less(folder):
    """A pin that names the time only is filled up with the room in force."""
    problem = campus()
    variant = result_of(folder, "first.json").variants[0]
    loose = next(pin for pin in problem.pins if pin.timeslot and not pin.room)
    owner = next(
        c.offering for c in problem.classes for e in c.events if e.id == loose.event
    )
    home = next(o.department for o in problem.offerings if o.id == owner)
    other = next(d.id for d in problem.departments if d.id != home)
    part = within_departments(
        start_from(problem, variant.assignments, variant.sectioning), [other]
    )
    held = {i.event: i for i in variant.assignments}[loose.event]
    (pin,) = [pin for pin in part.pins if pin.event == loose.event]
    assert (pin.timeslot, pin.room) == (loose.timeslot, held.room)


def test_a_killed_run_goes_on_where_it_stood(folder):
    """``kill -9`` in the middle; the same command again ends as if nothing had been."""
    words = [
        *(sys.executable, "-m", "sidecar", "solve", str(folder / "campus.json")),
        *("--iterations", "2000000", "--seed", "9"),
        *("--checkpoint", str(folder / "run.state")),
    ]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    state = folder / "run.state" / "checkpoint"
    deadline = time.monotonic() + 120
    while not state.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert state.exists()
    again = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert again["attempts"] == 2
    whole = json.loads(
        subprocess.run(words[:-2], capture_output=True, check=True).stdout
    )
    assert (again["hard"], again["soft"]) == (whole["hard"], whole["soft"])
    assert again["breakdown"] == whole["breakdown"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--repair"], "give one with --from"),
        (["--department", "nowhere"], "There is no department 'nowhere'."),
        (["--department", "d1"], "There is no timetable in force"),
        (["--from", "none.json"], "none.json"),
        (["--from", "tiny.json"], "tiny.json"),
    ],
)
def test_what_cannot_be_done_is_said(folder, capsys, words, message):
    data = tiny_problem().model_copy(update={"previous": []})
    (folder / "bare.json").write_text(data.model_dump_json())
    assert call(folder, "bare.json", *words) == 2
    assert message in capsys.readouterr().err


def test_the_time_limit_is_kept(folder):
    """From the start of the process; with room for a machine that is busy."""
    words = [sys.executable, "-m", "sidecar", "solve", str(folder / "tiny.json")]
    started = time.monotonic()
    done = subprocess.run(
        [*words, "--time-limit", "8"], capture_output=True, check=True
    )
    seconds = time.monotonic() - started
    line = json.loads(done.stdout)
    assert line["reproducible"] is False
    assert line["seconds"] == pytest.approx(8, rel=0.1)
    assert seconds == pytest.approx(8, rel=0.2)
