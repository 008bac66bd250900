"""Clock, commands, checkpoints and counters at their limits."""

import hashlib
import json
import os
import signal
import time

import numpy as np
import psutil
import pytest

from sidecar.contract import (
    Assignment,
    Class,
    Curriculum,
    Event,
    Faculty,
    Offering,
    Problem,
    Room,
    Student,
    Timeslot,
)
from sidecar.engine import repair, state_file
from sidecar.engine.budget import Budget, CancelledError
from sidecar.engine.checkpoint import CheckpointFile, RunState
from sidecar.engine.compile import compile_tables
from sidecar.engine.construct import rooms
from sidecar.engine.construct.cp_sat import SolverChild
from sidecar.engine.construct.mending import mend
from sidecar.engine.construct.seating import Seating
from sidecar.engine.cooling import geometric
from sidecar.engine.decompose import Clustering, louvain
from sidecar.engine.improve import genetic
from sidecar.engine.kernels import state
from sidecar.engine.model import Timetable
from sidecar.engine.progress import RunControl
from sidecar.engine.state_file import CheckpointError
from sidecar.formats import checks
from sidecar.formats.contract_reader import read_instance

from .problems import TEST_WEIGHTS, campus, make_searcher, scored
from .test_seating import standing


def narrow() -> Problem:
    """Far more events than places: mending never ends well."""
    return Problem(
        rooms=[Room(id="r0", capacity=40)],
        timeslots=[Timeslot(id=f"t{p}", day=0, period=p) for p in range(4)],
        faculty=[Faculty(id="f0")],
        offerings=[Offering(id=f"o{k}") for k in range(30)],
        classes=[
            Class(
                id=f"c{k}",
                offering=f"o{k}",
                faculty=["f0"],
                limit=10,
                events=[Event(id=f"e{k}")],
            )
            for k in range(30)
        ],
    )


def test_mending_ends_with_the_time():
    """What is broken stays broken when there is no time left to mend it."""
    searcher, _ = make_searcher(narrow())
    searcher.construct(searcher.events, 50)
    budget = Budget(0.001, None, RunControl())
    while not budget.overtime():
        time.sleep(0.02)
    assert mend(searcher, 2000, budget) == 0
    # With iterations the clock decides nothing.
    assert mend(searcher, 2000, Budget(0.001, 1, RunControl())) > 0


def test_mending_obeys_within_a_turn():
    """A turn of a large university takes seconds."""

    class Impatient:
        asked = 0

        def command(self):
            self.asked += 1
            return "cancel" if self.asked == 3 else "run"

    searcher, _ = make_searcher(narrow())
    searcher.construct(searcher.events, 50)
    control = Impatient()
    turns = []
    with pytest.raises(CancelledError):
        mend(searcher, 2000, Budget(60.0, None, control), turns.append)
    assert turns == [False]


def test_seating_ends_with_the_time():
    searcher, _ = standing({"a2": 1}, [("a1", "c1"), ("a2",)])
    assert not Seating(searcher, lambda: False).settle()
    assert Seating(searcher).settle()


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_solver_that_hangs_takes_no_more_than_what_is_left(size):
    """Neither of the answer's time nor of the task's, which a pipe does not hold."""
    task = {
        "kind": "events",
        "events": [{"starts": [0], "costs": [0], "duration": 1, "hint": 0}],
        "conflicts": [],
        "classes": [],
        "rooms": [],
        "positions": 2,
        "seconds": 5.0,
        "seed": 1,
        "padding": "x" * size,
    }
    with SolverChild() as child:
        assert child.ask(task, Budget(60.0, None, RunControl()))["starts"] == [0]
        (process,) = [
            p for p in psutil.Process().children() if "cp_sat_child" in str(p.cmdline())
        ]
        os.kill(process.pid, signal.SIGSTOP)
        began = time.monotonic()
        answer = child.ask(task, Budget(1.0, None, RunControl()))
        assert answer == {"status": "unknown"}
        # It was 15 seconds, or for ever.
        assert time.monotonic() - began < 10


def test_what_a_climbing_child_forgets_was_handed_over():
    """In a budget of iterations the clock hands over nothing that counts."""
    searcher, _ = make_searcher(campus())
    searcher.construct(searcher.events, 50)
    searcher.forget()
    searcher.keep()
    schedule = genetic.Schedule(
        (0.0, 1.0, 0.1, 0.05, 0.6, 0.3), geometric(100.0, 1.0), 60, 0.1, 2000
    )
    handed = []
    share = Budget(60.0, 20_000, RunControl()).whole()
    genetic.grow(
        searcher,
        share,
        schedule,
        lambda fraction: None,
        climbs=True,
        on_forget=lambda: handed.append(searcher.score()),
    )
    assert handed


def test_rooms_are_not_dropped_by_the_clock_where_moves_are_counted(monkeypatch):
    searcher, _ = make_searcher(narrow())
    searcher.construct(searcher.events, 50)
    searcher.forget()
    searcher.keep()
    instance = searcher.instance
    object.__setattr__(instance, "previous_slot", searcher.best.slot.copy())
    object.__setattr__(instance, "previous_room", np.full(30, -1))
    asked = []

    class Recorder(SolverChild):
        def ask(self, task, budget):
            asked.append(task["steady"])
            return super().ask(task, budget)

    with Recorder() as child:
        rooms.settle_rooms(searcher, child, Budget(60.0, 1000, RunControl()))
        rooms.settle_rooms(searcher, child, Budget(60.0, None, RunControl()))
    assert set(asked[: len(asked) // 2]) == {True}
    assert set(asked[len(asked) // 2 :]) == {False}


def test_clusters_do_not_hang_on_a_process_that_is_killed(monkeypatch):
    instance, _ = read_instance(campus())
    expected = Clustering(instance, 1)
    plain = expected.result(lambda: None)
    expected.close()
    monkeypatch.setattr(louvain, "IN_PROCESS", 0)
    killed = Clustering(instance, 1, steady=True)
    assert killed._process is not None
    killed._process.kill()
    found = killed.result(lambda: None)
    killed.close()
    assert found.count == plain.count > 1
    assert (found.of_class == plain.of_class).all()


# -- checkpoints -----------------------------------------------------------------------


def test_the_engine_of_a_checkpoint_is_its_sources(tmp_path, monkeypatch):
    """A change of any of them is another engine, whatever its version number says."""
    digest = state_file.sources_digest()
    assert digest == state_file.sources_digest()
    package = tmp_path / "sidecar"
    for folder in ("engine/kernels", "formats"):
        (package / folder).mkdir(parents=True)
    for name in ("engine/plan.py", "engine/kernels/moves.py", "formats/reader.py"):
        (package / name).write_text("one = 1\n")
    monkeypatch.setattr(state_file, "__file__", str(package / "engine/state_file.py"))
    seen = {digest, state_file.sources_digest()}
    for name in ("engine/plan.py", "engine/kernels/moves.py", "formats/reader.py"):
        (package / name).write_text("one = 2\n")
        seen.add(state_file.sources_digest())
    assert len(seen) == 5


@pytest.mark.parametrize("field", ["ranks", "done", "stages", "population"])
def test_a_state_of_other_fields_is_no_checkpoint(tmp_path, field):
    """The run begins anew; it does not die of a KeyError."""
    instance, _ = read_instance(narrow())
    file = CheckpointFile(tmp_path / "checkpoint", {"problem": "1"})
    one = Timetable(np.full(30, 3), np.zeros(30, np.int64), np.empty(0, np.int64))
    file.save(RunState(start=one))
    assert (file.load(instance).start.slot == 3).all()
    content = file.path.read_bytes()
    magic, line, data = content.split(b"\n", 2)
    header = json.loads(line)
    del header[field]
    file.path.write_bytes(b"\n".join([magic, json.dumps(header).encode(), data]))
    with pytest.raises(CheckpointError):
        file.load(instance)


def test_a_checkpoint_keeps_large_numbers_of_places(tmp_path):
    instance, _ = read_instance(narrow())
    file = CheckpointFile(tmp_path / "checkpoint", {})
    one = Timetable(np.full(30, 70_000), np.zeros(30, np.int64), np.empty(0, np.int64))
    file.save(RunState(start=one))
    assert (file.load(instance).start.slot == 70_000).all()


# -- counters --------------------------------------------------------------------------


def crowded() -> Problem:
    """300 events of one teacher and one batch, for one room and one period."""
    return Problem(
        rooms=[Room(id="r0", capacity=40)],
        timeslots=[Timeslot(id="t0", day=0, period=0)],
        faculty=[Faculty(id="f0")],
        offerings=[Offering(id=f"o{k}") for k in range(300)],
        classes=[
            Class(
                id=f"c{k}",
                offering=f"o{k}",
                faculty=["f0"],
                limit=10,
                events=[Event(id=f"e{k}")],
            )
            for k in range(300)
        ],
        curricula=[Curriculum(id="q", classes=[f"c{k}" for k in range(300)])],
    )


def test_three_hundred_events_at_one_place_are_counted():
    """More than eight bits count: in the room, in a week, among what is blocked."""
    problem = crowded()
    searcher, names = make_searcher(problem)
    for event in range(300):
        state.place(searcher.tables, searcher.state, event, 0, 0)
    plain = scored(problem, searcher, names, TEST_WEIGHTS)
    assert searcher.current_score() == (plain.score.hard, plain.score.soft)
    assert searcher.state.blocked.max() == 300
    for event in range(300):
        state.remove(searcher.tables, searcher.state, event)
    assert searcher.current_score()[0] == 300


def test_people_with_more_events_than_can_be_counted_are_refused(monkeypatch):
    monkeypatch.setattr(checks, "MAX_EVENTS_OF_ONE", 299)
    faults = checks.find_errors(crowded())
    assert [fault.field for fault in faults] == ["faculty[0]", "curricula[0]"]
    assert "300 events" in faults[0].message


def test_a_short_event_may_gain_more_than_a_long_one():
    """The bound of what a student gains looks at every length there is."""
    problem = Problem(
        rooms=[],
        timeslots=[Timeslot(id=f"t{p}", day=0, period=p) for p in range(3)],
        offerings=[Offering(id="a")],
        classes=[
            Class(
                id="a1",
                offering="a",
                limit=9,
                one_event_per_day=False,
                events=[
                    Event(id=f"e{k}", duration=k, needs_room=False) for k in (1, 2)
                ],
            )
        ],
        students=[Student(id="s", offerings=["a"])],
    )
    instance, _ = read_instance(problem)
    tables = compile_tables(instance, TEST_WEIGHTS)
    row = tables.kind_row[tables.student_kind, 0]
    day = tables.day_soft[row].astype(np.int64)
    changes = [
        abs(day[mask | bits << p] - day[mask])
        for mask in range(8)
        for bits, most in ((1, 3), (3, 2))
        for p in range(most)
    ]
    assert tables.student_bound >= 2 * max(changes)


def test_no_preference_outweighs_a_change_in_a_repair():
    """Not even those of a lecture of seven hundred."""
    problem = Problem(
        rooms=[Room(id="r0", capacity=900)],
        timeslots=[Timeslot(id=f"t{p}", day=0, period=p) for p in range(8)],
        offerings=[Offering(id="a")],
        classes=[Class(id="a1", offering="a", limit=900, events=[Event(id="e")])],
        students=[Student(id=f"s{k}", offerings=["a"]) for k in range(700)],
        previous=[Assignment(event="e", timeslot="t0", room="r0")],
    )
    instance, _ = read_instance(problem)
    weights = TEST_WEIGHTS | {"student_gaps": 10}
    plain = compile_tables(instance, weights)
    tables = compile_tables(instance, repair.weights_for_repair(weights, plain))
    row = tables.kind_row[tables.student_kind, 0]
    # One student's day, from its worst to its best.
    worst = 700 * int(tables.day_soft[row].max())
    assert repair.priority(tables) // 2 > worst


def test_options_of_another_problem_are_refused(tmp_path):
    """The identity is compared name by name."""
    instance, _ = read_instance(narrow())
    name = "version of the engine"
    one = CheckpointFile(tmp_path / "c", {name: hashlib.sha256(b"a").hexdigest()})
    one.save(RunState())
    with pytest.raises(CheckpointError, match="another version of the engine"):
        CheckpointFile(tmp_path / "c", {name: "b"}).load(instance)
