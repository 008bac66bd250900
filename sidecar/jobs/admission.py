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
from ..settings import Settings
from .catalogue import Catalogue
from .errors import TooManyJobsError
from .record import ACTIVE, Job

_HOUR = 3600.0


class Admission:
    """Counts starts: new jobs and retries alike."""

    def __init__(self, settings: Settings, catalogue: Catalogue) -> None:
        self._settings, self._catalogue = settings, catalogue
        self._starts: dict[str, dict[tuple[str, int], float]] = {}
        """When each job of a tenant was queued by it, by job and step."""
        catalogue.watch = self._note

    def _note(self, job: Job) -> None:
        at, seen = time.monotonic(), datetime.now(UTC)
        starts = self._starts.setdefault(job.meta.tenant, {})
        before: JobState | None = None
        for step in job.record.history:
            key = (job.meta.job_id, step.sequence)
            begun = before is None or before in TERMINAL
            before = step.state
            if step.state is not JobState.QUEUED or not begun or key in starts:
                continue
            # A date from the future is as good as now: clocks may be set back.
            age = max(0.0, (seen - step.at).total_seconds())
            if age < _HOUR:
                starts[key] = at - age

    def check(self, tenant: str) -> None:
        """Refuse a start to a tenant that has had its share.

        Raises
        ------
        TooManyJobsError
            With the seconds after which it may ask again.
        OSError
            ``ENOSPC``, if the disk has no room for another job.
        """
        settings = self._settings
        active = self._catalogue.active()
        at = time.monotonic()
        starts = self._starts.get(tenant, {})
        for key in [key for key, begun in starts.items() if at - begun >= _HOUR]:
            del starts[key]
        recent = sorted(starts.values())
        if len(recent) >= settings.tenant_jobs_per_hour:
            oldest = recent[-settings.tenant_jobs_per_hour]
            raise TooManyJobsError(
                f"{settings.tenant_jobs_per_hour} jobs an hour are allowed, those that "
                "are run again included.",
                int(oldest + _HOUR - at) + 1,
            )
        unfinished = sum(
            job.meta.tenant == tenant and job.record.state in ACTIVE for job in active
        )
        if unfinished >= settings.tenant_active_jobs:
            raise TooManyJobsError(
                f"{settings.tenant_active_jobs} unfinished jobs are allowed; wait for "
                "one to end, or cancel one.",
                60,
            )
        check_room(settings.data_dir, settings.min_free_disk_mb)


def check_room(folder: Path, megabytes: int) -> None:
    """Raise ``ENOSPC`` unless so much disk is free."""
    if shutil.disk_usage(folder).free < megabytes * 2**20:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
