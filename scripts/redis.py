"""Our own Redis server: own port, a password, nothing kept on disk."""

import secrets
import socket
from pathlib import Path

from . import packages, processes
from .paths import STATE, StackError, free_port, read_json, write_json, write_private
from .shell import which

NAME = "redis"
RECORD = STATE / "redis.json"


def find_program() -> str | None:
    """The server's program.

    Debian ships it in ``redis-tools`` as well, under the name of the checker: the same
    file acts as the server when called so. That package starts no service of its own.
    """
    return which("redis-server", "valkey-server", "redis-check-rdb")


def ensure_program() -> str:
    """The server's program, from apt if need be."""
    program = find_program()
    if program is None:
        packages.install("redis-tools", wanted_for="Redis")
        program = find_program()
    if program is None:
        packages.install("redis-server", wanted_for="Redis")
        program = find_program()
    if program is None:
        raise StackError("Redis was installed but is not on PATH.")
    return program


def command_folder() -> Path:
    """A folder with the program under its own name, for tests that start servers."""
    folder = STATE / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "redis-server"
    link.unlink(missing_ok=True)
    link.symlink_to(ensure_program())
    return folder


def ensure() -> dict[str, str]:
    """A running server; gives the description for the stack file."""
    record = read_json(RECORD)
    if "password" not in record:
        record = {"password": secrets.token_urlsafe(24)}
        write_json(RECORD, record)
    if processes.pid_of(NAME) is None:
        program = ensure_program()
        record["port"] = free_port(NAME)
        write_json(RECORD, record)
        home = STATE / "redis"
        home.mkdir(parents=True, exist_ok=True)
        conf = home / "redis.conf"
        write_private(
            conf,
            "bind 127.0.0.1\n"
            f"port {record['port']}\n"
            f'requirepass "{record["password"]}"\n'
            f'dir "{home}"\n'
            'save ""\nappendonly no\nmaxmemory 256mb\nmaxmemory-policy noeviction\n',
        )
        processes.start(NAME, ["redis-server", conf], executable=program)
    log = STATE / "log" / f"{NAME}.log"
    processes.wait_until(NAME, answers, seconds=20, log=log)
    return {
        "host": "127.0.0.1",
        "port": str(record["port"]),
        "url": f"redis://127.0.0.1:{record['port']}/0",
        "password_file": str(password_file()),
    }


def password_file() -> Path:
    """The password alone, in a file that only its owner can read."""
    path = STATE / "redis" / "password"
    write_private(path, read_json(RECORD)["password"])
    return path


def answers() -> bool:
    """Whether the server lets us in and says PONG."""
    record = read_json(RECORD)
    try:
        with socket.create_connection(("127.0.0.1", record["port"]), 2) as link:
            link.sendall(f"AUTH {record['password']}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = link.recv(100)
                if not part:
                    return False
                answer += part
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
