"""Whole runs of the engine through the facade."""

import hashlib
import threading
import time

import pytest

from sidecar.contract import JobOptions, VariantRequest
from sidecar.diagnosis import diagnose
from sidecar.engine.progress import NullSink, RunControl
from sidecar.formats.checks import ProblemError
from sidecar.solving.answers import evaluate_problem
from sidecar.solving.solve_request import solve_request
from sidecar.synthesis import PRESETS, generate
from sidecar.synthesis.tiny import tiny_problem

from .problems import campus


class Recorder:
    """Keeps every report."""

    def __init__(self):
        self.samples = []

    def report(self, sample):
        self.samples.append(sample)


def run(problem, sink=None, control=None, **options):
    return solve_request(
        problem,
        JobOptions(**options),
        digest=hashlib.sha256(b"x").hexdigest(),
        sink=sink or NullSink(),
        control=control or RunControl(),
    )


def test_tiny_problem_with_every_field_is_solved_without_violation():
    result = run(tiny_problem(), iteration_budget=300_000)
    assert {variant.key for variant in result.variants} == {"A", "B", "C"}
    for variant in result.variants:
        assert variant.score.hard == 0, variant.violations
        assert variant.placed == variant.total


def test_campus_is_complete_and_pins_are_kept():
    problem = campus()
    result = run(
        problem,
        iteration_budget=1_000_000,
        variants=[VariantRequest(key="A", profile="balanced")],
    )
    best = result.variants[0]
    assert best.score.hard == 0, best.violations
    assert best.placed == best.total
    at = {item.event: item for item in best.assignments}
    for pin in problem.pins:
        assert at[pin.event].timeslot == pin.timeslot


def test_reported_score_is_the_plain_scorers():
    """What the result says equals an evaluation of its assignments from scratch."""
    problem = campus()
    result = run(
        problem,
        iteration_budget=300_000,
        variants=[VariantRequest(key="A", profile="student_friendly")],
    )
    best = result.variants[0]
    again = evaluate_problem(
        problem, best.assignments, best.sectioning, best.profile, {}
    )
    assert again.score == best.score
    assert again.breakdown == best.breakdown


def test_progress_runs_through_all_stages_and_never_falls():
    sink = Recorder()
    run(tiny_problem(), sink=sink, time_limit_seconds=3)
    stages = list(dict.fromkeys(sample.stage for sample in sink.samples))
    assert stages == [
        "loading",
        "clustering",
        "cpsat_solving",
        "ga_optimization",
        "rl_refinement",
    ]
    overall = [sample.overall_progress for sample in sink.samples]
    assert overall == sorted(overall)
    assert overall[-1] == 100


def test_cancel_returns_the_best_so_far():
    class Stopper:
        def __init__(self):
            self.at = time.monotonic() + 2.5

        def command(self):
            return "cancel" if time.monotonic() > self.at else "run"

    started = time.monotonic()
    result = run(campus(), control=Stopper(), time_limit_seconds=60)
    assert time.monotonic() - started < 20
    assert result.stop_reason == "cancelled"
    assert result.variants
    assert result.variants[0].placed > 0


def test_pause_stops_the_clock_and_resume_goes_on():
    """While paused no report comes and the time limit does not run."""
    state = {"command": "run"}

    class Switch:
        def command(self):
            return state["command"]

    sink = Recorder()
    box = {}

    def work():
        box["result"] = run(tiny_problem(), sink, Switch(), time_limit_seconds=4)

    thread = threading.Thread(target=work)
    thread.start()
    deadline = time.monotonic() + 60
    while not sink.samples and time.monotonic() < deadline:
        time.sleep(0.05)
    state["command"] = "pause"
    time.sleep(1.0)
    reports = len(sink.samples)
    time.sleep(1.5)
    assert len(sink.samples) == reports
    state["command"] = "run"
    thread.join(60)
    assert box["result"].stop_reason == "budget"
    assert len(sink.samples) > reports


def test_iteration_budget_is_reproducible():
    results = [
        run(
            campus(),
            iteration_budget=200_000,
            seed=7,
            variants=[VariantRequest(key="A", profile="balanced")],
        )
        for _ in range(2)
    ]
    assert results[0].reproducible
    first, second = (result.variants[0] for result in results)
    assert first.assignments == second.assignments
    assert first.sectioning == second.sectioning


def test_variants_differ_and_each_leads_on_its_axis():
    """On two universities, by the plain scorer's figures; an exception is told."""
    profiles = ("balanced", "faculty_friendly", "student_friendly", "room_efficient")
    requests = [
        VariantRequest(key=key, profile=profile)
        for key, profile in zip("ABCD", profiles, strict=True)
    ]
    leading = 0
    for problem in (campus(), generate(PRESETS["campus"], seed=5)):
        result = run(problem, iteration_budget=1_000_000, variants=requests)
        assert [variant.profile for variant in result.variants] == list(profiles)
        assert all(share >= 0.3 for share in result.differences.values())
        figures = {variant.profile: variant.metrics for variant in result.variants}
        gaps = {p: m["student_gaps_per_student"] for p, m in figures.items()}
        days = {p: m["faculty_days_per_person"] for p, m in figures.items()}
        assert gaps["student_friendly"] < gaps["faculty_friendly"]
        assert min(days, key=days.get) == "faculty_friendly"
        for variant in result.variants:
            assert variant.score.hard == 0
            assert variant.lead.leads == (variant.lead.cost <= variant.lead.best_other)
            leading += variant.lead.leads
        assert len(result.notes) == sum(not v.lead.leads for v in result.variants)
    assert leading >= 6


def test_a_promise_that_was_not_kept_is_said():
    """Far too little work for four variants: what they lack is told, not hidden."""
    result = run(
        campus(),
        iteration_budget=3_000,
        variants=[
            VariantRequest(key=key, profile=profile)
            for key, profile in zip(
                "ABC", ("balanced", "student_friendly", "balanced"), strict=True
            )
        ],
    )
    keys = {variant.key for variant in result.variants}
    for key in {"A", "B", "C"} - keys:
        assert any(f"variant {key} " in note for note in result.notes)
    for variant in result.variants:
        told = any(f"Variant {variant.key} (" in note for note in result.notes)
        assert told != variant.lead.leads
    for pair, share in result.differences.items():
        a, b = pair.split("|")
        told = any(f"Variants {a} and {b} differ" in note for note in result.notes)
        assert told == (share < 0.3)
    assert result.notes


def test_broken_problem_names_place_and_mend():
    problem = tiny_problem().model_copy(
        update={"pins": [{"event": "nowhere", "timeslot": None, "room": None}]}
    )
    problem = type(problem).model_validate(
        tiny_problem().model_dump() | {"pins": [{"event": "nowhere"}]}
    )
    with pytest.raises(ProblemError) as caught:
        run(problem, time_limit_seconds=1)
    assert caught.value.errors[0].field == "pins[0].event"
    assert "nowhere" in caught.value.errors[0].message


def test_diagnosis_finds_overloaded_faculty():
    data = tiny_problem().model_dump()
    data["faculty"][3]["unavailable"] = [slot["id"] for slot in data["timeslots"][:23]]
    diagnosis = diagnose(type(tiny_problem()).model_validate(data))
    assert not diagnosis.feasible
    assert "faculty_overloaded" in {item.code for item in diagnosis.items}


def test_diagnosis_of_a_sound_problem_is_empty():
    diagnosis = diagnose(tiny_problem())
    assert diagnosis.feasible
    assert not diagnosis.items


def test_no_variant_repeats_another_when_time_runs_out():
    """With too little time for three, fewer come back, never one thrice."""
    result = run(campus(), iteration_budget=1_000)
    assert result.variants
    assert all(share > 0 for share in result.differences.values())
