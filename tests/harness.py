"""Real processes for the tests: a Redis, the service, a signing client, a receiver."""

import gzip
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import redis

from sidecar.access.request_signature import signature_headers
from sidecar.access.tokens import MACHINES, TokenStore
from sidecar.api.examples import PROBLEM
from sidecar.run.runners.local import MARKER

CTT = """Name: Toy
Courses: 2
Rooms: 1
Days: 2
Periods_per_day: 2
Curricula: 1
Constraints: 1

COURSES:
one t1 2 2 10
two t2 1 1 10

ROOMS:
r1 20

CURRICULA:
q1 2 one two

UNAVAILABILITY_CONSTRAINTS:
two 0 0

END.
"""

TERMINAL = {"completed", "failed", "cancelled"}


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for(look: Callable[[], Any], seconds: float = 20.0, what: str = "") -> Any:
    """Look until the answer is true; fail the test otherwise."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"It did not happen in {seconds} s: {what or look}")


class RedisServer:
    """A Redis of its own that can be stopped, frozen and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is needed: apt-get install redis-server"
        self._process = subprocess.Popen(
            [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
        )
        wait_for(self._answers, what="Redis answers")

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Accept connections but never answer."""
        assert self._process is not None
        psutil.Process(self._process.pid).suspend()

    def thaw(self) -> None:
        assert self._process is not None
        psutil.Process(self._process.pid).resume()

    def client(self) -> "redis.Redis[bytes]":
        return redis.Redis.from_url(self.url)

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False


class Client:
    """Calls the service as a tenant, signing what must be signed."""

    def __init__(self, url: str, token: str, secret: str) -> None:
        self.url, self.token, self.secret = url, token, secret
        self.http = httpx.Client(base_url=url, timeout=30)

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        given = headers or {}
        signed = signature_headers(
            self.secret, method, path, body, given, int(time.time()), uuid.uuid4().hex
        )
        bearer = {"Authorization": f"Bearer {self.token}"}
        return self.http.request(
            method, path, content=body, headers={**bearer, **signed, **given}
        )

    def submit(
        self,
        name: str = "",
        key: str | None = None,
        packed: bool = False,
        **request: Any,
    ) -> httpx.Response:
        """Send the example problem under a name, which may be a fault's."""
        problem = request.pop("problem", {**PROBLEM, "name": name})
        options = {
            "time_limit_seconds": 30,
            "variants": [{"key": "A"}],
            **request.pop("options", {}),
        }
        body = json.dumps({"problem": problem, "options": options, **request}).encode()
        headers = {} if key is None else {"Idempotency-Key": key}
        if packed:
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        return self.call("POST", "/v1/jobs", body, headers)

    def accept(self, name: str = "", **request: Any) -> str:
        answer = self.submit(name, **request)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def status(self, job_id: str) -> dict[str, Any]:
        answer = self.call("GET", f"/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def wait_state(
        self, job_id: str, *states: str, seconds: float = 20.0
    ) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            shown = self.status(job_id)
            if shown["state"] in states:
                return shown
            unexpected = shown["state"] in TERMINAL
            assert not unexpected, f"{shown['state']}: {shown['reason']}"
            return None

        found: dict[str, Any] = wait_for(look, seconds, f"{job_id} is {states}")
        return found


class Service:
    """The whole service, by its own command, over a data folder."""

    def __init__(self, folder: Path, redis_url: str = "", **settings: object) -> None:
        self.data = folder / "data"
        self.log = folder / "service.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TIMETABLE_")},
            "TIMETABLE_DATA_DIR": str(self.data),
            "TIMETABLE_PORT": str(self.port),
            "TIMETABLE_REDIS_URL": redis_url,
            "TIMETABLE_CALLBACK_HOSTS": "localhost:*,127.0.0.1:*",
            "TIMETABLE_WORKER_MODULE": "tests.jobs.faulty_worker",
            "TIMETABLE_TENANT_JOBS_PER_HOUR": "10000",
            "TIMETABLE_TENANT_ACTIVE_JOBS": "1000",
            "TIMETABLE_TENANT_COMMANDS_PER_MINUTE": "10000",
            "TIMETABLE_TENANT_CHECKS_PER_MINUTE": "10000",
            "TIMETABLE_TENANT_CHECKS": "100",
            "TIMETABLE_MIN_FREE_MEMORY_MB": "0",
            "TIMETABLE_DRAIN_SECONDS": "5",
            "TIMETABLE_WARM_ON_START": "0",
            # Whatever else the machine does, tests are not to wait for it.
            "TIMETABLE_JOB_NICENESS": "0",
            **{f"TIMETABLE_{k.upper()}": str(v) for k, v in settings.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None
        self.elsewhere: list[Path] = []
        """Where solver machines keep jobs, if there are any."""
        self.data.mkdir(mode=0o700)

    def client(self, tenant: str = "demo") -> Client:
        token, secret = TokenStore(self.data).create(tenant)
        return Client(self.url, token, secret)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sidecar", "serve"],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_for(self.is_ready, 60, "the service is ready")

    def is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def stop(self) -> None:
        """Ask it to end, in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)

    def kill(self) -> None:
        """Kill the keeper, the API and the supervisor at once; not the workers."""
        assert self._process is not None
        for role in ("api", "supervisor"):
            self.process(role).kill()
        self._process.kill()
        self._process.wait()

    def process(self, role: str) -> psutil.Process:
        """Find the process of a role."""

        def look() -> psutil.Process | None:
            assert self._process is not None
            for child in psutil.Process(self._process.pid).children():
                try:
                    if child.cmdline()[-1:] == [role]:
                        return child
                except psutil.NoSuchProcess:  # a zombie, too: being replaced
                    continue
            return None

        found: psutil.Process = wait_for(look, 10, f"{role} runs")
        return found

    def workers(self) -> list[psutil.Process]:
        """List all processes of jobs of this service, whoever their parent is."""
        found = []
        roots = tuple(str(folder) for folder in (self.data, *self.elsewhere))
        for process in psutil.process_iter():
            try:
                marker = process.environ().get(MARKER, "")
                if marker.startswith(roots) and (
                    process.status() != psutil.STATUS_ZOMBIE
                ):
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def destroy(self) -> None:
        """End everything, whatever the test left behind."""
        if self._process is not None:
            tree = []
            if psutil.pid_exists(self._process.pid):
                tree = psutil.Process(self._process.pid).children(recursive=True)
            self._process.kill()
            self._process.wait()
            for process in [*tree, *self.workers()]:
                if process.is_running():
                    process.kill()

    def log_lines(self) -> list[dict[str, Any]]:
        """Read the service's log and those of its workers."""
        text = self.log.read_text()
        for path in self.data.glob("jobs/*/worker.log"):
            text += path.read_text()
        return [json.loads(line) for line in text.splitlines() if line[:1] == "{"]


@contextmanager
def serving(folder: Path, redis_url: str = "", **settings: object) -> Iterator[Service]:
    """Run a service for a block."""
    service = Service(folder, redis_url, **settings)
    service.client("first")
    try:
        service.start()
        yield service
    finally:
        service.destroy()


class Machine:
    """A solver machine: its agent, with a data folder of its own."""

    def __init__(self, folder: Path, name: str, service: Service) -> None:
        self.name, self.folder, self.log = name, folder / name, folder / f"{name}.log"
        self.folder.mkdir(mode=0o700, parents=True)
        token, secret = TokenStore(service.data, MACHINES).create(name)
        key = self.folder / "machine.json"
        key.touch(mode=0o600)
        key.write_text(json.dumps({"machine": name, "token": token, "secret": secret}))
        self._url = service.url
        # Limits of jobs are the machine's own; it knows no Redis and no receiver.
        self._environment = {
            **service.environment,
            "TIMETABLE_DATA_DIR": str(self.folder),
            "TIMETABLE_REDIS_URL": "",
            "TIMETABLE_RUNNER": "local",
            "TIMETABLE_MAX_RUNNING_JOBS": "2",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sidecar", "machine", "--api", self._url],
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Ask it to end, in order."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(60)

    def kill(self) -> None:
        """Lose it, as with the power: its jobs' processes end with it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def has(self, job_id: str) -> bool:
        return (self.folder / "jobs" / job_id).exists()


@contextmanager
def with_machines(
    folder: Path, redis_url: str, **settings: object
) -> Iterator[tuple[Service, list[Machine]]]:
    """Run a service whose jobs run on two machines, for a block."""
    settings = {"lease_seconds": 5, **settings}
    machines: list[Machine] = []
    with serving(folder, redis_url, runner="machines", **settings) as service:
        try:
            for name in ("solver-1", "solver-2"):
                machines.append(Machine(folder, name, service))
                service.elsewhere.append(machines[-1].folder)
                machines[-1].start()
            yield service, machines
        finally:
            for machine in machines:
                machine.kill()


class Receiver:
    """A web server that keeps what it is sent; ``answers`` decides the status."""

    def __init__(self, port: int = 0) -> None:
        self.events: list[tuple[dict[str, str], bytes]] = []
        self.taken: list[dict[str, Any]] = []
        """Bodies of the messages that were answered with 200, in order."""
        self.answers: Callable[[int], int] = lambda count: 200
        self.judge: Callable[[dict[str, str], bytes], int] | None = None
        """Decides by the message itself, if it is to be looked at."""
        self.location = ""
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = dict(self.headers)
                receiver.events.append((headers, body))
                if receiver.judge is not None:
                    status = receiver.judge(headers, body)
                else:
                    status = receiver.answers(len(receiver.events))
                if status == 200:
                    receiver.taken.append(json.loads(body))
                self.send_response(status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/timetable_nep/webhook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def bodies(self, kind: str = "") -> list[dict[str, Any]]:
        found = [json.loads(body) for _, body in list(self.events)]
        return [item for item in found if not kind or item["type"] == kind]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
