"""Who is sent to when: one message at a time to each receiver of a tenant.

A receiver that does not answer holds up its own lane, nobody else's: lanes have threads
of their own, a tenant has a few lanes at once, and a lane whose receiver cannot be
reached rests before it tries again. Within a lane changes of state go before progress,
and the job that was served longest ago goes first.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from ..jobs.record import Job
from .delivery import Line

logger = logging.getLogger(__name__)

MOST_LANES = 64
"""Threads; a lane that waits for an answer costs nothing but one."""
MOST_LANES_OF_TENANT = 4
_TURN_SECONDS = 1.0
_LONGEST_REST = 60.0
_IDLE_SECONDS = 30.0


class Key(NamedTuple):
    """Whose lane, and to where."""

    tenant: str
    receiver: str
    """Scheme, host and port as the callback has them."""


class Lane:
    """The way to one receiver."""

    def __init__(self, key: Key, line: Line) -> None:
        self.key, self.line = key, line
        self.busy = False
        self.failures = 0
        """Times in a row that the receiver could not be reached."""
        self.rests_until = 0.0
        self.served_at = 0.0


class Lanes:
    """All lanes, and the threads that serve them.

    Parameters
    ----------
    make_line
        Makes the connection of a new lane.
    serve
        Sends one message of what is due: ``serve(lane, items)`` gives what of the items
        is left, and nothing once the lane is to end its turn.
    """

    def __init__(
        self,
        make_line: Callable[[], Line],
        serve: Callable[[Lane, Sequence[Job]], Sequence[Job]],
    ) -> None:
        self._make_line, self._serve = make_line, serve
        self._lanes: dict[Key, Lane] = {}
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(MOST_LANES, thread_name_prefix="webhook")

    def free(self, key: Key) -> bool:
        """Whether a lane could take a message now: only then is it to be looked at."""
        lane = self._lanes.get(key)
        return lane is None or (not lane.busy and time.monotonic() >= lane.rests_until)

    def run(self, due: dict[Key, list[Job]]) -> None:
        """Start the lanes that have something to send, longest not served first."""
        busy = Counter(lane.key.tenant for lane in self._lanes.values() if lane.busy)
        found = [self._lane(key) for key in due]
        for lane in sorted(found, key=lambda item: item.served_at):
            tenant = lane.key.tenant
            full = busy.total() >= MOST_LANES or busy[tenant] >= MOST_LANES_OF_TENANT
            if full or not self.free(lane.key):
                continue
            busy[tenant] += 1
            lane.busy = True
            self._threads.submit(self._turn, lane, due[lane.key])

    def tidy(self) -> None:
        """End exchanges that take too long, and connections that nobody uses."""
        at = time.monotonic()
        for key, lane in list(self._lanes.items()):
            if lane.busy:
                lane.line.cut_if_late()
            elif at - max(lane.served_at, lane.rests_until) > _IDLE_SECONDS:
                lane.line.close()
                del self._lanes[key]

    def rest(self, lane: Lane) -> bool:
        """Let a lane rest whose receiver cannot be reached; True at the first time."""
        lane.failures += 1
        lane.rests_until = time.monotonic() + pause(lane.failures, _LONGEST_REST)
        return lane.failures == 1

    def stop(self) -> None:
        """End; nobody waits for a receiver that does not answer."""
        self._stopping.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        for lane in list(self._lanes.values()):
            lane.line.cut()

    def _lane(self, key: Key) -> Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(key, self._make_line())
        return lane

    def _turn(self, lane: Lane, items: Sequence[Job]) -> None:
        """Serve a lane for about a second; then it is looked at anew."""
        end = time.monotonic() + _TURN_SECONDS
        try:
            while items and time.monotonic() < end and not self._stopping.is_set():
                items = self._serve(lane, items)
        except Exception:
            logger.exception("A lane of webhooks stumbled; it goes on.")
            self.rest(lane)
        finally:
            lane.served_at = time.monotonic()
            lane.busy = False


def pause(failures: int, longest: float) -> float:
    """Wait longer after each failure, never all at the same moment; in seconds."""
    return min(longest, float(2 ** min(failures - 1, 16))) * random.uniform(0.5, 1.0)
