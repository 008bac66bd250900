"""Compiles the solver beside a command that will need it, behind everything else."""

import contextlib
import subprocess
import sys

from ..settings import Settings
from ..system.priority import stand_back


class Warming:
    """``timetable-nep warm`` in a process of its own, while the block lasts."""

    def __init__(self, settings: Settings, *, wanted: bool = True) -> None:
        self._settings = settings
        self._wanted = wanted and settings.warm_on_start
        self._process: subprocess.Popen[bytes] | None = None
        self._stands_back = False

    def __enter__(self) -> "Warming":
        """Begin, if that is wanted."""
        if self._wanted:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sidecar", "warm"],
                env=self._settings.child_environment(),
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            self.look()
        return self

    def look(self) -> None:
        """Have it stand back; the kernel may want to be asked several times."""
        if self._process is not None and not self._stands_back:
            with contextlib.suppress(ProcessLookupError):
                self._stands_back = stand_back(self._process.pid, 19)

    def process(self) -> int | None:
        """Give the number of the process while it runs."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def __exit__(self, *_: object) -> None:
        """End it, done or not."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
