"""Watches running attempts: time, memory, disk, signs of life; and reads their ends."""

import logging
import signal
import time

import orjson

from ..contract import JobState
from ..contract.catalogue import Message, english, message
from ..jobs.record import HEARTBEAT, INCUMBENT, STOPPING, Job, fields_of
from ..jobs.store import JobStore
from ..jobs.workspace import CHECKPOINT, lower_threads, threads_of
from ..settings import Settings
from ..system.files import folder_size, read_object, read_spare, write_atomic
from .runners.base import Exit, Runner, Usage

logger = logging.getLogger(__name__)

WATCHED = "watched.json"
_MEASURE_SECONDS, _NOTE_SECONDS, _LONGEST_LOOK = 1.0, 5.0, 30.0
_PRESSURE, _RELIEF_SECONDS = 0.8, 5.0
"""Share of its memory at which a job must do with fewer threads; time to do so."""
_CRASHES: dict[int, str] = {
    signal.SIGSEGV: "crash_segfault",
    signal.SIGBUS: "crash_bus",
    signal.SIGILL: "crash_instruction",
    signal.SIGFPE: "crash_arithmetic",
    signal.SIGABRT: "crash_abort",
}
_HEARD_SHARE = 4 / 3
"""So much longer than a deaf one has a cancelled job that has heard."""
_EX_IOERR = 74


class Watch:
    """What is remembered of a running attempt. No date: clocks may be set."""

    def __init__(self, attempt: int, active_seconds: float = 0.0) -> None:
        self.attempt = attempt
        self.seen = self.noted = time.monotonic()
        self.active_seconds = active_seconds
        self.silent_seconds = 0.0
        self.beat: int | None = None
        """Stamp of the last sign of life, whatever date that may be."""
        self.measured = self.relieved = 0.0
        self.paused_at: float | None = None
        self.cancelled_at: float | None = None
        self.resting_at: float | None = None
        """Since when a paused attempt is asked to make room."""
        self.verdict: tuple[JobState, Message | None] | None = None


class Warden:
    """Stops attempts that take too much, and remembers why."""

    def __init__(self, settings: Settings, store: JobStore, runner: Runner) -> None:
        self._settings, self._store, self._runner = settings, store, runner
        self._watches: dict[str, Watch] = {}
        self._usage: dict[str, dict[str, float | str]] = {}

    def begin(self, job: Job) -> None:
        """Watch a new attempt."""
        self._watches[job.meta.job_id] = Watch(job.record.attempt)

    def take_over(self, job: Job) -> None:
        """Watch an attempt that an earlier supervisor began; its time goes on."""
        watch = Watch(job.record.attempt)
        noted = read_object(self._store.folder(job.meta.job_id) / WATCHED)
        active, at = noted.get("active_seconds"), noted.get("at")
        if noted.get("attempt") == watch.attempt and isinstance(active, float):
            watch.active_seconds = active
            # The monotonic clock is one for all processes since the machine's start,
            # and the attempt's process has lived since before that note.
            if isinstance(at, float) and job.record.state is JobState.RUNNING:
                watch.active_seconds += max(0.0, watch.seen - at)
        self._watches[job.meta.job_id] = watch

    def gave_way(self, job_id: str) -> bool:
        """Whether a paused attempt was asked to make room for others."""
        watch = self._watches.get(job_id)
        return watch is not None and watch.resting_at is not None

    def forget(self, job_id: str) -> None:
        """Watch no longer."""
        self._watches.pop(job_id, None)
        self._usage.pop(job_id, None)

    def verdict(self, job_id: str) -> tuple[JobState, Message | None] | None:
        """Say how a job must end that was stopped from here."""
        watch = self._watches.get(job_id)
        return None if watch is None else watch.verdict

    def usage(self, job_id: str) -> dict[str, float | str]:
        """Give what a job used when it was measured last."""
        return self._usage.get(job_id, {})

    def _of(self, job: Job) -> Watch:
        return self._watches.setdefault(job.meta.job_id, Watch(job.record.attempt))

    def look(self, job: Job) -> None:
        """Stop a job that takes too long, too much, or does not listen."""
        settings, job_id = self._settings, job.meta.job_id
        watch = self._of(job)
        at = time.monotonic()
        # Longer than that between two looks, and we were frozen, perhaps all of us.
        passed = min(at - watch.seen, _LONGEST_LOOK)
        watch.seen = at
        if job.record.state is JobState.RUNNING:
            watch.active_seconds += passed
        self._listen(job_id, watch, passed)
        self._note(job_id, watch)
        if watch.verdict is not None:
            self._runner.kill(job_id)
            return
        if job.record.state is JobState.CANCELLING:
            self._hurry(job, watch)
            return
        if job.record.state is JobState.PAUSED:
            self._make_room(job_id, watch)
        else:
            watch.paused_at = None
        limit = min(
            settings.job_wall_seconds,
            job.meta.options.time_limit_seconds + settings.job_overtime_seconds,
        )
        if watch.active_seconds > limit:
            self._condemn(job, watch, message("ran_too_long", seconds=round(limit)))
        elif watch.silent_seconds > settings.job_silence_seconds:
            seconds = round(settings.job_silence_seconds)
            self._condemn(job, watch, message("no_sign_of_life", seconds=seconds))
        elif at - watch.measured >= _MEASURE_SECONDS:
            watch.measured = at
            self._measure(job, watch)

    def _hurry(self, job: Job, watch: Watch) -> None:
        """Kill a cancelled job that does not react, or does not come to an end."""
        folder = self._store.folder(job.meta.job_id)
        watch.cancelled_at = watch.cancelled_at or watch.seen
        passed = watch.seen - watch.cancelled_at
        if not self._has_timetable(job):
            limit = self._settings.cancel_grace_seconds
        else:
            heard = read_spare(folder / STOPPING) == str(job.record.attempt).encode()
            limit = self._settings.cancel_grace_seconds
            if not (folder / INCUMBENT).exists():
                settings = self._settings
                limit = max(limit, settings.cancel_unsaved_seconds)
                if heard:
                    limit = max(limit, settings.finish_grace_seconds)
            elif heard:
                # Its best is on disk; what it found since then is not worth waiting.
                limit *= _HEARD_SHARE
        if passed > limit:
            watch.verdict = (JobState.CANCELLED, job.record.why)
            self._runner.kill(job.meta.job_id)

    def _has_timetable(self, job: Job) -> bool:
        """Whether there is one to keep, be it only in the worker's memory."""
        folder = self._store.folder(job.meta.job_id)
        if (folder / INCUMBENT).exists() or (folder / CHECKPOINT).exists():
            return True
        progress = self._store.progress(job.meta.job_id)
        return progress is not None and progress.metadata.placed > 0

    def _listen(self, job_id: str, watch: Watch, passed: float) -> None:
        """Count how long the attempt has left no new sign of life."""
        try:
            beat = (self._store.folder(job_id) / HEARTBEAT).stat().st_mtime_ns
        except OSError:
            beat = None  # not begun, or taken away
        if beat is not None and beat != watch.beat:
            watch.beat, watch.silent_seconds = beat, 0.0
        else:
            watch.silent_seconds += passed

    def _note(self, job_id: str, watch: Watch) -> None:
        """Write down how long it has run, for the next supervisor."""
        if watch.seen - watch.noted >= _NOTE_SECONDS:
            watch.noted = watch.seen
            data = {
                "attempt": watch.attempt,
                "active_seconds": watch.active_seconds,
                "at": watch.seen,
            }
            path = self._store.folder(job_id) / WATCHED
            write_atomic(path, orjson.dumps(data), durable=False)

    def _make_room(self, job_id: str, watch: Watch) -> None:
        """Have an attempt that is paused for long end, to go on through the queue."""
        watch.paused_at = watch.paused_at or watch.seen
        if watch.resting_at is not None:
            if watch.seen - watch.resting_at > self._settings.finish_grace_seconds:
                self._runner.kill(job_id)
        elif watch.seen - watch.paused_at >= self._settings.pause_seconds:
            watch.resting_at = watch.seen
            self._runner.rest(job_id)

    def _measure(self, job: Job, watch: Watch) -> None:
        settings, job_id = self._settings, job.meta.job_id
        usage = self._runner.usage(job_id)
        self._usage[job_id] = {
            "rss_mb": round(usage.rss_mb, 1),
            "processes": usage.processes,
            "machine": usage.machine,
            "threads": threads_of(self._store.folder(job_id), job.meta.options.threads),
        }
        disk_mb = max(folder_size(self._store.folder(job_id)) / 2**20, usage.disk_mb)
        if usage.rss_mb > settings.job_memory_mb:
            used, most = round(usage.rss_mb), settings.job_memory_mb
            said = message("too_much_memory", used=used, limit=most)
            self._condemn(job, watch, said)
        elif disk_mb > settings.job_disk_mb:
            used, most = round(disk_mb), settings.job_disk_mb
            said = message("too_much_disk", used=used, limit=most)
            self._condemn(job, watch, said)
        elif watch.measured - watch.relieved >= _RELIEF_SECONDS:
            self._relieve(job, watch, usage)

    def _relieve(self, job: Job, watch: Watch, usage: Usage) -> None:
        """Lower the parallelism of a job that makes memory short, or stop it."""
        settings, job_id = self._settings, job.meta.job_id
        much = usage.rss_mb > _PRESSURE * settings.job_memory_mb
        short = usage.available_mb < settings.min_free_memory_mb
        if not much and not (short and self._is_largest(job_id)):
            return
        watch.relieved = watch.measured
        folder = self._store.folder(job_id)
        threads = lower_threads(folder, job.meta.options.threads)
        if threads is not None:
            logger.warning(
                "Memory is short (%.0f MB used, %.0f MB free); lowered it to %d "
                "thread(s).",
                usage.rss_mb,
                usage.available_mb,
                threads,
                extra=fields_of(job),
            )
        elif usage.available_mb < settings.min_free_memory_mb / 2:
            used, left = round(usage.rss_mb), round(usage.available_mb)
            self._condemn(job, watch, message("memory_short", used=used, left=left))

    def _is_largest(self, job_id: str) -> bool:
        """Whether no other job on the same machine uses more memory."""
        if self._watches.keys() - self._usage.keys():
            return False  # not all are measured yet
        mine = self._usage[job_id]
        return all(
            float(other["rss_mb"]) <= float(mine["rss_mb"])
            for other in self._usage.values()
            if other["machine"] == mine["machine"]
        )

    def _condemn(self, job: Job, watch: Watch, why: Message) -> None:
        logger.warning("Stopping a job: %s", english(why), extra=fields_of(job))
        watch.verdict = (JobState.FAILED, why)
        self._runner.kill(job.meta.job_id)


def describe(ended: Exit) -> Message | None:
    """Say why a process ended by itself; ``None`` if it was ended from outside."""
    code = ended.code
    if code is None or code in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP):
        return None
    if code == _EX_IOERR:
        return message("result_not_written")
    if code < 0:
        number = -code
        if (known := _CRASHES.get(number)) is not None:
            return message(known)
        return message("crash_signal", signal=signal.strsignal(number) or str(number))
    return message("no_outcome", exit_code=code)
