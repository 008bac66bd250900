"""Jobs stand back for the API, wherever the kernel looks first."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from sidecar.system.priority import stand_back
from tests.harness import wait_for


@pytest.fixture
def sleeper() -> Iterator[int]:
    """A process in a session of its own, as a job's is."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True
    )
    yield process.pid
    process.kill()
    process.wait()


def _group_niceness(pid: int) -> int | None:
    path = Path(f"/proc/{pid}/autogroup")
    try:
        return int(path.read_text().rpartition("nice ")[2])
    except (OSError, ValueError):
        return None


def test_the_process_and_its_session_stand_back(sleeper: int) -> None:
    """Niceness alone counts only inside a session where Linux groups by session."""
    before = _group_niceness(sleeper)
    assert stand_back(sleeper, 7)
    assert psutil.Process(sleeper).nice() == 7
    if before is None:
        pytest.skip("this kernel does not group processes by session")
    assert (before, _group_niceness(sleeper)) == (0, 7)


def test_several_jobs_begin_at_once(sleeper: int) -> None:
    """The kernel takes one change in a tenth of a second; asked again, it takes all."""
    for niceness in range(1, 6):
        wait_for(lambda wanted=niceness: stand_back(sleeper, wanted), 5)
    assert psutil.Process(sleeper).nice() == 5
    assert _group_niceness(sleeper) in (None, 5)


def test_one_that_has_ended_is_told(sleeper: int) -> None:
    """So that the runner does not take it for a job that runs."""
    process = psutil.Process(sleeper)
    process.kill()
    process.wait()
    with pytest.raises(ProcessLookupError):
        stand_back(sleeper, 5)
