"""Exact neighbourhoods beside the search: a child process that is never waited for.

Whoever searches offers the incumbent now and then; while the child works on it the
search goes on. What comes back is a patch, which may be laid on an incumbent that has
changed since: the kernels judge what it is worth, and the child is told.
"""

import base64
import json
import os
import pickle
import time
from typing import Any

from ..model.patterned import PatternedProblem, PatternedSolution
from ..solver_process import SolverProcess

TASKS_PER_CHILD = 200
"""Then another child takes over, so that the memory returns."""
GRACE = 60.0
"""Seconds beyond its time after which a task is given up, its model not yet made."""


class ExactHelper(SolverProcess):
    """One child at most; ``offer`` and ``take`` never block on its work.

    Parameters
    ----------
    seconds
        Of solving for one task, at most.
    """

    def __init__(
        self, problem: PatternedProblem, seed: int, seconds: float = 8.0
    ) -> None:
        super().__init__("sidecar.engine.pairs.exact_child", TASKS_PER_CHILD)
        self._head = {
            "problem": base64.b64encode(pickle.dumps(problem)).decode(),
            "seed": seed,
        }
        self.seconds = seconds
        self._busy = False
        self._buffer = b""
        self._sent: list[tuple[int, ...]] | None = None
        self._gain = 0.0
        self.tally: dict[str, dict[str, float]] = {}
        """By arm: tasks, seconds, solved to optimality, gain."""
        self._arm = ""
        self._until = 0.0

    def stop(self) -> None:
        """End the child; what it worked on is lost."""
        super().stop()
        self._busy = False
        self._buffer = b""
        self._sent = None

    @property
    def busy(self) -> bool:
        return self._busy

    def offer(self, solution: PatternedSolution, seconds: float | None = None) -> bool:
        """Begin a task on this solution unless one is under way; whether it began."""
        if self._busy:
            return False
        if self._ready():
            self._send(self._head)
        changed = solution.attends != self._sent
        self._sent = list(solution.attends)
        limit = self.seconds if seconds is None else seconds
        message: dict[str, Any] = {
            "time": solution.time,
            "room": solution.room,
            "attends": solution.attends if changed else None,
            "seconds": limit,
            "gain": self._gain,
        }
        self._send(message)
        self._gain = 0.0
        self._busy = self._process is not None
        self._until = time.monotonic() + limit + GRACE
        return self._busy

    def _send(self, message: dict[str, Any]) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            # It died (of memory, say): the next offer starts another.
            self.stop()

    def take(self) -> dict[str, Any] | None:
        """The patch of the task that was under way, if it is done."""
        if not self._busy or self._process is None:
            return None
        assert self._process.stdout is not None
        handle = self._process.stdout.fileno()
        os.set_blocking(handle, False)
        while True:
            try:
                piece = os.read(handle, 1 << 16)
            except BlockingIOError:
                if time.monotonic() > self._until:
                    self.stop()
                return None
            if not piece:
                self.stop()
                return None
            self._buffer += piece
            line, end, rest = self._buffer.partition(b"\n")
            if end:
                self._buffer = rest
                self._busy = False
                self._measure()
                answer: dict[str, Any] = json.loads(line)
                self._count(answer)
                return answer

    def reward(self, gain: float) -> None:
        """What the patch was worth; the child learns it with the next task."""
        self._gain = max(0.0, gain)
        if self._arm:
            self.tally[self._arm]["gain"] += self._gain

    def _count(self, answer: dict[str, Any]) -> None:
        self._arm = answer["arm"]
        zero = {"tasks": 0.0, "seconds": 0.0, "optimal": 0.0, "gain": 0.0}
        row = self.tally.setdefault(self._arm, zero)
        row["tasks"] += 1
        row["seconds"] += answer.get("seconds", 0.0)
        row["optimal"] += answer["status"] == "optimal"


def patched(solution: PatternedSolution, patch: dict[str, Any]) -> PatternedSolution:
    """A copy of a solution with a patch laid on it."""
    found = solution.copy()
    for index, (option, room) in patch["classes"].items():
        found.time[int(index)], found.room[int(index)] = option, room
    for student, classes in patch["students"].items():
        found.attends[int(student)] = tuple(classes)
    return found
