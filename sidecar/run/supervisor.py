"""Admits jobs, starts and watches their processes, and says how they ended.

Runs in a process of its own and never loads the engine. All it knows is on disk, so
it may be killed at any instant: the next one goes on from there.
"""

import logging
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson

from ..access.tokens import TokenStore
from ..contract import TERMINAL, JobState
from ..contract.catalogue import Message, english, message
from ..jobs.errors import DamagedJobError, ForbiddenTransitionError, UnknownJobError
from ..jobs.progress import settle
from ..jobs.record import HEARTBEAT, OUTCOME, STOPPING, WORKER, Job, fields_of
from ..jobs.redis_publisher import RedisPublisher
from ..jobs.results import promote_incumbent
from ..jobs.scheduling import queue_order
from ..jobs.store import QUARANTINE, REPORT, STARTS, Active, JobStore
from ..jobs.tally import Tally
from ..jobs.workspace import lower_threads, tidy
from ..outbox.outbox import Outbox
from ..settings import Settings
from ..system.clock import now
from ..system.files import OF_ONE_FILE, read_object, remove_file, try_lock, write_atomic
from ..system.parent import reap_adopted
from .retention import Retention, has_news, marks_missing
from .runners import runner_of
from .runners.base import Exit, Launch, Runner
from .warden import Warden, describe

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.1
_REPORT_SECONDS, _SILENT_SECONDS, _RETENTION_SECONDS = 1.0, 60.0, 300.0
_KILL_SECONDS, _STARTS_SECONDS = 5.0, 600.0
_PATIENCE_SECONDS = 10.0
"""A job that cannot be tended for so long is put aside."""
_MOVING = frozenset({JobState.RUNNING, JobState.PAUSED, JobState.CANCELLING})


class Supervisor:
    """The loop that turns queued jobs into finished ones."""

    def __init__(self, settings: Settings, runner: Runner | None = None) -> None:
        self._settings = settings
        self._store = JobStore(settings.data_dir)
        self._publisher = RedisPublisher(
            settings.redis_url, settings.redis_timeout_seconds
        )
        self._runner: Runner = runner or runner_of(settings, self._publisher)
        self._warden = Warden(settings, self._store, self._runner)
        self._outbox = Outbox(settings, TokenStore(settings.data_dir), self._store)
        self._tally = Tally(settings.data_dir)
        self._settled: dict[str, int] = {}
        self._ended: dict[str, Exit] = {}
        self._complaints: dict[str, float] = {}
        self._troubles: dict[str, float] = {}
        """Since when jobs cannot be tended, by id."""
        self._looked: Active | None = None
        self._moving: frozenset[str] = frozenset()
        self._ended_ids: list[str] = []
        self._retention = Retention(settings, self._store, self._tally)
        self._stopping = threading.Event()
        self._reported = self._swept = float("-inf")
        self._sweeping = False
        self._starts: list[float] = []

    def stop(self, *_: object) -> None:
        """Ask the loop to drain and end (signal handler)."""
        self._stopping.set()

    def run(self) -> None:
        """Work until asked to stop; then drain."""
        lock = self._wait_for_lock()
        if lock is None:
            return
        self._note_start()
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
        """Look at every job that runs or has changed; no job can stop the others."""
        try:
            active = self._store.look()
        except OSError as error:
            self._complain(None, error)
            return
        for job in self._due(active):
            self._safely(job.meta.job_id, partial(self._tend, job), job)
        for job_id, damage in active.damaged.items():
            self._put_aside(job_id, str(damage.name))
        try:
            if active.waiting:
                self._admit(self._store.look())
            self._housekeeping(active)
        except OSError as error:
            self._complain(None, error)

    def _due(self, active: Active) -> list[Job]:
        """Pick the jobs that need a look now."""
        running = self._runner.running()
        for job_id in running - active.by_id.keys():
            if job_id not in active.damaged:  # its folder was taken away
                self._safely(job_id, partial(self._end_processes, job_id))
        if active is not self._looked:
            self._looked = active
            self._moving = frozenset(
                job.meta.job_id for job in active.jobs if job.record.state in _MOVING
            )
            self._ended_ids = [
                job.meta.job_id for job in active.jobs if job.record.state in TERMINAL
            ]
            return active.jobs
        due = running | self._moving | self._troubles.keys()
        jobs = [active.by_id[job_id] for job_id in due if job_id in active.by_id]
        # Somebody waits for the end of what is cancelled.
        return sorted(jobs, key=lambda j: j.record.state is not JobState.CANCELLING)

    # ---- what goes wrong with one job only

    def _safely(
        self, job_id: str, step: Callable[[], object], job: Job | None = None
    ) -> None:
        """Do something with a job; put it aside if that cannot be done for long."""
        try:
            step()
        except ForbiddenTransitionError:
            pass  # the owner changed the state between our look and our step
        except DamagedJobError as error:
            self._put_aside(job_id, str(error.name))
        except UnknownJobError:
            self._forget_watch(job_id)
        except OSError as error:
            self._complain(job, error)
            if error.errno in OF_ONE_FILE:
                # The file's fault, not the disk's: waiting will not mend it for long.
                self._suspect(job_id, f"{error.strerror}: {error.filename}")
            else:
                self._troubles.setdefault(job_id, time.monotonic())
        except Exception as error:
            if job_id not in self._troubles:
                extra = fields_of(job) if job else {"job_id": job_id}
                logger.exception("A job cannot be tended.", extra=extra)
            self._suspect(job_id, type(error).__name__)
        else:
            self._troubles.pop(job_id, None)

    def _suspect(self, job_id: str, why: str) -> None:
        since = self._troubles.setdefault(job_id, time.monotonic())
        if time.monotonic() - since > _PATIENCE_SECONDS:
            self._put_aside(job_id, why)

    def _put_aside(self, job_id: str, why: str) -> None:
        """Take a job that cannot be handled out of everybody's way."""
        if not self._end_processes(job_id):
            return  # at the next tick
        try:
            self._store.put_aside(job_id)
            self._tally.keep(job_id, Counter(accepted=1))
        except OSError as error:
            self._complain(None, error)
            return
        self._forget_watch(job_id)
        self._looked = None
        logger.error(
            "Put a job aside, for its files are damaged: %s. It is in the folder %s.",
            why,
            QUARANTINE,
            extra={"job_id": job_id},
        )

    def _end_processes(self, job_id: str) -> bool:
        """Kill what runs of a job that is no more; gives whether nothing is left."""
        if job_id not in self._runner.running():
            return True
        self._runner.kill(job_id)
        if self._runner.poll(job_id) is None:
            return False
        self._forget_watch(job_id)
        return True

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

    def _note_start(self) -> None:
        """Remember the starts of the last minutes: many tell of something wrong."""
        path, at = self._settings.data_dir / STARTS, time.monotonic()
        noted = read_object(path).get("starts")
        before = [
            start
            for start in (noted if isinstance(noted, list) else [])
            if isinstance(start, float) and 0 <= at - start < _STARTS_SECONDS
        ]
        self._starts = [*before, at]
        try:
            data = orjson.dumps({"starts": self._starts})
            write_atomic(path, data, durable=False)
        except OSError as error:
            self._complain(None, error)

    def _take_over(self) -> None:
        """Go on where the last supervisor ended."""
        marks_missing(self._store)
        for job in self._store.look().jobs:
            if job.record.state in _MOVING:
                self._safely(job.meta.job_id, partial(self._adopt, job), job)
        if count := self._runner.reap_orphans():
            logger.warning("Ended %d processes that nobody watched.", count)
        self._store.clear_incoming()

    def _adopt(self, job: Job) -> None:
        if self._runner.adopt(self._launch(job)):
            self._warden.take_over(job)
            logger.info("Took over a running job.", extra=fields_of(job))

    def _admit(self, active: Active) -> None:
        """Start queued jobs while there is room."""
        free = self._settings.max_running_jobs - active.busy
        if free <= 0 or (free := min(free, self._runner.room())) <= 0:
            return
        for job in queue_order(active.jobs)[:free]:
            self._safely(job.meta.job_id, partial(self._start, job), job)

    def _start(self, job: Job) -> None:
        folder = self._store.folder(job.meta.job_id)
        for name in (STOPPING, OUTCOME, HEARTBEAT, WORKER):
            remove_file(folder / name)
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
            text = error.strerror or type(error).__name__
            self._end(job, JobState.FAILED, message("not_started", error=text))
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
            self._forget_watch(job_id)
            return
        if outcome is not None and outcome.state is not JobState.QUEUED:
            changes: dict[str, Any] = {
                "why": outcome.why,
                "result_digest": outcome.result_digest,
                "variants": outcome.variants,
            }
            state = outcome.state
            if record.state is JobState.CANCELLING and state is JobState.COMPLETED:
                state = JobState.CANCELLED
            if state is JobState.CANCELLED:
                changes["why"] = record.why
            self._end(job, state, **changes)
        elif record.state is JobState.CANCELLING:
            self._end(job, JobState.CANCELLED, record.why)
        elif outcome is not None:
            rested = self._warden.gave_way(job_id)
            self._requeue(job, message("gave_way" if rested else "service_stopped"), 0)
        elif verdict is not None:
            self._end(job, verdict[0], verdict[1])
        elif (crash := describe(ended)) is not None:
            self._end(job, JobState.FAILED, crash)
        elif self._stopping.is_set():
            self._requeue(job, message("service_stopped"), 0)
        elif not (self._store.folder(job_id) / WORKER).exists():
            self._requeue(job, message("not_begun"), 0)
        elif record.restarts < self._settings.job_restarts:
            # Perhaps by the kernel, for want of memory.
            lower_threads(self._store.folder(job_id), job.meta.options.threads)
            self._requeue(job, message("killed"), 1)
        else:
            times = record.restarts + 1
            self._end(job, JobState.FAILED, message("killed_often", times=times))

    def _requeue(self, job: Job, why: Message, restarts: int) -> None:
        """Let a job that was interrupted go on from its checkpoint."""
        if job.record.state is JobState.PAUSED:
            # It stays paused; resuming it finds no worker and queues it.
            folder = self._store.folder(job.meta.job_id)
            for name in (WORKER, OUTCOME):
                remove_file(folder / name)
            self._forget_watch(job.meta.job_id)
            return
        self._store.transition(
            job.meta.job_id,
            JobState.QUEUED,
            why=why,
            restarts=job.record.restarts + restarts,
        )
        self._forget_watch(job.meta.job_id)
        logger.warning("Queued again: %s", english(why), extra=fields_of(job))
        self._report_state(self._store.get(job.meta.job_id))

    def _end(
        self, job: Job, state: JobState, why: Message | None = None, **changes: Any
    ) -> None:
        """Bring a job to its end, with the best timetable there is."""
        job_id, old = job.meta.job_id, job.record.state
        if changes.get("result_digest") is None:
            try:
                saved = promote_incumbent(self._store.folder(job_id))
            except OSError as error:
                self._complain(job, error)
                saved = None
                before = [] if why is None else [why]
                text = error.strerror or type(error).__name__
                why = message("best_not_saved", before, error=text)
            if saved is not None:
                changes["result_digest"], changes["variants"] = saved
        if old is JobState.PAUSED and state is JobState.COMPLETED:
            self._store.transition(job_id, JobState.RUNNING)
        elif old is JobState.RUNNING and state is JobState.CANCELLED:
            self._store.transition(job_id, JobState.CANCELLING)
        # The progress first, so that nobody sees an ended job that still runs.
        self._settle(job, state, why)
        self._store.transition(job_id, state, why=why, **changes)
        # Only now: if the disk is full, the next tick must know what happened.
        self._forget_watch(job_id)
        job = self._store.get(job_id)
        started = job.record.started_at or job.meta.created_at
        seconds = (now() - started).total_seconds()
        logger.info(
            "Ended as %s. %s",
            state,
            "" if why is None else english(why),
            extra={**fields_of(job), "seconds": round(seconds, 2)},
        )
        self._report_state(job)
        tidy(self._store.folder(job_id), job)

    def _forget_watch(self, job_id: str) -> None:
        self._warden.forget(job_id)
        for memory in (self._ended, self._troubles):
            memory.pop(job_id, None)

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
                self._safely(job_id, partial(self._collect_one, job_id))
            time.sleep(TICK_SECONDS / 2)

    def _collect_one(self, job_id: str) -> None:
        if (ended := self._runner.poll(job_id)) is not None:
            self._ended[job_id] = ended
            self._finish(self._store.get(job_id))

    # ---- reporting

    def _report_state(self, job: Job) -> None:
        """Publish a state that no worker reports."""
        job_id, record = job.meta.job_id, job.record
        sequence = record.history[-1].sequence
        if self._settled.get(job_id) == sequence or record.state is JobState.CANCELLING:
            return
        before = self._store.progress(job_id)
        if not before or not before.sequence or before.status is not record.state:
            self._settle(job, record.state, record.why)
        self._settled[job_id] = sequence

    def _settle(self, job: Job, state: JobState, why: Message | None) -> None:
        settle(
            self._store.folder(job.meta.job_id),
            job.meta.job_id,
            self._publisher,
            state,
            why,
            job.record.started_at,
        )

    def _housekeeping(self, active: Active) -> None:
        at = time.monotonic()
        if at - self._reported >= _REPORT_SECONDS:
            self._reported = at
            self._write_report()
            self._retire(active)
            if os.getpid() == 1:  # alone in a container: orphans come to us
                reap_adopted(self._runner.children())
        if not self._sweeping and at - self._swept >= _RETENTION_SECONDS:
            self._swept, self._sweeping = at, True
            self._store.clear_incoming()
            self._retention.begin()
        if self._sweeping:
            self._sweeping = not self._retention.step()
            while self._retention.damaged:
                error = self._retention.damaged.pop()
                self._put_aside(error.job_id, str(error.name))

    def _retire(self, active: Active) -> None:
        """Look no more at jobs that have ended and whose owner knows it."""
        for job_id in self._ended_ids:
            job = active.by_id.get(job_id)
            if (
                job is not None
                and job_id not in self._runner.running()
                and job_id not in self._troubles
                and not has_news(self._store, job)
            ):
                self._safely(job_id, partial(self._store.retire, job), job)
                self._settled.pop(job_id, None)

    def _write_report(self) -> None:
        at = time.monotonic()
        self._starts = [start for start in self._starts if at - start < _STARTS_SECONDS]
        report = {
            "pid": os.getpid(),
            "monotonic": time.monotonic(),
            "starts": len(self._starts),
            "redis": self._publisher.state,
            "running": {
                job_id: self._warden.usage(job_id) for job_id in self._runner.running()
            },
            "room": self._runner.room(),
            "groups": self._runner.groups(),
            "webhooks": self._outbox.figures(),
            "put_aside": self._store.put_aside_count(),
            "disk_free_mb": shutil.disk_usage(self._settings.data_dir).free // 2**20,
        }
        path = self._settings.data_dir / REPORT
        write_atomic(path, orjson.dumps(report), durable=False)

    def _launch(self, job: Job) -> Launch:
        folder = self._store.folder(job.meta.job_id).resolve()
        return Launch(job.meta.job_id, job.record.attempt, folder)

    def _complain(self, job: Job | None, error: OSError) -> None:
        key = f"{job.meta.job_id if job else ''}:{error.errno}"
        at = time.monotonic()
        if at - self._complaints.get(key, float("-inf")) > _SILENT_SECONDS:
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
