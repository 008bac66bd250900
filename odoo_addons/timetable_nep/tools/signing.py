"""Signatures of messages to and from the sidecar.

HMAC-SHA256 over ``v1:<timestamp>:<context>:<raw body>``. The context is
``METHOD /path?query`` for requests to the sidecar and the event id for webhooks.
"""

import hashlib
import hmac
import time

HEADER_PREFIX = "v1="
REPLAY_WINDOW_SECONDS = 300


class SignatureError(ValueError):
    """The message must not be believed. ``code`` says why, for programs."""

    def __init__(self, code, sentence):
        super().__init__(sentence)
        self.code = code


def sign(secret, timestamp, context, body):
    """Signature of ``body`` (bytes), with its prefix.

    :raises SignatureError: when there is no secret.
    """
    if not secret:
        raise SignatureError("no_secret", "There is no signing secret.")
    message = b":".join((b"v1", str(timestamp).encode(), context.encode(), body))
    digest = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return HEADER_PREFIX + digest


def verify(secret, timestamp, context, body, signature, now=None):
    """Refuse a message with a missing secret, a wrong signature or an old date.

    :raises SignatureError: when the message must not be believed.
    """
    if not secret:
        raise SignatureError("no_secret", "There is no signing secret.")
    stamp = (timestamp or "").strip()
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SignatureError("bad_timestamp", "The timestamp is missing or wrong.")
    expected = sign(secret, stamp, context or "", body)
    given = (signature or "").encode("utf-8", "replace")
    if not hmac.compare_digest(expected.encode(), given):
        raise SignatureError("bad_signature", "The signature does not match.")
    now = time.time() if now is None else now
    if abs(now - int(stamp)) > REPLAY_WINDOW_SECONDS:
        raise SignatureError("too_old", "The message is too old or from the future.")
