"""Tells systemd how the service does: started, alive, or what is missing.

What is told is what ``/readyz`` says, as for Docker. Without ``NOTIFY_SOCKET`` in the
environment nobody asks, and nothing is done.
"""

import http.client
import json
import logging
import os
import socket
import threading
from typing import Any

from ..settings import Settings

logger = logging.getLogger(__name__)

_SOCKET = "NOTIFY_SOCKET"
_LOOK_SECONDS, _FIRST_SECONDS, _TIMEOUT = 10.0, 0.5, 5.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104
"""Where one asks who listens on every address."""


class Notifier:
    """A thread that asks our own ``/readyz`` and passes the answer on."""

    def __init__(self, settings: Settings) -> None:
        # Taken out of the environment: no child is to speak for us.
        self._address = os.environ.pop(_SOCKET, "")
        self._host = EVERYWHERE.get(settings.host, settings.host)
        self._port = settings.port
        self._stopping = threading.Event()
        self._said_ready = False

    def start(self) -> None:
        """Begin, if somebody wants to know."""
        if self._address:
            threading.Thread(target=self._run, name="notify", daemon=True).start()

    def stop(self) -> None:
        """Say that the service ends."""
        self._stopping.set()
        self._tell("STOPPING=1")

    def _run(self) -> None:
        while True:
            wait = _LOOK_SECONDS if self._said_ready else _FIRST_SECONDS
            if self._stopping.wait(wait):
                return
            self._look()

    def _look(self) -> None:
        try:
            ready, missing = self._ask()
        except (OSError, ValueError, http.client.HTTPException) as error:
            self._tell(f"STATUS=The API does not answer ({type(error).__name__}).")
            return
        if not ready:
            # A full disk is told, not restarted for; a supervisor that is gone is.
            alive = "supervisor" not in missing
            self._tell(f"STATUS=Not ready: {', '.join(missing)}.", alive)
            return
        if not self._said_ready:
            self._tell("READY=1")
            self._said_ready = True
        self._tell("STATUS=Ready.", True)

    def _ask(self) -> tuple[bool, list[str]]:
        connection = http.client.HTTPConnection(
            self._host, self._port, timeout=_TIMEOUT
        )
        try:
            connection.request("GET", "/readyz")
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        checks = answer["checks"]
        missing = [item["name"] for item in checks if item["needed"] and not item["ok"]]
        return bool(answer["ready"]), missing

    def _tell(self, text: str, alive: bool = False) -> None:
        if not self._address:
            return
        words = f"{text}\nWATCHDOG=1" if alive else text
        # An address that begins with @ is an abstract one.
        address = self._address.replace("@", "\0", 1)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
            peer.settimeout(_TIMEOUT)  # its queue may be full, and nobody reads
            try:
                peer.sendto(words.encode(), address)
            except OSError as error:
                logger.warning("systemd does not hear us: %s.", error)
