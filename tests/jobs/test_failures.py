"""Jobs that fail in every way: a reason people understand, nobody else notices."""

import time
from collections import Counter
from typing import Any

import pytest

from sidecar.contract.catalogue import Message, english
from sidecar.jobs.causes import cause_of
from tests.harness import Client, Service, wait_for

Ended = tuple[Client, dict[str, dict[str, Any]], dict[str, float]]
"""Who asked, how each job ended, and how many failures of each cause that were."""

FAULTS = {
    "segfault": "segmentation fault",
    "exit": "exit code 3",
    "error": "RuntimeError",
    "memory": "MB of memory",
    "disk": "MB to disk",
    "hang": "no sign of life",
    "full": "No space left on device",
}

CAUSES = {
    "segfault": "crash",
    "exit": "crash",
    "error": "engine",
    "memory": "memory",
    "disk": "disk",
    "hang": "silence",
    "full": "disk",
}


def _failures(client: Client) -> dict[str, float]:
    """Count failed attempts by cause."""
    found = {}
    for line in client.http.get("/metrics").text.splitlines():
        if line.startswith('timetable_attempts_failed_total{cause="'):
            name, value = line.split('"')[1], line.rsplit(" ", 1)[1]
            found[name] = float(value)
    return found


@pytest.fixture(scope="module")
def ended(local_service: Service) -> Ended:
    """Have all faults at once, beside a job that is in order."""
    client = local_service.client("faulty")
    before = _failures(client)
    neighbour = client.accept("steps=60")
    jobs = {
        fault: client.accept(
            "steps=9 fault=full at=5"
            if fault == "full"
            else f"steps=1000 fault={fault} at=5",
            # Longer than its silence may last, however slowly it begins.
            options={"time_limit_seconds": 30},
        )
        for fault in FAULTS
    }
    shown = {
        fault: client.wait_state(job_id, "failed", seconds=40)
        for fault, job_id in jobs.items()
    }
    client.wait_state(neighbour, "completed")
    after = _failures(client)
    return client, shown, {name: after[name] - before[name] for name in after}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_as_failed_with_its_reason(ended: Ended, fault: str) -> None:
    """The best timetable so far is kept; the job beside it does not notice."""
    client, jobs, _ = ended
    shown = jobs[fault]
    assert FAULTS[fault] in shown["reason"]
    why = Message.model_validate(shown["why"])
    assert (english(why), cause_of(why)) == (shown["reason"], CAUSES[fault])
    assert shown["attempts"][-1]["why"] == shown["why"]
    assert shown["progress"]["metadata"]["why"] == shown["why"]
    assert shown["progress"]["status"] == "failed"
    assert shown["progress"]["metadata"]["error"] == shown["reason"]
    result = client.call("GET", f"/v1/jobs/{shown['job_id']}/result")
    assert result.json()["variants"][0]["placed"] == 2


def test_failures_are_counted_by_cause(ended: Ended) -> None:
    """One for each fault, under the word that the alert names."""
    expected = Counter(CAUSES.values())
    assert {name: n for name, n in ended[2].items() if n} == expected


def test_no_process_of_a_job_is_left(client: Client, service: Service) -> None:
    """Not even a child that the worker forgot."""
    job_id = client.accept("steps=30 fault=child at=3")
    wait_for(lambda: len(service.workers()) >= 2)
    client.wait_state(job_id, "completed")
    wait_for(lambda: not service.workers(), 5, "no process is left")


def test_a_killed_worker_is_restarted_then_given_up(
    client: Client, service: Service
) -> None:
    """Killed from outside, the job runs again; not for ever."""
    job_id = client.accept("steps=1000")
    for _ in range(3):
        client.wait_state(job_id, "running")
        workers = wait_for(service.workers, 10, "a worker runs")
        attempt = client.status(job_id)["attempt"]
        for process in workers:
            process.kill()
        wait_for(
            lambda seen=attempt: (
                client.status(job_id)["attempt"] > seen
                or client.status(job_id)["state"] == "failed"
            ),
            10,
            "the next attempt",
        )
    shown = client.wait_state(job_id, "failed")
    assert "3 times" in shown["reason"]
    assert len(shown["attempts"]) == 3


def test_a_job_that_takes_too_long_is_stopped(client: Client) -> None:
    """Its own limit and the overtime of the settings count, pauses do not."""
    job_id = client.accept("steps=10000", options={"time_limit_seconds": 1})
    client.wait_state(job_id, "running")
    client.call("POST", f"/v1/jobs/{job_id}/pause")
    time.sleep(3.5)
    client.call("POST", f"/v1/jobs/{job_id}/resume")
    began = time.monotonic()
    shown = client.wait_state(job_id, "failed")
    assert shown["reason"] == "It ran longer than 3 seconds."
    assert time.monotonic() - began > 1.5
    assert shown["result_digest"]
