"""What the API knows of all jobs: the active by a look, the ended by a note of each.

The notes are made from the folders when the service starts, and kept in memory; a job
that has ended costs nothing afterwards.
"""

import threading
import time
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from pathlib import Path

from ..contract import TERMINAL, JobState
from ..system.clock import now
from .errors import UnknownJobError
from .record import Job
from .scheduling import expected_starts
from .store import JobStore
from .tally import Counts, Tally, count

_LIST_SECONDS = 10.0
"""How often the folder's names are compared with the notes."""
_PLACES_SECONDS = 1.0
"""How long the expected starts hold while no job changes."""
Key = tuple[datetime, str]
Places = dict[str, tuple[int, datetime]]


@dataclass(frozen=True, slots=True)
class _Note:
    """What is remembered of an ended job."""

    key: Key
    tenant: str
    state: JobState
    reference: str | None
    counts: Counts


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a tenant's jobs, newest first."""

    jobs: list[Job]
    total: int
    next: str | None


class UnknownCursorError(Exception):
    """The list has no such job."""


class Catalogue:
    """All jobs. Safe to use from several threads."""

    def __init__(self, store: JobStore, data_dir: Path) -> None:
        self._store, self._tally = store, Tally(data_dir)
        self._lock = threading.RLock()
        self._notes: dict[str, _Note] = {}
        self._of_tenant: dict[str, list[Key]] = {}
        self._counts: Counts = Counter()
        self._states: Counter[JobState] = Counter()
        self._active: dict[str, Job] = {}
        self._looked: object = None
        self._listed = self._placed_at = float("-inf")
        self._places: Places = {}
        self._placed_for: object = None
        self.watch: Callable[[Job], None] = lambda job: None
        """Called with each job that is new or has changed; before the first look."""

    # ---- keeping up

    def active(self) -> list[Job]:
        """Give the jobs that may still change, oldest first."""
        with self._lock:
            self._refresh()
            return list(self._active.values())

    def _refresh(self, *, names: bool = False) -> None:
        look = self._store.look()
        if look is not self._looked:
            before = self._active
            self._looked = look
            self._active = look.by_id
            for job_id, job in self._active.items():
                if before.get(job_id) is not job:
                    self.watch(job)
                    self._drop(job_id)
            self._add(before.keys() - self._active.keys())
        at = time.monotonic()
        if names or at - self._listed >= _LIST_SECONDS:
            self._listed = at
            there = set(self._store.ids())
            for job_id in self._notes.keys() - there:
                self._drop(job_id)
            self._add(there - self._notes.keys() - self._active.keys())

    def _add(self, job_ids: Iterable[str]) -> None:
        """Note jobs that have ended."""
        for job_id in job_ids:
            try:
                job = self._store.get(job_id)
            except UnknownJobError:
                continue  # forgotten, or damaged: the supervisor sees to that
            if job.record.state not in TERMINAL:
                continue  # begun anew a moment ago
            self._drop(job_id)
            note = _Note(
                (job.meta.created_at, job_id),
                job.meta.tenant,
                job.record.state,
                job.meta.reference,
                count(job, self._store.folder(job_id)),
            )
            self.watch(job)
            self._notes[job_id] = note
            insort(self._of_tenant.setdefault(note.tenant, []), note.key)
            self._counts.update(note.counts)
            self._states[note.state] += 1

    def _drop(self, job_id: str) -> None:
        note = self._notes.pop(job_id, None)
        if note is not None:
            self._of_tenant[note.tenant].remove(note.key)
            self._counts.subtract(note.counts)
            self._states[note.state] -= 1

    # ---- answers

    def page(
        self,
        tenant: str,
        states: Iterable[JobState] | None = None,
        reference: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """Give a tenant's jobs, newest first, from after the job that ``cursor`` names.

        Raises
        ------
        UnknownCursorError
            If the list has no such job.
        """
        wanted = frozenset(states or JobState)

        def fits(state: JobState, name: str | None) -> bool:
            return state in wanted and (reference is None or name == reference)

        with self._lock:
            self._refresh()
            ended = self._of_tenant.get(tenant, [])
            if states or reference is not None:
                notes = self._notes
                ended = [
                    key
                    for key in ended
                    if fits((note := notes[key[1]]).state, note.reference)
                ]
            active = {
                (job.meta.created_at, job_id): job
                for job_id, job in self._active.items()
                if job.meta.tenant == tenant
                and fits(job.record.state, job.meta.reference)
            }
            running = sorted(active)
            total = len(ended) + len(running)
            # Newest first, from the ends of two ordered lists: the page, and one more.
            before = (len(ended), len(running))
            if cursor is not None:
                before = _before(cursor, ended, running)
            newest = merge(
                islice(reversed(ended), len(ended) - before[0], None),
                islice(reversed(running), len(running) - before[1], None),
                reverse=True,
            )
            chosen = list(islice(newest, limit + 1))
        more, chosen = len(chosen) > limit, chosen[:limit]
        jobs = []
        for key in chosen:
            try:
                jobs.append(active.get(key) or self._store.get(key[1]))
            except UnknownJobError:
                continue
        return Page(jobs, total, chosen[-1][1] if more else None)

    def places(self, slots: int, pause_seconds: float) -> Places:
        """Give each queued job its place and when it is likely to start."""
        with self._lock:
            self._refresh()
            at = time.monotonic()
            old = self._looked is not self._placed_for
            if old or at - self._placed_at > _PLACES_SECONDS:
                jobs = list(self._active.values())
                self._places = expected_starts(jobs, slots, now(), pause_seconds)
                self._placed_for, self._placed_at = self._looked, at
            return self._places

    def states(self) -> Counter[JobState]:
        """Count all jobs by state."""
        with self._lock:
            self._refresh()
            return self._states + Counter(
                job.record.state for job in self._active.values()
            )

    def counts(self) -> Counts:
        """Count what became of jobs; forgotten ones too, each once."""
        with self._lock:
            while True:
                forgotten, last = self._tally.forgotten()
                self._refresh(names=True)
                if self._tally.forgotten()[1] == last:
                    break  # else one was forgotten between the two looks
            total = forgotten + self._counts
            if last in self._notes:  # counted as forgotten, and about to be
                total -= self._notes[last].counts
            for job_id, job in self._active.items():
                total.update(count(job, self._store.folder(job_id)))
            return total


def _before(cursor: str, *lists: list[Key]) -> tuple[int, int]:
    """Say how many keys of each list are older than the one that a cursor names."""
    for keys in lists:
        for key in keys:
            if key[1] == cursor:
                first, second = (bisect_left(other, key) for other in lists)
                return first, second
    raise UnknownCursorError(cursor)
