"""Exact neighbourhoods: CP-SAT re-places a few events around everything else."""

import json
import selectors
import subprocess
import sys
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil

from ..budget import Budget, Share
from ..kernels import pricing, state
from ..searcher import Searcher

TASKS_PER_CHILD = 8


class SolverChild:
    """A solver process, replaced after a few tasks so that its memory returns."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._tasks = 0
        self.peak_mb = 0.0

    def __enter__(self) -> "SolverChild":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
            self._tasks = 0

    def ask(self, task: dict[str, Any], budget: Budget) -> dict[str, Any]:
        """Solve one task; gives up (status ``unknown``) if the child dies or hangs."""
        if self._tasks >= TASKS_PER_CHILD:
            self.stop()
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sidecar.engine.construct.cp_sat_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        self._tasks += 1
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            self.stop()
            return {"status": "unknown"}
        # A steady task is bounded by its work, so the clock is a last resort.
        grace = 60 if task.get("steady") else 10
        deadline = budget.elapsed() + task["seconds"] + grace
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while budget.elapsed() < deadline:
                if selector.select(timeout=0.2):
                    line = process.stdout.readline()
                    self._measure()
                    if line:
                        answer: dict[str, Any] = json.loads(line)
                        return answer
                    break
                try:
                    budget.obey()
                except BaseException:
                    self.stop()
                    raise
        self.stop()
        return {"status": "unknown"}

    def _measure(self) -> None:
        if self._process is None:
            return
        try:
            rss = psutil.Process(self._process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return
        self.peak_mb = max(self.peak_mb, rss / 2**20)


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
