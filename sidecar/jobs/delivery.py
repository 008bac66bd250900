"""One POST to a callback: listed hosts only, to the very address that was checked.

The address is resolved once, checked, and connected to, so that a name cannot point
elsewhere between check and use. No redirect is followed and no proxy is used.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_MOST_READ = 65_536


class RefusedHostError(Exception):
    """Webhooks may not go there."""


class DeliveryError(Exception):
    """The message did not arrive; it may later."""


def check_url(url: str, allowed: Sequence[str]) -> tuple[str, int]:
    """Check a callback's host against the allow-list; gives host and port.

    Raises
    ------
    RefusedHostError
        With a sentence that says what to do.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise RefusedHostError(f"This is not an address: {error}.") from error
    if parts.scheme not in ("http", "https") or not host or parts.username:
        raise RefusedHostError("A callback is an http(s) address without a user name.")
    names, networks = _allowed(allowed)
    address = _address(host)
    listed = (
        any(address in network for network in networks)
        if address is not None
        else host.lower() in names
    )
    if not listed:
        raise RefusedHostError(
            f"Webhooks to '{host}' are not allowed; list it in "
            "TIMETABLE_CALLBACK_HOSTS."
        )
    return host, port or (443 if parts.scheme == "https" else 80)


def checked_address(host: str, port: int, allowed: Sequence[str]) -> str:
    """Resolve a host and pick an address that may be connected to.

    Raises
    ------
    RefusedHostError, DeliveryError
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise DeliveryError(f"the host {host} is not known") from error
    _, networks = _allowed(allowed)
    for entry in found:
        address = _address(str(entry[4][0]))
        if address is None:
            continue
        if address.is_global or any(address in network for network in networks):
            return str(address)
    raise RefusedHostError(
        f"the host {host} has a private address; list that address or its network in "
        "TIMETABLE_CALLBACK_HOSTS too"
    )


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    allowed: Sequence[str],
    timeout_seconds: float,
) -> int:
    """Send a message; gives the status of the answer, whatever it is.

    Raises
    ------
    RefusedHostError, DeliveryError
    """
    host, port = check_url(url, allowed)
    address = checked_address(host, port, allowed)
    parts = urlsplit(url)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = _PinnedHTTPS(host, port, address, timeout_seconds)
    else:
        connection = _Pinned(host, port, address, timeout_seconds)
    try:
        connection.request("POST", target, body=body, headers=dict(headers))
        answer = connection.getresponse()
        answer.read(_MOST_READ)
        return answer.status
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(
            f"{host}:{port} did not answer ({type(error).__name__})"
        ) from error
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    def __init__(self, host: str, port: int, address: str, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._pinned = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._pinned, self.port), self.timeout)


class _PinnedHTTPS(_Pinned):
    default_port = 443

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _allowed(entries: Sequence[str]) -> tuple[set[str], list[Network]]:
    names, networks = set(), []
    for entry in entries:
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            names.add(entry.lower())
    if "localhost" in names:
        networks += [ipaddress.ip_network(text) for text in _LOOPBACK]
    return names, networks


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
