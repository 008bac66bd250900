"""Admits jobs, starts and watches their processes, and says how they ended.

Runs in a process of its own and never loads the engine. All it knows is on disk, so
it may be killed at any instant: the next one goes on from there.
"""

import contextlib
import logging
import os
import shutil
import signal
import threading
import time
from datetime import timedelta
from typing import Any

import orjson

from ..contract import TERMINAL, JobState
from ..settings import Settings
from .errors import ForbiddenTransitionError
from .files import try_lock, write_atomic
from .progress import settle
from .redis_publisher import RedisPublisher
from .results import promote_incumbent
from .runner import WORKER, Exit, Launch, Runner, runner_of
from .scheduling import queue_order
from .store import HEARTBEAT, OUTCOME, REPORT, STOPPING, Job, JobStore, now
from .tally import Tally
from .tokens import TokenStore
from .watching import Warden, describe, fields_of
from .webhook import Outbox
from .workspace import lower_threads, tidy

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.1
_REPORT_SECONDS, _SWEEP_SECONDS = 1.0, 60.0
_KILL_SECONDS = 5.0


class Supervisor:
    """The loop that turns queued jobs into finished ones."""

    def __init__(self, settings: Settings, runner: Runner | None = None) -> None:
        self._settings = settings
        self._store = JobStore(settings.data_dir, recheck_seconds=1.0)
        self._runner: Runner = runner or runner_of(settings)
        self._warden = Warden(settings, self._store, self._runner)
        self._publisher = RedisPublisher(
            settings.redis_url, settings.redis_timeout_seconds
        )
        self._outbox = Outbox(settings, TokenStore(settings.data_dir))
        self._tally = Tally(settings.data_dir)
        self._settled: dict[str, int] = {}
        self._ended: dict[str, Exit] = {}
        self._complaints: dict[str, float] = {}
        self._stopping = threading.Event()
        self._reported = self._swept = float("-inf")

    def stop(self, *_: object) -> None:
        """Ask the loop to drain and end (signal handler)."""
        self._stopping.set()

    def run(self) -> None:
        """Work until asked to stop; then drain."""
        lock = self._wait_for_lock()
        if lock is None:
            return
        self._take_over()
        self._outbox.start()
        logger.info("The supervisor is ready.")
        try:
            while not self._stopping.wait(TICK_SECONDS):
                self.tick()
            self._drain()
        finally:
            self._outbox.stop()
            self._publisher.close()
            self._runner.close()
            os.close(lock)
        logger.info("The supervisor has stopped.")

    def tick(self) -> None:
        """Look at every job once."""
        jobs = self._store.all()
        for job in jobs:
            try:
                self._tend(job)
            except ForbiddenTransitionError:
                # The owner changed the state between our look and our step.
                continue
            except OSError as error:
                # A full disk, say. The job is as it was; the next tick tries again.
                self._complain(job, error)
        try:
            if any(job.record.state is JobState.QUEUED for job in jobs):
                self._admit(self._store.all())
            self._housekeeping(jobs)
        except OSError as error:
            self._complain(None, error)

    # ---- starting

    def _wait_for_lock(self) -> int | None:
        """Be the only supervisor of this data folder."""
        path, said = self._settings.data_dir / "supervisor.lock", False
        while not self._stopping.is_set():
            if (lock := try_lock(path)) is not None:
                return lock
            if not said:
                logger.warning("Another supervisor has this data folder; waiting.")
                said = True
            self._stopping.wait(0.2)
        return None

    def _take_over(self) -> None:
        """Go on where the last supervisor ended."""
        for job in self._store.all():
            if job.record.state in (
                JobState.RUNNING,
                JobState.PAUSED,
                JobState.CANCELLING,
            ) and self._runner.adopt(self._launch(job)):
                self._warden.begin(job)
                logger.info("Took over a running job.", extra=fields_of(job))
        if count := self._runner.reap_orphans():
            logger.warning("Ended %d processes that nobody watched.", count)
        self._store.clear_incoming()

    def _admit(self, jobs: list[Job]) -> None:
        """Start queued jobs while there is room."""
        busy = sum(
            job.record.state in (JobState.RUNNING, JobState.CANCELLING) for job in jobs
        )
        free = min(self._settings.max_running_jobs - busy, self._runner.room())
        for job in queue_order(jobs)[: max(0, free)]:
            self._start(job)

    def _start(self, job: Job) -> None:
        folder = self._store.folder(job.meta.job_id)
        for name in (STOPPING, OUTCOME, HEARTBEAT, WORKER):
            (folder / name).unlink(missing_ok=True)
        try:
            self._store.transition(job.meta.job_id, JobState.RUNNING)
        except ForbiddenTransitionError:
            return  # cancelled or paused meanwhile
        job = self._store.get(job.meta.job_id)
        self._report_state(job)
        self._warden.begin(job)
        try:
            self._runner.start(self._launch(job))
        except OSError as error:
            reason = f"Its process could not be started: {error.strerror}."
            self._end(job, JobState.FAILED, reason)
            return
        logger.info("Started attempt %d.", job.record.attempt, extra=fields_of(job))

    # ---- watching

    def _tend(self, job: Job) -> None:
        job_id, state = job.meta.job_id, job.record.state
        if job_id in self._runner.running():
            ended = self._runner.poll(job_id)
            if ended is not None:
                self._ended[job_id] = ended
                self._finish(job)
            elif state in TERMINAL or state is JobState.QUEUED:
                self._runner.kill(job_id)
            else:
                self._warden.look(job)
        elif self._needs_worker(job):
            self._finish(job)
        else:
            self._report_state(job)

    def _needs_worker(self, job: Job) -> bool:
        """Whether a job's state says that it runs, or ran to its end unnoticed."""
        record = job.record
        if record.state is JobState.PAUSED:
            return self._store.outcome(job.meta.job_id, record.attempt) is not None
        return record.state in (JobState.RUNNING, JobState.CANCELLING)

    # ---- ending

    def _finish(self, job: Job) -> None:
        """Decide what the end of a job's process means."""
        record, job_id = job.record, job.meta.job_id
        ended = self._ended.get(job_id, Exit(None))
        verdict = self._warden.verdict(job_id)
        outcome = self._store.outcome(job_id, record.attempt)
        if record.state in TERMINAL or record.state is JobState.QUEUED:
            self._forget_watch(job)
            return
        if outcome is not None and outcome.state is not JobState.QUEUED:
            changes: dict[str, Any] = {
                "reason": outcome.reason,
                "result_digest": outcome.result_digest,
                "variants": outcome.variants,
            }
            state = outcome.state
            if record.state is JobState.CANCELLING and state is JobState.COMPLETED:
                state = JobState.CANCELLED
            if state is JobState.CANCELLED:
                changes["reason"] = record.reason
            self._end(job, state, **changes)
        elif record.state is JobState.CANCELLING:
            self._end(job, JobState.CANCELLED, record.reason)
        elif outcome is not None:
            self._requeue(job, "The service stopped; the job goes on later.", 0)
        elif verdict is not None:
            self._end(job, verdict[0], verdict[1])
        elif (crash := describe(ended)) is not None:
            self._end(job, JobState.FAILED, crash)
        elif self._stopping.is_set():
            self._requeue(job, "The service stopped; the job goes on later.", 0)
        elif not (self._store.folder(job_id) / WORKER).exists():
            self._requeue(job, "The service stopped before the job began.", 0)
        elif record.restarts < self._settings.job_restarts:
            # Perhaps by the kernel, for want of memory.
            lower_threads(self._store.folder(job_id), job.meta.options.threads)
            self._requeue(job, "Its process was ended from outside.", 1)
        else:
            self._end(
                job,
                JobState.FAILED,
                f"Its process was ended from outside {record.restarts + 1} times, "
                "perhaps for want of memory.",
            )

    def _requeue(self, job: Job, reason: str, restarts: int) -> None:
        """Let a job that was interrupted go on from its checkpoint."""
        if job.record.state is JobState.PAUSED:
            # It stays paused; resuming it finds no worker and queues it.
            folder = self._store.folder(job.meta.job_id)
            for name in (WORKER, OUTCOME):
                (folder / name).unlink(missing_ok=True)
            self._forget_watch(job)
            return
        self._store.transition(
            job.meta.job_id,
            JobState.QUEUED,
            reason=reason,
            restarts=job.record.restarts + restarts,
        )
        self._forget_watch(job)
        logger.warning("Queued again: %s", reason, extra=fields_of(job))
        self._report_state(self._store.get(job.meta.job_id))

    def _end(
        self, job: Job, state: JobState, reason: str | None = None, **changes: Any
    ) -> None:
        """Bring a job to its end, with the best timetable there is."""
        job_id, old = job.meta.job_id, job.record.state
        if changes.get("result_digest") is None:
            try:
                saved = promote_incumbent(self._store.folder(job_id))
            except OSError as error:
                self._complain(job, error)
                saved = None
                reason = (
                    f"{reason or ''} Its best timetable could not be saved: "
                    f"{error.strerror}."
                ).strip()
            if saved is not None:
                changes["result_digest"], changes["variants"] = saved
        if old is JobState.PAUSED and state is JobState.COMPLETED:
            self._store.transition(job_id, JobState.RUNNING)
        elif old is JobState.RUNNING and state is JobState.CANCELLED:
            self._store.transition(job_id, JobState.CANCELLING)
        # The progress first, so that nobody sees an ended job that still runs.
        self._settle(job, state, reason)
        self._store.transition(job_id, state, reason=reason, **changes)
        # Only now: if the disk is full, the next tick must know what happened.
        self._forget_watch(job)
        job = self._store.get(job_id)
        started = job.record.started_at or job.meta.created_at
        seconds = (now() - started).total_seconds()
        logger.info(
            "Ended as %s. %s",
            state,
            reason or "",
            extra={**fields_of(job), "seconds": round(seconds, 2)},
        )
        self._report_state(job)
        tidy(self._store.folder(job_id), job)

    def _forget_watch(self, job: Job) -> None:
        self._warden.forget(job.meta.job_id)
        self._ended.pop(job.meta.job_id, None)

    def _drain(self) -> None:
        """Let running jobs write their best down; they go on after the restart."""
        for job_id in self._runner.running():
            self._runner.drain(job_id)
        self._collect(self._settings.drain_seconds)
        for job_id in self._runner.running():
            logger.warning("Killed at the end of draining.", extra={"job_id": job_id})
            self._runner.kill(job_id)
        self._collect(_KILL_SECONDS)

    def _collect(self, seconds: float) -> None:
        """Wait for processes to end, and note how they did."""
        limit = time.monotonic() + seconds
        while self._runner.running() and time.monotonic() < limit:
            for job_id in self._runner.running():
                with contextlib.suppress(ForbiddenTransitionError):
                    if (ended := self._runner.poll(job_id)) is not None:
                        self._ended[job_id] = ended
                        self._finish(self._store.get(job_id))
            time.sleep(TICK_SECONDS / 2)

    # ---- reporting

    def _report_state(self, job: Job) -> None:
        """Publish a state that no worker reports."""
        job_id, record = job.meta.job_id, job.record
        sequence = record.history[-1].sequence
        if self._settled.get(job_id) == sequence or record.state is JobState.CANCELLING:
            return
        before = self._store.progress(job_id)
        if not before or not before.sequence or before.status is not record.state:
            self._settle(job, record.state, record.reason)
        self._settled[job_id] = sequence

    def _settle(self, job: Job, state: JobState, reason: str | None) -> None:
        settle(
            self._store.folder(job.meta.job_id),
            job.meta.job_id,
            self._publisher,
            state,
            reason,
            job.record.started_at,
        )

    def _housekeeping(self, jobs: list[Job]) -> None:
        at = time.monotonic()
        if at - self._reported >= _REPORT_SECONDS:
            self._reported = at
            self._write_report()
        if at - self._swept >= _SWEEP_SECONDS:
            self._swept = at
            self._sweep(jobs)

    def _write_report(self) -> None:
        report = {
            "pid": os.getpid(),
            "at": time.time(),
            "redis": self._publisher.state,
            "running": {
                job_id: self._warden.usage(job_id) for job_id in self._runner.running()
            },
            "room": self._runner.room(),
            "webhooks": self._outbox.figures(),
            "disk_free_mb": shutil.disk_usage(self._settings.data_dir).free // 2**20,
        }
        path = self._settings.data_dir / REPORT
        write_atomic(path, orjson.dumps(report), durable=False)

    def _sweep(self, jobs: list[Job]) -> None:
        """Forget acknowledged jobs whose time is over."""
        limit = now() - timedelta(hours=self._settings.retention_hours)
        for job in jobs:
            tidy(self._store.folder(job.meta.job_id), job)
            acknowledged = job.record.acknowledged_at
            if (
                job.record.state in TERMINAL
                and acknowledged is not None
                and acknowledged < limit
            ):
                self._tally.keep(job)
                self._store.forget(job.meta.job_id)
                self._settled.pop(job.meta.job_id, None)
                logger.info("Forgot an acknowledged job.", extra=fields_of(job))
        self._store.clear_incoming()

    def _launch(self, job: Job) -> Launch:
        folder = self._store.folder(job.meta.job_id).resolve()
        return Launch(job.meta.job_id, job.record.attempt, folder)

    def _complain(self, job: Job | None, error: OSError) -> None:
        key = f"{job.meta.job_id if job else ''}:{error.errno}"
        at = time.monotonic()
        if at - self._complaints.get(key, float("-inf")) > _SWEEP_SECONDS:
            self._complaints[key] = at
            fields = fields_of(job) if job else {}
            logger.error("The data folder cannot be used: %s.", error, extra=fields)


def main(settings: Settings) -> int:
    """Run the supervisor until a signal stops it."""
    supervisor = Supervisor(settings)
    signal.signal(signal.SIGTERM, supervisor.stop)
    signal.signal(signal.SIGINT, supervisor.stop)
    supervisor.run()
    return 0
