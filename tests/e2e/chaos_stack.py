"""Servers of one's own that may be killed: PostgreSQL, Redis, Odoo and the sidecar."""

import configparser
import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import psutil

from scripts import json2, postgres
from scripts.paths import ADDONS, StackError, read_json
from scripts.shell import as_user
from tests.harness import RedisServer, Service, free_port, wait_for

DATABASE = "timetable_chaos"
OTHER_DATABASE = "timetable_chaos_other"
"""A second university on the same server: messages must find the right one."""
ROLE = "chaos"


class Server(Protocol):
    """What can be killed without a warning, and started again."""

    def start(self) -> None: ...

    def kill(self) -> None: ...


def kill_tree(process: "subprocess.Popen[bytes] | None") -> None:
    """End a process and all it has started, at once."""
    if process is None or process.poll() is not None:
        return
    tree = [process.pid]
    with contextlib.suppress(psutil.NoSuchProcess):
        tree += [p.pid for p in psutil.Process(process.pid).children(recursive=True)]
    for pid in tree:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not any(psutil.pid_exists(p) for p in tree), 10, "all ended")


def launch(
    command: Sequence[str | Path],
    log: Path,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a server in a session of its own."""
    with log.open("ab") as stream:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env={**os.environ, **(env or {})},
            cwd="/",
            start_new_session=True,
            **as_user(user),
        )


class Postgres:
    """A cluster that keeps what it has confirmed when its processes are killed."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.port = free_port()
        self.password = secrets.token_urlsafe(16)
        self._binaries, self._data = binaries, folder / "cluster"
        self._log = folder / "postgres.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._user = postgres.server_user()
        word = folder / "word"
        word.write_text(self.password)
        if self._user:  # the server refuses to run as root
            folder.chmod(0o711)
            shutil.chown(word, self._user)
            self._data.mkdir()
            shutil.chown(self._data, self._user)
        subprocess.run(
            [
                *(binaries / "initdb", f"--pgdata={self._data}", "--no-sync"),
                *(f"--username={ROLE}", f"--pwfile={word}", "--locale=C.UTF-8"),
                *("--auth=scram-sha-256", "--encoding=UTF8"),
            ],
            check=True,
            capture_output=True,
            cwd="/",
            **as_user(self._user),
        )
        word.unlink()
        with (self._data / "postgresql.conf").open("a") as stream:
            # A killed process loses nothing that the kernel has; fsync is for power
            # cuts. What is confirmed must be with the kernel, though.
            stream.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n"
                "unix_socket_directories = ''\nfsync = off\n"
                "synchronous_commit = on\nshared_buffers = 64MB\n"
            )

    def start(self) -> None:
        if self._process is None or self._process.poll() is not None:
            words = [self._binaries / "postgres", "-D", self._data]
            self._process = launch(words, self._log, user=self._user)
        wait_for(self._answers, 60, "PostgreSQL answers")

    def kill(self) -> None:
        kill_tree(self._process)

    def run(self, program: str, *words: str | Path) -> str:
        """Run one of PostgreSQL's own programs against this cluster."""
        done = subprocess.run(
            [self._binaries / program, *words],
            env={
                **os.environ,
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self.port),
                "PGUSER": ROLE,
                "PGPASSWORD": self.password,
            },
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def _answers(self) -> bool:
        try:
            return bool(self.run("psql", "-d", "postgres", "-Atc", "SELECT 1"))
        except subprocess.CalledProcessError:
            return False


class Odoo:
    """Odoo with worker processes, as in production: each is replaced when it dies."""

    def __init__(self, folder: Path, stack: dict[str, Any], base: Postgres) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "odoo.log"
        self._conf = folder / "odoo.conf"
        self._command, self._env = stack["command"], stack["env"]
        self._process: subprocess.Popen[bytes] | None = None
        self._turn = threading.Lock()
        parser = configparser.RawConfigParser()
        parser["options"] = {
            "db_host": "127.0.0.1",
            "db_port": str(base.port),
            "db_user": ROLE,
            "db_password": base.password,
            "db_name": f"{DATABASE},{OTHER_DATABASE}",
            "db_maxconn": "8",
            "addons_path": str(ADDONS),
            "data_dir": str(folder / "odoo"),
            "http_interface": "127.0.0.1",
            "http_port": str(self.port),
            "gevent_port": str(free_port()),
            "list_db": "False",
            "workers": "2",
            "max_cron_threads": "1",
            "server_wide_modules": "base,rpc,web",
        }
        with self._conf.open("w") as stream:
            self._conf.chmod(0o600)
            parser.write(stream)

    def update(self) -> None:
        """Bring the addon in the copied database to the code as it is now."""
        words = [*self._command, "-c", self._conf, "-d", DATABASE]
        words += [
            "-u",
            "timetable_nep",
            "--workers=0",
            "--no-http",
            "--stop-after-init",
        ]
        done = launch(words, self.log, self._env).wait(180)
        assert done == 0, self.log.read_text()[-2000:]

    def start(self) -> None:
        """Start it, unless it runs, and go on: whoever asks finds out when it answers.

        Odoo ends itself when it starts a worker without its database. Whoever runs it
        in earnest has something that starts it again (systemd, Docker); here it is
        everybody who waits for something.
        """
        with self._turn:
            if self._process is None or self._process.poll() is not None:
                words = [*self._command, "-c", self._conf]
                self._process = launch(words, self.log, self._env)

    def kill(self) -> None:
        with self._turn:
            kill_tree(self._process)


class Redis:
    """Redis, under the names that the others have."""

    def __init__(self, folder: Path) -> None:
        self._server = RedisServer(folder)
        self.url = self._server.url

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.stop()


class Sidecar:
    """The service with the real solver; killed with its jobs, as by a power cut."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self.service = Service(
            folder,
            redis_url,
            worker_module="sidecar.run.worker",
            job_restarts=1000,
            webhook_progress_seconds=0.3,
        )
        self.client = self.service.client("odoo")

    def start(self) -> None:
        self.service.start()

    def kill(self) -> None:
        self.service.kill()
        for process in self.service.workers():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs that this service knows."""
        return list(self.client.call("GET", "/v1/jobs").json()["items"])


class ChaosStack:
    """The four servers, with a copy of the database of ``TIMETABLE_STACK``."""

    def __init__(
        self, folder: Path, stack: dict[str, Any], ending: contextlib.ExitStack
    ) -> None:
        """Start everything; ``ending`` is told how each part is ended."""
        self.folder = folder
        self.postgres = Postgres(folder, Path(stack["postgres"]["bin"]))
        ending.callback(self.postgres.kill)
        self.postgres.start()
        self._copy_database(folder, stack)
        self.redis = Redis(folder)
        ending.callback(self.redis.kill)
        self.redis.start()
        self.sidecar = Sidecar(folder, self.redis.url)
        ending.callback(self.sidecar.service.destroy)
        self.sidecar.start()
        self.odoo = Odoo(folder, stack["odoo"], self.postgres)
        ending.callback(self.odoo.kill)
        self.odoo.update()
        self.postgres.run("createdb", "-T", DATABASE, OTHER_DATABASE)
        self.odoo.start()
        self.servers: dict[str, Server] = {
            "odoo": self.odoo,
            "postgres": self.postgres,
            "redis": self.redis,
            "sidecar": self.sidecar,
        }
        self._keys = read_json(Path(stack["odoo"]["accounts"]))
        self._connect()

    def _copy_database(self, folder: Path, stack: dict[str, Any]) -> None:
        """Users and their keys are in it: nothing has to be installed."""
        source, dump = stack["postgres"], folder / "dump"
        subprocess.run(
            [
                *(Path(source["bin"]) / "pg_dump", "-Fc", "-Z0", "-f", dump),
                *("-h", source["host"], "-p", source["port"], "-U", source["user"]),
                stack["odoo"]["database"],
            ],
            env={**os.environ, "PGPASSFILE": source["password_file"]},
            check=True,
            capture_output=True,
        )
        self.postgres.run("createdb", DATABASE)
        self.postgres.run("pg_restore", "-O", "-x", "-j2", "-d", DATABASE, dump)
        dump.unlink()
        # The original's jobs are not this service's.
        self.postgres.run(
            *("psql", "-d", DATABASE, "-c"),
            "DELETE FROM timetable_run WHERE state NOT IN "
            "('completed', 'failed', 'cancelled')",
        )

    def client(self, role: str, timeout: float = 20) -> json2.Client:
        """Odoo's external API as one of the users."""
        self.odoo.start()
        return json2.Client(
            self.odoo.url, DATABASE, self._keys[role]["key"], timeout=timeout
        )

    def messages(self, database: str) -> int:
        """How many webhooks a database has taken."""
        query = "SELECT count(*) FROM timetable_webhook_event"
        return int(self.postgres.run("psql", "-d", database, "-Atc", query))

    def patiently(self, role: str, model: str, method: str, **values: Any) -> Any:
        """Call again until there is an answer, as a person presses a button again."""
        ids = values.pop("ids", None)
        last = ""

        def call() -> tuple[Any] | None:
            nonlocal last
            try:
                return (self.client(role).call(model, method, ids, **values),)
            except (StackError, OSError, ValueError) as error:
                last = str(error)
                time.sleep(0.3)
                return None

        try:
            return wait_for(call, 120)[0]
        except AssertionError as error:
            raise AssertionError(f"{model}.{method}: {last}") from error

    def _connect(self) -> None:
        for key, value in {
            "timetable_nep.sidecar_url": self.sidecar.service.url,
            "timetable_nep.sidecar_token": self.sidecar.client.token,
            "timetable_nep.sidecar_secret": self.sidecar.client.secret,
            "timetable_nep.callback_url": f"{self.odoo.url}/timetable_nep/webhook",
            "web.base.url": self.odoo.url,
        }.items():
            self.patiently(
                "admin", "ir.config_parameter", "set_param", key=key, value=value
            )


@contextlib.contextmanager
def chaos_stack(stack: dict[str, Any]) -> Iterator[ChaosStack]:
    """Run the four servers for a block; what they wrote is kept if it fails."""
    folder = Path(tempfile.mkdtemp(prefix="timetable-chaos-"))
    with contextlib.ExitStack() as ending:
        servers = ChaosStack(folder, stack, ending)
        yield servers
    shutil.rmtree(folder, ignore_errors=True)
