"""Who may begin another job: shares of tenants, and room on the disk.

A tenant's hour is counted on the monotonic clock from when a start was seen; only
what lies on disk when the service begins is dated by its own date.
"""

import errno
import os
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from ..contract import TERMINAL, JobState
from ..contract.catalogue import message
from ..settings import Settings
from .catalogue import Catalogue
from .errors import TooManyJobsError
from .record import ACTIVE, Job, Step

_HOUR = 3600.0


class Admission:
    """Counts starts: new jobs, retries, and what is resumed without its place."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._settings, self._catalogue = settings, catalogue
        self._starts: dict[str, dict[tuple[str, int], float]] = {}
        """When each job of a tenant was queued by it, by job and step."""
        catalogue.watch = self._note

    def _note(self, job: Job) -> None:
        at, seen = time.monotonic(), datetime.now(UTC)
        starts = self._starts.setdefault(job.meta.tenant, {})
        before: Step | None = None
        for step in job.record.history:
            key = (job.meta.job_id, step.sequence)
            begun = before is None or before.state in TERMINAL
            if before is not None and before.state is JobState.PAUSED:
                begun = step.attempt > before.attempt  # it had given its place up
            before = step
            if step.state is not JobState.QUEUED or not begun or key in starts:
                continue
            # A date from the future is as good as now: clocks may be set back.
            age = max(0.0, (seen - step.at).total_seconds())
            if age < _HOUR:
                starts[key] = at - age

    def check_hour(self, tenant: str) -> None:
        """Refuse a start to a tenant that has had its share of the hour.

        Raises
        ------
        TooManyJobsError
            With the seconds after which it may ask again.
        """
        most = self._settings.tenant_jobs_per_hour
        self._catalogue.active()
        at = time.monotonic()
        starts = self._starts.get(tenant, {})
        for key in [key for key, begun in starts.items() if at - begun >= _HOUR]:
            del starts[key]
        recent = sorted(starts.values())
        if len(recent) >= most:
            wait = int(recent[-most] + _HOUR - at) + 1
            raise TooManyJobsError(message("jobs_per_hour", limit=most), wait)

    def check(self, tenant: str) -> None:
        """Refuse another job to a tenant that has had its share.

        Raises
        ------
        TooManyJobsError
            With the seconds after which it may ask again.
        OSError
            ``ENOSPC``, if the disk has no room for another job.
        """
        self.check_hour(tenant)
        most = self._settings.tenant_active_jobs
        unfinished = sum(
            job.meta.tenant == tenant and job.record.state in ACTIVE
            for job in self._catalogue.active()
        )
        if unfinished >= most:
            raise TooManyJobsError(message("unfinished_jobs", limit=most), 60)
        check_room(self._settings.data_dir, self._settings.min_free_disk_mb)


def check_room(folder: Path, megabytes: int) -> None:
    """Raise ``ENOSPC`` unless so much disk is free."""
    if shutil.disk_usage(folder).free < megabytes * 2**20:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
