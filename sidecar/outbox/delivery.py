"""Posts to callbacks: listed hosts only, to the very address that was checked.

The address is resolved once, checked, and connected to, so that a name cannot point
elsewhere between check and use. No redirect is followed and no proxy is used. A
connection stays open for the next message to the same receiver.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_MOST_READ = 65_536
_SENDABLE_URL = re.compile(r"[!-~]+")
_SENDABLE_HEADER = re.compile(r"[ -~]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ENTRY = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+)(?::(?P<port>\d{1,5}|\*))?")


class RefusedHostError(Exception):
    """Webhooks may not go there."""


class DeliveryError(Exception):
    """The message did not arrive; it may later."""


class _Entry(NamedTuple):
    """One entry of the allow-list."""

    name: str
    """A host's name; empty for an address or a network."""
    network: Network | None
    port: int | None
    """None: the scheme's own port; 0: any."""


def check_url(url: str, allowed: Sequence[str]) -> tuple[str, int]:
    """Check a callback's address against the allow-list; gives host and port.

    Raises
    ------
    RefusedHostError
        With a sentence that says what to do.
    """
    if not _SENDABLE_URL.fullmatch(url):
        raise RefusedHostError(
            "A callback's address has visible ASCII characters only; write others as "
            "%xx, and a host's name as xn--…."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise RefusedHostError(f"This is not an address: {error}.") from error
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        raise RefusedHostError("A callback is an http(s) address without a user name.")
    usual = _DEFAULT_PORTS[parts.scheme]
    port = usual if port is None else port
    if not any(_names(entry, host, port, usual) for entry in _entries(tuple(allowed))):
        shown = f"[{host}]" if ":" in host else host
        shown = shown if port == usual else f"{shown}:{port}"
        raise RefusedHostError(
            f"Webhooks to '{shown}' are not allowed; list it in "
            "TIMETABLE_CALLBACK_HOSTS."
        )
    return host, port


def check_header(text: str) -> None:
    """Check what is to be sent as the value of a header.

    Raises
    ------
    RefusedHostError
    """
    if text and not _SENDABLE_HEADER.fullmatch(text):
        raise RefusedHostError(
            "It is sent as a header, so it has ASCII letters, digits and signs only."
        )


def checked_address(host: str, port: int, allowed: Sequence[str]) -> str:
    """Resolve a host and pick an address that may be connected to.

    Raises
    ------
    RefusedHostError, DeliveryError
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryError(f"the host {host} is not known") from error
    networks = [
        entry.network
        for entry in _entries(tuple(allowed))
        if entry.network is not None and entry.port in (None, 0, port)
    ]
    private = ""
    for item in found:
        address = _address(str(item[4][0]))
        if address is None:
            continue
        if address.is_global or any(address in network for network in networks):
            return str(address)
        private = str(address)
    raise RefusedHostError(
        f"the host {host} has the private address {private}; list that address or its "
        "network in TIMETABLE_CALLBACK_HOSTS too"
    )


class Line:
    """The connection to one receiver, kept from one message to the next.

    One thread posts; another may :meth:`cut_if_late`, which is what ends an exchange
    with a receiver that answers a byte at a time.
    """

    def __init__(self, allowed: Sequence[str], timeout_seconds: float) -> None:
        self._allowed, self._timeout = allowed, timeout_seconds
        self._connection: _Pinned | None = None
        self._deadline: float | None = None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a message; gives the status of the answer, whatever it is.

        Raises
        ------
        RefusedHostError, DeliveryError
        """
        host, port = check_url(url, self._allowed)
        self._deadline = time.monotonic() + self._timeout
        try:
            if self._connection is not None:
                try:
                    return self._exchange(self._connection, url, body, headers)
                except (ConnectionError, http.client.HTTPException):
                    # It closed the kept connection, as it may; a new one tells.
                    self.close()
            self._connection = self._connect(url, host, port)
            return self._exchange(self._connection, url, body, headers)
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.close()
            raise DeliveryError(
                f"{host}:{port} did not answer ({type(error).__name__})"
            ) from error
        finally:
            self._deadline = None

    def cut_if_late(self) -> None:
        """End an exchange that takes longer than it may; for another thread."""
        deadline = self._deadline
        if deadline is not None and time.monotonic() > deadline:
            self.cut()

    def cut(self) -> None:
        """Make a thread that waits for an answer go on, with an error."""
        connection = self._connection
        if connection is not None:
            connection.cut()

    def close(self) -> None:
        """End the connection; the next message makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connect(self, url: str, host: str, port: int) -> "_Pinned":
        address = checked_address(host, port, self._allowed)
        kind = _PinnedHTTPS if url.startswith("https:") else _Pinned
        return kind(host, port, address, self._timeout)

    def _exchange(
        self, connection: "_Pinned", url: str, body: bytes, headers: Mapping[str, str]
    ) -> int:
        parts = urlsplit(url)
        target = parts.path or "/"
        if parts.query:
            target += f"?{parts.query}"
        connection.request("POST", target, body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read(_MOST_READ)
        if not answer.isclosed() or answer.will_close:
            self.close()
        return answer.status


class _Pinned(http.client.HTTPConnection):
    def __init__(self, host: str, port: int, address: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._pinned = address
        self._raw: socket.socket | None = None

    def connect(self) -> None:
        self.sock = socket.create_connection((self._pinned, self.port), self.timeout)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._raw = self.sock

    def cut(self) -> None:
        """Make a thread that waits for this connection go on, with an error."""
        if self._raw is not None:
            try:
                # The plain socket's: that of TLS would free what the other thread uses.
                socket.socket.shutdown(self._raw, socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


class _PinnedHTTPS(_Pinned):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        assert isinstance(self.sock, socket.socket)
        secured = _trust().wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        # Wrapping has moved the descriptor; whoever cuts must find it.
        self.sock = self._raw = secured
        secured.do_handshake()


@cache
def _trust() -> ssl.SSLContext:
    """Give the one context: reading all certificates takes longer than a message."""
    return ssl.create_default_context()


def _names(entry: _Entry, host: str, port: int, usual: int) -> bool:
    """Whether an entry lets a callback name this host and port.

    A network lets none be named: it only says where listed names may lead.
    """
    if entry.port not in (0, port) and not (entry.port is None and port == usual):
        return False
    address = _address(host)
    if address is None:
        return entry.name == host.lower()
    network = entry.network
    return network is not None and network.num_addresses == 1 and address in network


@cache
def _entries(texts: tuple[str, ...]) -> tuple[_Entry, ...]:
    entries: list[_Entry] = []
    for text in texts:
        entries += entries_of(text)
    return tuple(entries)


def entries_of(text: str) -> list[_Entry]:
    """Read one entry of the allow-list.

    Raises
    ------
    ValueError
        If it is none: ``name``, ``address`` or ``network``, and perhaps ``:port``.
    """
    try:
        return [_Entry("", ipaddress.ip_network(text, strict=False), None)]
    except ValueError:
        found = _ENTRY.fullmatch(text)
    if found is None or not _SENDABLE_URL.fullmatch(text):
        raise ValueError(
            f"'{text}' is no host, address or network, with or without a port"
        )
    port = None
    if found["port"]:
        port = 0 if found["port"] == "*" else int(found["port"])
        if port > 65535:
            raise ValueError(f"'{text}' has no port that there is")
    host = found["host"].strip("[]").lower()
    address = _address(host)
    if address is not None:
        return [_Entry("", ipaddress.ip_network(str(address)), port)]
    if "/" in host:
        raise ValueError(
            f"'{text}' is a network with a port; list the name's port instead"
        )
    entries = [_Entry(host, None, port)]
    if host == "localhost":
        entries += [_Entry("", ipaddress.ip_network(net), None) for net in _LOOPBACK]
    return entries


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
