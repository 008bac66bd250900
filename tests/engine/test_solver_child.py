"""The exact solver's processes end after a few tasks, whatever becomes of them."""

from typing import Any

import psutil
import pytest

from sidecar.engine.budget import Budget
from sidecar.engine.construct.cp_sat import TASKS_PER_CHILD, SolverChild
from sidecar.engine.progress import RunControl


def _task() -> dict[str, Any]:
    """Two events that may not be at once."""
    event = {"starts": [0, 1], "costs": [0, 3], "duration": 1, "hint": 0}
    return {
        "kind": "events",
        "events": [event, event],
        "conflicts": [(0, 1)],
        "classes": [],
        "rooms": [{"events": [0, 1], "free": [2, 2]}],
        "positions": 2,
        "seconds": 5.0,
        "seed": 1,
    }


def _budget() -> Budget:
    return Budget(300.0, None, RunControl())


def _only_child() -> psutil.Process:
    (child,) = [
        process
        for process in psutil.Process().children()
        if any("cp_sat_child" in word for word in process.cmdline())
    ]
    return child


def test_memory_returns_because_children_end() -> None:
    """No process solves more than eight, so what it keeps is bounded by these.

    Clusters in a row cannot add up, however much native memory one leaves behind.
    """
    solved: dict[int, int] = {}
    sizes: list[float] = []
    with SolverChild() as child:
        for _ in range(2 * TASKS_PER_CHILD + 1):
            answer = child.ask(_task(), _budget())
            assert sorted(answer["starts"]) == [0, 1]
            process = _only_child()
            solved[process.pid] = solved.get(process.pid, 0) + 1
            sizes.append(process.memory_info().rss / 2**20)
    assert list(solved.values()) == [TASKS_PER_CHILD, TASKS_PER_CHILD, 1]
    assert TASKS_PER_CHILD <= 8
    assert sizes[-1] < sizes[TASKS_PER_CHILD - 1] + 10
    assert not any(psutil.pid_exists(pid) for pid in solved)


@pytest.mark.parametrize("how", ["kill", "suspend"])
def test_a_lost_child_costs_its_task_only(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed, or hung beyond its time: the next task has a new one."""
    budget = _budget()
    with SolverChild() as child:
        child.ask(_task(), budget)
        old = _only_child()
        getattr(old, how)()
        if how == "suspend":
            # Its time is over at the first look.
            monkeypatch.setattr(
                budget, "elapsed", iter([0.0, 0.0, *[1e6] * 99]).__next__
            )
        assert child.ask(_task(), budget)["status"] == "unknown"
        monkeypatch.undo()
        assert child.ask(_task(), budget)["status"] == "optimal"
        assert _only_child().pid != old.pid
