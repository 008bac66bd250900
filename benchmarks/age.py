"""What an old service costs: ``python -m benchmarks.age --ended 10000 --queued 1000``.

Makes data folders with so many ended and queued jobs (copies of a real one), starts the
service on each by its own command, and measures answers and the processor's time of
its processes at rest. Nothing runs meanwhile: there is no room, so jobs stay queued.
"""

import argparse
import gzip
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import orjson
import psutil

from sidecar.contract import JobState
from sidecar.jobs.record import JobMeta, JobRecord
from sidecar.system.clock import now
from tests.harness import Client, Service, serving

Row = dict[str, float]
GENERATE = (sys.executable, "-m", "sidecar", "generate", "--preset", "bhu")


def fill(service: Service, model: str, ended: int, queued: int) -> None:
    """Copy an ended job of a service that stands still."""
    source = service.data / "jobs" / model
    meta = JobMeta.model_validate_json((source / "meta.json").read_bytes())
    record = JobRecord.model_validate_json((source / "state.json").read_bytes())
    first = record.model_copy(
        update={
            "state": record.history[0].state,
            "history": record.history[:1],
            "attempts": [
                record.attempts[0].model_copy(
                    update={
                        "state": JobState.QUEUED,
                        "started_at": None,
                        "ended_at": None,
                    }
                )
            ],
            "started_at": None,
            "ended_at": None,
            "result_digest": None,
            "variants": [],
        }
    )
    for number in range(ended + queued):
        name = f"{number:032x}"
        folder = service.data / "jobs" / name
        folder.mkdir()
        changed = {
            "job_id": name,
            "tenant": f"tenant-{number % 100}" if number >= ended else "demo",
            "created_at": now() - timedelta(hours=2, seconds=number),
        }
        mine = record if number < ended else first
        (folder / "meta.json").write_text(
            meta.model_copy(update=changed).model_dump_json()
        )
        (folder / "state.json").write_text(mine.model_dump_json())
        kept = ("problem.json", "progress.json", "result.json", "result.json.gz")
        for other in kept if number < ended else kept[:2]:
            os.link(source / other, folder / other)
        if number >= ended:
            (service.data / "active" / name).touch()


def _times(
    call: Callable[[], int], count: int, api: psutil.Process
) -> tuple[list[float], float]:
    """Give how long each call took, and what one took of the API's processor, in ms."""
    found, before = [], _spent(api)
    for _ in range(count):
        begin = time.perf_counter()
        status = call()
        found.append(1000 * (time.perf_counter() - begin))
        assert status in (200, 202), status
    return found, 1000 * (_spent(api) - before) / count


def _spent(process: psutil.Process) -> float:
    """Seconds of the processor that a process and its children have had."""
    return float(
        sum(
            sum(item.cpu_times()[:2])
            for item in (process, *process.children(recursive=True))
        )
    )


def _large() -> bytes:
    """Give the body of a job of 2,494 classes, packed."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bhu.json"
        subprocess.run(
            [*GENERATE, "-o", str(path)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return gzip.compress(b'{"problem":' + path.read_bytes() + b"}", 6)


def _cpu(service: Service, seconds: float) -> Row:
    """Share of a core that each process takes while nobody asks anything."""
    processes = {role: service.process(role) for role in ("supervisor", "api")}
    before = {role: sum(p.cpu_times()[:2]) for role, p in processes.items()}
    time.sleep(seconds)
    return {
        f"{role} at rest, % of a core": 100
        * (sum(p.cpu_times()[:2]) - before[role])
        / seconds
        for role, p in processes.items()
    }


def measure(
    folder: Path,
    ended: int,
    queued: int,
    count: int,
    rest: float,
    large: bytes | None = None,
) -> Row:
    """Run a service of this age; gives medians, 95 % and processor's time."""
    with serving(folder, tenant_jobs_per_hour=10**6) as service:
        client: Client = service.client()
        model = client.accept("steps=2")
        client.wait_state(model, "completed", seconds=120)
        service.stop()
        fill(service, model, ended, queued)
        service.environment["TIMETABLE_MIN_FREE_MEMORY_MB"] = str(10**9)
        begin = time.monotonic()
        service.start()
        row: Row = {"start, s": time.monotonic() - begin}
        time.sleep(20)  # it looks through what there is, once
        row |= _cpu(service, rest)
        waiting = client.accept("steps=1")
        calls: dict[str, Callable[[], int]] = {
            "POST /v1/jobs": lambda: client.submit("steps=1").status_code,
            "GET a queued job": lambda: (
                client.call("GET", f"/v1/jobs/{waiting}").status_code
            ),
            "GET an ended job": lambda: (
                client.call("GET", f"/v1/jobs/{model}").status_code
            ),
            "GET /v1/jobs": lambda: client.call("GET", "/v1/jobs?limit=20").status_code,
            "GET /metrics": lambda: client.http.get("/metrics").status_code,
        }
        if large is not None:
            packed = {"Content-Encoding": "gzip"}
            calls["POST /v1/jobs, 2,494 classes"] = lambda: (
                client.call("POST", "/v1/jobs", large, packed).status_code
            )
        api = service.process("api")
        for name, call in calls.items():
            found, spent = _times(call, count, api)
            row[f"{name}, processor ms"] = spent
            row[f"{name}, median ms"] = statistics.median(found)
            row[f"{name}, p95 ms"] = statistics.quantiles(found, n=20)[-1]
        return row


def main() -> int:
    """Measure a new and an old service, and print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ended", type=int, default=10_000)
    parser.add_argument("--queued", type=int, default=1_000)
    parser.add_argument("--count", type=int, default=40, help="calls of each kind")
    parser.add_argument("--rest", type=float, default=20.0, help="seconds of rest")
    parser.add_argument(
        "--large", action="store_true", help="send a problem of 2,494 classes as well"
    )
    arguments = parser.parse_args()
    large = _large() if arguments.large else None
    rows = []
    for ended, queued in ((0, 0), (arguments.ended, arguments.queued)):
        with tempfile.TemporaryDirectory() as name:
            row = measure(
                Path(name), ended, queued, arguments.count, arguments.rest, large
            )
            rows.append(row)
    sys.stdout.write(
        f"| | new | {arguments.ended} ended, {arguments.queued} queued |\n"
        "|---|--:|--:|\n"
    )
    for name in rows[0]:
        sys.stdout.write(f"| {name} | {rows[0][name]:.1f} | {rows[1][name]:.1f} |\n")
    sys.stdout.write(orjson.dumps(rows).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
