"""Signatures of requests: a profile of HTTP Message Signatures (RFC 9421). Pure.

A signature covers method, path, query and ``Content-Digest`` (RFC 9530, SHA-256 of the
body as sent), and ``Idempotency-Key`` and ``Content-Encoding`` where they are sent. Its
parameters have the time and a nonce. The algorithm is ``hmac-sha256``, with the
tenant's secret. Any library of the RFC can make one; what it may leave out of it is not
for the caller to choose.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HEADER_INPUT, HEADER_SIGNATURE = "signature-input", "signature"
HEADER_DIGEST = "content-digest"
ALWAYS = ("@method", "@path", "@query", HEADER_DIGEST)
IF_SENT = ("idempotency-key", "content-encoding")
"""Headers that change what a request does."""
_LABEL = "tnep"
_INPUT = re.compile(r'([a-z*][a-z0-9_.*-]*)=(\(((?:"[@a-z0-9-]+"(?: (?!\)))?)*)\)(.*))')
_PARAMETER = re.compile(r';([a-z]+)=(?:"([!#-\[\]-~ ]*)"|(\d{1,12}))')
_SIGNATURE = re.compile(r"([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]+):")
_DIGEST = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/=]+):")
_NONCE = re.compile(r"[!#-\[\]-~]{16,128}")


class BadSignatureError(ValueError):
    """The request's signature cannot count; the text says why, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a request's signature says of itself; not checked yet."""

    base: bytes
    """The text that was signed."""
    signature: bytes
    created: int
    """Seconds since the epoch."""
    nonce: str
    digest: bytes
    """SHA-256 that the body must have."""

    def is_signed_with(self, secrets: Sequence[str]) -> bool:
        """Compare with each secret's signature in constant time."""
        found = False
        for secret in secrets:
            found |= hmac.compare_digest(self.signature, _mac(secret, self.base))
        return found


def signature_headers(
    secret: str,
    method: str,
    target: str,
    body: bytes,
    headers: Mapping[str, str],
    created: int,
    nonce: str,
) -> dict[str, str]:
    """Make the three headers of a signed request.

    Parameters
    ----------
    target
        Path and query as they are sent.
    headers
        What is sent as well; those of ``IF_SENT`` are covered.
    nonce
        16 visible characters or more, never used before.

    Raises
    ------
    ValueError
        If there is no secret: nothing is ever signed with an empty one.
    """
    if not secret:
        raise ValueError("There is no secret to sign with.")
    packed = base64.b64encode(hashlib.sha256(body).digest()).decode()
    sent = {name.lower(): value for name, value in headers.items()}
    sent[HEADER_DIGEST] = f"sha-256=:{packed}:"
    names = [*ALWAYS, *(name for name in IF_SENT if name in sent)]
    covered = " ".join(f'"{name}"' for name in names)
    inputs = f'({covered});created={created};nonce="{nonce}";alg="hmac-sha256"'
    base = _base(names, inputs, method, target, sent)
    signature = base64.b64encode(_mac(secret, base)).decode()
    return {
        "Content-Digest": sent[HEADER_DIGEST],
        "Signature-Input": f"{_LABEL}={inputs}",
        "Signature": f"{_LABEL}=:{signature}:",
    }


def read_signature(method: str, target: str, headers: Mapping[str, str]) -> Signed:
    """Read a request's signature; ``headers`` by lower-case name, values joined.

    Raises
    ------
    BadSignatureError
        If it is not of the profile.
    """
    found = _INPUT.fullmatch(headers.get(HEADER_INPUT, ""))
    if found is None:
        raise BadSignatureError("Signature-Input cannot be read; see RFC 9421.")
    label, inputs, covered, tail = found[1], found[2], found[3], found[4]
    names = [name.strip('"') for name in covered.split()]
    wanted = [*ALWAYS, *(name for name in IF_SENT if name in headers)]
    if sorted(names) != sorted(wanted):
        text = " ".join(f'"{name}"' for name in wanted)
        raise BadSignatureError(f"The signature must cover ({text}), no more, no less.")
    parameters = {
        name: text or number for name, text, number in _PARAMETER.findall(tail)
    }
    if "".join(match[0] for match in _PARAMETER.finditer(tail)) != tail:
        raise BadSignatureError("The parameters of Signature-Input cannot be read.")
    if parameters.get("alg", "hmac-sha256") != "hmac-sha256":
        raise BadSignatureError("The algorithm is hmac-sha256.")
    created, nonce = parameters.get("created", ""), parameters.get("nonce", "")
    if not created.isdigit() or not _NONCE.fullmatch(nonce):
        raise BadSignatureError(
            "Signature-Input needs 'created', in seconds, and a 'nonce' of 16 to 128 "
            "characters."
        )
    given = _SIGNATURE.fullmatch(headers.get(HEADER_SIGNATURE, ""))
    digest = _DIGEST.search(headers.get(HEADER_DIGEST, ""))
    if given is None or given[1] != label or digest is None:
        raise BadSignatureError(
            "Signature and Content-Digest are missing or cannot be read."
        )
    return Signed(
        base=_base(names, inputs, method, target, headers),
        signature=_bytes(given[2]),
        created=int(created),
        nonce=nonce,
        digest=_bytes(digest[1]),
    )


def _base(
    names: Sequence[str],
    inputs: str,
    method: str,
    target: str,
    headers: Mapping[str, str],
) -> bytes:
    """Write the text that is signed: section 2.5 of the RFC."""
    path, _, query = target.partition("?")
    derived = {"@method": method, "@path": path or "/", "@query": f"?{query}"}
    lines = [
        f'"{name}": {derived[name] if name[0] == "@" else headers[name].strip()}'
        for name in names
    ]
    lines.append(f'"@signature-params": {inputs}')
    return "\n".join(lines).encode("latin-1", "replace")


def _mac(secret: str, base: bytes) -> bytes:
    return hmac.new(secret.encode(), base, hashlib.sha256).digest()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BadSignatureError("A value is not base64.") from error
