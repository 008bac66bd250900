"""The solver service: its settings, its token for Odoo, its server."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import processes
from .paths import (
    ROOT,
    STATE,
    VENV,
    StackError,
    digest_of,
    free_port,
    read_json,
    write_private,
)
from .redis import RECORD as REDIS_RECORD
from .shell import output, run

PROGRAM = VENV / "bin" / "timetable-nep"
TENANT = "odoo"
KEEP_WORDS = re.compile(r"(?<=[\"'=: ])[A-Za-z0-9_+/=-]{24,}")


@dataclass(frozen=True)
class Service:
    """One server of ours."""

    name: str

    @property
    def home(self) -> Path:
        return STATE / self.name

    @property
    def conf(self) -> Path:
        return self.home / "sidecar.toml"

    @property
    def token_file(self) -> Path:
        return self.home / "token"

    @property
    def secret_file(self) -> Path:
        return self.home / "secret"

    @property
    def token(self) -> str:
        return self.token_file.read_text().strip()

    @property
    def secret(self) -> str:
        return self.secret_file.read_text().strip()

    @property
    def log(self) -> Path:
        return STATE / "log" / f"{self.name}.log"

    @property
    def env(self) -> dict[str, str]:
        """Only the name of the file: passwords are in it, not in the environment."""
        return {"TIMETABLE_CONFIG": str(self.conf)}

    @property
    def port(self) -> int:
        found = re.search(r"^port = (\d+)$", self.conf.read_text(), re.MULTILINE)
        return int(found[1]) if found else 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


DEMO = Service("sidecar")
TEST = Service("sidecar-test")


def write_conf(service: Service) -> None:
    """Write the settings, with the password of Redis in them."""
    redis = read_json(REDIS_RECORD)
    values = {
        "data_dir": str(service.home / "data"),
        "host": "127.0.0.1",
        "port": free_port(service.name),
        "redis_url": f"redis://:{redis['password']}@127.0.0.1:{redis['port']}/0",
        "callback_hosts": ["localhost:*", "127.0.0.1:*"],
        "tenant_jobs_per_hour": 1000,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    write_private(service.conf, "\n".join(lines) + "\n")


def ensure_token(service: Service) -> None:
    """Token and signing secret for Odoo, each in a file only its owner can read."""
    if service.token_file.exists() and service.secret_file.exists():
        return
    answer = output(
        [PROGRAM, "token", "create", "--tenant", TENANT, "--json"], env=service.env
    )
    try:
        made = json.loads(answer.stdout)
        token, secret = made["token"], made["secret"]
    except (ValueError, KeyError, TypeError):
        # The answer may hold half a secret: only what is no long word is kept.
        words = KEEP_WORDS.sub("…", answer.stderr)
        write_private(STATE / "log" / "token.log", words)
        raise StackError(
            "Making a token for Odoo failed; see .state/log/token.log."
        ) from None
    write_private(service.token_file, token + "\n")
    write_private(service.secret_file, secret + "\n")


def warm() -> None:
    """Compile the solver's kernels once, so that no job has to wait for it."""
    code = digest_of(ROOT / "sidecar" / "engine", ".py")
    mark = STATE / "warm"
    if mark.exists() and mark.read_text() == code:
        return
    run("Compiling the solver", [PROGRAM, "warm"], log="warm.log")
    write_private(mark, code)


def start(service: Service) -> None:
    """Start the service, unless it runs; one of older code is replaced."""
    code = digest_of(ROOT / "sidecar", ".py")
    processes.stop_if_outdated(service.name, code)
    if processes.pid_of(service.name) is None:
        service.home.mkdir(parents=True, exist_ok=True)
        service.home.chmod(0o700)
        write_conf(service)
        ensure_token(service)
        processes.start(service.name, [PROGRAM, "serve"], env=service.env, code=code)
    processes.wait_until(
        service.name, lambda: ready(service), seconds=90, log=service.log
    )


def ready(service: Service) -> bool:
    """Whether the service takes jobs."""
    try:
        with urllib.request.urlopen(f"{service.url}/readyz", timeout=5) as page:
            return bool(page.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def description(service: Service) -> dict[str, str]:
    """The service's part of the stack file."""
    return {
        "url": service.url,
        "data_dir": str(service.home / "data"),
        "config": str(service.conf),
        "token_file": str(service.token_file),
        "secret_file": str(service.secret_file),
        "log": str(service.log),
    }
