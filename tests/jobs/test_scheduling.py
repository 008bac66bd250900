"""Who runs next, and when that is likely to be."""

from datetime import UTC, datetime, timedelta

from sidecar.contract import JobOptions, JobState
from sidecar.jobs.record import Job, JobMeta, JobRecord, Step
from sidecar.jobs.scheduling import expected_starts, queue_order

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


def test_a_paused_job_keeps_its_place_for_a_while() -> None:
    """And not for ever: whoever waits is told when."""
    paused = _job("p", "a", state=JobState.PAUSED)
    step = Step(sequence=1, state=JobState.PAUSED, at=NOON, attempt=1)
    record = paused.record.model_copy(update={"started_at": NOON, "history": [step]})
    jobs = [Job(meta=paused.meta, record=record), _job("b0", "b", 1)]
    for minutes, wait in ((0, 120), (1, 60), (3, 0)):
        at = NOON + timedelta(minutes=minutes)
        starts = expected_starts(jobs, slots=1, at=at, pause_seconds=120)
        assert starts["b0"] == (1, at + timedelta(seconds=wait))


def test_a_long_queue_is_ordered_quickly() -> None:
    """By work, not by seconds: each comparison of two jobs or tenants is counted."""
    jobs = [_job(f"{n:04}", f"t{n % 100}", n) for n in range(1000)]
    compared = 0

    class Counted(datetime):
        def __lt__(self, other: datetime) -> bool:
            nonlocal compared
            compared += 1
            return super().__lt__(other)

    for job in jobs:
        at = job.meta.created_at
        object.__setattr__(
            job.meta, "created_at", Counted.fromtimestamp(at.timestamp(), UTC)
        )
    assert len(queue_order(jobs)) == 1000
    assert compared < 20_000


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
