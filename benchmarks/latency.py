"""How fast the service answers while it solves: ``python -m benchmarks.latency``.

Starts the whole service by its own command, gives it two jobs to solve, then sends
the 2,494-class problem again and again, plain and gzipped, while other clients call
every other address: commands on the jobs that were sent, what a finished job left,
short questions about the example problem, and suggestions for the university's
timetable. Prints a table of percentiles.
"""

import argparse
import asyncio
import gzip
import json
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from pathlib import Path

import httpx

from sidecar.access.request_signature import signature_headers
from sidecar.api import examples
from sidecar.settings import Settings
from tests.harness import CTT, Client, RedisServer, Service, serving, wait_for

Times = dict[str, list[float]]
GOALS = {
    "POST /v1/jobs, plain": 300,
    "POST /v1/jobs, gzip": 300,
    "GET /healthz": 50,
}
OTHER_GOAL = 100


def _headers(
    client: Client, method: str, path: str, body: bytes, given: dict[str, str]
) -> dict[str, str]:
    signed = signature_headers(
        client.secret, method, path, body, given, int(time.time()), uuid.uuid4().hex
    )
    return {"Authorization": f"Bearer {client.token}", **signed, **given}


async def _call(
    http: httpx.AsyncClient,
    client: Client,
    method: str,
    path: str,
    body: bytes = b"",
    encoding: str = "",
) -> tuple[float, httpx.Response]:
    given = {"Content-Encoding": encoding} if encoding else {}
    headers = _headers(client, method, path, body, given)
    begin = time.perf_counter()
    answer = await http.request(method, path, content=body, headers=headers)
    return (time.perf_counter() - begin) * 1000, answer


async def _post(
    client: Client, bodies: dict[str, bytes], count: int, pause: float, times: Times
) -> None:
    """Send the problem again and again; each job is cancelled at once."""
    async with httpx.AsyncClient(base_url=client.url, timeout=60) as http:
        for _ in range(count):
            for kind, body in bodies.items():
                encoding = "gzip" if kind == "gzip" else ""
                ms, answer = await _call(
                    http, client, "POST", "/v1/jobs", body, encoding
                )
                answer.raise_for_status()
                times[f"POST /v1/jobs, {kind}"].append(ms)
                path = f"/v1/jobs/{answer.json()['job_id']}"
                for step in ("pause", "resume", "DELETE", "retry", "DELETE"):
                    words = ("DELETE", "") if step == "DELETE" else ("POST", f"/{step}")
                    method, tail = words
                    ms, answer = await _call(http, client, method, path + tail)
                    answer.raise_for_status()
                    times[f"{method} /v1/jobs/{{id}}{tail}"].append(ms)
                await asyncio.sleep(pause)


async def _others(
    client: Client,
    job_id: str,
    finished: str,
    question: bytes,
    done: asyncio.Event,
    times: Times,
) -> None:
    """Call the other addresses, ten times a second each; ask once a second."""
    paths = {
        "GET /v1/jobs/{id}": f"/v1/jobs/{job_id}",
        "GET /v1/jobs/{id}/events": f"/v1/jobs/{finished}/events",
        "GET /v1/jobs/{id}/variants": f"/v1/jobs/{finished}/variants",
        "GET /v1/jobs/{id}/variants/{key}": f"/v1/jobs/{finished}/variants/A",
        "GET /v1/jobs": "/v1/jobs?limit=20",
        "GET /healthz": "/healthz",
        "GET /readyz": "/readyz",
        "GET /metrics": "/metrics",
        "GET /v1/jobs/{id}/result": f"/v1/jobs/{finished}/result",
    }
    questions = {
        "POST /v1/diagnose": json.dumps(examples.DIAGNOSE).encode(),
        "POST /v1/evaluate": json.dumps(examples.EVALUATE).encode(),
        "POST /v1/convert": CTT.encode(),
        "POST /v1/suggest": json.dumps(examples.SUGGEST).encode(),
        "POST /v1/suggest, university": question,
    }

    async def one(name: str, path: str) -> None:
        async with httpx.AsyncClient(base_url=client.url, timeout=60) as http:
            while not done.is_set():
                ms, answer = await _call(http, client, "GET", path)
                answer.raise_for_status()
                times[name].append(ms)
                await asyncio.sleep(0.1)

    async def ask(name: str, body: bytes, after: float) -> None:
        path = name.removeprefix("POST ").partition(",")[0]
        await asyncio.sleep(after)  # planners do not ask in step
        async with httpx.AsyncClient(base_url=client.url, timeout=60) as http:
            while not done.is_set():
                ms, answer = await _call(http, client, "POST", path, body, "gzip")
                answer.raise_for_status()
                times[name].append(ms)
                await asyncio.sleep(1)

    await asyncio.gather(
        *(one(name, path) for name, path in paths.items()),
        *(
            ask(name, gzip.compress(body, 5), k / len(questions))
            for k, (name, body) in enumerate(questions.items())
        ),
    )


async def _measure(
    client: Client,
    bodies: dict[str, bytes],
    job_id: str,
    finished: str,
    question: bytes,
    arguments: argparse.Namespace,
) -> Times:
    count, pause = arguments.count, arguments.pause
    times: Times = defaultdict(list)
    done = asyncio.Event()
    for path in ("diagnose", "evaluate", "convert", "suggest"):
        # A first question starts the process that answers; it is not counted.
        body = CTT.encode() if path == "convert" else question
        if path in ("diagnose", "evaluate"):
            body = json.dumps(getattr(examples, path.upper())).encode()
        client.call("POST", f"/v1/{path}", body).raise_for_status()
    others = asyncio.create_task(
        _others(client, job_id, finished, question, done, times)
    )
    await _post(client, bodies, count, pause, times)
    done.set()
    await others
    return times


def _question(service: Service, job_id: str, problem: bytes) -> bytes:
    """Ask about an event of the best timetable that a job has so far."""
    path = service.data / "jobs" / job_id / "incumbent.json"
    wait_for(path.exists, 240, "a first timetable")
    variant = json.loads(path.read_bytes())["variants"][0]
    rest = {name: variant[name] for name in ("assignments", "sectioning")}
    rest["event"] = variant["assignments"][0]["event"]
    return json.dumps(rest).encode()[:-1] + b',"problem":' + problem + b"}"


def _table(times: Times) -> tuple[list[str], bool]:
    lines = [
        "| call | n | median ms | p95 ms | p99 ms | goal p95 |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    reached = True
    for name, values in sorted(times.items()):
        cuts = statistics.quantiles(values, n=100, method="inclusive")
        goal = GOALS.get(name, OTHER_GOAL)
        reached &= cuts[94] < goal
        lines.append(
            f"| `{name}` | {len(values)} | {statistics.median(values):.0f} | "
            f"{cuts[94]:.0f} | {cuts[98]:.0f} | {goal} |"
        )
    return lines, reached


def main() -> int:
    """Measure and print; exit code 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="posts of each kind")
    parser.add_argument(
        "--solving", type=int, default=2, help="jobs at work (1 at least)"
    )
    parser.add_argument(
        "--pause", type=float, default=0.25, help="seconds between posts"
    )
    parser.add_argument("--problem", type=Path, help="instead of generating `bhu`")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = arguments.problem or folder / "bhu.json"
        if arguments.problem is None:
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "sidecar",
                    "generate",
                    "--preset",
                    "bhu",
                    "--seed",
                    "1",
                    "-o",
                    str(path),
                ],
                check=True,
            )
        lines, reached = _run(folder, path, arguments)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if reached else 1


def _run(
    folder: Path, path: Path, arguments: argparse.Namespace
) -> tuple[list[str], bool]:
    problem = path.read_bytes()
    options = {"time_limit_seconds": 900, "variants": [{"key": "A"}]}
    plain = (
        b'{"options":' + json.dumps(options).encode() + b',"problem":' + problem + b"}"
    )
    bodies = {"plain": plain, "gzip": gzip.compress(plain, 5)}
    server = RedisServer(folder)
    server.start()
    try:
        with serving(
            folder,
            server.url,
            worker_module="sidecar.run.worker",
            max_running_jobs=arguments.solving,
            job_niceness=Settings.model_fields["job_niceness"].default,
        ) as service:
            client = service.client()
            finished = client.accept(options={"time_limit_seconds": 1})
            client.wait_state(finished, "completed", seconds=240)
            jobs = []
            for _ in range(arguments.solving):
                answer = client.call("POST", "/v1/jobs", plain)
                assert answer.status_code == 202, answer.text
                jobs.append(answer.json()["job_id"])
            for job_id in jobs:
                client.wait_state(job_id, "running", seconds=60)
                wait_for(
                    lambda seen=job_id: (
                        client.status(seen)["progress"]["overall_progress"] > 15
                    ),
                    240,
                    "it is solving",
                )
            first = jobs[0]
            question = _question(service, first, problem)
            times = asyncio.run(
                _measure(client, bodies, first, finished, question, arguments)
            )
            for job_id in jobs:
                assert client.status(job_id)["state"] == "running"
            report = json.loads((service.data / "supervisor.json").read_bytes())
    finally:
        server.stop()
    lines, reached = _table(times)
    sizes = ", ".join(f"{k} {len(v) / 1e6:.1f} MB" for k, v in bodies.items())
    head = [f"Body: {sizes}; jobs at work: {report['running']}", ""]
    return head + lines, reached


if __name__ == "__main__":
    sys.exit(main())
