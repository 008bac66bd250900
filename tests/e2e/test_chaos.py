"""Whatever dies while a job runs: one complete result, and a state that is true."""

import base64
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scripts.paths import ADDONS
from tests.e2e.chaos_stack import (
    DATABASE,
    OTHER_DATABASE,
    ChaosStack,
    chaos_stack,
)
from tests.harness import wait_for

INSTANTS = int(os.environ.get("E2E_CHAOS_INSTANTS", "20"))
"""Twenty hit each server five times and take under two minutes."""
SEED = int(os.environ.get("E2E_CHAOS_SEED", "2026"))
EARLY, LATE = INSTANTS // 5, INSTANTS // 10
"""So many of the instants are before the job has reached the solver, and after the
solver's end, while the result is taken; the others are while it is solved."""
GAP_SECONDS = 0.8
"""Between two instants, on average."""
SOLVER_SECONDS = 3.0
"""Time limit of the job for each instant: it must not end before the last of them."""
COLLEGE = ADDONS / "timetable_nep" / "demo" / "college.json"

pytestmark = [pytest.mark.odoo, pytest.mark.slow, pytest.mark.timeout(900)]


def import_college(servers: ChaosStack) -> int:
    officer = servers.client("officer")
    wizard = officer.create(
        "timetable.import.wizard",
        {
            "file": base64.b64encode(COLLEGE.read_bytes()).decode(),
            "filename": COLLEGE.name,
            "term_name": "Chaos",
            "again": True,
        },
    )
    action = officer.call("timetable.import.wizard", "action_import", [wizard])
    return int(action["res_id"])


def ask(servers: ChaosStack, term: int, seconds: int) -> int:
    """Press *Generate* until Odoo has answered; every press is of the same form."""
    [wizard] = servers.patiently(
        "officer",
        "timetable.generate.wizard",
        "create",
        vals_list=[
            {
                "term_id": term,
                "time_limit_seconds": seconds,
                "variants": 1,
                "request_key": "pressed-again-and-again",
            }
        ],
    )
    action = servers.patiently(
        "officer", "timetable.generate.wizard", "action_generate", ids=[wizard]
    )
    return int(action["res_id"])


def victims(chance: random.Random) -> Iterator[str]:
    """All servers equally often, in an order of the seed."""
    while True:
        turn = ["odoo", "postgres", "redis", "sidecar"]
        chance.shuffle(turn)
        yield from turn


def hurt(servers: ChaosStack, name: str, chance: random.Random) -> str:
    """Kill a server; it stays away for up to a second."""
    servers.servers[name].kill()
    time.sleep(chance.random())
    servers.servers[name].start()
    return name


def kept(servers: ChaosStack) -> ChaosStack:
    """See that Odoo runs: without its database it ends by itself."""
    servers.odoo.start()
    return servers


def has_arrived(servers: ChaosStack) -> bool:
    """Whether the solver has the job; somebody has the panel open meanwhile."""
    servers.patiently("officer", "timetable.run", "panel_data", refresh=True)
    return bool(kept(servers).sidecar.jobs())


def solver_has_ended(servers: ChaosStack) -> bool:
    """Whether all jobs are complete; one that ended otherwise fails the test."""
    jobs = kept(servers).sidecar.jobs()
    for job in jobs:
        assert job["state"] not in ("failed", "cancelled"), job["reason"]
    return bool(jobs) and all(job["state"] == "completed" for job in jobs)


def test_chaos(stack: dict[str, Any]) -> None:
    """Odoo, PostgreSQL, Redis and the sidecar are killed at random instants of a job.

    The instants and the victims are those of a seed: ``E2E_CHAOS_SEED``; how many,
    ``E2E_CHAOS_INSTANTS`` says.
    """
    with chaos_stack(stack) as servers:
        print(f"What the servers write: {servers.folder}")
        before = servers.messages(OTHER_DATABASE)
        term = import_college(servers)
        run, killed = kill_along(servers, term, random.Random(SEED))
        shown = follow(servers, run)
        check_state(servers, term, run, shown)
        check_timetables(servers, term, run)
        assert servers.messages(DATABASE) > before
        assert servers.messages(OTHER_DATABASE) == before, "another database took one"
    assert killed.total() == INSTANTS
    print(f"chaos with seed {SEED}: {INSTANTS} instants, killed {dict(killed)}")


def kill_along(
    servers: ChaosStack, term: int, chance: random.Random
) -> tuple[int, Counter[str]]:
    """Ask for timetables and kill, from the first press to the stored result."""
    order, killed = victims(chance), Counter[str]()
    during = INSTANTS - EARLY - LATE
    seconds = round(SOLVER_SECONDS * during)

    def strike() -> None:
        time.sleep(chance.uniform(0, 2 * GAP_SECONDS))
        killed[hurt(servers, next(order), chance)] += 1

    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(ask, servers, term, seconds)
        for _turn in range(EARLY):
            strike()
        run = pressed.result()
    wait_for(lambda: has_arrived(servers), 120, "the job reaches the solver")
    for _turn in range(during):
        assert not solver_has_ended(servers), "the job ended before all instants"
        strike()
    wait_for(lambda: solver_has_ended(servers), seconds + 90, "the solver ends")
    for _turn in range(LATE):
        strike()
    return run, killed


def follow(servers: ChaosStack, run: int) -> dict[str, Any]:
    """What the panel in a browser shows at the end; it asks now and then."""

    def look() -> dict[str, Any] | None:
        rows = servers.patiently("officer", "timetable.run", "panel_data", refresh=True)
        [row] = [row for row in rows if row["id"] == run]
        time.sleep(0.5)
        ended = row["state"] in ("completed", "failed", "cancelled")
        return row if ended else None

    found: dict[str, Any] = wait_for(look, 180, "the run ends in Odoo")
    return found


def check_state(
    servers: ChaosStack, term: int, run: int, shown: dict[str, Any]
) -> None:
    """One run here, one job there, and both say the same."""
    assert shown["state"] == "completed", shown
    assert shown["overall_progress"] == 100
    assert shown["placed"] == shown["total"] > 0
    runs = servers.client("officer").search_read(
        "timetable.run",
        [("term_id", "=", term)],
        ["remote_id", "remote_state", "result_digest"],
    )
    assert [row["id"] for row in runs] == [run]
    [job] = servers.sidecar.jobs()
    assert job["job_id"] == runs[0]["remote_id"]
    assert job["state"] == runs[0]["remote_state"] == "completed"
    assert job["result_digest"] == runs[0]["result_digest"]


def check_timetables(servers: ChaosStack, term: int, run: int) -> None:
    """Each timetable wanted is there once, and each has every event once."""
    officer = servers.client("officer")
    variants = officer.search_read(
        "timetable.variant",
        [("term_id", "=", term)],
        ["key", "run_id", "placed", "total", "score_hard"],
        order="key",
    )
    assert [row["key"] for row in variants] == ["A"]
    events = {
        row["id"]
        for row in officer.search_read("timetable.event", [("term_id", "=", term)], [])
    }
    for variant in variants:
        assert variant["run_id"][0] == run
        assert variant["placed"] == variant["total"] == len(events)
        assert variant["score_hard"] == 0
        rows = officer.search_read(
            "timetable.assignment", [("variant_id", "=", variant["id"])], ["event_id"]
        )
        assert len(rows) == len(events)
        assert {row["event_id"][0] for row in rows} == events
