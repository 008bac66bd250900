"""The real engine behind the real service: solve, cancel, and answer at once."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.api.examples import PROBLEM
from sidecar.contract import Diagnosis, Problem, Result, Variant
from tests.harness import CTT, Client, RedisServer, Service, serving, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A university of 180 classes."""
    path = tmp_path_factory.mktemp("campus") / "campus.json"
    words = ["-m", "sidecar", "generate", "--preset", "campus", "--seed", "1", "-o"]
    subprocess.run(
        [sys.executable, *words, str(path)],
        check=True,
        capture_output=True,
    )
    return path.read_bytes()


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory, redis_server: RedisServer
) -> Iterator[Service]:
    # A job's seconds must not go into compiling.
    subprocess.run([sys.executable, "-m", "sidecar", "warm"], check=True)
    with serving(
        tmp_path_factory.mktemp("engine"),
        redis_server.url,
        worker_module="sidecar.run.worker",
    ) as running:
        yield running


@pytest.fixture
def client(engine: Service) -> Client:
    return engine.client()


def _send(client: Client, problem: bytes, **options: object) -> str:
    body = b'{"problem":' + problem + b',"options":' + json.dumps(options).encode()
    answer = client.call("POST", "/v1/jobs", body + b"}")
    assert answer.status_code == 202, answer.text
    return str(answer.json()["job_id"])


def _placed(client: Client, job_id: str) -> int:
    return int(client.status(job_id)["progress"]["metadata"]["placed"])


def _goings_on(folder: Path) -> int:
    """Count the attempts that began from a checkpoint."""
    text = (folder / "worker.log").read_text()
    return text.count("Going on from a checkpoint")


def test_a_university_is_solved(client: Client, campus: bytes, engine: Service) -> None:
    """Complete and clash-free, and the service's own scorer agrees.

    The service is stopped meanwhile and its worker killed: the job goes on from its
    checkpoints, and its time is not given to it again.
    """
    variants = [{"key": "A"}, {"key": "B", "profile": "student_friendly"}]
    job_id = _send(client, campus, time_limit_seconds=14, variants=variants)
    folder = engine.data / "jobs" / job_id
    wait_for((folder / "work" / "checkpoint").exists, 120, "a checkpoint")
    engine.stop()
    assert not engine.workers()
    engine.start()
    wait_for(engine.workers, 20, "it goes on")
    client.wait_state(job_id, "running")
    wait_for(lambda: _goings_on(folder) == 1, 30, "it has read its checkpoint")
    for process in engine.workers():
        process.kill()
    shown = client.wait_state(job_id, "completed", seconds=150)
    assert _goings_on(folder) == 2
    assert [item["state"] for item in shown["attempts"]] == [
        "failed",
        "failed",
        "completed",
    ]
    wait_for(lambda: not (folder / "work").exists(), 5, "nothing more to keep")
    result = Result.model_validate(
        client.call("GET", f"/v1/jobs/{job_id}/result").json()
    )
    assert {item.key for item in result.variants} == {"A", "B"}
    assert result.problem_digest == shown["problem_digest"]
    for variant in result.variants:
        assert (variant.placed, variant.score.hard) == (variant.total, 0)
        body = {
            "problem": json.loads(campus),
            "assignments": [item.model_dump() for item in variant.assignments],
            "sectioning": variant.sectioning,
            "profile": variant.profile,
        }
        answer = client.call("POST", "/v1/evaluate", json.dumps(body).encode())
        assert Variant.model_validate(answer.json()).score == variant.score


def test_a_cancel_keeps_the_best_so_far(
    client: Client, campus: bytes, engine: Service
) -> None:
    """Two seconds, then no process of it is left."""
    job_id = _send(client, campus, time_limit_seconds=120)
    wait_for(lambda: _placed(client, job_id) > 100, 120)
    wait_for(lambda: (engine.data / "jobs" / job_id / "incumbent.json").exists(), 60)
    client.call("DELETE", f"/v1/jobs/{job_id}")
    begin = time.monotonic()
    wait_for(
        lambda: (
            (engine.data / "jobs" / job_id / "stopping").exists()
            or client.status(job_id)["state"] == "cancelled"
        ),
        2,
    )
    assert time.monotonic() - begin < 2
    shown = client.wait_state(job_id, "cancelled", seconds=10)
    assert shown["variants"][0]["placed"] > 100
    wait_for(lambda: not engine.workers(), 5)


def test_a_pause_frees_the_processor(
    client: Client, campus: bytes, engine: Service
) -> None:
    """The paused job's processes use next to nothing."""
    job_id = _send(client, campus, time_limit_seconds=60)
    wait_for(lambda: _placed(client, job_id) > 100, 120)
    client.call("POST", f"/v1/jobs/{job_id}/pause")
    wait_for(lambda: client.status(job_id)["progress"]["status"] == "paused", 5)
    time.sleep(0.5)

    def used() -> float:
        times = [process.cpu_times() for process in engine.workers()]
        return sum(item.user + item.system for item in times)

    before = used()
    time.sleep(2)
    assert used() - before < 0.4
    client.call("DELETE", f"/v1/jobs/{job_id}")
    client.wait_state(job_id, "cancelled", seconds=10)


def test_a_diagnosis_says_what_cannot_work(client: Client) -> None:
    """Here a class that no room can seat."""
    rooms = [{**PROBLEM["rooms"][0], "capacity": 5}]
    body = json.dumps({"problem": {**PROBLEM, "rooms": rooms}}).encode()
    answer = client.call("POST", "/v1/diagnose", body)
    diagnosis = Diagnosis.model_validate(answer.json())
    assert not diagnosis.feasible
    assert diagnosis.items[0].sentence


def test_a_benchmark_file_becomes_a_problem(client: Client) -> None:
    """And a broken one is refused with its line."""
    path = "/v1/convert?format=ctt"
    problem = Problem.model_validate(client.call("POST", path, CTT.encode()).json())
    assert len(problem.classes) == 2
    tim = "1 1 0 1\n5\n1\n" + "1\n" * 45 + "0\n"
    answer = client.call("POST", "/v1/convert?format=tim", tim.encode())
    assert Problem.model_validate(answer.json()).profile == "itc2007_enrolment"
    broken = client.call("POST", path, CTT.replace("one t1 2", "one t1").encode())
    assert (broken.status_code, broken.json()["code"]) == (422, "invalid_format")
    assert "Line" in broken.json()["detail"]


def test_wrong_questions_are_refused(client: Client) -> None:
    """With the field at fault; the process goes on."""
    for path, body, field in [
        ("/v1/diagnose", {"problem": {}}, "problem.rooms"),
        ("/v1/diagnose", {"problem": PROBLEM, "colour": 1}, "colour"),
        ("/v1/evaluate", {"problem": PROBLEM}, "assignments"),
        (
            "/v1/evaluate",
            {"problem": PROBLEM, "assignments": [], "profile": "best"},
            "weights",
        ),
    ]:
        answer = client.call("POST", path, json.dumps(body).encode())
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == field


def test_the_analysis_process_is_replaced_when_killed(
    client: Client, engine: Service, tmp_path: Path
) -> None:
    """One question is lost at most."""
    del tmp_path
    body = json.dumps({"problem": PROBLEM}).encode()
    assert client.call("POST", "/v1/diagnose", body).status_code == 200
    for child in engine.process("api").children():
        if "sidecar.questions.analysis" in child.cmdline():
            child.kill()
            child.wait()
    statuses = [client.call("POST", "/v1/diagnose", body).status_code for _ in "12"]
    assert statuses[1] == 200
