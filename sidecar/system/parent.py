"""Ties a process's life to its parent's (Linux; elsewhere it does nothing)."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Container

from .processes import lives, name_of, see_all

TETHER = "SIDECAR_TETHER"
"""Environment variable: the process without which we must not live."""
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def end_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send us a signal when our parent ends."""
    if not sys.platform.startswith("linux"):
        return
    parent = os.getppid()
    _prctl(_PR_SET_PDEATHSIG, int(how))
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), how)


def tether() -> str:
    """Describe this process for those that must not outlive it."""
    return name_of(os.getpid())


def hold_tether(how: signal.Signals = signal.SIGKILL) -> bool:
    """End with our parent, if it asked for that; at once if it is gone already.

    Our own children do not inherit the wish. Gives whether there was one.
    """
    text = os.environ.pop(TETHER, None)
    if text is None:
        return False
    end_with_parent(how)
    if not lives(text):
        os.kill(os.getpid(), how)
    return True


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends."""
    if sys.platform.startswith("linux"):
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def reap_adopted(known: Container[int]) -> None:
    """Let go of adopted children that have ended; ``known`` ones are not touched."""
    for process in see_all():
        if process.parent == os.getpid() and process.pid not in known:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")
