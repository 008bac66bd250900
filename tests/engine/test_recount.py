"""The check levels: silent while the sums are right, and loud when they are not."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.cli import main
from sidecar.contract import JobOptions, VariantRequest
from sidecar.contract.objective import weights_of
from sidecar.contract.problem import WeekPattern
from sidecar.engine.params import SolveParams, VariantSpec
from sidecar.engine.progress import NullSink, RunControl
from sidecar.engine.recount import COUNTED, RecountError, agree, recount
from sidecar.engine.searcher import OPERATORS
from sidecar.solving import solve_request as solving
from sidecar.synthesis.tiny import tiny_problem

from .problems import make_searcher, problems


@given(problem=problems(), seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_single_move_is_recounted(problem, seed):
    """At ``moves``, on random problems, with all neighbourhoods."""
    searcher, _ = make_searcher(problem, seed=seed)
    searcher.check_level = "moves"
    searcher.construct(searcher.events, 50)
    searcher.forget()
    searcher.keep()
    searcher.repair(searcher.events, 3, 50, 2.0)
    searcher.anneal([1.0] * len(OPERATORS), 20, 20.0, 60)
    assert searcher.statistics[:, 0].sum() <= 60


@pytest.mark.parametrize("name", COUNTED)
def test_a_wrong_sum_is_found(name):
    """One element off by one, wherever it is."""
    problem = tiny_problem()
    if name == "option":
        # Odd and even weeks: what is held in all of them has options.
        weeks = [WeekPattern(id="odd", weeks=[1])]
        problem = problem.model_copy(update={"weeks": 2, "week_patterns": weeks})
    searcher, _ = make_searcher(problem, weights_of("balanced"))
    searcher.construct(searcher.events, 50)
    recount(searcher)
    array = getattr(searcher.state, name).reshape(-1)
    array[len(array) // 2] ^= 1
    with pytest.raises(RecountError, match=f"'{name}' differs from a recount in 1"):
        recount(searcher)


def solve(level, iterations=30_000):
    options = JobOptions(
        iteration_budget=iterations,
        check_level=level,
        variants=[VariantRequest(key="A")],
    )
    return solving.solve_request(
        tiny_problem(), options, digest="", sink=NullSink(), control=RunControl()
    )


@pytest.mark.parametrize("level", ["none", "incumbents", "bursts"])
def test_a_checked_run_gives_the_same_timetable(level):
    """Checking changes nothing but the time."""
    assert solve(level).variants[0].assignments == solve("none").variants[0].assignments


def test_a_score_that_the_plain_scorer_does_not_share_ends_the_run(monkeypatch):
    honest = solving.solve

    def wrong(*arguments):
        outcome = honest(*arguments)
        hard, soft = outcome.variants[0].score
        outcome.variants[0].score = (hard, soft + 1)
        return outcome

    monkeypatch.setattr(solving, "solve", wrong)
    assert solve("none")
    with pytest.raises(RecountError, match="plain scorer"):
        solve("incumbents")


def test_scores_are_compared_as_pairs():
    agree("A", (0, 5), (0, 5))
    with pytest.raises(RecountError, match=r"variant A with \(0, 5\)"):
        agree("A", (0, 5), (1, 5))


def test_no_other_level():
    with pytest.raises(ValueError, match="no check level 'all'"):
        SolveParams((VariantSpec("A", {}),), check_level="all")


def test_on_the_command_line(tmp_path, capsys):
    file = tmp_path / "tiny.json"
    file.write_text(tiny_problem().model_dump_json())
    arguments = ["solve", str(file), "--iterations", "2000", "--check-level", "moves"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["placed"]
