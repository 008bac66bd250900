"""Run commands, with their words in a log and their failure in one sentence."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .display import screen
from .paths import LOGS, ROOT, StackError, relative

POLL_SECONDS = 0.3


def run(
    what: str,
    command: Sequence[str | Path],
    *,
    log: str,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path = ROOT,
    timeout: float | None = None,
    hint: str = "",
) -> None:
    """Run ``command`` with its output in ``.state/log/<log>``.

    :raises StackError: "``what`` failed", where the log is, and ``hint``
    """
    path = LOGS / log
    LOGS.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        stream.write(f"$ {' '.join(map(str, command))}\n".encode())
        stream.flush()
        try:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                **as_user(user),
            )
        except OSError as error:
            raise StackError(f"{what} failed: {error}.") from error
        waited = 0.0
        try:
            while True:
                try:
                    code = process.wait(POLL_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    screen.tick()
                    waited += POLL_SECONDS
                    if timeout and waited > timeout:
                        process.kill()
                        process.wait()
                        raise StackError(
                            f"{what} was stopped after {timeout:.0f} seconds; "
                            f"see {relative(path)}."
                        ) from None
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
    if code:
        tail = f" {hint}" if hint else ""
        raise StackError(f"{what} failed; see {relative(path)}.{tail}")


def output(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    cwd: Path = ROOT,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run a short command and give what it said; the caller looks at its code."""
    return subprocess.run(
        [str(part) for part in command],
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        errors="replace",
        env={**os.environ, **(env or {})},
        cwd=cwd,
        timeout=timeout,
        check=False,
    )


def as_user(user: str | None) -> dict[str, Any]:
    """Arguments of ``Popen`` that make the child run as ``user``."""
    if user is None:
        return {}
    return {"user": user, "group": user_group(user), "extra_groups": []}


def user_group(user: str) -> int:
    """The primary group of ``user``."""
    return pwd.getpwnam(user).pw_gid


def which(*names: str) -> str | None:
    """The first of ``names`` on PATH, system folders included."""
    path = os.environ.get("PATH", os.defpath) + ":/usr/local/sbin:/usr/sbin:/sbin"
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    return None
