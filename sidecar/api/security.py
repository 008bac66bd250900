"""Who calls, and is the message theirs: bearer token, then signature of the body."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from typing import IO

from fastapi import Request

from ..access.request_signature import HEADER_INPUT, BadSignatureError, read_signature
from ..access.signing import Signer, is_fresh, matches_any
from ..access.tokens import TokenStore
from ..contract.webhook import HEADER_SIGNATURE, HEADER_TIMESTAMP
from ..jobs.errors import (
    BodyTooLargeError,
    InvalidRequestError,
    SlowRequestError,
    UnauthorisedError,
)
from ..system.clock import now


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
    request: Request,
    tenant: str,
    limit: int,
    goal: IO[bytes],
    tokens: TokenStore | None = None,
) -> None:
    """Write the body to ``goal`` and check the signature of the request as sent.

    ``tokens`` are those of machines, where it is not a tenant who calls; machines sign
    as RFC 9421 says, never as in the first edition.

    With a signature of RFC 9421 nothing of the body is read before it is right. Either
    form counts once: what comes a second time is refused.

    Raises
    ------
    BodyTooLargeError, UnauthorisedError
    """
    services = request.app.state.services
    try:
        secrets = (tokens or services.tokens).secret(tenant).accepted(now())
    except LookupError as error:
        raise UnauthorisedError(str(error), "no_secret") from error
    if HEADER_INPUT in request.headers:
        nonce, created = await _receive(request, secrets, limit, goal)
    elif services.settings.old_signatures and tokens is None:
        nonce, created = await _receive_old(request, secrets, limit, goal)
    else:
        raise UnauthorisedError(
            "Sign the message: Signature-Input, Signature and Content-Digest are "
            "missing (RFC 9421).",
            "missing_signature",
        )
    caller = tenant if tokens is None else f"machine:{tenant}"
    if not await asyncio.to_thread(services.ledger.is_new, caller, nonce, created):
        raise UnauthorisedError(
            "This very message came before; sign a new one, with a new nonce.",
            "replayed_message",
        )


async def _receive(
    request: Request, secrets: list[str], limit: int, goal: IO[bytes]
) -> tuple[str, int]:
    try:
        signed = read_signature(request.method, _target(request), _joined(request))
    except BadSignatureError as error:
        raise UnauthorisedError(str(error), "bad_signature") from error
    _check_time(str(signed.created))
    if not signed.is_signed_with(secrets):
        raise UnauthorisedError("The signature is wrong.", "wrong_signature")
    digest = hashlib.sha256()
    async for piece in _pieces(request, limit):
        digest.update(piece)
        goal.write(piece)
    if not hmac.compare_digest(digest.digest(), signed.digest):
        raise UnauthorisedError(
            "The body is not the one that Content-Digest is of.", "wrong_signature"
        )
    return signed.nonce, signed.created


async def _receive_old(
    request: Request, secrets: list[str], limit: int, goal: IO[bytes]
) -> tuple[str, int]:
    """Check the form of the first edition, which is read for one more release.

    It covers neither the key nor the encoding; the signature itself serves as nonce.
    """
    timestamp = request.headers.get(HEADER_TIMESTAMP, "")
    signature = request.headers.get(HEADER_SIGNATURE, "")
    context = f"{request.method} {_target(request)}"
    signers = [Signer(secret, timestamp, context) for secret in secrets]
    async for piece in _pieces(request, limit):
        for signer in signers:
            signer.update(piece)
        goal.write(piece)
    if not signature:
        raise UnauthorisedError(
            "Sign the message: Signature-Input, Signature and Content-Digest are "
            "missing (RFC 9421).",
            "missing_signature",
        )
    _check_time(timestamp)
    if not matches_any(signature, [signer.signature() for signer in signers]):
        raise UnauthorisedError("The signature is wrong.", "wrong_signature")
    return signature, int(timestamp)


async def _pieces(request: Request, limit: int) -> AsyncIterator[bytes]:
    seconds: float = request.app.state.services.settings.read_seconds
    end, size = asyncio.get_running_loop().time() + seconds, 0
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout_at(end):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise SlowRequestError(
                f"The body did not arrive within {seconds:.0f} seconds."
            ) from None
        size += len(piece)
        if size > limit:
            raise BodyTooLargeError(
                f"The body is larger than {limit // 2**10:,} KB; send less, or gzip."
            )
        yield piece


def _check_time(timestamp: str) -> None:
    if not is_fresh(timestamp, time.time()):
        raise UnauthorisedError(
            "The message's time is too far from ours; set the clock.", "stale_message"
        )


def _joined(request: Request) -> dict[str, str]:
    """Give the headers by name; several of one name as one, as the RFC has it."""
    found: dict[str, str] = {}
    for name, value in request.headers.items():
        found[name] = f"{found[name]}, {value.strip()}" if name in found else value
    return found


def _target(request: Request) -> str:
    raw = request.scope.get("raw_path") or request.url.path.encode()
    target: str = raw.decode("latin-1")
    query: bytes = request.scope.get("query_string", b"")
    return f"{target}?{query.decode('latin-1')}" if query else target
