"""How a solver machine speaks with the service: plain HTTP, each request signed."""

import os
import secrets
import stat
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlsplit

import orjson
import requests
from pydantic import BaseModel, ValidationError

from ..access.request_signature import signature_headers
from ..machines.parcels import packed
from ..machines.wire import BASE, AttemptName, Ended, Names, Orders, Turn
from ..settings import UnsafeConfigurationError

KEY_FILE = "machine.json"
_CONNECT_SECONDS, _TURN_SECONDS, _FILE_SECONDS = 5.0, 10.0, 120.0
_PIECE = 2**18


class LinkError(Exception):
    """The service did not answer, or not now: ask again later."""


class RefusedError(LinkError):
    """The service will not have it; to ask again is of no use."""


class GoneError(RefusedError):
    """The attempt is not ours any more."""


class Key(BaseModel):
    """What ``timetable-nep token create --machine NAME --json`` prints."""

    machine: str
    token: str
    secret: str


def read_key(path: Path) -> Key:
    """Read the file with the machine's token and secret.

    Raises
    ------
    UnsafeConfigurationError
        If there is none, or others may read it.
    """
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UnsafeConfigurationError(
                f"Others may read the secret file {path}; run: chmod go= {path}"
            )
        return Key.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UnsafeConfigurationError(
            f"There is no file {path}. On the service's machine run: timetable-nep "
            "token create --machine NAME --json, and put what it prints there."
        ) from None
    except (OSError, ValidationError) as error:
        raise UnsafeConfigurationError(
            f"The file {path} cannot be read as a machine's key ({error})."
        ) from error


class Link:
    """The service as a machine sees it. Safe to use from several threads."""

    def __init__(self, url: str, key: Key) -> None:
        parts = urlsplit(url.rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UnsafeConfigurationError(
                f"'{url}' is no address of a service; it looks like "
                "https://timetable.example.edu or http://10.0.0.10:8765."
            )
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix, self._key = parts.path, key
        self._local = threading.local()

    def turn(self, turn: Turn) -> Orders:
        """Tell how attempts go, and hear what is wanted."""
        answer = self._call("POST", f"{BASE}/turn", turn, _TURN_SECONDS)
        return Orders.model_validate_json(answer.content)

    def names(self, name: AttemptName) -> list[str]:
        """List the files that an attempt starts from."""
        answer = self._call("GET", f"{_path(name)}/files", None, _TURN_SECONDS)
        return Names.model_validate_json(answer.content).names

    def fetch(self, name: AttemptName, file: str, goal: IO[bytes]) -> None:
        """Fetch a file of an attempt."""
        path = f"{_path(name)}/files/{quote(file)}"
        answer = self._call("GET", path, None, _FILE_SECONDS, stream=True)
        try:
            for piece in answer.iter_content(_PIECE):
                goal.write(piece)
        except requests.RequestException as error:
            raise LinkError(type(error).__name__) from error

    def send(self, name: AttemptName, file: str, path: Path) -> None:
        """Send a file that an attempt has left."""
        target = f"{_path(name)}/files/{quote(file)}"
        self._call("PUT", target, packed(path), _FILE_SECONDS)

    def end(self, name: AttemptName, ended: Ended) -> None:
        """Say how an attempt ended; all its files were sent before."""
        self._call("POST", f"{_path(name)}/end", ended, _FILE_SECONDS)

    def _call(
        self,
        method: str,
        path: str,
        body: BaseModel | bytes | None,
        seconds: float,
        *,
        stream: bool = False,
    ) -> requests.Response:
        headers: dict[str, str] = {}
        if isinstance(body, BaseModel):
            data = body.model_dump_json().encode()
            headers["Content-Type"] = "application/json"
        else:
            data = body or b""
        if isinstance(body, bytes):
            headers["Content-Encoding"] = "gzip"
        try:
            answer = self._session().request(
                method,
                self._origin + self._prefix + path,
                data=data,
                headers=self._signed(method, self._prefix + path, data, headers),
                timeout=(_CONNECT_SECONDS, seconds),
                allow_redirects=False,
                stream=stream,
            )
        except requests.RequestException as error:
            raise LinkError(f"it does not answer ({type(error).__name__})") from error
        if answer.status_code < 300:
            return answer
        detail = _detail(answer)
        if answer.status_code == 410:
            raise GoneError(detail)
        later = answer.status_code in (401, 404, 408, 429) or answer.status_code >= 500
        raise (LinkError if later else RefusedError)(detail)

    def _signed(
        self, method: str, target: str, data: bytes, headers: Mapping[str, str]
    ) -> dict[str, str]:
        signed = signature_headers(
            self._key.secret,
            method,
            target,
            data,
            headers,
            int(time.time()),
            secrets.token_urlsafe(24),
        )
        bearer = {"Authorization": f"Bearer {self._key.token}"}
        # Files go packed or not as we say; requests would take gzip by itself.
        return {**headers, **signed, **bearer, "Accept-Encoding": "identity"}

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # No proxy and no password file of whoever runs us; only the authorities.
            session.trust_env = False
            session.verify = os.environ.get("REQUESTS_CA_BUNDLE", True)
        return session


def _path(name: AttemptName) -> str:
    return f"{BASE}/attempts/{name.job_id}/{name.attempt}"


def _detail(answer: requests.Response) -> str:
    try:
        return str(orjson.loads(answer.content)["detail"])
    except (ValueError, KeyError, TypeError, requests.RequestException):
        return f"it answered {answer.status_code}"
