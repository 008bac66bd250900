"""The outbox: every change of a job's state reaches its owner, signed and in order.

The job's history in ``state.json`` *is* the queue of state messages, so none can be
lost between a change and its message; ``outbox.json`` only remembers how far delivery
has come. Progress is sent when nothing else waits, at most about once a second, and
only the newest. Who is sent to when is decided by ``lanes``.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson

from ..access.signing import sign
from ..access.tokens import TokenStore
from ..contract import JobState, Progress, WebhookEvent
from ..contract.webhook import (
    HEADER_DATABASE,
    HEADER_EVENT_ID,
    HEADER_SIGNATURE,
    HEADER_TIMESTAMP,
)
from ..jobs.record import Job, Step
from ..jobs.store import Active, JobStore
from ..logs import job_fields
from ..settings import Settings
from ..system.clock import now
from ..system.files import read_optional, write_atomic
from .delivery import DeliveryError, Line, RefusedHostError
from .lanes import Key, Lane, Lanes, pause

logger = logging.getLogger(__name__)

OUTBOX = "outbox.json"
_TICK_SECONDS = 0.1
_MOVING = frozenset({JobState.RUNNING, JobState.PAUSED, JobState.CANCELLING})
"""Only what has a process has progress between two changes of state."""
_LONGEST_PAUSE, _LONGEST_PROGRESS_PAUSE = 300.0, 15.0
_GONE, _REFUSED = 410, (401, 403)
_UNREACHED = (DeliveryError, RefusedHostError, LookupError)


class Cursor:
    """How far the delivery of one job's messages has come. No clock that may jump."""

    def __init__(self) -> None:
        self.delivered = 0
        """Sequence of the newest step that is delivered or given up."""
        self.sequence = 0
        """Sequence of the newest message."""
        self.pending: dict[str, Any] | None = None
        """The state message being delivered: the same at each try."""
        self.failures = 0
        self.failing_seconds = 0.0
        """How long the state message has been tried in vain."""
        self.failed_at: float | None = None
        self.next_at = 0.0
        self.progress_sequence = 0
        self.progress_failures = 0
        self.progress_next_at = 0.0
        self.served_at = 0.0

    @classmethod
    def read(cls, data: bytes) -> "Cursor":
        """Read what was kept.

        Raises
        ------
        ValueError, TypeError, KeyError
            If it is not what :meth:`dump` wrote.
        """
        cursor, values = cls(), orjson.loads(data)
        cursor.delivered = int(values["delivered"])
        cursor.sequence = int(values["sequence"])
        pending = values["pending"]
        cursor.pending = None if pending is None else dict(pending)
        cursor.failures = int(values["failures"])
        cursor.failing_seconds = float(values.get("failing_seconds", 0.0))
        cursor.progress_sequence = int(values["progress_sequence"])
        return cursor

    @classmethod
    def beyond(cls, job: Job, progress: Progress | None) -> "Cursor":
        """Begin anew for a job of which it is not known any more what was delivered.

        Every state is sent once more, with the id that it had; a receiver knows those
        it has. The numbers are larger than any before: each message took the number of
        its progress, or one more than the last.
        """
        cursor = cls()
        reports = 0 if progress is None else progress.sequence
        cursor.sequence = reports + job.record.history[-1].sequence
        cursor.progress_sequence = reports
        return cursor

    def dump(self) -> bytes:
        """Give what is kept on disk."""
        return orjson.dumps(
            {
                "delivered": self.delivered,
                "sequence": self.sequence,
                "pending": self.pending,
                "failures": self.failures,
                "failing_seconds": self.failing_seconds,
                "progress_sequence": self.progress_sequence,
            }
        )

    def fail(self, at: float) -> None:
        """Count a failure of the state message; ``at`` on the monotonic clock."""
        self.failures += 1
        if self.failed_at is not None:
            self.failing_seconds += at - self.failed_at
        self.failed_at = at


class Outbox:
    """Delivers the messages of all jobs that have a callback."""

    def __init__(self, settings: Settings, tokens: TokenStore, store: JobStore) -> None:
        self._settings, self._tokens, self._store = settings, tokens, store
        self._looked: Active | None = None
        self._wanted: list[Job] = []
        """Jobs with a callback, of those that may change or have news."""
        self._cursors: dict[str, Cursor] = {}
        self._lanes = Lanes(self._line, self._serve)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._sent = self._failed = self._given_up = self._stumbled = 0

    def start(self) -> None:
        """Begin to deliver, from a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is not delivered stays on disk for the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)
        self._lanes.stop()

    def figures(self) -> dict[str, int]:
        """Count what was sent, has failed, and is waiting after a failure."""
        waiting = sum(1 for item in list(self._cursors.values()) if item.failures)
        return {
            "sent": self._sent,
            "failed": self._failed,
            "given_up": self._given_up,
            "stumbled": self._stumbled,
            "waiting": waiting,
        }

    def _line(self) -> Line:
        settings = self._settings
        return Line(settings.callback_hosts, settings.webhook_timeout_seconds)

    def _run(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                self.tick()
            except Exception:
                logger.exception("The outbox stumbled; it goes on.")
                self._stopping.wait(1.0)

    def tick(self) -> None:
        """Give each lane what is due: changes of state first, then progress."""
        at = time.monotonic()
        due: dict[Key, list[tuple[int, float, Job]]] = {}
        active = self._store.look()
        if active is not self._looked:
            self._looked = active
            self._wanted = [job for job in active.jobs if job.meta.callback is not None]
            for job_id in self._cursors.keys() - active.by_id.keys():
                self._cursors.pop(job_id, None)
        for job in self._wanted:
            try:
                self._look(job, at, due)
            except Exception:
                # One bad job folder must not end the delivery of all others.
                self._stumble(job)
        ordered = {
            key: [item[2] for item in sorted(items, key=lambda item: item[:2])]
            for key, items in due.items()
        }
        self._lanes.run(ordered)
        self._lanes.tidy()

    def _look(
        self, job: Job, at: float, due: dict[Key, list[tuple[int, float, Job]]]
    ) -> None:
        """Note a job if a message of it is due, and how soon."""
        if job.meta.callback is None:
            return
        parts = urlsplit(job.meta.callback.url)
        key = Key(job.meta.tenant, f"{parts.scheme}://{parts.netloc}".lower())
        if not self._lanes.free(key):
            return
        cursor = self._cursor(job)
        if cursor.delivered < job.record.history[-1].sequence:
            rank, ready = 0, at >= cursor.next_at
        else:
            rank = 1
            ready = job.record.state in _MOVING and at >= cursor.progress_next_at
        if ready:
            due.setdefault(key, []).append((rank, cursor.served_at, job))

    def _cursor(self, job: Job) -> Cursor:
        job_id = job.meta.job_id
        cursor = self._cursors.get(job_id)
        if cursor is not None:
            return cursor
        data = read_optional(self._store.folder(job_id) / OUTBOX)
        try:
            cursor = Cursor() if data is None else Cursor.read(data)
        except (ValueError, TypeError, KeyError):
            self._stumbled += 1
            logger.error(
                "What was delivered of this job cannot be read (%s); its messages are "
                "sent once more, under the same ids.",
                OUTBOX,
                extra=_fields(job),
            )
            cursor = Cursor.beyond(job, self._store.progress(job_id))
        self._cursors[job_id] = cursor
        return cursor

    def _stumble(self, job: Job) -> None:
        """A message of a job cannot be made: count it, and try again later."""
        self._stumbled += 1
        logger.exception("A webhook could not be made.", extra=_fields(job))
        cursor = self._cursors.setdefault(job.meta.job_id, Cursor())
        cursor.fail(time.monotonic())
        wait = pause(cursor.failures, _LONGEST_PAUSE)
        cursor.next_at = cursor.progress_next_at = time.monotonic() + wait
        if self._is_hopeless(cursor):
            self._give_up(job, job.record.history[-1], "it could not be made")
            cursor.delivered = job.record.history[-1].sequence
            cursor.pending = None

    # ---- sending, in the thread of a lane

    def _serve(self, lane: Lane, jobs: Sequence[Job]) -> Sequence[Job]:
        """Send one message of the first job; give the jobs that are left."""
        job, left = jobs[0], jobs[1:]
        self._cursor(job).served_at = time.monotonic()
        try:
            self._deliver(lane, job)
        except _UNREACHED as error:
            self._failed += 1
            if self._lanes.rest(lane):
                logger.warning(
                    "A webhook was not delivered: %s.", error, extra=_fields(job)
                )
            # None of the others can have been reached either.
            for waiting in jobs:
                self._count_unreached(waiting)
            return ()
        except Exception:
            self._stumble(job)
        else:
            lane.failures = 0
        return left

    def _deliver(self, lane: Lane, job: Job) -> None:
        cursor = self._cursor(job)
        step = _next_step(job, cursor)
        if step is None:
            self._deliver_progress(lane, job, cursor)
        else:
            self._deliver_step(lane, job, cursor, step)

    def _deliver_step(self, lane: Lane, job: Job, cursor: Cursor, step: Step) -> None:
        """Deliver a change of state; the message is on disk before it leaves."""
        if cursor.pending is None:
            progress = self._store.progress(job.meta.job_id)
            cursor.sequence = _next_sequence(cursor, progress)
            event = WebhookEvent(
                event_id=f"{job.meta.job_id}-{step.sequence}",
                type="job.state",
                job_id=job.meta.job_id,
                reference=job.meta.reference,
                sequence=cursor.sequence,
                sent_at=now(),
                state=step.state,
                why=step.why,
                reason=step.reason,
                progress=progress,
                result_digest=step.result_digest,
            )
            cursor.pending = event.model_dump(mode="json")
            self._save(job, cursor, durable=True)
        status = self._send(lane, job, cursor.pending)
        if 200 <= status < 300:
            self._advance(job, cursor, step)
        elif status == _GONE:
            self._give_up(job, step, "the receiver wants no more of them")
            self._advance(job, cursor, step)
        else:
            self._count_failure(job, cursor, step)
            cursor.next_at = time.monotonic() + pause(cursor.failures, _LONGEST_PAUSE)

    def _count_unreached(self, job: Job) -> None:
        cursor = self._cursor(job)
        step = _next_step(job, cursor)
        if step is not None:
            self._count_failure(job, cursor, step)

    def _count_failure(self, job: Job, cursor: Cursor, step: Step) -> None:
        cursor.fail(time.monotonic())
        if self._is_hopeless(cursor):
            self._give_up(job, step, "it was tried for too long")
            self._advance(job, cursor, step)
        else:
            self._save(job, cursor, durable=False)

    def _is_hopeless(self, cursor: Cursor) -> bool:
        hours = self._settings.webhook_give_up_hours
        return cursor.failing_seconds > hours * 3600

    def _advance(self, job: Job, cursor: Cursor, step: Step) -> None:
        cursor.delivered, cursor.pending = step.sequence, None
        cursor.failures, cursor.failing_seconds = 0, 0.0
        cursor.failed_at, cursor.next_at = None, 0.0
        self._save(job, cursor, durable=True)

    def _give_up(self, job: Job, step: Step, why: str) -> None:
        self._given_up += 1
        logger.error(
            "Gave up on the message that the job is %s: %s.",
            step.state,
            why,
            extra=_fields(job),
        )

    def _deliver_progress(self, lane: Lane, job: Job, cursor: Cursor) -> None:
        """Deliver the newest progress; if it fails, a newer one takes its place."""
        progress = self._store.progress(job.meta.job_id)
        if progress is None or progress.sequence <= cursor.progress_sequence:
            cursor.progress_next_at = time.monotonic() + _TICK_SECONDS * 2
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
        status = self._send(lane, job, event.model_dump(mode="json"))
        if 200 <= status < 300:
            cursor.progress_failures = 0
            wait = self._settings.webhook_progress_seconds
        else:
            cursor.progress_failures += 1
            wait = pause(cursor.progress_failures, _LONGEST_PROGRESS_PAUSE)
        cursor.progress_next_at = time.monotonic() + wait

    def _save(self, job: Job, cursor: Cursor, *, durable: bool) -> None:
        path = self._store.folder(job.meta.job_id) / OUTBOX
        write_atomic(path, cursor.dump(), durable=durable)

    def _send(self, lane: Lane, job: Job, event: dict[str, Any]) -> int:
        """Send once; gives the status of the answer.

        Raises
        ------
        DeliveryError, RefusedHostError, LookupError
        """
        callback = job.meta.callback
        assert callback is not None
        body, status = orjson.dumps(event), 0
        # While a secret is rotated, the receiver may know either.
        for secret in self._tokens.secret(job.meta.tenant).accepted(now()):
            headers = message_headers(
                secret, event["event_id"], callback.database, body
            )
            status = lane.line.post(callback.url, body, headers)
            if status not in _REFUSED:
                break
        if 200 <= status < 300:
            self._sent += 1
            return status
        self._failed += 1
        cursor = self._cursor(job)
        if cursor.failures == 0 and cursor.progress_failures == 0:
            # The first of a row only.
            logger.warning(
                "A webhook was not delivered: the receiver answered %d.",
                status,
                extra={**_fields(job), "event_id": event["event_id"]},
            )
        return status


def _next_step(job: Job, cursor: Cursor) -> Step | None:
    """Give the oldest change of state that is not delivered."""
    return next((s for s in job.record.history if s.sequence > cursor.delivered), None)


def message_headers(
    secret: str, event_id: str, database: str | None, body: bytes
) -> dict[str, str]:
    """Make the headers of a signed message."""
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


def _fields(job: Job) -> dict[str, Any]:
    return dict(job_fields(job.meta.job_id, job.meta.tenant))
