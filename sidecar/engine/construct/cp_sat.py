"""Exact neighbourhoods: CP-SAT re-places a few events around everything else."""

import json
import os
import selectors
import subprocess
from typing import Any

import numpy as np
import numpy.typing as npt

from ..budget import LEAST_SECONDS, Budget, Share
from ..kernels import pricing, state
from ..searcher import Searcher
from ..solver_process import SolverProcess

TASKS_PER_CHILD = 8
GRACE, STEADY_GRACE = 10.0, 60.0
"""Seconds beyond those of a task after which a child is taken for dead."""
ASK_SECONDS = 0.2
"""Between two looks at the clock and at commands."""
PIECE = 1 << 16


class SolverChild(SolverProcess):
    """A solver process that is waited for."""

    def __init__(self) -> None:
        super().__init__("sidecar.engine.construct.cp_sat_child", TASKS_PER_CHILD)

    def ask(self, task: dict[str, Any], budget: Budget) -> dict[str, Any]:
        """Solve one task; gives up (status ``unknown``) if the child dies or hangs."""
        new = self._ready()
        assert self._process is not None
        if new:
            assert self._process.stdin is not None
            os.set_blocking(self._process.stdin.fileno(), False)
        # A steady task is bounded by its work, so the clock is a last resort.
        grace = STEADY_GRACE if task.get("steady") else GRACE
        left = max(LEAST_SECONDS, budget.seconds_left())
        patience = min(task["seconds"] + grace, left)
        try:
            line = self._converse(self._process, task, budget, patience)
        except BaseException:
            self.stop()
            raise
        if not line:
            self.stop()
            return {"status": "unknown"}
        self._measure()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _converse(
        self,
        process: "subprocess.Popen[bytes]",
        task: dict[str, Any],
        budget: Budget,
        patience: float,
    ) -> bytes:
        """Send a task and wait for its line; empty if the child dies or takes longer.

        A task may be larger than a pipe holds, and who hangs does not read it.
        """
        assert process.stdin is not None
        assert process.stdout is not None
        end = budget.elapsed() + patience
        unsent = memoryview(json.dumps(task).encode() + b"\n")
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stdin, selectors.EVENT_WRITE)
            while budget.elapsed() < end:
                ready = selector.select(timeout=ASK_SECONDS)
                if not ready:
                    budget.obey()
                for key, _ in ready:
                    if key.fileobj is process.stdin:
                        try:
                            unsent = unsent[os.write(key.fd, unsent[:PIECE]) :]
                        except BrokenPipeError:
                            return b""
                        if not unsent:
                            selector.unregister(process.stdin)
                        continue
                    piece = os.read(key.fd, PIECE)
                    line += piece
                    if not piece or line.endswith(b"\n"):
                        return line
        return b""


def exact_neighbourhood(
    searcher: Searcher,
    events: npt.NDArray[np.int64],
    child: SolverChild,
    share: Share,
    seconds: float,
) -> bool:
    """Re-place ``events`` exactly, all else fixed; keeps the result if it is better.

    Hard constraints are exact. Costs are each event's own, given the fixed rest, so
    the kernels judge the outcome. Takes ``seconds`` at most, and no more than the
    share has left. Returns whether the incumbent improved.
    """
    searcher.restore()
    # What is one decision over several days or weeks stays where it is.
    events = events[searcher.tables.event_group[events] < 0]
    if not events.size:
        return False
    before = searcher.score()
    old = [(int(searcher.state.slot[e]), int(searcher.state.room[e])) for e in events]
    for event in events:
        if searcher.state.slot[event] >= 0:
            state.remove(searcher.tables, searcher.state, event)
    task = _describe(searcher, events, [slot for slot, _ in old])
    improved = False
    if task is not None:
        task["seconds"] = share.seconds(seconds)
        task["steady"] = share.budget.iterations is not None
        answer = child.ask(task, share.budget)
        if answer.get("starts"):
            _apply(searcher, events, answer["starts"], [room for _, room in old])
            searcher.changed()
            searcher.keep()
            improved = searcher.score() < before
    searcher.restore()
    return improved


def _apply(
    searcher: Searcher,
    events: npt.NDArray[np.int64],
    starts: list[int],
    wished: list[int],
) -> None:
    tables, current = searcher.tables, searcher.state
    for event, slot, room in zip(events, starts, wished, strict=True):
        chosen = pricing.choose_room(tables, current, event, slot, room)
        state.place(tables, current, event, slot, chosen)


def _describe(
    searcher: Searcher, events: npt.NDArray[np.int64], hints: list[int]
) -> dict[str, Any] | None:
    """The task for the child, or None if some event has no start free of violations."""
    tables, current = searcher.tables, searcher.state
    # Costs with a hard weight above any soft sum tell feasible starts from others.
    hard_weight = 1 << 40
    table = searcher.table(hard_weight)
    cost = np.zeros(searcher.instance.num_slots, np.int64)
    described = []
    for event, hint in zip(events, hints, strict=True):
        pricing.slot_costs(tables, current, table, event, hard_weight, cost)
        starts = np.flatnonzero(cost < hard_weight // 2)
        if not starts.size:
            return None
        low = int(cost[starts].min())
        described.append(
            {
                "starts": starts.tolist(),
                "costs": (cost[starts] - low).tolist(),
                "duration": int(tables.event_duration[event]),
                "hint": hint,
            }
        )
    agents = [_agents(searcher, int(event)) for event in events]
    classes: dict[int, list[int]] = {}
    sets: dict[int, list[int]] = {}
    for number, event in enumerate(events):
        cls = int(tables.event_class[event])
        if tables.class_one_per_day[cls]:
            classes.setdefault(cls, []).append(number)
        if tables.event_needs_room[event]:
            sets.setdefault(int(tables.event_room_set[event]), []).append(number)
    conflicts = [
        (a, b)
        for a in range(len(events))
        for b in range(a + 1, len(events))
        if tables.event_class[events[a]] == tables.event_class[events[b]]
        or not agents[a].isdisjoint(agents[b])
    ]
    return {
        "kind": "events",
        "events": described,
        "conflicts": conflicts,
        "classes": [group for group in classes.values() if len(group) > 1],
        "rooms": [
            {"events": group, "free": _free_rooms(searcher, number)}
            for number, group in sets.items()
        ],
        "positions": tables.num_positions,
        "seed": searcher.seed(),
    }


def _agents(searcher: Searcher, event: int) -> set[int]:
    tables, current = searcher.tables, searcher.state
    first, last = tables.agents_ptr[event], tables.agents_ptr[event + 1]
    cls = tables.event_class[event]
    start = tables.member_ptr[cls]
    students = current.student[start : start + current.member_count[cls]]
    return {*tables.agents_idx[first:last].tolist(), *students.tolist()}


def _free_rooms(searcher: Searcher, number: int) -> list[int]:
    """Free rooms of a set at each slot."""
    free = searcher.tables.set_bits[number][None, :] & ~searcher.state.occupied
    return [int(row.sum()) for row in np.bitwise_count(free)]
