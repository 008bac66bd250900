"""Commands that must not run twice at once in one folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from .display import screen
from .paths import STATE, prepare


@contextmanager
def only_one(what: str = "setup") -> Iterator[None]:
    """Two commands that do the same in one folder wait for each other."""
    prepare()
    with (STATE / f"{what}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            screen.note("Another command works in this folder; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
