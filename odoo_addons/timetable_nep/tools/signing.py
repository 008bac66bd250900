"""Signatures of messages to and from the sidecar.

Webhooks: HMAC-SHA256 over ``v1:<timestamp>:<event id>:<raw body>``. Requests: HTTP
Message Signatures (RFC 9421) over method, path, query, the body's digest and the
headers that change what a request does, with the time and a nonce.
"""

import base64
import hashlib
import hmac
import time

HEADER_PREFIX = "v1="
REPLAY_WINDOW_SECONDS = 300


COVERED_IF_SENT = ("idempotency-key", "content-encoding")


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


def request_headers(secret, method, target, body, headers, created, nonce):
    """The headers with which a request is signed.

    :param str target: path and query as they are sent
    :param bytes body: as it is sent, packed if it is packed
    :param dict headers: what else is sent
    :param int created: seconds since the epoch
    :param str nonce: 16 characters or more that were never used before
    :raises SignatureError: when there is no secret.
    """
    if not secret:
        raise SignatureError("no_secret", "There is no signing secret.")
    packed = base64.b64encode(hashlib.sha256(body).digest()).decode()
    path, _mark, query = target.partition("?")
    values = {
        "@method": method,
        "@path": path,
        "@query": f"?{query}",
        "content-digest": f"sha-256=:{packed}:",
    }
    sent = {name.lower(): value.strip() for name, value in headers.items()}
    values |= {name: sent[name] for name in COVERED_IF_SENT if name in sent}
    covered = " ".join(f'"{name}"' for name in values)
    inputs = f'({covered});created={created};nonce="{nonce}";alg="hmac-sha256"'
    lines = [f'"{name}": {value}' for name, value in values.items()]
    base = "\n".join([*lines, f'"@signature-params": {inputs}'])
    mac = hmac.new(secret.encode(), base.encode("latin-1"), hashlib.sha256).digest()
    return {
        "Content-Digest": values["content-digest"],
        "Signature-Input": f"tnep={inputs}",
        "Signature": f"tnep=:{base64.b64encode(mac).decode()}:",
    }


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
