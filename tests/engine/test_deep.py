"""Deep search places what the ordinary search leaves over, and says what it did."""

from sidecar.contract import (
    Class,
    Event,
    JobOptions,
    Offering,
    Problem,
    Room,
    Timeslot,
    VariantRequest,
)
from sidecar.engine.progress import NullSink, RunControl
from sidecar.solving.solve_request import solve_request

from .tight import tight


def solve(problem, **options):
    result = solve_request(
        problem,
        JobOptions(variants=[VariantRequest(key="A")], **options),
        digest="0" * 64,
        sink=NullSink(),
        control=RunControl(),
    )
    details = result.stages[-1].details.get("deep_search", {}).get("A")
    return result.variants[0], details


def test_deep_search_places_more_than_the_same_work_without_it():
    """On universities that are full and whose teachers are nearly always away."""
    problems = [tight(seed, 88, 0.95) for seed in range(2, 8)]
    with_it = without = 0
    for problem in problems:
        plain, none = solve(problem, iteration_budget=300_000)
        assert none is None
        variant, details = solve(problem, iteration_budget=300_000, deep_search=True)
        if details is not None and details["entered"]:
            assert 0 < details["events_before"] <= 50
            assert (details["events_after"] == 0) == (variant.score.hard == 0)
        without += plain.score.hard
        with_it += variant.score.hard
    assert with_it < without


def test_deep_search_changes_nothing_where_nothing_is_left_over():
    problem = tight(4, 70, 0.5)
    plain, _ = solve(problem, iteration_budget=50_000)
    variant, details = solve(problem, iteration_budget=50_000, deep_search=True)
    assert plain.score.hard == 0
    assert variant.assignments == plain.assignments
    assert details is None


def test_deep_search_is_not_for_more_than_fifty_events():
    """Where nothing can help, the time goes to what there is, and that is said."""
    classes = [
        Class(id=f"c{k}", offering="o", limit=5, events=[Event(id=f"e{k}")])
        for k in range(70)
    ]
    problem = Problem(
        rooms=[Room(id="r", capacity=10)],
        timeslots=[Timeslot(id=f"t{k}", day=0, period=k) for k in range(6)],
        offerings=[Offering(id="o")],
        classes=classes,
    )
    variant, details = solve(problem, iteration_budget=20_000, deep_search=True)
    assert variant.score.hard > 0
    assert details["events_before"] > 50
    assert details["entered"] is False
