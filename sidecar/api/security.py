"""Who calls, and is the message theirs: bearer token, then signature of the body."""

import time
from datetime import UTC, datetime
from typing import IO

from fastapi import Request

from ..contract.webhook import HEADER_SIGNATURE, HEADER_TIMESTAMP
from ..jobs.errors import BodyTooLargeError, InvalidRequestError, UnauthorisedError
from ..jobs.signing import Signer, is_fresh, matches_any
from ..jobs.tokens import TokenStore


def tenant_of(request: Request, tokens: TokenStore) -> str:
    """Give the tenant of the bearer token.

    Raises
    ------
    UnauthorisedError
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthorisedError(
            "Send the token as 'Authorization: Bearer …'.", "missing_token"
        )
    tenant = tokens.tenant_of(token.strip())
    if tenant is None:
        raise UnauthorisedError(
            "The token is not known, or was revoked.", "unknown_token"
        )
    return tenant


def encoding_of(request: Request) -> str:
    """Give the content encoding: ``"gzip"`` or none.

    Raises
    ------
    InvalidRequestError
    """
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        return "gzip"
    if encoding in ("identity", ""):
        return ""
    raise InvalidRequestError(
        f"The content encoding '{encoding}' is not known; send gzip or none.",
        [],
        "unknown_encoding",
    )


async def receive_signed(
    request: Request, tenant: str, tokens: TokenStore, limit: int, goal: IO[bytes]
) -> None:
    """Write the body to ``goal`` and check the signature of its bytes as sent.

    Raises
    ------
    BodyTooLargeError, UnauthorisedError
    """
    timestamp = request.headers.get(HEADER_TIMESTAMP, "")
    signature = request.headers.get(HEADER_SIGNATURE, "")
    try:
        secrets = tokens.secret(tenant).accepted(datetime.now(UTC))
    except LookupError as error:
        raise UnauthorisedError(str(error), "no_secret") from error
    context = f"{request.method} {_target(request)}"
    signers = [Signer(secret, timestamp, context) for secret in secrets]
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > limit:
            raise BodyTooLargeError(
                f"The body is larger than {limit // 2**10:,} KB; send less, or gzip."
            )
        for signer in signers:
            signer.update(piece)
        goal.write(piece)
    if not signature:
        raise UnauthorisedError(
            f"Sign the message: {HEADER_TIMESTAMP} and {HEADER_SIGNATURE} are missing.",
            "missing_signature",
        )
    if not is_fresh(timestamp, time.time()):
        raise UnauthorisedError(
            "The message's time is too far from ours; set the clock.", "stale_message"
        )
    if not matches_any(signature, [signer.signature() for signer in signers]):
        raise UnauthorisedError("The signature is wrong.", "wrong_signature")


def _target(request: Request) -> str:
    raw = request.scope.get("raw_path") or request.url.path.encode()
    target: str = raw.decode("latin-1")
    query: bytes = request.scope.get("query_string", b"")
    return f"{target}?{query.decode('latin-1')}" if query else target
