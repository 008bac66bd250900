"""Where things are, and small files that describe them."""

import contextlib
import hashlib
import json
import os
import socket
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".state"
LOGS = STATE / "log"
RUN = STATE / "run"
ADDONS = ROOT / "odoo_addons"
VENV = ROOT / ".venv"
STACK = STATE / "stack.json"


class StackError(Exception):
    """Something a person must know, said in one sentence."""


def prepare() -> None:
    """Make the state folders; others may pass through, not look inside."""
    for folder in (STATE, LOGS, RUN):
        folder.mkdir(parents=True, exist_ok=True)
    STATE.chmod(0o711)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    draft.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as private JSON."""
    write_private(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; an absent or broken file counts as empty."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return value if isinstance(value, dict) else {}


def digest_of(folder: Path, *endings: str) -> str:
    """What tells one state of a folder's files from another."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in endings and path.is_file():
            digest.update(f"{path.relative_to(folder)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def relative(path: Path) -> str:
    """The path as a person in the project's folder would type it."""
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)


def port_is_free(port: int) -> bool:
    """Whether nobody listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(name: str) -> int:
    """A free loopback port for ``name``: the one it had before, where possible."""
    ports_file = STATE / "ports.json"
    ports = read_json(ports_file)
    port = ports.get(name)
    if isinstance(port, int) and port_is_free(port):
        return port
    taken = set(ports.values())
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in taken:
            break
    ports[name] = port
    write_json(ports_file, ports)
    return int(port)
