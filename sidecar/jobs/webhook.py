"""The outbox: every change of a job's state reaches its owner, signed and in order.

The job's history in ``state.json`` *is* the queue of state messages, so none can be
lost between a change and its message; ``outbox.json`` only remembers how far delivery
has come. Progress is sent when nothing else waits, at most about once a second, and
only the newest.
"""

import logging
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from ..contract import TERMINAL, Progress, WebhookEvent
from ..contract.webhook import (
    HEADER_DATABASE,
    HEADER_EVENT_ID,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
)
from ..logs import job_fields
from ..settings import Settings
from .delivery import DeliveryError, RefusedHostError, post
from .files import read_object, write_atomic
from .signing import sign
from .store import Job, JobStore, Step, now
from .tokens import TokenStore

logger = logging.getLogger(__name__)

OUTBOX = "outbox.json"
_TICK_SECONDS = 0.1
_LONGEST_PAUSE, _LONGEST_PROGRESS_PAUSE = 300.0, 15.0
_GONE, _REFUSED = 410, (401, 403)
_SENDERS = 4


class Cursor:
    """How far the delivery of one job's messages has come."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.delivered: int = values.get("delivered", 0)
        """Sequence of the newest step that is delivered or given up."""
        self.sequence: int = values.get("sequence", 0)
        """Sequence of the newest message."""
        self.pending: dict[str, Any] | None = values.get("pending")
        """The state message being delivered: the same at each try."""
        self.failures: int = values.get("failures", 0)
        self.first_failure: float | None = values.get("first_failure")
        self.next_at: float = values.get("next_at", 0.0)
        self.progress_sequence: int = values.get("progress_sequence", 0)
        self.progress_failures = 0
        self.progress_next_at = 0.0

    def dump(self) -> bytes:
        """Give what is kept on disk."""
        return orjson.dumps(
            {
                "delivered": self.delivered,
                "sequence": self.sequence,
                "pending": self.pending,
                "failures": self.failures,
                "first_failure": self.first_failure,
                "next_at": self.next_at,
                "progress_sequence": self.progress_sequence,
            }
        )


class Outbox:
    """Delivers the messages of all jobs that have a callback."""

    def __init__(self, settings: Settings, tokens: TokenStore) -> None:
        self._settings, self._tokens = settings, tokens
        # A store of its own: its caches are not shared between threads.
        self._store = JobStore(settings.data_dir)
        self._cursors: dict[str, Cursor] = {}
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._senders = ThreadPoolExecutor(_SENDERS, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._sent = self._failed = self._given_up = 0

    def start(self) -> None:
        """Begin to deliver, from a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is not delivered stays on disk for the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self._senders.shutdown(wait=False, cancel_futures=True)

    def figures(self) -> dict[str, int]:
        """Count what was sent, has failed, and is waiting after a failure."""
        waiting = sum(1 for item in list(self._cursors.values()) if item.failures)
        return {
            "sent": self._sent,
            "failed": self._failed,
            "given_up": self._given_up,
            "waiting": waiting,
        }

    def _run(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                self.tick()
            except Exception:
                # One bad job folder must not end the delivery of all others.
                logger.exception("The outbox stumbled; it goes on.")
                self._stopping.wait(1.0)

    def tick(self) -> None:
        """Hand each job whose message is due to a sender."""
        at = time.time()
        for job in self._store.look().jobs:
            job_id = job.meta.job_id
            if job.meta.callback is None:
                continue
            with self._lock:
                if job_id in self._busy or not self._due(job, at):
                    continue
                self._busy.add(job_id)
            self._senders.submit(self._deliver, job)

    def _cursor(self, job_id: str) -> Cursor:
        cursor = self._cursors.get(job_id)
        if cursor is None:
            cursor = Cursor(read_object(self._store.folder(job_id) / OUTBOX))
            self._cursors[job_id] = cursor
        return cursor

    def _due(self, job: Job, at: float) -> bool:
        cursor = self._cursor(job.meta.job_id)
        if cursor.delivered < job.record.history[-1].sequence:
            return at >= cursor.next_at
        return job.record.state not in TERMINAL and at >= cursor.progress_next_at

    def _deliver(self, job: Job) -> None:
        try:
            cursor = self._cursor(job.meta.job_id)
            step = next(
                (s for s in job.record.history if s.sequence > cursor.delivered), None
            )
            if step is None:
                self._deliver_progress(job, cursor)
            else:
                self._deliver_step(job, cursor, step)
        except Exception:
            logger.exception("A webhook could not be made.", extra=_fields(job))
            self._cursor(job.meta.job_id).next_at = time.time() + _LONGEST_PAUSE
        finally:
            with self._lock:
                self._busy.discard(job.meta.job_id)

    def _deliver_step(self, job: Job, cursor: Cursor, step: Step) -> None:
        """Deliver a change of state; the message is on disk before it leaves."""
        progress = self._store.progress(job.meta.job_id)
        if cursor.pending is None:
            cursor.sequence = _next_sequence(cursor, progress)
            event = WebhookEvent(
                event_id=f"{job.meta.job_id}-{step.sequence}",
                type="job.state",
                job_id=job.meta.job_id,
                reference=job.meta.reference,
                sequence=cursor.sequence,
                sent_at=now(),
                state=step.state,
                reason=step.reason,
                progress=progress,
                result_digest=step.result_digest,
            )
            cursor.pending = event.model_dump(mode="json")
            self._save(job, cursor, durable=True)
        gone = self._try(job, cursor.pending)
        if gone is None or gone is True:
            if gone is True:
                self._give_up(job, step, "the receiver wants no more of them")
            self._advance(job, cursor, step)
            return
        cursor.failures += 1
        at = time.time()
        cursor.first_failure = cursor.first_failure or at
        if at - cursor.first_failure > self._settings.webhook_give_up_hours * 3600:
            self._give_up(job, step, "it was tried for too long")
            self._advance(job, cursor, step)
            return
        cursor.next_at = at + _pause(cursor.failures, _LONGEST_PAUSE)
        self._save(job, cursor, durable=False)

    def _advance(self, job: Job, cursor: Cursor, step: Step) -> None:
        cursor.delivered, cursor.pending = step.sequence, None
        cursor.failures, cursor.first_failure, cursor.next_at = 0, None, 0.0
        self._save(job, cursor, durable=True)

    def _give_up(self, job: Job, step: Step, why: str) -> None:
        self._given_up += 1
        logger.error(
            "Gave up on the message that the job is %s: %s.",
            step.state,
            why,
            extra=_fields(job),
        )

    def _deliver_progress(self, job: Job, cursor: Cursor) -> None:
        """Deliver the newest progress; if it fails, a newer one takes its place."""
        progress = self._store.progress(job.meta.job_id)
        if progress is None or progress.sequence <= cursor.progress_sequence:
            cursor.progress_next_at = time.time() + _TICK_SECONDS * 2
            return
        cursor.sequence = _next_sequence(cursor, progress)
        event = WebhookEvent(
            event_id=f"{job.meta.job_id}-p{progress.sequence}",
            type="job.progress",
            job_id=job.meta.job_id,
            reference=job.meta.reference,
            sequence=cursor.sequence,
            sent_at=now(),
            state=progress.status,
            progress=progress,
        )
        # On disk first: a restart must not give a later message a lower number.
        cursor.progress_sequence = progress.sequence
        self._save(job, cursor, durable=False)
        if self._try(job, event.model_dump(mode="json")) is None:
            cursor.progress_failures = 0
            pause = self._settings.webhook_progress_seconds
        else:
            cursor.progress_failures += 1
            pause = _pause(cursor.progress_failures, _LONGEST_PROGRESS_PAUSE)
        cursor.progress_next_at = time.time() + pause

    def _save(self, job: Job, cursor: Cursor, *, durable: bool) -> None:
        path = self._store.folder(job.meta.job_id) / OUTBOX
        write_atomic(path, cursor.dump(), durable=durable)

    def _try(self, job: Job, event: dict[str, Any]) -> bool | None:
        """Send once; ``None`` if delivered, True if never again, False if later."""
        callback = job.meta.callback
        assert callback is not None
        extra = {**_fields(job), "event_id": event["event_id"]}
        body = orjson.dumps(event)
        try:
            # While a secret is rotated, the receiver may know either.
            for secret in self._tokens.secret(job.meta.tenant).accepted(now()):
                status = post(
                    callback.url,
                    body,
                    _headers(secret, event["event_id"], callback.database, body),
                    self._settings.callback_hosts,
                    self._settings.webhook_timeout_seconds,
                )
                if status not in _REFUSED:
                    break
        except (DeliveryError, RefusedHostError, LookupError) as error:
            self._note_failure(job, f"{error}", extra)
            return False
        if 200 <= status < 300:
            self._sent += 1
            return None
        self._note_failure(job, f"the receiver answered {status}", extra)
        return status == _GONE

    def _note_failure(self, job: Job, why: str, extra: dict[str, Any]) -> None:
        """Log the first failure of a row only."""
        self._failed += 1
        cursor = self._cursor(job.meta.job_id)
        if cursor.failures == 0 and cursor.progress_failures == 0:
            logger.warning("A webhook was not delivered: %s.", why, extra=extra)


def _headers(
    secret: str, event_id: str, database: str | None, body: bytes
) -> dict[str, str]:
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        HEADER_TIMESTAMP: timestamp,
        HEADER_EVENT_ID: event_id,
        HEADER_SIGNATURE: sign(secret, timestamp, event_id, body),
    }
    if database:
        headers[HEADER_DATABASE] = database
    return headers


def _next_sequence(cursor: Cursor, progress: Progress | None) -> int:
    return max(cursor.sequence + 1, progress.sequence if progress else 0)


def _pause(failures: int, longest: float) -> float:
    """Wait longer after each failure, never all at the same moment."""
    return min(longest, float(2 ** min(failures - 1, 16))) * random.uniform(0.5, 1.0)


def _fields(job: Job) -> dict[str, Any]:
    return dict(job_fields(job.meta.job_id, job.meta.tenant))
