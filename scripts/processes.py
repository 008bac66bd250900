"""Servers that outlive the command that started them."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .display import screen
from .paths import LOGS, ROOT, RUN, StackError, read_json, relative, write_json
from .shell import as_user


def birth(pid: int) -> str | None:
    """What tells a process from a later one with the same number."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def pid_of(name: str) -> int | None:
    """The process of server ``name``, if it still runs."""
    record = read_json(RUN / f"{name}.json")
    pid = record.get("pid")
    if not isinstance(pid, int):
        return None
    return pid if birth(pid) == record.get("birth") else None


def remember(name: str, pid: int, code: str = "") -> None:
    """Note that ``pid`` is server ``name``, running this state of its code."""
    write_json(RUN / f"{name}.json", {"pid": pid, "birth": birth(pid), "code": code})


def stop_if_outdated(name: str, code: str) -> None:
    """Stop a server that runs another state of its code."""
    if pid_of(name) and read_json(RUN / f"{name}.json").get("code") != code:
        stop(name)


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    executable: str | None = None,
    cwd: Path = ROOT,
    code: str = "",
) -> Path:
    """Start a server in its own session; gives its log."""
    log = LOGS / f"{name}.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [str(part) for part in command],
            executable=executable,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            start_new_session=True,
            **as_user(user),
        )
    remember(name, process.pid, code)
    return log


def wait_until(
    name: str, probe: Callable[[], bool], *, seconds: float, log: Path
) -> None:
    """Wait until ``probe`` holds; a server that died or dawdles is an error."""
    end = time.monotonic() + seconds
    while not probe():
        # A finished child of ours stays a zombie until it is asked for.
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        if pid_of(name) is None:
            raise StackError(f"{name} stopped while starting; see {relative(log)}.")
        if time.monotonic() > end:
            raise StackError(
                f"{name} did not answer within {seconds:.0f} seconds; "
                f"see {relative(log)}."
            )
        screen.tick()
        time.sleep(0.2)


def stop(name: str, *, how: int = signal.SIGTERM, seconds: float = 60) -> bool:
    """Stop a server and whatever shares its session's group; tells if it ran."""
    pid = pid_of(name)
    if pid is not None:
        os.kill(pid, how)
        end = time.monotonic() + seconds
        while birth(pid) is not None and time.monotonic() < end:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.1)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    (RUN / f"{name}.json").unlink(missing_ok=True)
    return pid is not None


def running() -> list[str]:
    """Names of all servers of this folder that run."""
    return [path.stem for path in sorted(RUN.glob("*.json")) if pid_of(path.stem)]
