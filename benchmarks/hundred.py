"""A hundred jobs at once: ``python -m benchmarks.hundred``.

Two tenants send small problems to a service that may run as many as there are, with
the real worker (or, with ``--stand-in``, the tests' own, which needs no engine).
Measured are: until all have started, what the supervisor takes of a core while all
run, how soon each cancel is *cancelled*, and how late each message about a change of
state arrives.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.harness import Client, Receiver, serving, wait_for

_STAND_IN, _REAL = "tests.jobs.faulty_worker", "sidecar.run.worker"


class Timed(Receiver):
    """A receiver that notes when each message came."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[float] = []
        self.answers = self._note

    def _note(self, count: int) -> int:
        del count
        self.came.append(time.time())
        return 200

    def lateness(self) -> list[float]:
        """Seconds from each change of state to its message's first arrival."""
        late: dict[str, float] = {}
        for (_, body), came in zip(self.events, self.came, strict=False):
            event = json.loads(body)
            if event["type"] == "job.state":
                sent = datetime.fromisoformat(event["sent_at"]).astimezone(UTC)
                late.setdefault(event["event_id"], came - sent.timestamp())
        return list(late.values())


def _running(clients: list[Client]) -> int:
    line = 'timetable_jobs{state="running"} '
    text = clients[0].http.get("/metrics").text
    (found,) = [row for row in text.splitlines() if row.startswith(line)]
    return int(float(found.removeprefix(line)))


def run(folder: Path, jobs: int, worker: str, cancels: int) -> dict[str, float]:
    """Run so many at once; gives what was measured."""
    receivers = [Timed(), Timed()]
    with serving(
        folder, max_running_jobs=jobs, worker_module=worker, job_niceness=10
    ) as service:
        clients = [service.client(name) for name in ("alpha", "beta")]
        begin = time.monotonic()
        sent = []
        for number in range(jobs):
            client, receiver = clients[number % 2], receivers[number % 2]
            callback = {"url": receiver.url, "database": "university"}
            job_id = client.accept(
                "steps=100000",
                callback=callback,
                options={"time_limit_seconds": 600, "threads": 1},
            )
            sent.append((client, job_id))
        accepted = time.monotonic() - begin
        wait_for(lambda: _running(clients) == jobs, 300, "all run")
        started = time.monotonic() - begin
        supervisor = service.process("supervisor")
        before, at = sum(supervisor.cpu_times()[:2]), time.monotonic()
        time.sleep(15)
        share = (sum(supervisor.cpu_times()[:2]) - before) / (time.monotonic() - at)
        took = []
        for client, job_id in sent[:cancels]:
            begin = time.monotonic()
            client.call("DELETE", f"/v1/jobs/{job_id}")
            wait_for(lambda c=client, j=job_id: c.status(j)["state"] == "cancelled", 60)
            took.append(time.monotonic() - begin)
        for client, job_id in sent[cancels:]:
            client.call("DELETE", f"/v1/jobs/{job_id}")
        for client, job_id in sent:
            client.wait_state(job_id, "cancelled", seconds=120)
        wait_for(
            lambda: (
                sum(
                    item["state"] == "cancelled"
                    for receiver in receivers
                    for item in receiver.bodies("job.state")
                )
                >= jobs
            ),
            60,
            "all are told",
        )
        late = [second for receiver in receivers for second in receiver.lateness()]
        return {
            "jobs": jobs,
            "all accepted after, s": accepted,
            "all started after, s": started,
            "supervisor, % of a core": 100 * share,
            "cancelled after, median s": statistics.median(took),
            "cancelled after, longest s": max(took),
            "messages": len(late),
            "latest message, s": max(late),
        }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--cancels", type=int, default=20, help="one after the other")
    parser.add_argument("--stand-in", action="store_true", help="without the engine")
    arguments = parser.parse_args()
    worker = _STAND_IN if arguments.stand_in else _REAL
    with tempfile.TemporaryDirectory() as name:
        found = run(Path(name), arguments.jobs, worker, arguments.cancels)
    sys.stdout.write("| what | |\n|---|--:|\n")
    for what, value in found.items():
        sys.stdout.write(f"| {what} | {value:.1f} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
