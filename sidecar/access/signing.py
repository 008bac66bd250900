"""Signatures of messages, as ``contract.webhook`` defines them. Pure."""

import hashlib
import hmac
from collections.abc import Iterable

from ..contract.webhook import REPLAY_WINDOW_SECONDS, SIGNATURE_PREFIX


class Signer:
    """HMAC over a message whose body arrives in pieces."""

    def __init__(self, secret: str, timestamp: str, context: str) -> None:
        head = f"v1:{timestamp}:{context}:".encode()
        self._hmac = hmac.new(secret.encode(), head, hashlib.sha256)

    def update(self, piece: bytes) -> None:
        """Add the next piece of the body."""
        self._hmac.update(piece)

    def signature(self) -> str:
        """Give the header's value for the body so far."""
        return SIGNATURE_PREFIX + self._hmac.hexdigest()


def sign(secret: str, timestamp: str, context: str, body: bytes) -> str:
    """Sign a message.

    Raises
    ------
    ValueError
        If there is no secret: nothing is ever signed with an empty one.
    """
    if not secret:
        raise ValueError("There is no secret to sign with.")
    signer = Signer(secret, timestamp, context)
    signer.update(body)
    return signer.signature()


def is_fresh(timestamp: str, now: float) -> bool:
    """Whether a timestamp lies in the replay window."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now - int(timestamp)) <= REPLAY_WINDOW_SECONDS


def matches_any(signature: str, expected: Iterable[str]) -> bool:
    """Compare with each expected signature in constant time."""
    given = signature.encode()
    found = False
    for candidate in expected:
        found |= hmac.compare_digest(given, candidate.encode())
    return found


def verify(
    secret: str, timestamp: str, signature: str, context: str, body: bytes, now: float
) -> bool:
    """Whether the message is signed with the secret and fresh."""
    if not secret or not is_fresh(timestamp, now):
        return False
    return matches_any(signature, [sign(secret, timestamp, context, body)])
