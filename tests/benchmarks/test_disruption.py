"""Repairs to be measured begin with a timetable that no longer fits."""

from benchmarks.disruption import SHARE, disrupted
from sidecar.contract import JobOptions
from sidecar.engine.progress import NullSink, RunControl
from sidecar.scoring import score_timetable
from sidecar.solving.solve_request import solve_request
from sidecar.synthesis.tiny import tiny_problem


def test_rooms_are_closed_and_the_timetable_stays():
    problem = tiny_problem()
    result = solve_request(
        problem,
        JobOptions(iteration_budget=50_000),
        digest="0" * 64,
        sink=NullSink(),
        control=RunControl(),
    )
    found = result.variants[0]
    assert found.score.hard == 0
    broken = 0
    for seed in range(1, 9):
        changed = disrupted(problem, result, seed)
        assert changed == disrupted(problem, result, seed)
        assert changed.previous == found.assignments
        assert {s.id: set(s.classes) for s in changed.students} == {
            student: set(classes) for student, classes in found.sectioning.items()
        }
        closed = [
            new
            for old, new in zip(problem.rooms, changed.rooms, strict=True)
            if new.unavailable != old.unavailable
        ]
        assert len(closed) == max(1, int(SHARE * len(problem.rooms)))
        scored = score_timetable(changed, found.assignments, found.sectioning)
        broken += scored.score.hard > 0
    assert broken
