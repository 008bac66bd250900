"""How fast the service answers while it solves: ``python -m benchmarks.latency``.

Starts the whole service by its own command, gives it two jobs to solve, then sends
the 2,494-class problem again and again, plain and gzipped, while other clients call
the other addresses. Prints a table of percentiles.
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
from collections import defaultdict
from pathlib import Path

import httpx

from sidecar.jobs.signing import sign
from tests.harness import Client, RedisServer, serving, wait_for

Times = dict[str, list[float]]
GOALS = {"POST /v1/jobs, plain": 300, "POST /v1/jobs, gzip": 300, "GET /healthz": 50}
OTHER_GOAL = 100


def _headers(client: Client, method: str, path: str, body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))
    return {
        "Authorization": f"Bearer {client.token}",
        "X-Timetable-Timestamp": stamp,
        "X-Timetable-Signature": sign(client.secret, stamp, f"{method} {path}", body),
    }


async def _call(
    http: httpx.AsyncClient,
    client: Client,
    method: str,
    path: str,
    body: bytes = b"",
    encoding: str = "",
) -> tuple[float, httpx.Response]:
    headers = _headers(client, method, path, body)
    if encoding:
        headers["Content-Encoding"] = encoding
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
                ms, _ = await _call(http, client, "DELETE", path)
                times["DELETE /v1/jobs/{id}"].append(ms)
                await asyncio.sleep(pause)


async def _others(
    client: Client, job_id: str, done: asyncio.Event, times: Times
) -> None:
    """Call the other addresses, ten times a second each."""
    paths = {
        "GET /v1/jobs/{id}": f"/v1/jobs/{job_id}",
        "GET /v1/jobs": "/v1/jobs?limit=20",
        "GET /healthz": "/healthz",
        "GET /readyz": "/readyz",
        "GET /metrics": "/metrics",
        "GET /v1/jobs/{id}/result": f"/v1/jobs/{job_id}/result",
    }

    async def one(name: str, path: str) -> None:
        async with httpx.AsyncClient(base_url=client.url, timeout=60) as http:
            while not done.is_set():
                ms, _ = await _call(http, client, "GET", path)
                times[name].append(ms)
                await asyncio.sleep(0.1)

    await asyncio.gather(*(one(name, path) for name, path in paths.items()))


async def _measure(
    client: Client, bodies: dict[str, bytes], job_id: str, count: int, pause: float
) -> Times:
    times: Times = defaultdict(list)
    done = asyncio.Event()
    others = asyncio.create_task(_others(client, job_id, done, times))
    await _post(client, bodies, count, pause, times)
    done.set()
    await others
    return times


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
    parser.add_argument("--solving", type=int, default=2, help="jobs at work meanwhile")
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
    slots = max(1, arguments.solving)
    try:
        with serving(
            folder,
            server.url,
            worker_module="sidecar.jobs.worker",
            max_running_jobs=slots,
        ) as service:
            client = service.client()
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
            first = jobs[0] if jobs else client.accept()
            times = asyncio.run(
                _measure(client, bodies, first, arguments.count, arguments.pause)
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
