"""A search on time patterns goes on from its file, or begins anew and says why."""

import json
import subprocess
import sys
import time

import numpy as np
import pytest

from sidecar.engine.pairs.checkpoint import load
from sidecar.engine.pairs.compile import compile_pairs
from sidecar.engine.pairs.solve import PairParams, Run, solve
from sidecar.engine.progress import RunControl
from sidecar.engine.state_file import CheckpointError, StateFile
from sidecar.scoring.patterned import score_patterned

from ..patterned_problems import random_problem
from .test_solve import school


class AfterSegments:
    """Cancels as soon as so many segments are done."""

    def __init__(self, count):
        self.count = count
        self.run = None

    def command(self):
        done = len(self.run.keeper.state.done)
        return "cancel" if done >= self.count else "run"


def interrupted(problem, params, file, segments):
    control = AfterSegments(segments)
    run = Run(problem, params, control=control, checkpoint=file)
    control.run = run
    run.solve()
    return run


@pytest.mark.parametrize("segments", [1, 3])
def test_an_interrupted_run_ends_like_one_that_was_not(tmp_path, segments):
    """Moves are counted, so all is the same to the last student."""
    problem = random_problem(5)
    file = StateFile(tmp_path / "state", {"problem": "5"})
    params = PairParams(seed=4, iterations=240_000)
    cut = interrupted(problem, params, file, segments)
    assert len(cut.keeper.state.done) == segments
    rest = Run(problem, params, checkpoint=file)
    found = rest.solve()
    assert rest.chains[0].moves == 240_000
    whole = Run(problem, params)
    assert found == whole.solve()
    assert rest.score_of_best() == whole.score_of_best()


def test_what_was_used_counts_and_what_was_found_stays(tmp_path):
    """A timed run that is cancelled in its first cooling, then taken up again."""
    problem = school()
    solve(problem, iterations=2_000)
    file = StateFile(tmp_path / "state", {}, every=0.1)

    class Soon(RunControl):
        def command(self):
            state = run.keeper.state
            return "cancel" if state.used and state.elapsed > 0.5 else "run"

    run = Run(problem, PairParams(time_limit=300, threads=2), None, Soon(), None, file)
    run.solve()
    kept = load(file, run.tables)
    assert kept.used
    assert kept.elapsed > 0.5
    again = Run(problem, PairParams(time_limit=300, threads=2), checkpoint=file)
    assert again.budget.elapsed() >= kept.elapsed
    for index, chain in kept.chains.items():
        state = again.chains[index].state
        assert (state.time == chain.present.time).all()
        assert (state.totals == chain.present.totals).all()
        assert (state.weight == chain.weight).all()
        assert (again.chains[index].best.totals == chain.best.totals).all()
        assert again._cooling[index].curve == chain.curve
    # The new limit has passed already: what was found is returned at once.
    over = Run(problem, PairParams(time_limit=0.2, threads=2), checkpoint=file)
    began = time.monotonic()
    found = score_patterned(problem, over.solve())
    assert time.monotonic() - began < 60
    assert (sum(found.hard.values()), found.total) <= run.score_of_best()


def damaged(content, how):
    magic, line, data = content.split(b"\n", 2)
    header = json.loads(line)
    if how == "cut":
        return content[: len(content) // 2]
    if how == "bit":
        return content[:-200] + bytes([content[-200] ^ 1]) + content[-199:]
    if how == "other":
        header["identity"] = {"problem": "another"}
    elif how == "field":
        del header["used"]
    elif how == "random":
        header["chains"]["0"] = {"stern": "x"}
    return b"\n".join([magic, json.dumps(header).encode(), data])


@pytest.mark.parametrize("how", ["cut", "bit", "other", "field", "random", "empty"])
def test_a_damaged_file_is_told_and_not_used(tmp_path, caplog, how):
    problem = random_problem(7)
    params = PairParams(seed=1, iterations=6_000)
    file = StateFile(tmp_path / "state", {"problem": "7"})
    expected = Run(problem, params, checkpoint=file).solve()
    content = file.path.read_bytes()
    file.path.write_bytes(b"" if how == "empty" else damaged(content, how))
    assert Run(problem, params, checkpoint=file).solve() == expected
    assert "The checkpoint is not used" in caplog.text


def test_places_of_another_problem_are_refused(tmp_path):
    """The kernels would read beyond their tables."""
    problem = random_problem(7)
    file = StateFile(tmp_path / "state", {})
    run = Run(problem, PairParams(iterations=6_000), checkpoint=file)
    run.solve()
    header, arrays = file.read()
    for name in ("time", "place", "bundle"):
        values = arrays[f"best/{name}"]
        if not len(values):
            continue
        wrong = {**arrays, f"best/{name}": np.full_like(values, 1 << 30)}
        file.write(header, wrong)
        with pytest.raises(CheckpointError):
            load(file, compile_pairs(problem))


def test_a_full_disk_does_not_end_the_run(tmp_path, caplog):
    """The folder is not there, so that nothing can be written."""
    file = StateFile(tmp_path / "nowhere" / "state", {})
    assert solve(school(), iterations=5_000, checkpoint=file).time
    assert caplog.text.count("cannot be written") == 1


def test_the_command_takes_a_run_up_again(tmp_path):
    """As a person would: twice the same line, and the second has nothing left to do."""
    from sidecar.formats import itc2019_writer

    instance = tmp_path / "one.xml"
    instance.write_text(itc2019_writer.write(random_problem(7)))
    line = [sys.executable, "-m", "sidecar.cli", "solve", str(instance)]
    line += ["--iterations", "6000", "--threads", "1", "--checkpoint"]
    line += [str(tmp_path / "run.d")]
    told = [
        subprocess.run(line, capture_output=True, text=True, check=False).stdout
        for _ in range(2)
    ]
    one, other = (json.loads(text) for text in told)
    one.pop("seconds"), other.pop("seconds")
    assert one == other
    assert (tmp_path / "run.d" / "checkpoint").exists()
