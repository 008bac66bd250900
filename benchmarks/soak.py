"""A long run under fire: ``python -m benchmarks.soak --seconds 3600``.

Two tenants send jobs to a service of its own, pause, resume, cancel and retry them at
random; meanwhile its API, its supervisor, its workers or all of it are killed. At the
end every accepted job has ended once, with the result whose digest it tells; every
change of state has reached its tenant and nobody else, each under one id; and neither
files, descriptors nor memory have grown with time. A seed names the run. The tests run
a short form; five minutes with ``--seconds 300``, on solver machines with
``--machines``.
"""

import argparse
import contextlib
import hashlib
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.harness import (
    Client,
    Machine,
    Receiver,
    Service,
    serving,
    wait_for,
    with_machines,
)

_LONGEST_SECONDS = 180.0


@dataclass
class Soak:
    """What happens, and what is known of it."""

    service: Service
    chance: random.Random
    machines: list[Machine] = field(default_factory=list)
    """Where jobs run, if not beside the service."""
    clients: dict[str, Client] = field(default_factory=dict)
    receivers: dict[str, Receiver] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    """Tenant of each job."""
    done: Counter[str] = field(default_factory=Counter)
    sizes: list[dict[str, float]] = field(default_factory=list)

    def begin(self) -> None:
        """Make the tenants."""
        for tenant in ("alpha", "beta"):
            self.clients[tenant] = self.service.client(tenant)
            self.receivers[tenant] = Receiver()

    def act(self) -> None:
        """Do one thing."""
        what = self.chance.choices(
            ["send", "pause", "resume", "cancel", "retry", "kill", "rest"],
            [6, 3, 4, 1, 1, 1, 6],
        )[0]
        if what == "rest":
            time.sleep(self.chance.random() * 0.5)
        elif what == "send":
            self._send()
        elif what == "kill":
            self._kill()
        else:
            self._command(what)
        self.done[what] += 1

    def _send(self) -> None:
        tenant = self.chance.choice(list(self.clients))
        url = self.receivers[tenant].url
        key = f"soak-{len(self.jobs)}-{self.chance.random()}"
        steps = self.chance.randint(4, 40)
        for _ in range(40):  # as Odoo does: the same key until there is an answer
            with contextlib.suppress(httpx.HTTPError):
                answer = self.clients[tenant].submit(
                    f"steps={steps}",
                    key=key,
                    callback={"url": url, "database": "university"},
                )
                if answer.status_code == 202:
                    self.jobs[answer.json()["job_id"]] = tenant
                    return
                assert answer.status_code in (429, 503), answer.text
            time.sleep(0.5)
        raise AssertionError("a job was not taken in twenty seconds")

    def _command(self, what: str) -> None:
        if not self.jobs:
            return
        job_id = self.chance.choice(list(self.jobs)[-12:])
        client = self.clients[self.jobs[job_id]]
        path = f"/v1/jobs/{job_id}"
        with contextlib.suppress(httpx.HTTPError):
            if what == "cancel":
                client.call("DELETE", path)
            else:
                client.call("POST", f"{path}/{what}")

    def _kill(self) -> None:
        targets = ["api", "supervisor", "worker", "worker", "all"]
        target = self.chance.choice([*targets, *["machine"] * len(self.machines)])
        self.done[f"kill {target}"] += 1
        if target == "machine":
            machine = self.chance.choice(self.machines)
            machine.kill()
            machine.start()
            return
        if target == "worker":
            workers = self.service.workers()
            if workers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    self.chance.choice(workers).kill()
            return
        wait_for(self.service.is_ready, 60)
        if target == "all":
            self.service.kill()
            self.service.start()
        else:
            self.service.process(target).kill()

    def note_size(self) -> None:
        """Measure the service's own processes and folder."""
        size: dict[str, float] = {"at": time.monotonic()}
        for role in ("api", "supervisor"):
            with contextlib.suppress(psutil.Error):
                process = self.service.process(role)
                size[f"{role} MB"] = process.memory_info().rss / 2**20
                size[f"{role} files"] = process.num_fds()
        self.sizes.append(size)

    def settle(self) -> dict[str, Any]:
        """Let everything end, and look whether it is right."""
        wait_for(self.service.is_ready, 60)
        ends: Counter[str] = Counter()
        for job_id, tenant in self.jobs.items():
            client = self.clients[tenant]
            wait_for(
                lambda c=client, j=job_id: self._ended(c, j), _LONGEST_SECONDS, job_id
            )
            shown = client.status(job_id)
            ends[shown["state"]] += 1
            if shown["result_digest"]:
                data = client.call("GET", f"/v1/jobs/{job_id}/result").content
                assert hashlib.sha256(data).hexdigest() == shown["result_digest"]
            assert len([a for a in shown["attempts"] if a["state"] == "completed"]) <= 1
        for tenant, receiver in self.receivers.items():
            self._check_messages(tenant, receiver)
        wait_for(lambda: not self.service.workers(), 20, "no process is left")
        for name in ("active", "incoming", "trash", "quarantine", "arrived"):
            folder = self.service.data / name
            wait_for(lambda f=folder: not f.exists() or not list(f.iterdir()), 90, name)
        assert len(self.clients["alpha"].http.get("/metrics").text) > 0
        return {
            "jobs": len(self.jobs),
            **{f"ended {state}": number for state, number in sorted(ends.items())},
            **{name: number for name, number in sorted(self.done.items())},
            "messages": sum(len(r.events) for r in self.receivers.values()),
        }

    def _ended(self, client: Client, job_id: str) -> bool:
        state = client.status(job_id)["state"]
        if state == "paused":
            client.call("POST", f"/v1/jobs/{job_id}/resume")
        return state in ("completed", "cancelled", "failed")

    def _check_messages(self, tenant: str, receiver: Receiver) -> None:
        """Each change of state has come, to its tenant only, always the same."""
        mine = {job_id for job_id, owner in self.jobs.items() if owner == tenant}

        def last() -> dict[str, str]:
            return {
                item["job_id"]: item["state"] for item in receiver.bodies("job.state")
            }

        def told() -> bool:
            known = last()
            return all(
                known.get(job_id) in ("completed", "cancelled", "failed")
                for job_id in mine
            )

        wait_for(told, _LONGEST_SECONDS, f"{tenant} knows all ends")
        bodies: dict[str, Any] = {}
        steps: dict[str, set[int]] = {}
        for item in receiver.bodies("job.state"):
            assert item["job_id"] in mine, "a stranger's message"
            assert bodies.setdefault(item["event_id"], item) == item, "changed"
            number = int(item["event_id"].rpartition("-")[2])
            steps.setdefault(item["job_id"], set()).add(number)
        for job_id, numbers in steps.items():
            assert numbers == set(range(1, max(numbers) + 1)), f"{job_id}: one is lost"


def run(
    folder: Path, seconds: float, seed: int, *, machines: bool = False
) -> tuple[dict[str, Any], Soak]:
    """Run for so long; gives what happened."""
    with _started(folder, machines) as (service, others):
        soak = Soak(service, random.Random(seed), others)
        soak.begin()
        limit = time.monotonic() + seconds
        noted = 0.0
        while time.monotonic() < limit:
            soak.act()
            if time.monotonic() - noted > max(1.0, seconds / 60):
                noted = time.monotonic()
                soak.note_size()
        return soak.settle(), soak


@contextlib.contextmanager
def _started(folder: Path, machines: bool) -> Iterator[tuple[Service, list[Machine]]]:
    settings: dict[str, object] = {
        "max_running_jobs": 3,
        "pause_seconds": 1,
        "job_restarts": 1000,
        "drain_seconds": 2,
        "webhook_progress_seconds": 1,
        "tenant_checks_per_minute": 100_000,
        "tenant_commands_per_minute": 100_000,
    }
    if machines:
        with with_machines(folder, "", **settings) as found:
            yield found
    else:
        with serving(folder, **settings) as service:
            yield service, []


def main() -> int:
    """Run, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument(
        "--machines", action="store_true", help="jobs run on two solver machines"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found, soak = run(
            Path(name),
            arguments.seconds,
            arguments.seed,
            machines=arguments.machines,
        )
    for what, value in found.items():
        sys.stdout.write(f"{what}: {value}\n")
    names = sorted({key for size in soak.sizes for key in size} - {"at"})
    sys.stdout.write("| | first third, median | last third, median |\n|---|--:|--:|\n")
    for key in names:
        values = [size[key] for size in soak.sizes if key in size]
        third = max(1, len(values) // 3)
        first, last = sorted(values[:third]), sorted(values[-third:])
        sys.stdout.write(
            f"| {key} | {first[third // 2]:.0f} | {last[third // 2]:.0f} |\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
