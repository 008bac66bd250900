"""A timetable that nothing can improve ends a run, unless that would harm."""

import time

import pytest

from sidecar.contract import Stage, VariantRequest
from sidecar.contract.problem import Class, Event, Offering, Problem, Room, Timeslot

from .test_solve import Recorder, run

ONE = [VariantRequest(key="A", profile="balanced")]


def easy_problem() -> Problem:
    """Six lessons, nobody who could mind when they are, a room of the right size."""
    names = ["a", "b", "c"]
    return Problem(
        timeslots=[Timeslot(id=f"t{p}", day=0, period=p) for p in range(8)],
        rooms=[Room(id="r", capacity=20)],
        offerings=[Offering(id=name) for name in names],
        classes=[
            Class(
                id=name,
                offering=name,
                limit=20,
                events=[Event(id=f"{name}{n}") for n in range(2)],
                one_event_per_day=False,
            )
            for name in names
        ],
    )


def test_nothing_better_ends_the_run():
    sink = Recorder()
    started = time.monotonic()
    result = run(easy_problem(), sink, variants=ONE, time_limit_seconds=600)
    assert time.monotonic() - started < 120
    assert result.stop_reason == "optimal"
    (best,) = result.variants
    assert (best.placed, best.score.hard, best.score.soft) == (6, 0, 0)
    assert [one.stage for one in result.stages] == list(Stage)
    assert sink.samples[-1].overall_progress == 100


@pytest.mark.parametrize(
    "options",
    [
        # The order in which workers end would decide which timetable it is.
        {"variants": ONE, "iteration_budget": 20_000},
        # The second one must still differ from the first.
        {
            "variants": [*ONE, VariantRequest(key="B", profile="faculty_friendly")],
            "time_limit_seconds": 2,
        },
    ],
)
def test_counted_moves_and_several_variants_go_on(options):
    assert run(easy_problem(), **options).stop_reason == "budget"
