"""After ``timetable-nep warm`` no job compiles anything."""

import json
import subprocess
import sys

PROGRAM = """
import json, sys
from sidecar.contract import JobOptions
from sidecar.engine.kernels import chains, moves, pricing, search, state
from sidecar.engine.progress import NullSink, RunControl
from sidecar.solving.answers import convert
from sidecar.solving.solve_request import solve_request
from sidecar.synthesis import PRESETS, generate

toy = convert(open("tests/formats/data/toy.ctt").read(), "ctt")
for problem in (generate(PRESETS["campus"], seed=2), toy):
    solve_request(
        problem,
        JobOptions(iteration_budget=120_000),
        digest="",
        sink=NullSink(),
        control=RunControl(),
    )
misses = {}
for module in (state, pricing, moves, chains, search):
    for name, kernel in vars(module).items():
        if hasattr(kernel, "stats") and kernel.stats.cache_misses:
            misses[name] = [str(key) for key in kernel.stats.cache_misses]
print(json.dumps(misses))
"""


def test_no_job_compiles_after_warm():
    """A campus and a benchmark file find every kernel in the cache."""
    run = [sys.executable, "-m", "sidecar", "warm"]
    subprocess.run(run, check=True, capture_output=True, timeout=290)
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, timeout=290
    )
    assert json.loads(answer.stdout) == {}
