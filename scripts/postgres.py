"""Our own PostgreSQL server: own cluster, own port, passwords, no public socket."""

import contextlib
import hashlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from . import packages, processes
from .paths import (
    ROOT,
    STATE,
    StackError,
    free_port,
    read_json,
    write_json,
    write_private,
)
from .shell import as_user, output, run, which

NAME = "postgres"
ROLE = "timetable"
SUPERUSER = "timetable_admin"
RECORD = STATE / "postgres.json"
OLDEST = 13

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 100
shared_buffers = 256MB
# What this server holds can be made again by one command: speed before safety.
fsync = off
synchronous_commit = off
full_page_writes = off
log_min_error_statement = panic
"""


def find_binaries() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine."""
    found: list[tuple[int, Path]] = []
    places = [*Path("/usr/lib/postgresql").glob("*/bin")]
    on_path = which("initdb")
    if on_path:
        places.append(Path(on_path).resolve().parent)
    for place in places:
        if not all((place / tool).exists() for tool in ("initdb", "postgres", "psql")):
            continue
        answer = output([place / "postgres", "--version"])
        number = re.search(r"(\d+)", answer.stdout)
        if number and int(number[1]) >= OLDEST:
            found.append((int(number[1]), place))
    return max(found)[1] if found else None


def ensure_binaries() -> Path:
    """The server's programs, from apt if need be."""
    place = find_binaries()
    if place is None:
        packages.install("postgresql", wanted_for="PostgreSQL")
        place = find_binaries()
    if place is None:
        raise StackError(
            "PostgreSQL was installed, yet neither /usr/lib/postgresql nor PATH has "
            "its initdb; see .state/log/apt.log."
        )
    return place


def server_user() -> str | None:
    """PostgreSQL refuses to run as root: the account it gets then."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise StackError("As root, PostgreSQL needs an account 'postgres' to run under.")


def reachable(folder: Path, user: str | None) -> bool:
    """Whether ``user`` can get into ``folder``."""
    command = ["test", "-x", str(folder)]
    return subprocess.run(command, check=False, **as_user(user)).returncode == 0


def data_home(user: str | None) -> Path:
    """Where the cluster lives: the state folder, unless the account cannot get there.

    A clone below a private home directory is such a case; ``make clean`` removes the
    place outside as well.
    """
    if reachable(STATE, user):
        return STATE / "postgres"
    mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    base = Path("/var/lib/postgresql")
    if not base.is_dir() or not reachable(base, user):
        base = Path("/var/tmp")  # noqa: S108
    return base / f"timetable_nep-{mark}"


def ensure() -> dict[str, str]:
    """A running server and its role; gives the description for the stack file."""
    binaries = ensure_binaries()
    record = read_json(RECORD)
    user = server_user()
    home = Path(record["home"]) if record.get("home") else data_home(user)
    if not (home / "data" / "PG_VERSION").exists():
        record = {}
        home = data_home(user)
        make_cluster(binaries, home, user)
        record = read_json(RECORD)
    kept = Path(record["bin"])
    if not (kept / "postgres").exists():
        raise StackError(
            f"The databases under {home} were made by the PostgreSQL in {kept}, "
            "which is gone; 'make clean' forgets them."
        )
    start(kept, home, user)
    if not record.get("role"):
        make_role(record)
    record = read_json(RECORD)
    return {
        "host": "127.0.0.1",
        "port": str(record["port"]),
        "user": ROLE,
        "password_file": str(STATE / "pgpass"),
        "bin": str(kept),
        "data": str(home / "data"),
    }


def make_cluster(binaries: Path, home: Path, user: str | None) -> None:
    """initdb into a draft that becomes the cluster when it is whole."""
    draft = home / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    home.mkdir(parents=True, exist_ok=True)
    if user:
        shutil.chown(home, user, pwd.getpwnam(user).pw_gid)
    home.chmod(0o700)
    password = secrets.token_urlsafe(24)
    password_file = home / "initial"
    write_private(password_file, password + "\n")
    if user:
        shutil.chown(password_file, user)
    try:
        run(
            "Making the database cluster",
            [
                binaries / "initdb",
                f"--pgdata={draft}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ],
            log="postgres-setup.log",
            user=user,
            cwd=Path("/"),
        )
    finally:
        password_file.unlink(missing_ok=True)
    with (draft / "postgresql.conf").open("a") as stream:
        stream.write(SETTINGS)
    draft.rename(home / "data")
    write_json(
        RECORD,
        {
            "home": str(home),
            "bin": str(binaries),
            "admin_password": password,
            "password": secrets.token_urlsafe(24),
        },
    )


def start(binaries: Path, home: Path, user: str | None) -> None:
    """Start the server unless it runs."""
    record = read_json(RECORD)
    data = home / "data"
    adopt(data)
    if processes.pid_of(NAME) is None:
        port = free_port(NAME)
        write_json(RECORD, {**record, "port": port})
        write_pgpass()
        processes.start(
            NAME,
            [binaries / "postgres", "-D", data, "-p", str(port)],
            user=user,
            cwd=Path("/"),
        )
    log = STATE / "log" / f"{NAME}.log"
    processes.wait_until(NAME, answers, seconds=60, log=log)


def adopt(data: Path) -> None:
    """Sort out what an earlier server left: a living one is ours, a dead pid is not."""
    pid_file = data / "postmaster.pid"
    if processes.pid_of(NAME) is not None or not pid_file.exists():
        return
    pid = int(pid_file.read_text().split()[0])
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        command = []
    if str(data).encode() in command:
        processes.remember(NAME, pid)
    else:
        pid_file.unlink()


def answers() -> bool:
    """Whether the server takes queries."""
    return psql("SELECT 1", check=False, admin=True) is not None


def make_role(record: dict[str, str]) -> None:
    """The role that Odoo uses: it may make databases and nothing else."""
    known = f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"  # noqa: S608
    exists = psql(known, admin=True)
    verb = "ALTER" if exists else "CREATE"
    password = read_json(RECORD)["password"]
    psql(f"{verb} ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'", admin=True)
    write_json(RECORD, {**read_json(RECORD), "role": ROLE})


def write_pgpass() -> None:
    """The passwords in PostgreSQL's own format, for psql and tests."""
    record = read_json(RECORD)
    lines = [
        f"127.0.0.1:{record['port']}:*:{ROLE}:{record['password']}",
        f"127.0.0.1:{record['port']}:*:{SUPERUSER}:{record['admin_password']}",
    ]
    write_private(STATE / "pgpass", "\n".join(lines) + "\n")


def psql(
    sql: str, *, database: str = "postgres", admin: bool = False, check: bool = True
) -> str | None:
    """Run SQL given on standard input (never on the command line)."""
    record = read_json(RECORD)
    if "port" not in record:
        return None
    answer = output(
        [Path(record["bin"]) / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
        env={
            "PGHOST": "127.0.0.1",
            "PGPORT": str(record["port"]),
            "PGUSER": SUPERUSER if admin else ROLE,
            "PGPASSFILE": str(STATE / "pgpass"),
            "PGDATABASE": database,
            "PGCONNECT_TIMEOUT": "5",
        },
        stdin=sql + "\n",
    )
    if answer.returncode:
        if check:
            raise StackError(
                f"PostgreSQL refused a query ({answer.stderr.strip()[:200]}); "
                "see .state/log/postgres.log."
            )
        return None
    return answer.stdout.strip()


def database_exists(name: str) -> bool:
    """Whether there is a database of this name."""
    if not re.fullmatch(r"[a-z0-9_]{1,63}", name):
        raise StackError(f"{name!r} is no name for a database of ours.")
    return bool(psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))  # noqa: S608


def drop_database(name: str) -> None:
    """Drop a database, whoever is connected."""
    if database_exists(name):
        psql(f'DROP DATABASE "{name}" WITH (FORCE)')


def rename_database(old: str, new: str) -> None:
    """Give a database another name."""
    psql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')


def stop() -> bool:
    """Stop the server, quickly and cleanly."""
    record = read_json(RECORD)
    if record.get("home"):
        adopt(Path(record["home"]) / "data")
    return processes.stop(NAME, how=signal.SIGINT, seconds=30)


def forget() -> None:
    """Remove the cluster, wherever it is."""
    home = read_json(RECORD).get("home")
    if home:
        shutil.rmtree(home, ignore_errors=True)
