"""Tries a callback's address as the outbox would use it.

What is sent is a signed message that says nothing (``{}``). Odoo's addon believes it
and answers that it does not understand it (422): all there is between the two works,
the secret and the choice of the database included.
"""

import asyncio
import uuid
from typing import NamedTuple
from urllib.parse import urlsplit

from ..contract import Callback
from .delivery import (
    DeliveryError,
    Line,
    RefusedHostError,
    check_header,
    check_url,
    checked_address,
)
from .outbox import message_headers

_BODY = b"{}"


class Checked(NamedTuple):
    """What was found."""

    code: str
    """``ok``; or ``refused``, ``unreachable``, ``unauthorised``, ``not_found``,
    ``odd``.
    """
    detail: str
    """One sentence, with what to do."""


async def check_callback(
    callback: Callback, secrets: list[str], allowed: tuple[str, ...], seconds: float
) -> Checked:
    """Send a message that says nothing to a callback; give how that went."""
    line = Line(allowed, seconds)
    task = asyncio.create_task(asyncio.to_thread(_send, line, callback, secrets))
    try:
        await asyncio.wait({task}, timeout=seconds)
        line.cut()
        return await task
    finally:
        line.close()


def refusal(url: str, allowed: tuple[str, ...]) -> str:
    """Say why the service would not send there; empty if it would.

    Raises
    ------
    DeliveryError
        If the host is not known.
    """
    try:
        host, port = check_url(url, allowed)
        checked_address(host, port, allowed)
    except RefusedHostError as error:
        return _sentence(str(error))
    return ""


def _send(line: Line, callback: Callback, secrets: list[str]) -> Checked:
    status = 0
    try:
        check_header(callback.database or "")
        for secret in secrets:
            event_id = f"check-{uuid.uuid4().hex}"
            headers = message_headers(secret, event_id, callback.database, _BODY)
            status = line.post(callback.url, _BODY, headers)
            if status not in (401, 403):
                break
    except RefusedHostError as error:
        return Checked("refused", _sentence(str(error)))
    except DeliveryError as error:
        return Checked("unreachable", _sentence(str(error)))
    where = urlsplit(callback.url).path or "/"
    if 200 <= status < 300 or status == 422:
        return Checked("ok", "Messages arrive and are believed.")
    if status in (401, 403):
        return Checked(
            "unauthorised",
            f"The receiver does not believe our signature (it answered {status}): is "
            "the signing secret there that of this token?",
        )
    if status == 404:
        return Checked(
            "not_found",
            f"Nothing is at {where} there (404): is the addon installed, and can Odoo "
            "tell which database is meant?",
        )
    return Checked("odd", f"The receiver answered {status} at {where}.")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
