"""A job's life through the real service: accepted, run, paused, cancelled, retried."""

import hashlib
import time

import orjson
import pytest

from sidecar.contract import JobStatus, Progress
from tests.harness import Client, RedisServer, Service, wait_for


@pytest.fixture(params=["local", "machines"])
def service(request: pytest.FixtureRequest) -> Service:
    """Every test here holds wherever jobs run."""
    found: Service = request.getfixturevalue(f"{request.param}_service")
    return found


def test_a_job_completes_and_its_result_has_its_digest(client: Client) -> None:
    """The bytes of the result are those whose digest is told, packed or not."""
    job_id = client.accept("steps=12", reference="run-1")
    shown = client.wait_state(job_id, "completed")
    assert JobStatus.model_validate(shown).reference == "run-1"
    assert shown["progress"]["overall_progress"] == 100
    for encoding in ("identity", "gzip"):
        answer = client.call(
            "GET", f"/v1/jobs/{job_id}/result", headers={"Accept-Encoding": encoding}
        )
        assert hashlib.sha256(answer.content).hexdigest() == shown["result_digest"]
    variants = client.call("GET", f"/v1/jobs/{job_id}/variants").json()
    assert [item["key"] for item in variants] == ["A"]
    variant = client.call("GET", f"/v1/jobs/{job_id}/variants/A").json()
    assert variant == orjson.loads(answer.content)["variants"][0]
    assert client.call("GET", f"/v1/jobs/{job_id}/variants/Z").status_code == 404
    metrics = client.http.get("/metrics").text.splitlines()
    seconds = 'timetable_stage_seconds_sum{stage="cpsat_solving"} '
    told = [line for line in metrics if line.startswith(seconds)]
    assert float(told[0].removeprefix(seconds)) >= 0.6


def test_the_digest_is_of_the_problem_as_sent(client: Client, service: Service) -> None:
    """Not of a problem written anew."""
    job_id = client.accept("steps=2")
    sent = (service.data / "jobs" / job_id / "problem.json").read_bytes()
    shown = client.status(job_id)
    assert shown["problem_digest"] == hashlib.sha256(sent).hexdigest()


def test_cancel_takes_effect_within_two_seconds(client: Client) -> None:
    """The best timetable so far stays."""
    job_id = client.accept("steps=1000")
    wait_for(lambda: client.status(job_id)["progress"]["metadata"]["placed"] > 5)
    begin = time.monotonic()
    assert client.call("DELETE", f"/v1/jobs/{job_id}").json()["state"] == "cancelling"
    shown = client.wait_state(job_id, "cancelled", seconds=3)
    assert time.monotonic() - begin < 2
    assert shown["result_digest"]
    assert shown["reason"] == "Cancelled by its owner."
    again = client.call("DELETE", f"/v1/jobs/{job_id}")
    assert (again.status_code, again.json()["state"]) == (202, "cancelled")


def test_cancel_ends_a_job_that_does_not_listen(client: Client) -> None:
    """It is killed, with its incumbent kept."""
    job_id = client.accept("steps=1000 fault=hang at=9")
    wait_for(lambda: client.status(job_id)["progress"]["metadata"]["placed"] == 9)
    begin = time.monotonic()
    client.call("DELETE", f"/v1/jobs/{job_id}")
    shown = client.wait_state(job_id, "cancelled", seconds=3)
    assert time.monotonic() - begin < 2.2
    result = client.call("GET", f"/v1/jobs/{job_id}/result").json()
    assert result["variants"][0]["score"]["soft"] == 992
    assert shown["progress"]["status"] == "cancelled"


def test_a_job_with_nothing_to_keep_is_not_waited_for(
    client: Client, service: Service
) -> None:
    """It has heard the cancel while it loads, but goes on loading: it is killed."""
    job_id = client.accept("steps=1000 loading=1")
    client.wait_state(job_id, "running", seconds=10)
    wait_for((service.data / "jobs" / job_id / "heartbeat").exists, 10, "it works")
    time.sleep(0.3)
    begin = time.monotonic()
    client.call("DELETE", f"/v1/jobs/{job_id}")
    if not service.elsewhere:  # else only the solver's machine knows
        told = service.data / "jobs" / job_id / "stopping"
        wait_for(told.exists, 2, "it has heard")
    shown = client.wait_state(job_id, "cancelled", seconds=4)
    assert time.monotonic() - begin < 2.2
    assert (shown["variants"], shown["result_digest"]) == ([], None)


def test_a_first_timetable_is_waited_for(client: Client) -> None:
    """A job that is busy when it is cancelled loses nothing that is nowhere else."""
    job_id = client.accept("steps=1000 fault=deaf at=3")
    wait_for(lambda: client.status(job_id)["progress"]["metadata"]["placed"] >= 1)
    time.sleep(0.2)
    client.call("DELETE", f"/v1/jobs/{job_id}")
    shown = client.wait_state(job_id, "cancelled", seconds=6)
    assert shown["variants"][0]["placed"] == 2


def test_pause_stops_the_work_and_resume_goes_on(client: Client) -> None:
    """Placed events do not grow while paused, and the progress says so."""
    job_id = client.accept("steps=30")
    wait_for(lambda: client.status(job_id)["progress"]["metadata"]["placed"] > 3)
    assert client.call("POST", f"/v1/jobs/{job_id}/pause").json()["state"] == "paused"
    wait_for(lambda: client.status(job_id)["progress"]["status"] == "paused", 3)
    before = client.status(job_id)["progress"]["metadata"]["placed"]
    time.sleep(0.5)
    assert client.status(job_id)["progress"]["metadata"]["placed"] == before
    assert client.call("POST", f"/v1/jobs/{job_id}/resume").json()["state"] == "running"
    shown = client.wait_state(job_id, "completed")
    assert len(shown["attempts"]) == 1


def test_short_of_memory_a_job_gets_fewer_threads(
    client: Client, service: Service
) -> None:
    """Before it is stopped: three threads' memory is near the limit, one's is not."""
    job_id = client.accept("steps=1000 megabytes=100", options={"threads": 3})
    report = service.data / "supervisor.json"

    def usage() -> dict[str, float]:
        found: dict[str, float] = orjson.loads(report.read_bytes())["running"].get(
            job_id, {}
        )
        return found

    wait_for(lambda: usage().get("threads") == 1, 20, "it is lowered")
    wait_for(lambda: usage()["rss_mb"] < 250, 10, "its memory falls")
    assert client.status(job_id)["state"] == "running"
    client.call("DELETE", f"/v1/jobs/{job_id}")
    client.wait_state(job_id, "cancelled", seconds=3)
    work = service.data / "jobs" / job_id / "work"
    assert (work / "checkpoint").exists(), "kept for a retry"
    assert client.call("POST", f"/v1/jobs/{job_id}/acknowledge").status_code == 200


def test_retry_is_a_new_attempt_under_the_same_id(
    client: Client, service: Service
) -> None:
    """It goes on from the checkpoint; the attempts stay, with the reason of each."""
    job_id = client.accept("steps=9 fault=error once=1")
    failed = client.wait_state(job_id, "failed")
    assert "RuntimeError" in failed["reason"]
    assert "must not reach" not in failed["reason"]
    assert client.call("POST", f"/v1/jobs/{job_id}/retry").status_code == 202
    shown = client.wait_state(job_id, "completed")
    assert [item["state"] for item in shown["attempts"]] == ["failed", "completed"]
    assert shown["attempt"] == 2
    folder = service.data / "jobs" / job_id
    assert "Going on from step 4." in (folder / "worker.log").read_text()
    wait_for(lambda: not (folder / "work").exists(), 3, "nothing more to keep")
    assert client.call("POST", f"/v1/jobs/{job_id}/retry").status_code == 409


def test_progress_only_rises_and_carries_the_fields(
    client: Client, redis_server: RedisServer
) -> None:
    """In Redis, under the documented key, with two decimals and a time to live."""
    job_id, seen = client.accept("steps=35"), []
    connection = redis_server.client()

    def look() -> bool:
        data = connection.get(f"progress:job:{job_id}")
        if data and (not seen or seen[-1] != data):
            seen.append(data)
        return bool(data) and orjson.loads(data)["status"] == "completed"

    wait_for(look)
    reports = [Progress.model_validate_json(data) for data in seen]
    overall = [item.overall_progress for item in reports]
    assert overall == sorted(overall)
    assert len(set(overall)) > 4
    assert all(round(value, 2) == value for value in overall)
    sequences = [item.sequence for item in reports]
    assert sequences == sorted(set(sequences))
    assert any(item.eta_seconds for item in reports)
    assert 7000 < connection.ttl(f"progress:job:{job_id}") <= 7200


def test_a_repeated_key_gives_the_same_job(client: Client) -> None:
    """Even packed differently; another body under it is refused."""
    first = client.submit("steps=2", key="k-1").json()["job_id"]
    assert client.submit("steps=2", key="k-1", packed=True).json()["job_id"] == first
    other = client.submit("steps=3", key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_events_stream_states_and_progress_and_end(client: Client) -> None:
    """A second connection goes on after the last event it saw."""
    job_id = client.accept("steps=14")
    path = f"/v1/jobs/{job_id}/events"
    text = client.call("GET", path).text
    states = [
        orjson.loads(block.split("data: ")[1].splitlines()[0])["state"]
        for block in text.split("\n\n")
        if "event: state" in block
    ]
    assert states == ["queued", "running", "completed"]
    assert text.count("event: progress") > 2
    last = [line for line in text.splitlines() if line.startswith("id: ")][-1][4:]
    rest = client.call("GET", path, headers={"Last-Event-ID": last}).text
    assert "event:" not in rest


def test_an_acknowledged_job_stays_for_a_while(client: Client) -> None:
    """Only ended jobs can be acknowledged."""
    job_id = client.accept("steps=15")
    path = f"/v1/jobs/{job_id}/acknowledge"
    assert client.call("POST", path).status_code == 409
    client.wait_state(job_id, "completed")
    assert client.call("POST", path).status_code == 200
    assert client.call("GET", f"/v1/jobs/{job_id}/result").status_code == 200
