"""Who runs next: fair between tenants, by priority within one. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..contract import JobState
from .store import Job


def queue_order(jobs: Iterable[Job]) -> list[Job]:
    """Order the queued jobs as they will be admitted.

    The tenant with the fewest jobs running goes first, then the one whose next job
    has waited longest; each admission counts as a running job of its tenant. Within
    a tenant a higher priority goes first, then the older job.
    """
    running: Counter[str] = Counter()
    waiting: dict[str, list[Job]] = {}
    for job in jobs:
        if job.record.state in (JobState.RUNNING, JobState.CANCELLING):
            running[job.meta.tenant] += 1
        elif job.record.state is JobState.QUEUED:
            waiting.setdefault(job.meta.tenant, []).append(job)
    for queue in waiting.values():
        queue.sort(key=_in_tenant, reverse=True)
    order: list[Job] = []
    while waiting:
        tenant = min(
            waiting,
            key=lambda name: (running[name], waiting[name][-1].meta.created_at, name),
        )
        order.append(waiting[tenant].pop())
        running[tenant] += 1
        if not waiting[tenant]:
            del waiting[tenant]
    return order


def _in_tenant(job: Job) -> tuple[int, float, str]:
    return (-job.meta.priority, job.meta.created_at.timestamp(), job.meta.job_id)


def expected_starts(
    jobs: Sequence[Job], slots: int, at: datetime
) -> dict[str, tuple[int, datetime]]:
    """Give each queued job its position (from 1) and when it is likely to start.

    A running job is taken to use its whole time limit.
    """
    free = sorted(
        max(at, (job.record.started_at or at) + _length(job))
        for job in jobs
        if job.record.state in (JobState.RUNNING, JobState.CANCELLING)
    )
    free = [at] * max(0, slots - len(free)) + free
    starts: dict[str, tuple[int, datetime]] = {}
    for position, job in enumerate(queue_order(jobs), start=1):
        start = free.pop(0)
        starts[job.meta.job_id] = (position, start)
        free = sorted([*free, start + _length(job)])
    return starts


def _length(job: Job) -> timedelta:
    return timedelta(seconds=job.meta.options.time_limit_seconds)
