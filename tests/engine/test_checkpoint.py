"""A run that ends anywhere goes on from its checkpoint, in another process or this."""

import functools
import hashlib
import json

import pytest

from sidecar.contract import JobOptions, VariantRequest
from sidecar.engine.budget import Budget
from sidecar.engine.crew import Crew, Segment
from sidecar.engine.progress import NullSink, RunControl
from sidecar.solving import solve_request as solving
from sidecar.solving.solve_request import CHECKPOINT, THREADS, solve_request
from sidecar.synthesis.tiny import tiny_problem

from .problems import campus

VARIANTS = [
    VariantRequest(key="A"),
    VariantRequest(key="B", profile="student_friendly"),
]
DIGEST = hashlib.sha256(b"campus").hexdigest()


class PowerCutError(BaseException):
    """Ends a run as abruptly as can be done from within."""


class Fuse:
    """Blows when it has been asked a number of times."""

    def __init__(self, after):
        self.left = after

    def command(self):
        self.left -= 1
        if self.left == 0:
            raise PowerCutError
        return "run"


class Recorder:
    def __init__(self):
        self.stages = []

    def report(self, sample):
        self.stages.append(sample.stage)


def run(problem, work_dir, control=None, sink=None, digest=DIGEST, **options):
    options = {"iteration_budget": 150_000, "variants": VARIANTS, "seed": 4} | options
    return solve_request(
        problem,
        JobOptions(**options),
        digest=digest,
        sink=sink or NullSink(),
        control=control or RunControl(),
        work_dir=work_dir,
    )


@functools.cache
def uninterrupted():
    """What the run leaves that nothing cut short, and how often it looked up."""

    class Counter:
        def __init__(self):
            self.asked = 0

        def command(self):
            self.asked += 1
            return "run"

    counter = Counter()
    return run(campus(), None, counter), counter.asked


def essence(result):
    return [(v.key, v.score, v.assignments, v.sectioning) for v in result.variants]


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.7, 0.9, 0.93, 0.95, 0.99])
def test_a_run_cut_short_ends_like_one_that_was_not(tmp_path, monkeypatch, share):
    """With an iteration budget: the same timetables, to the last event."""
    monkeypatch.setattr(solving, "CHECKPOINT_SECONDS", 0.0)
    whole, asked = uninterrupted()
    with pytest.raises(PowerCutError):
        run(campus(), tmp_path, Fuse(max(1, int(asked * share))))
    result = run(campus(), tmp_path)
    assert essence(result) == essence(whole)


def test_a_run_cut_again_and_again_comes_to_the_same_end(tmp_path, monkeypatch):
    """Each attempt gets a segment further at least; no segment is three quarters."""
    monkeypatch.setattr(solving, "CHECKPOINT_SECONDS", 0.0)
    whole, asked = uninterrupted()
    attempts, result = 1, None
    while result is None:
        try:
            result = run(campus(), tmp_path, Fuse(max(2, asked * 3 // 4)))
        except PowerCutError:
            attempts += 1
    assert result.attempts == attempts > 1
    assert essence(result) == essence(whole)


def test_two_workers_and_one_give_the_same_timetables(tmp_path):
    """And so does a run whose second worker comes and goes."""
    whole, _ = uninterrupted()
    assert essence(run(campus(), None, threads=2)) == essence(whole)

    class Wobble:
        def __init__(self):
            self.asked = 0

        def command(self):
            self.asked += 1
            count = 1 + self.asked // 5 % 2
            (tmp_path / THREADS).write_text(str(count))
            return "run"

    result = run(campus(), tmp_path, Wobble(), threads=2)
    assert essence(result) == essence(whole)


def test_what_is_done_is_not_done_again(tmp_path):
    """Of a finished run nothing is left to do; its report is kept."""
    first = run(tiny_problem(), tmp_path)
    sink = Recorder()
    again = run(tiny_problem(), tmp_path, sink=sink)
    assert essence(again) == essence(first)
    assert again.attempts == 2
    assert [s.stage for s in again.stages] == [s.stage for s in first.stages]
    assert [s.seconds for s in again.stages] == [s.seconds for s in first.stages]


def test_time_used_before_counts(tmp_path, monkeypatch):
    """A run of 6 seconds cut after some goes on for the rest, no worse for it."""
    monkeypatch.setattr(solving, "CHECKPOINT_SECONDS", 0.5)
    limit = {"iteration_budget": None, "time_limit_seconds": 6}
    with pytest.raises(PowerCutError):
        run(campus(), tmp_path, Fuse(25), **limit)
    before = (tmp_path / CHECKPOINT).stat().st_mtime
    result = run(campus(), tmp_path, **limit)
    assert result.stop_reason == "budget"
    assert result.trace[0].seconds < result.trace[-1].seconds <= 6.5
    assert (tmp_path / CHECKPOINT).stat().st_mtime > before
    whole, _ = uninterrupted()
    for variant, other in zip(result.variants, whole.variants, strict=True):
        assert variant.score.hard == 0
        # 150,000 iterations are far less work than six seconds.
        assert variant.score.soft <= 1.1 * other.score.soft


def parts(path):
    """Name, header and arrays of a checkpoint."""
    magic, header, arrays = path.read_bytes().split(b"\n", 2)
    return magic, json.loads(header), arrays


@pytest.mark.parametrize("used", [1.0, 1.007])
def test_a_segment_cut_after_its_last_burst_only_has_to_end(
    tmp_path, monkeypatch, used
):
    """Its share is used up, or a little more: a burst ends when it ends."""
    limit = {"iteration_budget": None, "time_limit_seconds": 4}
    monkeypatch.setattr(solving, "CHECKPOINT_SECONDS", 0.1)
    path = tmp_path / CHECKPOINT

    class InASegment:
        def command(self):
            if path.exists() and parts(path)[1]["active"]:
                raise PowerCutError
            return "run"

    with pytest.raises(PowerCutError):
        run(campus(), tmp_path, InASegment(), **limit)
    magic, state, arrays = parts(path)
    state["active"] = dict.fromkeys(state["active"], used)
    path.write_bytes(b"\n".join((magic, json.dumps(state).encode(), arrays)))
    result = run(campus(), tmp_path, **limit)
    assert result.attempts == 2
    assert result.stop_reason == "budget"
    assert {variant.score.hard for variant in result.variants} == {0}


def test_a_segment_taken_up_at_its_end_begins_within_its_budget():
    """Temperatures follow what is used: far below zero they would have no measure."""
    seen = []

    def work(segment, budget, worker):
        seen.append(budget.used())

    crew = Crew(Budget(10.0), lambda: 1, 1)
    crew.run([Segment("one"), Segment("two")], [], 1.0, None, work, {"one": 1.007})
    assert 0.99 <= seen[0] < 1
    assert 0 <= seen[1] < 0.01


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seed": 5}, "another set of options"),
        ({"digest": "0" * 64}, "another problem"),
        ("version", "another format or version"),
        ("cut", "incomplete"),
        ("noise", "another format or version"),
        ("header", "header is damaged"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, caplog, change, reason):
    """The run begins anew and the log says why."""
    run(tiny_problem(), tmp_path, iteration_budget=20_000)
    path = tmp_path / CHECKPOINT
    data = path.read_bytes()
    options = change if isinstance(change, dict) else {}
    if change == "version":
        path.write_bytes(data.replace(b"checkpoint 1", b"checkpoint 9", 1))
    elif change == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif change == "noise":
        path.write_bytes(b"\x00" * 1000)
    elif change == "header":
        path.write_bytes(data[: data.index(b"\n") + 3])
    result = run(tiny_problem(), tmp_path, **{"iteration_budget": 20_000} | options)
    assert result.attempts == 1
    assert reason in caplog.text
    fresh = run(tiny_problem(), None, **{"iteration_budget": 20_000} | options)
    assert essence(result) == essence(fresh)
