"""Signed messages: header names, the scheme, and the webhook's body.

A message is signed with HMAC-SHA256 over

    ``b"v1:" + timestamp + b":" + context + b":" + raw_body``

where ``timestamp`` is seconds since the epoch in ASCII and ``context`` is
``"METHOD /path?query"`` for requests to the service and the event id for webhooks.
The receiver refuses a missing secret, a wrong signature (compared in constant time)
and a timestamp more than ``REPLAY_WINDOW_SECONDS`` away from its clock.
"""

from datetime import datetime
from typing import Literal

from .base import Id, WireModel
from .catalogue import Message
from .job import Progress
from .states import JobState
from .version import CONTRACT_VERSION

HEADER_TIMESTAMP = "X-Timetable-Timestamp"
HEADER_SIGNATURE = "X-Timetable-Signature"
HEADER_EVENT_ID = "X-Timetable-Event-Id"
HEADER_DATABASE = "X-Odoo-Database"
SIGNATURE_PREFIX = "v1="
REPLAY_WINDOW_SECONDS = 300


class WebhookEvent(WireModel):
    """Body of every webhook."""

    version: str = CONTRACT_VERSION
    event_id: Id
    type: Literal["job.progress", "job.state"]
    job_id: Id
    reference: Id | None = None
    sequence: int
    sent_at: datetime
    state: JobState
    why: Message | None = None
    reason: str | None = None
    """The same in English."""
    progress: Progress | None = None
    result_digest: str | None = None
    """Set once a result can be fetched: after completed, cancelled or failed."""
