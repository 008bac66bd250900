"""Who runs next, and when that is likely to be."""

from datetime import UTC, datetime, timedelta

from sidecar.contract import JobOptions, JobState
from sidecar.jobs.scheduling import expected_starts, queue_order
from sidecar.jobs.store import Job, JobMeta, JobRecord

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def _job(
    name: str,
    tenant: str,
    minute: int = 0,
    priority: int = 0,
    state: JobState = JobState.QUEUED,
    seconds: float = 60,
) -> Job:
    meta = JobMeta(
        job_id=name,
        tenant=tenant,
        created_at=NOON + timedelta(minutes=minute),
        options=JobOptions(time_limit_seconds=seconds),
        priority=priority,
        problem_digest="",
        body_digest="",
    )
    started = NOON if state is JobState.RUNNING else None
    return Job(meta=meta, record=JobRecord(state=state, started_at=started))


def _names(jobs: list[Job]) -> str:
    return " ".join(job.meta.job_id for job in queue_order(jobs))


def test_tenants_take_turns() -> None:
    """Whoever came first with five jobs does not keep the next one waiting."""
    jobs = [_job(f"a{n}", "a", n) for n in range(3)]
    jobs += [_job(f"b{n}", "b", 10 + n) for n in range(2)]
    assert _names(jobs) == "a0 b0 a1 b1 a2"


def test_a_running_job_counts_as_a_turn() -> None:
    """So the other tenant goes first."""
    jobs = [
        _job("a0", "a", state=JobState.RUNNING),
        _job("a1", "a"),
        _job("b0", "b", 9),
    ]
    assert _names(jobs) == "b0 a1"


def test_priority_orders_within_a_tenant_only() -> None:
    """Nobody gets ahead of others by calling everything urgent."""
    jobs = [_job("a0", "a", 0), _job("a1", "a", 1, priority=10), _job("b0", "b", 2)]
    assert _names(jobs) == "a1 b0 a0"


def test_paused_and_ended_jobs_do_not_wait() -> None:
    """Only queued ones do."""
    jobs = [_job("a0", "a", state=state) for state in JobState]
    assert len(queue_order(jobs)) == 1


def test_expected_starts_fill_the_slots() -> None:
    """One slot is taken until its job's limit; two jobs share the other."""
    jobs = [
        _job("r", "a", state=JobState.RUNNING, seconds=100),
        _job("a0", "a", 1, seconds=30),
        _job("b0", "b", 2, seconds=60),
        _job("b1", "b", 3, seconds=60),
    ]
    starts = expected_starts(jobs, slots=2, at=NOON)
    seconds = {k: (p, (at - NOON).total_seconds()) for k, (p, at) in starts.items()}
    assert seconds == {"b0": (1, 0), "a0": (2, 60), "b1": (3, 90)}
