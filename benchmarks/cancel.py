"""How soon a job stops in each stage: ``python -m benchmarks.cancel``.

Starts the whole service, sends the 2,494-class problem once for each stage, cancels it
as soon as it is in that stage, and measures the time until the search has stopped and
until the job is ``cancelled`` with its best timetable kept. The processor time is the
worker's own from the cancel on: it does not depend on what else the machine does.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from sidecar.contract import Stage
from tests.harness import Client, RedisServer, Service, serving, wait_for

GOAL_SECONDS = 2.0


def _cancel_in(
    service: Service, client: Client, problem: bytes, stage: Stage, options: object
) -> str:
    """Cancel one job in a stage; gives a line of the table."""
    body = b'{"options":' + json.dumps(options).encode() + b',"problem":' + problem
    answer = client.call("POST", "/v1/jobs", body + b"}")
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["job_id"]
    folder = service.data / "jobs" / job_id
    client.wait_state(job_id, "running", seconds=60)
    seen = wait_for(
        lambda: (
            (found := client.status(job_id))["progress"]["stage"] == stage and found
        ),
        600,
        f"the stage {stage}",
    )
    if stage is not Stage.LOADING:
        time.sleep(0.5)
    worker = psutil.Process(json.loads((folder / "worker.json").read_bytes())["pid"])
    before = after = sum(worker.cpu_times()[:2])
    began = time.monotonic()
    client.call("DELETE", f"/v1/jobs/{job_id}")
    stopped = None
    while (shown := client.status(job_id))["state"] == "cancelling":
        if stopped is None and (folder / "stopping").exists():
            stopped = time.monotonic() - began
        with contextlib.suppress(psutil.Error):
            after = max(after, sum(worker.cpu_times()[:2]))
        time.sleep(0.02)
    ended = time.monotonic() - began
    assert shown["state"] == "cancelled", shown
    kept = shown["variants"][0]["placed"] if shown["variants"] else 0
    placed = seen["progress"]["metadata"]["placed"]
    assert kept or not placed, "the best so far is lost"
    return (
        f"| {stage} | {ended if stopped is None else stopped:.2f} | {ended:.2f} | "
        f"{after - before:.2f} | {len(shown['variants'])} | {kept:,} |"
    )


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problem", type=Path, help="instead of generating `bhu`")
    parser.add_argument("--time-limit", type=float, default=60)
    parser.add_argument("--variants", type=int, default=3)
    parser.add_argument("--stage", type=Stage, action="append", choices=list(Stage))
    arguments = parser.parse_args()
    profiles = ["balanced", "student_friendly", "faculty_friendly"]
    options = {
        "time_limit_seconds": arguments.time_limit,
        "variants": [
            {"key": chr(65 + k), "profile": profiles[k % 3]}
            for k in range(arguments.variants)
        ],
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = arguments.problem or folder / "bhu.json"
        if arguments.problem is None:
            words = ["generate", "--preset", "bhu", "--seed", "1", "-o", str(path)]
            subprocess.run([sys.executable, "-m", "sidecar", *words], check=True)
        # Compiling the kernels is no stage of a job.
        subprocess.run(
            [sys.executable, "-m", "sidecar", "warm"], check=True, capture_output=True
        )
        problem = path.read_bytes()
        server = RedisServer(folder)
        server.start()
        try:
            with serving(
                folder, server.url, worker_module="sidecar.run.worker"
            ) as service:
                client = service.client()
                sys.stdout.write(
                    "| stage | search stopped, s | cancelled, s | processor s | "
                    "variants kept | events placed |\n|---|--:|--:|--:|--:|--:|\n"
                )
                for stage in arguments.stage or list(Stage):
                    line = _cancel_in(service, client, problem, stage, options)
                    sys.stdout.write(line + "\n")
                    sys.stdout.flush()
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
