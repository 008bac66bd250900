"""What the documentation tells to install works: systemd's unit, Compose's order.

Neither systemd nor Docker runs where the tests do. The unit's command runs in a mount
namespace that is as the unit says; Compose's commands run in the order of its file,
with the environment, the start command and the health check of its files.
"""

import configparser
import contextlib
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import httpx
import numba
import pytest
import yaml
from numba.core.caching import _CacheLocator

from scripts import docker_secrets
from sidecar.engine.kernels import jit
from sidecar.settings import Settings
from sidecar.system.notify import Notifier
from tests.harness import Client, free_port, wait_for

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
STATE, CACHE = "/mnt/state", "/mnt/cache"
CONFINE = """
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/state /mnt/cache
mount --bind "$1" /mnt/state
mount --bind "$2" /mnt/cache
shift 2
# ProtectSystem=strict: all but the two folders, /dev, /proc and /sys.
while read -r _ _ _ _ point _; do
    case "$point" in
        /mnt/*|/proc|/proc/*|/sys|/sys/*|/dev|/dev/*) continue;;
    esac
    mount -o remount,bind,ro "$point" 2>/dev/null || true
done < /proc/self/mountinfo
mount -t tmpfs tmpfs /tmp
exec "$@"
"""


def _unshare() -> list[str]:
    words = ["unshare", "--mount", "--propagation", "private"]
    return words if os.getuid() == 0 else [*words, "--map-root-user"]


def _unit() -> configparser.SectionProxy:
    """Read the unit as the page of operations has it."""
    text = (ROOT / "docs" / "operations.md").read_text()
    found = re.search(r"```ini\n(# \S+timetable-sidecar\.service\n.*?)```", text, re.S)
    assert found is not None
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(found[1])
    return parser["Service"]


def _environment(unit: configparser.SectionProxy) -> dict[str, str]:
    text = (ROOT / "docs" / "operations.md").read_text()
    block = text[text.index("timetable-sidecar.service") :]
    block = block[: block.index("```")]
    pairs = re.findall(r"^Environment=(\w+)=(\S+)$", block, re.MULTILINE)
    # Where systemd makes StateDirectory= and CacheDirectory=.
    state, cache = (
        f"/var/{kind}/{unit[name]}"
        for kind, name in (("lib", "StateDirectory"), ("cache", "CacheDirectory"))
    )
    return {
        name: value.replace(state, STATE).replace(cache, CACHE) for name, value in pairs
    }


def _seed(cache: Path) -> None:
    """Bring compiled code along, if there is any: compiling takes minutes."""
    name = _CacheLocator.get_suitable_cache_subpath(str(Path(jit.__file__)))
    known = Path(str(numba.config.CACHE_DIR)) / name
    if known.exists():
        shutil.copytree(known, cache / jit.cache_folder().name / name)


def test_the_compiled_code_lies_where_it_is_told(tmp_path: Path) -> None:
    """``NUMBA_CACHE_DIR`` counts; a home that cannot be written to does not matter."""
    code = "import numba, sidecar.engine.kernels.jit; print(numba.config.CACHE_DIR)"
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "HOME": "/nowhere"}
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout.strip()).parent == tmp_path


class Ear:
    """systemd's end of the notifications."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.05)
        self._heard: list[str] = []

    def has_heard(self, line: str) -> bool:
        """Whether it was told this, by now."""
        try:
            while True:
                self._heard += self._socket.recv(4096).decode().splitlines()
        except TimeoutError:
            return line in self._heard

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()


def test_a_systemd_that_does_not_read_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its queue is full: what is told is lost, and the service goes on, or stops."""
    address = str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as filler:
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    filler.sendto(b"x", address)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notifier = Notifier(Settings(data_dir=tmp_path, redis_url=""))
        teller = threading.Thread(target=notifier._tell, args=("READY=1",), daemon=True)
        teller.start()
        teller.join(60)
        assert not teller.is_alive()


@pytest.mark.timeout(1200)
def test_the_unit_of_the_documentation_solves(tmp_path: Path) -> None:
    """Read-only system, own cache folder, no home, told to systemd: a job completes."""
    if subprocess.run([*_unshare(), "true"], capture_output=True).returncode:
        pytest.skip("no mount namespaces here")
    unit = _unit()
    assert unit["ProtectSystem"] == "strict"
    assert unit["PrivateTmp"] == "true"
    assert unit["Type"] == "notify"
    state, cache = tmp_path / "s", tmp_path / "c"
    for folder in (state, cache):
        folder.mkdir(mode=0o700)
    _seed(cache)
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nowhere",
        **_environment(unit),
        "TIMETABLE_PORT": str(port),
        "TIMETABLE_REDIS_URL": "",
        "TIMETABLE_WARM_ON_START": "0",
        # Where no code is compiled yet, the job does it, however busy the machine.
        "TIMETABLE_JOB_OVERTIME_SECONDS": "1500",
        "NOTIFY_SOCKET": f"{STATE}/n",
    }
    del environment["TIMETABLE_CONFIG"]  # a file of secrets; there are none here
    confined = [*_unshare(), "sh", "-c", CONFINE, "sh", str(state), str(cache)]

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*confined, *words],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    for place in (ROOT / "sidecar" / "x", Path("/var/x"), Path("/root/x")):
        assert run("touch", str(place)).returncode, f"{place} can be written"
    program, verb = shlex.split(unit["ExecStart"])
    assert (Path(program).name, verb) == ("timetable-nep", "serve")
    command = [sys.executable, "-m", "sidecar"]
    made = run(*command, "token", "create", "--tenant", "odoo", "--json")
    assert made.returncode == 0, made.stderr
    known = json.loads(made.stdout)
    log = (tmp_path / "log").open("w+")
    ear = Ear(state / "n")
    service = subprocess.Popen(
        [*confined, *command, verb], env=environment, cwd=ROOT, stdout=log, stderr=log
    )
    try:
        wait_for(lambda: ear.has_heard("READY=1"), 120, "systemd is told")
        client = Client(f"http://127.0.0.1:{port}", known["token"], known["secret"])
        job_id = client.accept("real", options={"time_limit_seconds": 3})
        client.wait_state(job_id, "completed", seconds=900)
        wait_for(lambda: ear.has_heard("WATCHDOG=1"), 60, "the watchdog is fed")
    finally:
        service.terminate()
        service.wait(60)
    assert ear.has_heard("STOPPING=1")
    ear.close()
    assert list(cache.rglob("*.nbi")), "the code lies in the cache folder"
    assert not (ROOT / "sidecar" / "x").exists()


def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    """No word that it does not know."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd here")
    text = (ROOT / "docs" / "operations.md").read_text()
    for name in re.findall(r"^# /etc/systemd/system/(\S+)$", text, re.MULTILINE):
        block = text[text.index(f"# /etc/systemd/system/{name}") :]
        block = block[: block.index("```")]
        block = re.sub(r"/opt/timetable/bin/\S+", shutil.which("true") or "", block)
        path = tmp_path / name
        path.write_text(block.replace("User=timetable\n", ""))
        shown = subprocess.run(
            [program, "verify", "--man=no", str(path)], capture_output=True, text=True
        )
        ours = [line for line in shown.stderr.splitlines() if name in line]
        assert ours == []


def _commands() -> list[list[str]]:
    """List the commands at the top of the Compose file."""
    lines = (DOCKER / "compose.yaml").read_text().split("name: timetable-nep")[0]
    found = re.findall(r"^#   ((?:python3|docker) .*?)(?:    .*)?$", lines, re.M)
    return [shlex.split(line) for line in found]


def _is_healthy(server: "subprocess.Popen[bytes]", check: list[str]) -> bool:
    assert server.poll() is None, "the service did not start"
    return not subprocess.run(check, capture_output=True).returncode


def test_composes_commands_lead_to_a_first_job(tmp_path: Path) -> None:
    """As they stand at its top: each works when its turn comes, the last one serves."""
    service = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"][
        "sidecar"
    ]
    image = (DOCKER / "sidecar.Dockerfile").read_text()
    port, data = free_port(), tmp_path / "data"
    data.mkdir(mode=0o700)
    config = tmp_path / "sidecar.toml"
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere"}
    for name, value in service["environment"].items():
        plain = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        environment[name] = (
            plain.replace("/run/secrets/sidecar_toml", str(config))
            .replace("/data", str(data))
            .replace("8765", str(port))
        )
    environment |= {
        "TIMETABLE_WORKER_MODULE": "tests.jobs.faulty_worker",
        "TIMETABLE_WARM_ON_START": "0",
        "TIMETABLE_MIN_FREE_MEMORY_MB": "0",
    }
    (entrypoint,) = json.loads(re.search(r"^ENTRYPOINT (.*)$", image, re.M)[1])
    start = json.loads(re.search(r"^CMD (.*)$", image, re.M)[1])
    check = json.loads(re.search(r"HEALTHCHECK.*\\\n\s+CMD (.*)$", image, re.M)[1])
    check = [sys.executable, *(word.replace("8765", str(port)) for word in check[1:])]
    assert entrypoint == "timetable-nep"
    program = [sys.executable, "-m", "sidecar"]
    known: dict[str, str] = {}
    server: subprocess.Popen[bytes] | None = None
    try:
        for words in _commands():
            if words[:4] == ["python3", "-m", "scripts.stack", "docker-secrets"]:
                text = docker_secrets.texts("word")["sidecar.toml"]
                config.write_text(
                    text.replace("redis:6379", f"127.0.0.1:{free_port()}")
                )
                config.chmod(0o600)
                continue
            assert words[:4] == ["docker", "compose", "-f", "docker/compose.yaml"]
            verb, rest = words[4], words[5:]
            if verb == "build":
                continue
            if verb == "run":
                assert rest[:2] == ["--rm", "sidecar"]
                made = subprocess.run(
                    [*program, *rest[2:], "--json"],
                    env=environment,
                    cwd=ROOT,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                known = json.loads(made.stdout)
                continue
            assert verb == "up"
            server = subprocess.Popen([*program, *start], env=environment, cwd=ROOT)
            wait_for(partial(_is_healthy, server, check), 120, "it is healthy")
        client = Client(f"http://127.0.0.1:{port}", known["token"], known["secret"])
        job_id = client.accept("steps=2")
        client.wait_state(job_id, "completed", seconds=60)
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
    finally:
        if server is not None:
            server.terminate()
            server.wait(60)
