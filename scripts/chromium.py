"""Drive a headless Chromium by its DevTools protocol, standard library only."""

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .paths import LOGS, StackError

TEXT, PING, PONG, CLOSE = 1, 9, 10, 8


class WebSocket:
    """As much of a websocket as DevTools needs: text messages to a local server."""

    def __init__(self, url: str, timeout: float = 60) -> None:
        parts = urllib.parse.urlsplit(url)
        self._link = socket.create_connection(
            (parts.hostname or "127.0.0.1", parts.port or 80), timeout
        )
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self._link.sendall(
            (
                f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            ).encode()
        )
        self._rest = b""
        while b"\r\n\r\n" not in self._rest:
            self._rest += self._link.recv(4096)
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise StackError("Chromium refused the DevTools connection.")

    def send(self, text: str) -> None:
        """Send one text message (masked, as clients must)."""
        self._send(TEXT, text.encode())

    def _send(self, code: int, body: bytes) -> None:
        mask = secrets.token_bytes(4)
        if len(body) < 126:
            head = struct.pack("!BB", 0x80 | code, 0x80 | len(body))
        elif len(body) < 65536:
            head = struct.pack("!BBH", 0x80 | code, 0x80 | 126, len(body))
        else:
            head = struct.pack("!BBQ", 0x80 | code, 0x80 | 127, len(body))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(body))
        self._link.sendall(head + mask + masked)

    def receive(self) -> str:
        """The next text message."""
        message = b""
        while True:
            first, second = self._exactly(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", self._exactly(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self._exactly(8))[0]
            body = self._exactly(size)
            code = first & 0x0F
            if code == PING:
                self._send(PONG, body)
            elif code == CLOSE:
                raise StackError("Chromium closed the DevTools connection.")
            else:
                message += body
                if first & 0x80:
                    return message.decode()

    def _exactly(self, size: int) -> bytes:
        while len(self._rest) < size:
            part = self._link.recv(max(65536, size - len(self._rest)))
            if not part:
                raise StackError("Chromium went away.")
            self._rest += part
        body, self._rest = self._rest[:size], self._rest[size:]
        return body

    def close(self) -> None:
        """Hang up."""
        self._link.close()


class Page:
    """One tab."""

    def __init__(self, socket_url: str) -> None:
        self._socket = WebSocket(socket_url)
        self._number = 0
        for domain in ("Page", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a DevTools method and wait for its answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.receive())
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise StackError(f"{method}: {answer['error'].get('message')}")
                return dict(answer["result"])

    def resize(self, width: int, height: int, *, phone: bool = False) -> None:
        """Give the window a size in CSS pixels."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=phone,
        )

    def set_cookie(self, url: str, name: str, value: str) -> None:
        """Set a cookie, such as that of a session made elsewhere."""
        self.call("Network.setCookie", url=url, name=name, value=value)

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise StackError(f"A script failed in the page: {script[:80]}")
        return answer["result"].get("value")

    def open(self, url: str, wait_for: str, seconds: float = 60) -> None:
        """Open a page and wait until it has an element."""
        self.call("Page.navigate", url=url)
        self.wait_for(wait_for, seconds)

    def wait_for(self, selector: str, seconds: float = 60) -> None:
        """Wait until an element is there."""
        end = time.monotonic() + seconds
        script = f"!!document.querySelector({json.dumps(selector)})"
        while not self.evaluate(script):
            if time.monotonic() > end:
                raise StackError(f"The page did not show {selector}.")
            time.sleep(0.2)

    def screenshot(self, file: Path) -> None:
        """Save what the window shows as PNG."""
        answer = self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(answer["data"]))

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


@contextlib.contextmanager
def browser(program: str) -> Iterator[Page]:
    """A headless browser with one tab; it and its profile are gone afterwards."""
    profile = Path(tempfile.mkdtemp(prefix="timetable-chromium-"))
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "chromium.log").open("ab") as log:
        process = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--hide-scrollbars",
                "--no-first-run",
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        page = Page(_socket_url(profile, process))
        yield page
        page.close()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def _socket_url(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the tab listens: the browser writes its port into its profile."""
    port_file = profile / "DevToolsActivePort"
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        if port_file.exists() and "\n" in port_file.read_text():
            port = port_file.read_text().split()[0]
            url = f"http://127.0.0.1:{port}/json/list"
            with urllib.request.urlopen(url, timeout=10) as answer:
                for target in json.load(answer):
                    if target["type"] == "page":
                        return str(target["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise StackError("Chromium did not start; see .state/log/chromium.log.")
