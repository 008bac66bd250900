"""What is kept of ended jobs, and for how long."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from ..contract import TERMINAL
from ..jobs.errors import DamagedJobError, UnknownJobError
from ..jobs.record import Job, fields_of
from ..jobs.store import JobStore
from ..jobs.tally import Tally, count
from ..jobs.workspace import tidy
from ..outbox.outbox import OUTBOX
from ..settings import Settings
from ..system.clock import now
from ..system.files import read_object

logger = logging.getLogger(__name__)

_AT_ONCE = 100


class Retention:
    """Looks at ended jobs, a hundred at a time; forgets those whose time is over."""

    def __init__(self, settings: Settings, store: JobStore, tally: Tally) -> None:
        self._settings, self._store, self._tally = settings, store, tally
        self._known: dict[str, tuple[tuple[int, int], datetime]] = {}
        """When each ended job is to be forgotten, by the stamp of its record."""
        self._left: Iterator[str] = iter(())
        self._round: set[str] = set()
        self.damaged: list[DamagedJobError] = []
        """Ended jobs that cannot be read; who takes them empties this."""

    def begin(self) -> None:
        """Begin a round over all jobs that have ended for good."""
        for job_id in self._known.keys() - self._round:
            del self._known[job_id]
        self._round = set()
        self._left = iter(self._store.ended_ids())

    def step(self) -> bool:
        """Look at some; gives whether the round is over."""
        for _ in range(_AT_ONCE):
            job_id = next(self._left, None)
            if job_id is None:
                return True
            self._round.add(job_id)
            try:
                self._look(job_id)
            except DamagedJobError as error:
                self.damaged.append(error)
            except UnknownJobError:
                continue
        return False

    def _look(self, job_id: str) -> None:
        stamp = self._store.stamp(job_id)
        known = self._known.get(job_id)
        if known is None or known[0] != stamp:
            job = self._store.get(job_id)
            if job.record.state not in TERMINAL:
                return
            tidy(self._store.folder(job_id), job)
            known = self._known[job_id] = (stamp, self._due(job))
        if known[1] <= now():
            job = self._store.get(job_id)
            self._tally.keep(job_id, count(job, self._store.folder(job_id)))
            self._store.forget(job_id)
            why = "an acknowledged" if job.record.acknowledged_at else "an old"
            logger.info("Forgot %s job.", why, extra=fields_of(job))

    def _due(self, job: Job) -> datetime:
        record, settings = job.record, self._settings
        if record.acknowledged_at is not None:
            return record.acknowledged_at + timedelta(hours=settings.retention_hours)
        ended = record.ended_at or record.history[-1].at
        return ended + timedelta(days=settings.retention_days)


def has_news(store: JobStore, job: Job) -> bool:
    """Whether its owner has still to be told of a change of state."""
    if job.meta.callback is None:
        return False
    told = read_object(store.folder(job.meta.job_id) / OUTBOX).get("delivered")
    return not isinstance(told, int) or told < job.record.history[-1].sequence


def marks_missing(store: JobStore) -> None:
    """Mark every job that may still change or has news, as after a loss of power."""
    store.reconcile(
        lambda job: job.record.state not in TERMINAL or has_news(store, job)
    )
