"""Jobs that fail in every way: a reason people understand, nobody else notices."""

import time

import pytest

from tests.harness import Client, Service, wait_for

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


def _failures(client: Client, cause: str) -> float:
    text = client.http.get("/metrics").text
    name = f'timetable_attempts_failed_total{{cause="{cause}"}} '
    (line,) = [line for line in text.splitlines() if line.startswith(name)]
    return float(line.removeprefix(name))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_ends_as_failed_with_its_reason(client: Client, fault: str) -> None:
    """The best timetable so far is kept; the service answers meanwhile."""
    failures = _failures(client, CAUSES[fault])
    neighbour = client.accept("steps=40")
    job_id = client.accept(
        f"steps=1000 fault={fault} at=5"
        if fault != "full"
        else "steps=9 fault=full at=5"
    )
    shown = client.wait_state(job_id, "failed", seconds=30)
    assert FAULTS[fault] in shown["reason"]
    assert shown["progress"]["status"] == "failed"
    assert shown["progress"]["metadata"]["error"] == shown["reason"]
    result = client.call("GET", f"/v1/jobs/{job_id}/result")
    assert result.json()["variants"][0]["placed"] == 2
    assert _failures(client, CAUSES[fault]) == failures + 1
    client.wait_state(neighbour, "completed")


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
    time.sleep(4)
    client.call("POST", f"/v1/jobs/{job_id}/resume")
    began = time.monotonic()
    shown = client.wait_state(job_id, "failed")
    assert shown["reason"] == "It ran longer than 5 seconds."
    assert time.monotonic() - began > 2
    assert shown["result_digest"]
