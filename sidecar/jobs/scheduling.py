"""Who runs next: fair between tenants, by priority within one. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush, heapreplace

from ..contract import JobState
from .record import Job


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
    turns = [
        (running[tenant], queue[-1].meta.created_at.timestamp(), tenant)
        for tenant, queue in waiting.items()
    ]
    heapify(turns)
    order: list[Job] = []
    while turns:
        count, _, tenant = heappop(turns)
        queue = waiting[tenant]
        order.append(queue.pop())
        if queue:
            waited = queue[-1].meta.created_at.timestamp()
            heappush(turns, (count + 1, waited, tenant))
    return order


def _in_tenant(job: Job) -> tuple[int, float, str]:
    return (-job.meta.priority, job.meta.created_at.timestamp(), job.meta.job_id)


def expected_starts(
    jobs: Sequence[Job], slots: int, at: datetime, pause_seconds: float = 0.0
) -> dict[str, tuple[int, datetime]]:
    """Give each queued job its position (from 1) and when it is likely to start.

    A running job is taken to use its whole time limit; a paused one keeps its place
    for ``pause_seconds``.
    """
    free, begin = [], at.timestamp()
    for job in jobs:
        record = job.record
        if record.state in (JobState.RUNNING, JobState.CANCELLING):
            started = (record.started_at or at).timestamp()
            free.append(max(begin, started + _length(job)))
        elif record.state is JobState.PAUSED and record.started_at is not None:
            until = record.history[-1].at.timestamp() + pause_seconds
            if until > begin:
                free.append(until)
    free += [begin] * max(0, slots - len(free))
    heapify(free)
    starts: dict[str, tuple[int, datetime]] = {}
    for position, job in enumerate(queue_order(jobs), start=1):
        start = free[0]
        starts[job.meta.job_id] = (position, datetime.fromtimestamp(start, UTC))
        heapreplace(free, start + _length(job))
    return starts


def _length(job: Job) -> float:
    """Give the seconds that a job may take."""
    return job.meta.options.time_limit_seconds
