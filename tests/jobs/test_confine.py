"""What the kernel keeps a job from, whatever runs in it."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from sidecar.run.runners import local as runner_module
from sidecar.run.runners.base import Launch
from sidecar.run.runners.local import MARKER, LocalRunner
from sidecar.settings import Settings
from sidecar.system.confine import version
from sidecar.system.memory import groups_of
from tests.harness import Service, wait_for

ATTACK = """
import json, os, signal, sys
from pathlib import Path
from sidecar.system.confine import confine
data, pid = Path(sys.argv[1]), int(sys.argv[2])
mine, other = data / "jobs" / ("a" * 32), data / "jobs" / ("b" * 32)
if sys.argv[3] == "confined":
    assert confine(mine, data)

def able(what):
    try:
        what()
    except OSError:
        return False
    return True

print(json.dumps({
    "own": able(lambda: (mine / "x").write_text("1"))
        and able(lambda: (mine / "x").rename(mine / "y")),
    "problem": able((other / "problem.json").read_bytes),
    "secret": able((data / "tokens" / "secret").read_bytes),
    "names": able(lambda: list((data / "jobs").iterdir())),
    "write": able(lambda: (other / "state.json").write_text("{}")),
    "signal": able(lambda: os.kill(pid, signal.SIGCONT)),
    "memory": able(lambda: Path(f"/proc/{pid}/environ").read_bytes()),
    "system": able(lambda: Path("/etc/passwd").read_bytes()),
    "child": os.system(f"cat {other}/problem.json 2>/dev/null") == 0,
}))
"""


def _attack(data: Path, how: str) -> dict[str, bool]:
    """Let a process try everything; it says what it could do."""
    for name in ("a", "b"):
        (data / "jobs" / (name * 32)).mkdir(parents=True, exist_ok=True)
    (data / "jobs" / ("b" * 32) / "problem.json").write_text("")
    (data / "tokens").mkdir(exist_ok=True)
    (data / "tokens" / "secret").write_text("hidden")
    words = [sys.executable, "-c", ATTACK, str(data), str(os.getpid()), how]
    shown = subprocess.run(words, capture_output=True, text=True, check=True)
    found: dict[str, bool] = json.loads(shown.stdout)
    return found


def test_a_job_reaches_nothing_but_its_own(tmp_path: Path) -> None:
    """No other job's or tenant's file, no other process; the attack itself works."""
    if not version():
        pytest.skip("this kernel has no Landlock")
    assert all(_attack(tmp_path, "free").values())
    able = {name for name, could in _attack(tmp_path, "confined").items() if could}
    signals = {"signal"} if version() < 6 else set()
    # Root may look into processes for its measurements (CAP_PERFMON): be another.
    memory = {"memory"} if os.geteuid() == 0 else set()
    assert {"own", "system"} <= able <= {"own", "system"} | signals | memory


def test_a_worker_is_limited_and_knows_no_secret(service: Service) -> None:
    """By the kernel, from outside; the Redis password is in no environment."""
    client = service.client()
    job_id = client.accept("steps=1000 children=1")
    folder = service.data / "jobs" / job_id
    wait_for((folder / "incumbent.json").exists, 60, "it works")
    mine = [p for p in service.workers() if p.environ()[MARKER] == str(folder)]
    assert len(mine) == 2
    for process in mine:
        assert "redis://" not in "".join(process.environ().values())
        for kind in (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU):
            assert resource.prlimit(process.pid, kind)[1] != resource.RLIM_INFINITY
        assert resource.prlimit(process.pid, resource.RLIMIT_CORE) == (0, 0)
        if version():
            status = Path(f"/proc/{process.pid}/status").read_text()
            assert "NoNewPrivs:\t1" in status, "confined"
    client.call("DELETE", f"/v1/jobs/{job_id}")
    client.wait_state(job_id, "cancelled", seconds=10)


def test_an_operators_secrets_stay_out_of_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what the service was started with, a job gets what it needs."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/somewhere")
    folder = tmp_path / "job"
    folder.mkdir()
    settings = Settings(
        data_dir=tmp_path,
        redis_url="redis://:hidden@127.0.0.1:1/0",
        worker_module="this",
    )
    runner = LocalRunner(settings)
    runner.start(Launch("a" * 32, 1, folder))
    found = psutil.Process(next(iter(runner.children()))).environ()
    runner.kill("a" * 32)
    wait_for(lambda: runner.poll("a" * 32), 10)
    assert "hidden" not in "".join(found.values())
    assert found["NUMBA_CACHE_DIR"] == "/somewhere"
    assert found["TIMETABLE_JOB_MEMORY_MB"] == str(settings.job_memory_mb)


def test_what_was_admitted_counts_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a hundred jobs would start into memory for three."""
    monkeypatch.setattr(runner_module, "available_mb", lambda: 1000.0)
    settings = Settings(
        data_dir=tmp_path,
        redis_url="",
        max_running_jobs=100,
        min_free_memory_mb=200,
        job_reserve_mb=250,
        worker_module="tests.jobs.faulty_worker",
    )
    runner = LocalRunner(settings)
    assert runner.room() == 3
    for number in range(3):
        job_id = f"{number:032x}"
        (tmp_path / job_id).mkdir()
        runner.start(Launch(job_id, 1, tmp_path / job_id))
        assert runner.room() <= 3 - number
    assert runner.room() < 3
    later = time.monotonic() + 60
    monkeypatch.setattr(runner_module.time, "monotonic", lambda: later)
    assert runner.room() == 3, "what runs for long shows in what is left"
    for job_id in runner.running():
        runner.kill(job_id)


def test_each_groups_limit_counts(tmp_path: Path) -> None:
    """A unit's, a container's, of either version; as the process is told."""
    told, root = tmp_path / "cgroup", tmp_path / "fs"
    unit = root / "system.slice" / "timetable.service"
    old = root / "memory" / "docker" / "abc"
    for folder in (unit, old):
        folder.mkdir(parents=True)
    told.write_text(
        "0::/system.slice/timetable.service\n4:memory:/docker/abc\n3:cpu:/\n"
    )
    found = groups_of(told, root)
    assert {unit, unit.parent, root, old, old.parent} <= set(found)
    assert groups_of(tmp_path / "none", root) == []
