"""The console: tokens, safety before serving, the doctor."""

import http.server
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from sidecar.access.tokens import TokenStore
from sidecar.commands.serve import _Keeper
from sidecar.settings import Settings
from tests.harness import Receiver, RedisServer, Service, free_port, wait_for


@pytest.fixture
def run(tmp_path: Path):
    """Run the console script over a data folder."""

    def call(*words: str, **settings: str | None) -> "subprocess.CompletedProcess[str]":
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("TIMETABLE_")},
            "TIMETABLE_DATA_DIR": str(tmp_path / "data"),
            "TIMETABLE_REDIS_URL": "",
            **settings,
        }
        environment = {k: v for k, v in environment.items() if v is not None}
        return subprocess.run(
            [sys.executable, "-m", "sidecar", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return call


def test_a_token_is_made_listed_and_revoked(run, tmp_path: Path) -> None:
    """Its text is nowhere on disk; the secret is private."""
    made = json.loads(run("token", "create", "--tenant", "demo", "--json").stdout)
    assert TokenStore(tmp_path / "data").tenant_of(made["token"]) == "demo"
    for path in (tmp_path / "data" / "tenants").iterdir():
        assert made["token"] not in path.read_text()
        assert path.stat().st_mode & 0o077 == 0
    token_id = made["token"].split("_")[1]
    assert f"{token_id}  demo" in run("token", "list").stdout
    assert run("token", "revoke", token_id).returncode == 0
    assert "revoked" in run("token", "list").stdout
    assert run("token", "revoke", token_id).returncode == 1
    assert TokenStore(tmp_path / "data").tenant_of(made["token"]) is None


def test_a_second_token_shares_the_tenants_secret(run) -> None:
    """A rotation changes it for all."""
    first = json.loads(run("token", "create", "--tenant", "demo", "--json").stdout)
    second = json.loads(run("token", "create", "--tenant", "demo", "--json").stdout)
    assert first["secret"] == second["secret"]
    assert first["token"] != second["token"]
    rotated = run("token", "rotate-secret", "--tenant", "demo", "--json").stdout
    assert json.loads(rotated)["secret"] != first["secret"]


@pytest.mark.parametrize("name", ["", "Demo", "../x", "a b", "é"])
def test_a_tenants_name_is_plain(run, name: str) -> None:
    """One sentence, exit code 2, nothing made."""
    refused = run("token", "create", "--tenant", name)
    assert refused.returncode == 2
    assert "lower-case letters" in refused.stderr


def _loosen(data: Path) -> None:
    (data / "tenants" / "demo.secret.json").chmod(0o644)


def _open(data: Path) -> None:
    data.chmod(0o777)


@pytest.mark.parametrize(
    ("spoil", "settings", "says"),
    [
        (None, {}, "There is no token yet"),
        (_loosen, {}, "chmod go="),
        (_open, {}, "chmod o-w"),
        (None, {"TIMETABLE_PORT": "x"}, "TIMETABLE_PORT is wrong"),
        (None, {"TIMETABLE_DATA_DIR": "/proc/nowhere"}, "cannot be made"),
        (None, {"TIMETABLE_RUNNER": "dask"}, "TIMETABLE_RUNNER is wrong"),
    ],
)
def test_serve_refuses_what_is_unsafe(
    run, tmp_path: Path, spoil, settings: dict[str, str], says: str
) -> None:
    """In one sentence that says what to do, with exit code 2."""
    if spoil is not None:
        run("token", "create", "--tenant", "demo")
        spoil(tmp_path / "data")
    refused = run("serve", **settings)
    assert refused.returncode == 2
    assert says in refused.stderr
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("wanted", "runner"), [(True, "local"), (False, "local"), (True, "machines")]
)
def test_the_solver_is_compiled_behind_the_service(
    tmp_path: Path, wanted: bool, runner: str
) -> None:
    """It makes way for everything else, and ends with the service."""
    settings = Settings(
        data_dir=tmp_path, redis_url="", warm_on_start=wanted, runner=runner
    )
    with _Keeper(settings)._warming as warming:
        pid = warming.process()
        if not wanted or runner == "machines":
            assert pid is None
            return
        assert pid is not None
        process = psutil.Process(pid)
        assert process.cmdline()[-1] == "warm"
        assert process.nice() == 19
    assert not process.is_running()


_POLITE = """
import signal, sys, threading, time
from pathlib import Path
mine, other = Path(sys.argv[1]), Path(sys.argv[2])
asked = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: asked.set())
mine.with_suffix(".ready").touch()
asked.wait()
mine.touch()
while not other.exists():
    time.sleep(0.02)
"""


def test_all_parts_are_asked_to_stop_at_once(tmp_path: Path) -> None:
    """Each here ends only when the other has been asked, too; none is killed."""
    keeper = _Keeper(Settings(data_dir=tmp_path, redis_url="", drain_seconds=1))
    names = {"api": "supervisor", "supervisor": "api"}
    for name, other in names.items():
        words = [sys.executable, "-c", _POLITE, tmp_path / name, tmp_path / other]
        keeper._children[name] = subprocess.Popen(words)
    for name in names:
        wait_for((tmp_path / f"{name}.ready").exists, 20, name)
    keeper._stop()
    assert {child.returncode for child in keeper._children.values()} == {0}


def test_serve_refuses_a_readable_file_with_a_password(run, tmp_path: Path) -> None:
    """A file without one may be read; one with it only by its owner."""
    run("token", "create", "--tenant", "demo")
    path = tmp_path / "sidecar.toml"
    path.write_text('redis_url = "redis://:hidden@127.0.0.1:1/0"\n')
    path.chmod(0o640)
    words = {"TIMETABLE_CONFIG": str(path), "TIMETABLE_REDIS_URL": None}
    refused = run("serve", **words)
    assert refused.returncode == 2
    assert f"chmod go= {path}" in refused.stderr
    assert "hidden" not in refused.stderr
    path.chmod(0o600)
    findings = json.loads(run("doctor", "--json", **words).stdout)
    assert {"secrets": True}.items() <= {f["name"]: f["ok"] for f in findings}.items()


def test_the_doctor_finds_what_is_wrong(
    run, tmp_path: Path, local_service: Service
) -> None:
    """Each finding with its mend; exit code 1 until all is well."""
    ill = run("doctor", "--json", TIMETABLE_REDIS_URL="redis://127.0.0.1:1/0")
    findings = {item["name"]: item for item in json.loads(ill.stdout)}
    assert ill.returncode == 1
    assert not findings["redis"]["ok"]
    assert "TIMETABLE_REDIS_URL" in findings["redis"]["sentence"]
    assert not findings["secrets"]["ok"]
    run("token", "create", "--tenant", "demo")
    server = RedisServer(tmp_path)
    server.start()
    try:
        well = run(
            "doctor",
            TIMETABLE_REDIS_URL=server.url,
            TIMETABLE_PORT=str(local_service.port),
            TIMETABLE_HOST="0.0.0.0",
        )
    finally:
        server.stop()
    assert well.returncode == 0, well.stdout
    assert "MEND" not in well.stdout
    assert "takes jobs" in well.stdout


def test_the_doctor_looks_whether_the_service_runs(
    run, receiver: Receiver, tmp_path: Path
) -> None:
    """Nothing there, or something else: each is to be mended."""
    run("token", "create", "--tenant", "demo")
    other = receiver.url.split(":")[2].split("/")[0]
    for port, words in ((str(free_port()), "Nothing answers"), (other, "is not this")):
        shown = run("doctor", "--json", TIMETABLE_PORT=port)
        ill = [item for item in json.loads(shown.stdout) if not item["ok"]]
        assert [item["name"] for item in ill] == ["service"]
        assert words in ill[0]["sentence"]
        assert shown.returncode == 1


@pytest.mark.parametrize(
    ("hosts", "words"),
    [
        ("localhost:8069", ""),
        ("127.0.0.1:8069,10.0.0.0/8", ""),
        # Read as a name, it leads to this machine.
        ("127.1:8069,127.0.0.0/8", ""),
        ("127.1", "private address"),
        ("odoo.invalid", "not known"),
    ],
)
def test_the_doctor_looks_at_callbacks_as_the_service_does(
    run, hosts: str, words: str
) -> None:
    """A name with a private address whose network is not listed is told."""
    run("token", "create", "--tenant", "demo")
    shown = run("doctor", "--json", TIMETABLE_CALLBACK_HOSTS=hosts)
    (found,) = [i for i in json.loads(shown.stdout) if i["name"] == "callbacks"]
    assert found["ok"] == (words == "")
    assert words in found["sentence"]


@pytest.mark.parametrize(("wish", "told"), [("1", "kernel"), ("0", "is off")])
def test_the_doctor_says_what_keeps_jobs_apart(run, wish: str, told: str) -> None:
    """Where the platform has nothing, or it was turned off, nobody is to wonder."""
    run("token", "create", "--tenant", "demo")
    shown = run("doctor", "--json", TIMETABLE_CONFINE_JOBS=wish)
    (found,) = [f for f in json.loads(shown.stdout) if f["name"] == "jobs"]
    assert told in found["sentence"]


class _Odoo(http.server.BaseHTTPRequestHandler):
    """A login page and a webhook, with a clock that may be off."""

    hook, offset = 401, 0.0

    def do_GET(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        self._answer(self.hook)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.offset)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.mark.parametrize(
    ("hook", "offset", "ill"),
    [(401, 0, set()), (404, 0, {"webhook"}), (403, 400, {"clock"})],
)
def test_the_doctor_asks_odoo(
    run, local_service: Service, hook: int, offset: float, ill: set[str]
) -> None:
    """Whether it answers, has the addon's webhook, and shares our time."""
    run("token", "create", "--tenant", "demo")
    handler = type("Odoo", (_Odoo,), {"hook": hook, "offset": offset})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        port = str(local_service.port)
        shown = run("doctor", "--json", "--odoo", url, TIMETABLE_PORT=port)
        found = json.loads(shown.stdout)
    finally:
        server.shutdown()
        server.server_close()
    assert {item["name"] for item in found if not item["ok"]} == ill
    assert {"odoo", "webhook", "clock"} <= {item["name"] for item in found}


def test_the_doctor_finds_what_cannot_be_reached(run, local_service: Service) -> None:
    """Odoo, solver machines, a callback's host: each with what to mend."""
    run("token", "create", "--tenant", "demo")
    shown = run(
        "doctor",
        "--json",
        "--odoo",
        f"http://127.0.0.1:{free_port()}",
        TIMETABLE_RUNNER="machines",
        TIMETABLE_REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
        TIMETABLE_CALLBACK_HOSTS="odoo.invalid,10.0.0.0/8",
        TIMETABLE_PORT=str(local_service.port),
    )
    ill = {i["name"]: i["sentence"] for i in json.loads(shown.stdout) if not i["ok"]}
    assert shown.returncode == 1
    assert set(ill) == {"odoo", "machines", "redis", "callbacks"}
    assert "timetable-nep machine" in ill["machines"]
    assert "odoo.invalid" in ill["callbacks"]
    assert "10.0.0.0" not in ill["callbacks"]


def test_the_doctor_counts_the_machines(run, machines_service: Service) -> None:
    """Two machines of two jobs each."""
    names = ("RUNNER", "REDIS_URL", "PORT", "DATA_DIR")
    given = {name: machines_service.environment[f"TIMETABLE_{name}"] for name in names}
    settings = {f"TIMETABLE_{name}": value for name, value in given.items()}

    def shown() -> str:
        return str(run("doctor", **settings).stdout)

    wait_for(lambda: "2 ask for work (solver-1, solver-2)" in shown(), 20)
    assert run("doctor", **settings).returncode == 0


def test_serving_never_loads_the_engine() -> None:
    """Neither the API nor the supervisor, directly or not."""
    code = (
        "import sys, sidecar.api.app, sidecar.run.supervisor, sidecar.commands.serve;"
        "print([m for m in sys.modules if m.split('.')[0] in "
        "('numba', 'ortools', 'numpy', 'networkx') or m.startswith('sidecar.engine')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "[]"
