"""Files, ports and processes of the state folder."""

import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import paths, processes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder of the test's own."""
    for module in (paths, processes):
        for name, place in {"STATE": "", "RUN": "run", "LOGS": "log"}.items():
            if hasattr(module, name):
                monkeypatch.setattr(module, name, tmp_path / place)
    yield tmp_path
    for name in [path.stem for path in (tmp_path / "run").glob("*.json")]:
        processes.stop(name, seconds=5)


def sleeper(name: str) -> int:
    processes.start(name, [sys.executable, "-c", "import time; time.sleep(60)"])
    pid = processes.pid_of(name)
    assert pid is not None
    return pid


def test_private_file_is_private_from_the_start(folder: Path) -> None:
    """Nobody else can read a file with a password, whatever the umask."""
    before = os.umask(0)
    try:
        paths.write_private(folder / "secret", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["secret"]


def test_broken_json_counts_as_empty(folder: Path) -> None:
    """A file cut short by a crash does not stop the next run."""
    (folder / "x.json").write_text('{"pid": 1')
    assert paths.read_json(folder / "x.json") == {}


def test_port_stays_until_somebody_takes_it(folder: Path) -> None:
    """Addresses survive a restart; a taken port is replaced."""
    port = paths.free_port("a")
    assert paths.free_port("a") == port
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert paths.free_port("a") != port


def test_server_is_started_found_and_stopped(folder: Path) -> None:
    """The life of a server."""
    pid = sleeper("a")
    assert processes.running() == ["a"]
    assert processes.stop("a", seconds=5)
    assert processes.birth(pid) is None
    assert processes.running() == []
    assert not processes.stop("a")


def test_number_of_a_dead_server_is_not_taken_for_it(folder: Path) -> None:
    """A pid file that outlived its server may name a stranger: leave that one alone."""
    stranger = sleeper("stranger")
    paths.write_json(folder / "run" / "a.json", {"pid": stranger, "birth": "1"})
    assert processes.pid_of("a") is None
    assert not processes.stop("a")
    assert processes.pid_of("stranger") == stranger


def test_server_that_dies_while_starting_names_its_log(folder: Path) -> None:
    """The message says where to look."""
    log = processes.start("a", [sys.executable, "-c", "raise SystemExit('no')"])
    with pytest.raises(
        paths.StackError, match=r"a stopped while starting; see .*a\.log"
    ):
        processes.wait_until("a", lambda: False, seconds=20, log=log)
    assert "no" in log.read_text()
