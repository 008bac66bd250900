"""One progress bar for a whole command: drawn on a terminal, plain lines elsewhere."""

import contextlib
import math
import shutil
import sys
import time
from collections.abc import Iterator


def clock(seconds: float) -> str:
    """Seconds as ``m:ss``."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


class Display:
    """Progress over steps of known weight.

    Inside a step the share comes from whoever knows it (:meth:`update`) or, while a
    command gives no sign of how far it is, from the time it usually takes
    (:meth:`tick`), which approaches but never reaches the end of the step.
    """

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.begun = time.monotonic()
        self._total = 1.0
        self._done = 0.0
        self._weight = 0.0
        self._share = 0.0
        self._text = ""
        self._since = self.begun
        self._drawn = 0.0
        self._last_line = ("", -1, 0.0)

    def plan(self, weight: float) -> None:
        """Say how much all steps weigh together (about their seconds)."""
        self._total = max(weight, 1.0)
        self._done = 0.0
        self.begun = time.monotonic()

    @contextlib.contextmanager
    def step(self, text: str, weight: float) -> Iterator[None]:
        """One step of the plan."""
        self._text, self._weight, self._share = text, weight, 0.0
        self._since = time.monotonic()
        self._draw(force=True)
        yield
        self._done = min(self._done + weight, self._total)
        self._weight = self._share = 0.0
        if self.terminal:
            self._draw()

    def update(self, share: float, text: str | None = None) -> None:
        """The step is ``share`` (0 to 1) done."""
        self._share = max(self._share, min(share, 1.0))
        if text:
            self._text = text
        self._draw()

    def tick(self) -> None:
        """Time has passed in a step whose progress is unknown."""
        passed = time.monotonic() - self._since
        self._share = max(self._share, 1 - math.exp(-passed / max(self._weight, 1.0)))
        self._draw()

    def note(self, line: str) -> None:
        """A line that stays."""
        self._clear()
        print(line, flush=True)
        self._draw()

    def close(self) -> None:
        """Take the bar away."""
        self._clear()
        self._text = ""

    @property
    def percent(self) -> float:
        """How far the whole plan is."""
        done = self._done + self._share * self._weight
        return 100 * min(done / self._total, 1.0)

    def _clear(self) -> None:
        if self.terminal:
            sys.stdout.write("\r\x1b[2K")
            sys.stdout.flush()

    def _draw(self, force: bool = False) -> None:
        now = time.monotonic()
        if not self._text:
            return
        if self.terminal:
            if force or now - self._drawn >= 0.1:
                self._drawn = now
                self._draw_bar(now)
            return
        text, percent, since = self._last_line
        moved = int(self.percent) >= percent + 10
        if force or text != self._text or moved or now - since >= 20:
            passed = clock(now - self.begun)
            print(f"[{self.percent:3.0f} %] {passed}  {self._text}", flush=True)
            self._last_line = (self._text, int(self.percent), now)

    def _draw_bar(self, now: float) -> None:
        columns = shutil.get_terminal_size().columns
        width = max(10, min(40, columns - 50))
        filled = round(width * self.percent / 100)
        bar = "█" * filled + "░" * (width - filled)
        line = f"{bar} {self.percent:3.0f} % {clock(now - self.begun)}  {self._text}"
        sys.stdout.write("\r\x1b[2K" + line[: columns - 1])
        sys.stdout.flush()


screen = Display()
"""The one display of the process: a terminal has one last line."""
