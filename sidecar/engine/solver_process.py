"""A solver in a process of its own: how it begins, ends and is replaced.

OR-Tools holds on to memory and to Python's lock, so it never runs in the search's own
process. Whoever has one talks with it in lines of JSON; how, and how long an answer is
waited for, is the heir's.
"""

import subprocess
import sys
from types import TracebackType
from typing import Self

import psutil


class SolverProcess:
    """One child at most, replaced after a few tasks so that its memory returns.

    Parameters
    ----------
    module
        What Python runs.
    most_tasks
        After so many another child takes over.
    """

    def __init__(self, module: str, most_tasks: int) -> None:
        self._module = module
        self._most_tasks = most_tasks
        self._process: subprocess.Popen[bytes] | None = None
        self._tasks = 0
        self.peak_mb = 0.0
        """Largest memory seen after a task."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the child, if there is one; the next task begins another."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self._process = None
        self._tasks = 0

    def _ready(self) -> bool:
        """Count a task and see to it that there is a child; whether it is a new one."""
        if self._tasks >= self._most_tasks:
            self.stop()
        self._tasks += 1
        if self._process is not None:
            return False
        self._process = subprocess.Popen(  # noqa: S603  (our own modules only)
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return True

    def _measure(self) -> None:
        if self._process is None:
            return
        try:
            rss = psutil.Process(self._process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return
        self.peak_mb = max(self.peak_mb, rss / 2**20)
