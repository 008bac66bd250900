"""A control group for each job, in the kernel's own tree where that may be written."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.system.cgroups import Groups
from tests.harness import wait_for

ROOTS = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
_MAKER = """
import subprocess, sys, time
child = subprocess.Popen(["setsid", "sleep", "600"])
print(child.pid, flush=True)
time.sleep(600)
"""


def _put_in(group: Path, pid: int) -> None:
    (group / "cgroup.procs").write_text(str(pid))


@pytest.fixture
def delegated() -> Iterator[tuple[Path, Path]]:
    """A group as systemd hands it over, and what a process in it reads of itself."""
    name = f"timetable-test-{os.getpid()}-{time.monotonic_ns()}"
    for root in ROOTS:
        group = root / name
        try:
            group.mkdir()
            os.setxattr(group, "user.delegate", b"1")
            (group / "cgroup.kill").stat()
        except OSError:
            if group.exists():
                group.rmdir()
            continue
        break
    else:
        pytest.skip("no cgroup v2 that we may write to")
    told = Path(f"/tmp/{name}")
    told.write_text(f"4:memory:/elsewhere\n0::/{name}\n")
    yield group, told
    told.unlink()
    for path in sorted(group.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
    group.rmdir()


def test_a_job_ends_with_all_that_it_started(delegated: tuple[Path, Path]) -> None:
    """Also what left its process group; nobody beside it notices."""
    group, told = delegated
    neighbour = subprocess.Popen(["sleep", "600"])
    _put_in(group, neighbour.pid)
    groups = Groups.here(10, told, ROOTS)
    assert groups is not None
    assert (group / "cgroup.procs").read_text() == "", "all have moved one down"
    with subprocess.Popen([sys.executable, "-c", _MAKER], stdout=-1) as leader:
        groups.enter("one", leader.pid, 100)
        assert leader.stdout is not None
        # Started before or after, by whomever: the group is inherited.
        second = subprocess.Popen(["sleep", "600"])
        groups.enter("two", second.pid, 100)
        pid = int(leader.stdout.readline())
        assert (
            str(pid) in (group / "timetable-jobs" / "one" / "cgroup.procs").read_text()
        )
        groups.kill("one")
        assert leader.wait(10) == -9
    groups.leave("one")
    assert not (group / "timetable-jobs" / "one").exists()
    wait_for(
        lambda: (
            not Path(f"/proc/{pid}/cmdline").exists()
            or not Path(f"/proc/{pid}/cmdline").read_bytes()
        ),
        10,
        "its child is gone",
    )
    assert second.poll() is None
    assert groups.sweep({"two"}) == 0
    assert groups.sweep(set()) == 1, "what nobody watches ends"
    assert second.wait(10) == -9
    assert neighbour.poll() is None
    neighbour.kill()
    neighbour.wait()


def test_a_second_service_finds_the_same_place(delegated: tuple[Path, Path]) -> None:
    """Started anew it is in the group below already."""
    group, told = delegated
    assert Groups.here(10, told, ROOTS) is not None
    told.write_text(f"0::/{group.name}/timetable-main\n")
    assert Groups.here(10, told, ROOTS) is not None
    assert not (group / "timetable-main" / "timetable-main").exists()


def test_what_was_not_handed_over_is_left_alone(delegated: tuple[Path, Path]) -> None:
    """The machine's root, and groups that we merely could write to."""
    group, told = delegated
    os.removexattr(group, "user.delegate")
    assert Groups.here(10, told, ROOTS) is None
    told.write_text("0::/\n")
    assert Groups.here(10, told, ROOTS) is None
    assert Groups.here(10, Path("/nowhere"), ROOTS) is None


def test_limits_are_written_where_the_kernel_has_them(tmp_path: Path) -> None:
    """Files of a tree that has the controllers, which this machine's may not have."""
    group = tmp_path / "timetable-jobs" / "x"
    group.mkdir(parents=True)
    for name in ("memory.max", "memory.oom.group", "pids.max"):
        (group / name).write_text("max")
    Groups(tmp_path).enter("x", 1234, 1000)
    found = {path.name: path.read_text() for path in group.iterdir()}
    assert found == {
        "memory.max": str(1506 * 2**20),
        "memory.oom.group": "1",
        "pids.max": "512",
        "cgroup.procs": "1234",
    }
